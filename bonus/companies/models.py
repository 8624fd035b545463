"""Companies, their fiscal years, bank accounts, links, and the mandates they give."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.extensions import Cents, Model

IDENTITY_SOURCES = {
    "directory": "Lue dans l’annuaire des entreprises",
    "declared": "Déclarée, non vérifiée",
    "agent": "Vérifiée par un agent",
}
"""Where a company's name and address come from."""

PROOFS = {"letter": "Code reçu par courrier", "proconnect": "ProConnect", "agent": "Agent du service"}
"""How the right to act for a company was shown."""


class Company(Model):
    """A beneficiary (art. 2). Figures are those of its whole group, in cents (art. 3): zeros until ``figures_set_at``.

    Until ``proven_at`` nobody has shown that they may act for it: its people draft, and bind it to nothing.
    """

    __tablename__ = "companies"
    __table_args__ = (
        CheckConstraint("kind IN ('enterprise', 'public_body')", name="kind"),
        CheckConstraint("length(siren) = 9", name="siren_length"),
        CheckConstraint(
            "headcount >= 0 AND turnover_cents >= 0 AND balance_sheet_cents >= 0", name="figures_not_negative"
        ),
        CheckConstraint(
            f"identity_source IN ({', '.join(map(repr, IDENTITY_SOURCES))})", name="identity_source"
        ),
        CheckConstraint(f"proven_by IN ({', '.join(map(repr, PROOFS))})", name="proven_by"),
        CheckConstraint("(proven_at IS NULL) = (proven_by IS NULL)", name="proven"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    siren: Mapped[str] = mapped_column(String(9), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12), default="enterprise")
    naf: Mapped[str] = mapped_column(String(6))
    headcount: Mapped[int]
    turnover_cents: Mapped[int] = mapped_column(Cents)
    balance_sheet_cents: Mapped[int] = mapped_column(Cents)
    vat_recoverable: Mapped[bool] = mapped_column(default=True)
    founded_on: Mapped[date | None]  # as the directory says; None when it was never asked
    ceased_on: Mapped[date | None]
    in_liquidation: Mapped[bool] = mapped_column(default=False)
    street: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str] = mapped_column(String(10), default="")
    town: Mapped[str] = mapped_column(String(100), default="")
    country: Mapped[str] = mapped_column(String(2), default="FR")
    fictitious: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    identity_source: Mapped[str] = mapped_column(String(10), default="agent")
    figures_set_at: Mapped[datetime | None]
    proven_at: Mapped[datetime | None]
    proven_by: Mapped[str | None] = mapped_column(String(10))

    fiscal_years: Mapped[list[FiscalYear]] = relationship(order_by="FiscalYear.ends_on")
    bank_accounts: Mapped[list[BankAccount]] = relationship(order_by="BankAccount.id")
    links: Mapped[list[CompanyLink]] = relationship(order_by="CompanyLink.member")

    @property
    def address(self) -> str:
        return ", ".join(part for part in (self.street, f"{self.postcode} {self.town}".strip()) if part)


