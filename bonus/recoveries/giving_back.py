"""What money that came back gives back (art. 14): credits within the budget year, and what others have to correct.

The one place where settlements meet the envelope, the central register and certificates.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select

from bonus.audit.service import SERVICE, record
from bonus.budget.models import Commitment
from bonus.budget.releases import recommit, release_credits
from bonus.budget.service import locked_envelope
from bonus.certificates.held import certificates_of_company
from bonus.claims.models import Decision
from bonus.extensions import db
from bonus.register.service import ask_correction

from .settlement_models import FREEING, Settlement, SettlementShare

RECOVERED = "recovered"
"""The kind of the outbox's message that says that a settlement brought money back; its subject is the settlement."""
UNDUE = "undue_certificates"
"""The kind of the message that an undue sum is confirmed, or no longer claimed: certificates are corrected."""
CORRECTED = "Somme recouvrée, annulée ou rendue (art. 14)."
"""Why the central register is told another amount."""


def give_back(decision: Decision, cents: int, about: str, now: datetime, on: date | None = None) -> None:
    """Give back, in the caller's transaction, the credits of what came back of a decision, or will not be paid of it,
    once for each ``about``: within the budget year to the envelope, later to nobody (art. 14). What was released of it
    already, because it was refused or annulled, is not released again. The central register is told; ``on``: the day on
    which the money came back (art. 7)."""
    year = commitment_years([decision.id]).get(decision.id)
    if year is None:
        return
    locked_envelope(year)  # what was released a moment ago is then known
    commitment = _commitment(decision)
    left = min(cents, commitment.amount_cents - commitment.released_cents)
    if left > 0:
        release_credits(decision.id, left, about, now)
        _correct_register(decision, about, now, on)


def take_again(decision: Decision, cents: int, about: str, now: datetime) -> None:
    """Commit again what a titre that is cancelled had given back. Raises Refusal for want of credits."""
    recommit(decision.id, cents, about, now)
    _correct_register(decision, about, now)


def _commitment(decision: Decision) -> Commitment:
    query = select(Commitment).where(Commitment.decision_id == decision.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _correct_register(decision: Decision, about: str, now: datetime, on: date | None = None) -> None:
    db.session.flush()
    commitment = _commitment(decision)
    left = commitment.amount_cents - commitment.released_cents
    ask_correction(decision.id, left, CORRECTED, about, now, on)


def recovered_cents(decision_id: int) -> int:
    """What came back of a decision and was not given back since, in cents."""
    query = (
        select(func.coalesce(func.sum(SettlementShare.amount_cents), 0))
        .join(Settlement, SettlementShare.settlement_id == Settlement.id)
        .where(
            SettlementShare.decision_id == decision_id,
            Settlement.kind.in_(FREEING),
            Settlement.undone_at.is_(None),
        )
    )
    return int(db.session.scalar(query) or 0)


def commitment_years(decision_ids: list[int]) -> dict[int, int]:
    """The budget year each decision was committed on, by its id."""
    query = select(Commitment.decision_id, Commitment.year).where(Commitment.decision_id.in_(decision_ids))
    return {row.decision_id: row.year for row in db.session.execute(query)}


def note_recovered(settlement_id: int, now: datetime) -> None:
    """The job after money came back, or was given back again: names in the log the certificates in force that state
    the dossier's bonus, which art. 15 wants corrected; committed. A second run names them again, and changes nothing.
    """
    settlement = db.session.get_one(Settlement, settlement_id)
    claim = settlement.order.recovery.claim
    concerned = [
        certificate.number
        for certificate in certificates_of_company(claim.company_id)
        if not certificate.revoked
        and any(row["claim_number"] == claim.number for row in certificate.content["purchases"])
    ]
    if concerned:
        record(
            "settlement.certificates_concerned",
            f"titre:{settlement.order.number}",
            SERVICE,
            now,
            settlement=settlement.id,
            certificates=concerned,
            amount_cents=settlement.amount_cents,
        )
    db.session.commit()
