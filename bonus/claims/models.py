"""The dossier: one filing with its documents, invoices, lines, proposal and decision."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.companies.models import Company
from bonus.extensions import Cents, Model
from bonus.registry.models import Solution

from .numbers import bare_of_row
from .purposes import PURPOSES
from .status import DECIDED, STATUSES, TAKEN_BACK

if TYPE_CHECKING:
    from .change_models import StatusChange
    from .proposal_models import Proposal

_STATUS_LIST = ", ".join(repr(status) for status in STATUSES)

_PURPOSE_LIST = ", ".join(repr(purpose) for purpose in PURPOSES)

DECISION_KINDS = {
    "officer": "Décision de l’ordonnateur",
    "rule": "Décision prise par règle",
    "silence": "Refus né du silence",
    "appeal": "Décision sur recours",
}
"""How a decision was taken: code → what people read (arts. 11 and 12)."""

_KIND_LIST = ", ".join(repr(kind) for kind in DECISION_KINDS)


class Claim(Model):
    """A dossier. It has a number once filed; its status changes only through ``status.next_status``."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint(f"status IN ({_STATUS_LIST})", name="status"),
        CheckConstraint("channel IN ('claim', 'advance')", name="channel"),
        CheckConstraint(
            "status = 'draft' OR status = 'abandoned' OR (number IS NOT NULL AND filed_at IS NOT NULL)",
            name="filed_has_number",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)  # unguessable, in addresses
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10), default="claim")
    status: Mapped[str] = mapped_column(String(20), default="draft", index=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    filed_at: Mapped[datetime | None]
    decision_due_on: Mapped[date | None]
    acknowledgement: Mapped[dict[str, Any] | None]
    declarations: Mapped[list[Any] | None]  # what the company declared on its honour when it filed
    # The reviewer in charge; None, for whoever comes first.
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    risk_weight: Mapped[int] = mapped_column(default=0, index=True)  # of its risk flags together
    simulated: Mapped[dict[str, Any] | None]  # the simulation it comes from; see ``simulation.kept``

    company: Mapped[Company] = relationship(lazy="joined")
    assigned_to: Mapped[Person | None] = relationship(foreign_keys=[assigned_to_id])
    documents: Mapped[list[Document]] = relationship(back_populates="claim", order_by="Document.id")
    invoices: Mapped[list[Invoice]] = relationship(back_populates="claim", order_by="Invoice.id")
    proposals: Mapped[list[Proposal]] = relationship(back_populates="claim", order_by="Proposal.id")
    changes: Mapped[list[StatusChange]] = relationship(back_populates="claim", order_by="StatusChange.id")
    decisions: Mapped[list[Decision]] = relationship(back_populates="claim", order_by="Decision.rank")

    @property
    def decision(self) -> Decision | None:
        """The latest decision: lines that waited for their label get one of their own (art. 11)."""
        return self.decisions[-1] if self.decisions else None

    @property
    def granted_cents(self) -> int:
        """What its decisions granted in all, in cents."""
        return sum(decision.bonus_cents for decision in self.decisions)

    @property
    def is_decided(self) -> bool:
        """Whether nothing is to be decided now: it was, and no line has woken since."""
        return bool(self.decisions) and self.status in DECIDED | TAKEN_BACK

    @property
    def title(self) -> str:
        """What people call it: its number once filed."""
        return self.number or "Brouillon"


class Document(Model):
    """A file that was sent: outside static/, under a random name; ``purpose`` is what it is there to show."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("claim_id", "sha256"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint(f"purpose IN ({_PURPOSE_LIST})", name="purpose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    original_name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_as: Mapped[str] = mapped_column(String(64), unique=True)
    added_at: Mapped[datetime]
    purpose: Mapped[str] = mapped_column(String(20), default="invoice")
    # Of a plain PDF or an image, whose pages are shown to who enters it by hand.
    page_count: Mapped[int | None]

    claim: Mapped[Claim] = relationship(back_populates="documents")


class Invoice(Model):
    """What is known of one invoice; amounts in cents, negative on a credit note.

    ``source``: ``structured``, read from an e-invoice (EN 16931 terms in ``terms``); ``hand``, typed by the company
    beside the file it sent; ``table``, a row of the table it loaded. Only the first may take the fast lane (art. 12).
    """

    __tablename__ = "invoices"
    __table_args__ = (CheckConstraint("source IN ('structured', 'hand', 'table')", name="source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id"), index=True
    )  # a table holds many invoices
    source: Mapped[str] = mapped_column(String(10), default="structured")
    syntax: Mapped[str] = mapped_column(String(10))
    profile: Mapped[str] = mapped_column(String(20))
    supplier_identifier: Mapped[str] = mapped_column(String(20), index=True)
    supplier_name: Mapped[str] = mapped_column(String(200))
    buyer_identifier: Mapped[str] = mapped_column(String(20))
    buyer_name: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(100))
    number_key: Mapped[str] = mapped_column(String(100), index=True)  # without case and spaces (art. 5.3)
    number_bare: Mapped[str] = mapped_column(String(100), index=True, default=bare_of_row)  # nor punctuation
    issued_on: Mapped[date]
    is_credit_note: Mapped[bool] = mapped_column(default=False)
    corrects: Mapped[list[Any]]  # numbers of the invoices it corrects (BG-3)
    net_cents: Mapped[int] = mapped_column(Cents)
    vat_cents: Mapped[int] = mapped_column(Cents)
    gross_cents: Mapped[int] = mapped_column(Cents)
    prepaid_cents: Mapped[int] = mapped_column(Cents, default=0)  # BT-113
    due_cents: Mapped[int | None] = mapped_column(Cents)  # BT-115, where the document says it
    lines_from_totals: Mapped[bool] = mapped_column(default=False)
    lines_entered: Mapped[bool] = mapped_column(default=False)  # by the company, where the file details none
    warnings: Mapped[list[Any]]
    # The official rules that its file breaks (``RuleFinding.as_json``); none when they were not run.
    rule_findings: Mapped[list[Any] | None]
    # All that the file says: large, and read by few, so loaded when asked for.
    terms: Mapped[dict[str, Any]] = mapped_column(deferred=True)

    claim: Mapped[Claim] = relationship(back_populates="invoices")
    document: Mapped[Document] = relationship()
    lines: Mapped[list[PurchaseLine]] = relationship(
        back_populates="invoice", order_by="PurchaseLine.position", lazy="selectin"
    )


class PurchaseLine(Model):
    """A line of an invoice, after its share of the document's discounts and charges; amounts in cents."""

    __tablename__ = "purchase_lines"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        CheckConstraint("other_public_aid_cents >= 0", name="other_aid"),
        # The latest lines of a solution, without reading all it ever sold (``risk_facts``).
        Index("ix_purchase_lines_solution_id_id", "solution_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(500))
    reference: Mapped[str | None] = mapped_column(String(100))
    net_cents: Mapped[int] = mapped_column(Cents)
    vat_cents: Mapped[int] = mapped_column(Cents)
    service_start: Mapped[date | None]
    service_end: Mapped[date | None]
    replaces_foreign: Mapped[bool] = mapped_column(default=False)
    other_public_aid_cents: Mapped[int] = mapped_column(Cents, default=0)
    solution_id: Mapped[int | None] = mapped_column(ForeignKey("solutions.id"))
    match_reason: Mapped[str] = mapped_column(String(300), default="")
    matched_by_person: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime | None]  # what the company said of it, and who said it last
    changed_by: Mapped[str | None] = mapped_column(String(120))

    invoice: Mapped[Invoice] = relationship(back_populates="lines")
    solution: Mapped[Solution | None] = relationship(lazy="joined")


class Decision(Model):
    """Sealed: the facts, the version of the law, what it gives, the words and the reasons.

    ``kind`` is how it was taken (``DECISION_KINDS``); a rule, or silence, is nobody's.

    ``bonus_cents`` is what it grants, commits and pays: on appeal, what it adds to the one it replaces.

    ``rank`` counts the decisions of a dossier: a line that waited for its label is in the first one, pending, and
    in a later one, decided.

    ``facts`` is what ``regulation.evaluate`` takes; ``facts_sha256`` the hash of its canonical JSON.
    ``register_read_at``: when the central register was read before what it grants (art. 7); None where it need not be.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("claim_id", "rank"),
        CheckConstraint("rank > 0", name="rank"),
        CheckConstraint("bonus_cents >= 0", name="bonus"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint(f"kind IN ({_KIND_LIST})", name="kind"),
        CheckConstraint(
            "(kind IN ('officer', 'appeal')) = (decided_by_id IS NOT NULL AND proposed_by_id IS NOT NULL)",
            name="persons_or_none",
        ),
        CheckConstraint("outcome IN ('granted', 'partly_granted', 'pending', 'refused')", name="outcome"),
        CheckConstraint("outcome <> 'refused' OR bonus_cents = 0", name="refused_pays_nothing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    rank: Mapped[int] = mapped_column(default=1)
    decided_at: Mapped[datetime]
    decided_on: Mapped[date]  # the grant date, civil date in Paris
    kind: Mapped[str] = mapped_column(String(10), default="officer")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    opened_at: Mapped[datetime | None]  # first time someone of the company opened it (art. 11: notification)
    outcome: Mapped[str] = mapped_column(String(20))
    bonus_cents: Mapped[int] = mapped_column(Cents)
    reasons: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(
        deferred=True
    )  # read when asked for: 50,000 lines are 15 MB
    facts_sha256: Mapped[str] = mapped_column(String(64))
    parameters_version: Mapped[str] = mapped_column(String(64))
    register_read_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    full_list: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # of a large one's lines

    claim: Mapped[Claim] = relationship(back_populates="decisions")
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    proposed_by: Mapped[Person | None] = relationship(foreign_keys=[proposed_by_id])
    lines: Mapped[list[DecidedLine]] = relationship(back_populates="decision", order_by="DecidedLine.id")

    @property
    def kind_name(self) -> str:
        """How it was taken, in French."""
        return DECISION_KINDS[self.kind]


class DecidedLine(Model):
    """What one decision gave one line: what later ceilings (art. 6) and duplicates (art. 5.3) look at. Of those of a
    line, the last counts. ``former_cents``: what the decision that this one replaces, on appeal, gave it
    already, granted and paid then; this one adds ``bonus_cents`` less that."""

    __tablename__ = "decided_lines"
    __table_args__ = (
        UniqueConstraint("decision_id", "line_id"),
        CheckConstraint("base_cents >= 0 AND bonus_cents >= 0 AND bonus_cents <= base_cents", name="amounts"),
        CheckConstraint("former_cents >= 0 AND former_cents <= bonus_cents", name="never_worse"),
        CheckConstraint("status IN ('eligible', 'pending', 'refused')", name="status"),
        CheckConstraint("status = 'eligible' OR bonus_cents = 0", name="only_eligible_paid"),
        CheckConstraint("status = 'eligible' OR reason IS NOT NULL", name="reason_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("purchase_lines.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(60))
    base_cents: Mapped[int] = mapped_column(Cents)
    rate_bp: Mapped[int]
    bonus_cents: Mapped[int] = mapped_column(Cents)
    former_cents: Mapped[int] = mapped_column(Cents, default=0, server_default="0")

    decision: Mapped[Decision] = relationship(back_populates="lines")
    line: Mapped[PurchaseLine] = relationship(lazy="joined")
