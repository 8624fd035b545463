"""Every table of the service, for migrations and tests."""

from .accounts.factor_models import RecoveryCode, SecondFactor
from .accounts.models import (
    AccountingFirm,
    AgentRole,
    CompanyMember,
    FirmMember,
    Invitation,
    Person,
    PersonIdentity,
)
from .audit.models import AuditEntry, AuditHead
from .budget.models import Commitment, CreditRelease, Envelope, EnvelopeAct, WaitingEntry
from .certificates.models import TaxCertificate
from .claims.announcement_models import EndAnnouncement, EndNotice
from .claims.appeal_models import Appeal, AppealChange, AppealDocument
from .claims.assignment_models import AssignmentRule, ReviewerRegion, RuleReviewer
from .claims.bulk_models import BulkAct, BulkItem
from .claims.campaign_models import ControlCampaign
from .claims.card_models import CardCount, CardKey, ClaimCard, NameWord
from .claims.change_models import StatusChange
from .claims.desk_models import InternalNote, Presence
from .claims.follow_models import ClaimAlert, Control
from .claims.lane_models import DrawSeed, LaneEntry, SupplierNotice
from .claims.letter_models import Letter, LetterTemplate, ReasonsRequest
from .claims.models import (
    Claim,
    DecidedLine,
    Decision,
    Document,
    Invoice,
    PurchaseLine,
)
from .claims.notice_models import Notice
from .claims.picture_models import DocumentPicture, DocumentSheets
from .claims.proposal_models import Proposal, ProposalCut
from .claims.regulation_models import RegulationVersion
from .claims.reporting_models import ReportAge, ReportDelay, ReportMove, ReportState, ReportStay
from .claims.request_models import ClaimMessage, DocumentRequest, ItemFile, RequestedItem
from .claims.revocation_models import Revocation, RevocationFile
from .claims.risk_models import RiskFlag
from .claims.role_models import ClaimRole
from .claims.table_models import PurchaseTable
from .claims.warning_models import DueWarning
from .companies.models import BankAccount, Company, CompanyLink, DeMinimisAid, FiscalYear, FoundAid, Mandate
from .companies.proof_models import Application, ProofLetter, SignUp
from .ledger.models import LedgerEntry, LedgerMonth
from .mail import MailMessage
from .numbering import Counter
from .outbox import OutboxDismissal, OutboxMessage
from .payments.answer_models import BankFile, BankFinding, BankStatement
from .payments.models import (
    PaymentBatch,
    PaymentFile,
    PaymentHold,
    PaymentOrder,
    PaymentOrderChange,
    PaymentTransfer,
)
from .recoveries.mass_models import MassNotice, MassNoticeItem
from .recoveries.models import (
    Recovery,
    RecoveryFile,
    RecoveryLetter,
    RecoveryLine,
    RecoveryOrder,
    RecoveryStep,
    TitrePart,
)
from .recoveries.review_models import RecoveryReview
from .recoveries.settlement_models import (
    Instalment,
    InstalmentPlan,
    Interruption,
    Overpayment,
    Settlement,
    SettlementShare,
)
from .register.models import RegisterEntry
from .registry.models import (
    Certification,
    CertificationFact,
    InForcePeriod,
    RegistryChange,
    RegistryHead,
    Solution,
    SolutionAlias,
    Supplier,
)
from .registry.scheme_models import Certifier, CertifierKey, LabelCertifier, LabelScheme, RegistryImport

ALL = (
    AccountingFirm,
    AgentRole,
    Appeal,
    AppealChange,
    AppealDocument,
    Application,
    AssignmentRule,
    AuditEntry,
    AuditHead,
    BankAccount,
    BankFile,
    BankFinding,
    BankStatement,
    CardCount,
    CardKey,
    BulkAct,
    BulkItem,
    Certification,
    CertificationFact,
    Certifier,
    CertifierKey,
    Claim,
    ClaimAlert,
    ClaimCard,
    ClaimMessage,
    ClaimRole,
    Commitment,
    Company,
    CompanyLink,
    CompanyMember,
    Control,
    ControlCampaign,
    Counter,
    DecidedLine,
    Decision,
    DeMinimisAid,
    FoundAid,
    Document,
    DocumentPicture,
    DocumentRequest,
    DocumentSheets,
    DueWarning,
    DrawSeed,
    EndAnnouncement,
    EndNotice,
    Envelope,
    EnvelopeAct,
    CreditRelease,
    WaitingEntry,
    FirmMember,
    FiscalYear,
    InForcePeriod,
    Instalment,
    InstalmentPlan,
    Interruption,
    InternalNote,
    Invitation,
    Invoice,
    ItemFile,
    LabelCertifier,
    LabelScheme,
    Letter,
    LetterTemplate,
    LaneEntry,
    LedgerEntry,
    LedgerMonth,
    MailMessage,
    Mandate,
    MassNotice,
    MassNoticeItem,
    NameWord,
    Notice,
    OutboxDismissal,
    OutboxMessage,
    Overpayment,
    PaymentBatch,
    PaymentFile,
    PaymentHold,
    PaymentOrder,
    PaymentOrderChange,
    PaymentTransfer,
    Person,
    PersonIdentity,
    ProofLetter,
    Presence,
    Proposal,
    ProposalCut,
    PurchaseLine,
    PurchaseTable,
    ReasonsRequest,
    Recovery,
    RecoveryCode,
    RecoveryFile,
    RecoveryLetter,
    RecoveryLine,
    RecoveryOrder,
    TitrePart,
    RecoveryReview,
    RecoveryStep,
    RegisterEntry,
    RegistryChange,
    RegistryHead,
    RegistryImport,
    RegulationVersion,
    ReportAge,
    ReportDelay,
    ReportMove,
    ReportStay,
    ReportState,
    RequestedItem,
    RiskFlag,
    Revocation,
    RevocationFile,
    ReviewerRegion,
    RuleReviewer,
    SecondFactor,
    Settlement,
    SettlementShare,
    SignUp,
    Solution,
    SolutionAlias,
    StatusChange,
    Supplier,
    SupplierNotice,
    TaxCertificate,
)
