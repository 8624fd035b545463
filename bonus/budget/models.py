"""The yearly envelope of commitment authorisations and what is committed from it (art. 10)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bonus.accounts.models import Person
from bonus.claims.models import Claim
from bonus.extensions import Cents, Model

ACT_KINDS = {
    "opening": "Ouverture",
    "amendment": "Modification",
    "lapse": "Annulation",
}
"""Code → what people read of an act on an envelope."""
RELEASE_KINDS = ("released", "released_late", "recommitted", "recommitted_late")
MOST_REFERENCE = 120
MOST_ABOUT = 40
"""The characters of what a release is about: with the decision it stays within the ledger's key."""
_RELEASE_LIST = ", ".join(repr(kind) for kind in RELEASE_KINDS)
_ACT_LIST = ", ".join(repr(kind) for kind in ACT_KINDS)


class Envelope(Model):
    """One budget year, in cents: authorised (E), committed (C), of which to micro and sme (S).

    The database itself refuses to commit more than is authorised.
    """

    __tablename__ = "envelopes"
    __table_args__ = (
        CheckConstraint(
            "committed_cents >= 0 AND committed_cents <= authorised_cents", name="never_overspent"
        ),
        CheckConstraint(
            "committed_sme_cents >= 0 AND committed_sme_cents <= committed_cents", name="sme_part"
        ),
    )

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    authorised_cents: Mapped[int] = mapped_column(Cents)
    committed_cents: Mapped[int] = mapped_column(Cents, default=0)
    committed_sme_cents: Mapped[int] = mapped_column(Cents, default=0)


class EnvelopeAct(Model):
    """What opens or changes the envelope of a budget year: its ``authorised_cents`` is the sum of ``delta_cents``.

    ``reference`` is that of the signed act, used once a year. A ``lapse`` is the law's own (art. 10): what was not
    committed on 31 December, then what is released too late to come back.
    """

    __tablename__ = "envelope_acts"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_ACT_LIST})", name="kind"),
        CheckConstraint(
            "(kind = 'opening' AND delta_cents >= 0) OR (kind = 'amendment' AND delta_cents <> 0) "
            "OR (kind = 'lapse' AND delta_cents < 0)",
            name="delta",
        ),
        CheckConstraint("length(trim(reference)) > 0", name="reference"),
        UniqueConstraint("year", "reference"),
        Index(
            "uq_envelope_acts_opening",
            "year",
            unique=True,
            sqlite_where=text("kind = 'opening'"),
            postgresql_where=text("kind = 'opening'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(ForeignKey("envelopes.year"))
    kind: Mapped[str] = mapped_column(String(10))
    delta_cents: Mapped[int] = mapped_column(Cents)
    reference: Mapped[str] = mapped_column(String(MOST_REFERENCE))
    signed_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))

    recorded_by: Mapped[Person | None] = relationship()

    @property
    def kind_name(self) -> str:
        """What it does, in French."""
        return ACT_KINDS[self.kind]


class Commitment(Model):
    """The amount of one favourable decision, committed in its transaction; ``released_cents`` of it are committed no
    more."""

    __tablename__ = "commitments"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("released_cents >= 0 AND released_cents <= amount_cents", name="released"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), unique=True)
    year: Mapped[int] = mapped_column(ForeignKey("envelopes.year"))
    amount_cents: Mapped[int] = mapped_column(Cents)
    size_category: Mapped[str] = mapped_column(String(10))
    committed_at: Mapped[datetime]
    released_cents: Mapped[int] = mapped_column(Cents, default=0, server_default="0")


class CreditRelease(Model):
    """A part of a commitment that is no more, within its budget year (``released``) or after it (``released_late``), or
    that is again (``recommitted``, ``recommitted_late``: what had been released late). ``about`` names what it comes
    from, once a commitment."""

    __tablename__ = "credit_releases"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_RELEASE_LIST})", name="kind"),
        CheckConstraint("amount_cents > 0", name="amount"),
        UniqueConstraint("commitment_id", "about"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments.id"))
    kind: Mapped[str] = mapped_column(String(16))
    amount_cents: Mapped[int] = mapped_column(Cents)
    about: Mapped[str] = mapped_column(String(MOST_ABOUT))
    at: Mapped[datetime]


class WaitingEntry(Model):
    """A dossier that waits for credits (art. 10), its place given by ``complete_at`` then its id; ``reserved``: it is
    of the class ``micro`` and ``sme``.

    ``amount_cents`` is what was acknowledged the day it joined. The decision that is taken when credits are found is
    that of who put it there: an officer, on a proposal, or a rule; ``said`` are the officer's words. ``blocked`` says
    in French why its turn came and passed, other than for want of credits.
    """

    __tablename__ = "waiting_entries"
    __table_args__ = (
        CheckConstraint("kind IN ('officer', 'rule')", name="kind"),
        CheckConstraint(
            "(kind = 'officer') = (officer_id IS NOT NULL AND proposed_by_id IS NOT NULL)", name="persons"
        ),
        CheckConstraint("(left_at IS NULL) = (left_by IS NULL)", name="left"),
        CheckConstraint("amount_cents > 0", name="amount"),
        Index(
            "uq_waiting_entries_claim_id",
            "claim_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_waiting_entries_order", "left_at", "complete_at", "claim_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    kind: Mapped[str] = mapped_column(String(10))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    said: Mapped[str] = mapped_column(Text, default="")
    reserved: Mapped[bool]
    amount_cents: Mapped[int] = mapped_column(Cents)
    complete_at: Mapped[datetime]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    left_by: Mapped[str | None] = mapped_column(String(20))
    blocked: Mapped[str | None] = mapped_column(String(500))

    claim: Mapped[Claim] = relationship()
    officer: Mapped[Person | None] = relationship(foreign_keys=[officer_id])
