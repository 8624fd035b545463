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
from .budget.models import Commitment, Envelope
from .certificates.models import TaxCertificate
from .claims.announcement_models import EndAnnouncement, EndNotice
from .claims.campaign_models import ControlCampaign
from .claims.change_models import StatusChange
from .claims.follow_models import ClaimAlert, Control
from .claims.models import (
    Claim,
    DecidedLine,
    Decision,
    Document,
    Invoice,
    PurchaseLine,
)
from .claims.notice_models import Notice
from .claims.proposal_models import Proposal
from .claims.regulation_models import RegulationVersion
from .claims.request_models import ClaimMessage, DocumentRequest, ItemFile, RequestedItem
from .claims.risk_models import RiskFlag
from .claims.table_models import PurchaseTable
from .companies.models import BankAccount, Company, CompanyLink, DeMinimisAid, FiscalYear, Mandate
from .companies.proof_models import Application, ProofLetter, SignUp
from .mail import MailMessage
from .numbering import Counter
from .outbox import OutboxMessage
from .payments.models import PaymentBatch, PaymentOrder
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
    Application,
    AuditEntry,
    AuditHead,
    BankAccount,
    Certification,
    CertificationFact,
    Certifier,
    CertifierKey,
    Claim,
    ClaimAlert,
    ClaimMessage,
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
    Document,
    DocumentRequest,
    EndAnnouncement,
    EndNotice,
    Envelope,
    FirmMember,
    FiscalYear,
    InForcePeriod,
    Invitation,
    Invoice,
    ItemFile,
    LabelCertifier,
    LabelScheme,
    MailMessage,
    Mandate,
    Notice,
    OutboxMessage,
    PaymentBatch,
    PaymentOrder,
    Person,
    PersonIdentity,
    ProofLetter,
    Proposal,
    PurchaseLine,
    PurchaseTable,
    RecoveryCode,
    RegistryChange,
    RegistryHead,
    RegistryImport,
    RegulationVersion,
    RequestedItem,
    RiskFlag,
    SecondFactor,
    SignUp,
    Solution,
    SolutionAlias,
    StatusChange,
    Supplier,
    TaxCertificate,
)