class CompanyLink(Model):
    """Another company of its group (size, art. 3) or of its single undertaking (control, art. 7)."""

    __tablename__ = "company_links"
    __table_args__ = (
        UniqueConstraint("company_id", "kind", "member"),
        CheckConstraint("kind IN ('group', 'single_undertaking')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    kind: Mapped[str] = mapped_column(String(20))
    member: Mapped[str] = mapped_column(String(20), index=True)  # SIREN or VAT number


class FiscalYear(Model):
    """A fiscal year, both ends included; its turnover and the tax regime chosen for it (art. 8)."""

    __tablename__ = "fiscal_years"
    __table_args__ = (
        UniqueConstraint("company_id", "ends_on"),
        CheckConstraint("starts_on <= ends_on", name="dates"),
        CheckConstraint("regime IN ('reduction', 'deduction')", name="regime"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    turnover_cents: Mapped[int] = mapped_column(Cents)
    regime: Mapped[str] = mapped_column(String(10), default="reduction")


INSTRUMENTS = {
    "grant": "Subvention",
    "interest_subsidy": "Bonification d’intérêts",
    "loan": "Prêt",
    "guarantee": "Garantie",
    "tax_advantage": "Avantage fiscal ou social",
    "equity": "Apport en capital",
    "other": "Autre",
}
"""What an aid is made of, as the central register of de minimis aids asks (art. 7)."""


class DeMinimisAid(Model):
    """Another de minimis aid that a company declares (art. 7), received by it or by a member of its undertaking.

    Once a decision was sealed with it (``used_at``), it is neither corrected nor removed.
    """

    __tablename__ = "de_minimis_aids"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint(f"instrument IN ({', '.join(map(repr, INSTRUMENTS))})", name="instrument"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(20), index=True)  # SIREN or VAT number
    amount_cents: Mapped[int] = mapped_column(Cents)
    granted_on: Mapped[date]
    authority: Mapped[str] = mapped_column(String(200))
    instrument: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FoundAid(Model):
    """Another de minimis aid that the central register gave when it was read (art. 7), none of this scheme's.

    It counts as long as the register gives it: ``gone_at`` is when it was no longer there. The amount is the one last
    read; a decision keeps in its facts what it was sealed with.
    """

    __tablename__ = "found_aids"
    __table_args__ = (
        UniqueConstraint("recipient", "reference"),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint(f"instrument IN ({', '.join(map(repr, INSTRUMENTS))})", name="instrument"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(20))  # SIREN or VAT number
    reference: Mapped[str] = mapped_column(String(80))  # what the register calls it
    amount_cents: Mapped[int] = mapped_column(Cents)
    granted_on: Mapped[date]
    authority: Mapped[str] = mapped_column(String(200))
    instrument: Mapped[str] = mapped_column(String(20))
    found_at: Mapped[datetime]
    read_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]


_IN_FORCE = text("ended_at IS NULL AND checked_at IS NOT NULL")
_PENDING = text("ended_at IS NULL AND checked_at IS NULL")


class BankAccount(Model):
    """An IBAN in the company's name; paid only once checked by an agent (art. 13).

    It waits for that check, then is in force, then is ended; one that was refused is ended at once.
    """

    __tablename__ = "bank_accounts"
    __table_args__ = (
        # One account in force a company, and one that waits: the database holds it, whatever runs at once.
        Index(
            "uq_bank_accounts_in_force",
            "company_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index(
            "uq_bank_accounts_pending",
            "company_id",
            unique=True,
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        CheckConstraint("checked_by_id <> requested_by_id", name="checked_by_another"),
        CheckConstraint("refused_reason IS NULL OR ended_at IS NOT NULL", name="refused_is_ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    holder: Mapped[str] = mapped_column(String(140))
    iban: Mapped[str] = mapped_column(String(34))
    bic: Mapped[str | None] = mapped_column(String(11))
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[str | None] = mapped_column(String(120))
    ended_at: Mapped[datetime | None]
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    refused_reason: Mapped[str | None] = mapped_column(String(1000))
    # The proof (a RIB) that came with it; the accounts entered before proofs were asked have none.
    proof_name: Mapped[str | None] = mapped_column(String(255))
    proof_media_type: Mapped[str | None] = mapped_column(String(40))
    proof_size: Mapped[int | None]
    proof_sha256: Mapped[str | None] = mapped_column(String(64))
    proof_stored_as: Mapped[str | None] = mapped_column(String(64))

    company: Mapped[Company] = relationship(overlaps="bank_accounts")

    @property
    def is_in_force(self) -> bool:
        """Checked and not ended: the one that is paid."""
        return self.checked_at is not None and self.ended_at is None

    @property
    def is_pending(self) -> bool:
        """Waiting for an agent's check: it holds payments."""
        return self.checked_at is None and self.ended_at is None


class Mandate(Model):
    """What a company lets an accounting firm read, between two dates included; ends at once when revoked."""

    __tablename__ = "mandates"
    __table_args__ = (CheckConstraint("valid_from <= valid_until", name="dates"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    firm_id: Mapped[int] = mapped_column(ForeignKey("accounting_firms.id"), index=True)
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    revoked_at: Mapped[datetime | None]

    company: Mapped[Company] = relationship()
