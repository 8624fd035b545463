"""Every table of the service, for migrations and tests."""

from .accounts.models import AccountingFirm, AgentRole, CompanyMember, FirmMember, Person
from .audit.models import AuditEntry, AuditHead
from .budget.models import Commitment, Envelope
from .certificates.models import TaxCertificate
from .claims.models import (
    Claim,
    DecidedLine,
    Decision,
    Document,
    Invoice,
    Proposal,
    PurchaseLine,
    RegulationVersion,
    StatusChange,
)
from .companies.models import BankAccount, Company, CompanyLink, FiscalYear, Mandate
from .numbering import Counter
from .outbox import OutboxMessage
from .payments.models import PaymentBatch, PaymentOrder
from .registry.models import Certification, CertificationEvent, Solution, Supplier

ALL = (
    AccountingFirm,
    AgentRole,
    AuditEntry,
    AuditHead,
    BankAccount,
    Certification,
    CertificationEvent,
    Claim,
    Commitment,
    Company,
    CompanyLink,
    CompanyMember,
    Counter,
    DecidedLine,
    Decision,
    Document,
    Envelope,
    FirmMember,
    FiscalYear,
    Invoice,
    Mandate,
    OutboxMessage,
    PaymentBatch,
    PaymentOrder,
    Person,
    Proposal,
    PurchaseLine,
    RegulationVersion,
    Solution,
    StatusChange,
    Supplier,
    TaxCertificate,
)
