"""Committing credits in the transaction of the decision; never more than the envelope (art. 10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from bonus.extensions import db
from bonus.ledger.service import Entry, enter
from bonus.money import BP_UNIT, half_up
from bonus.regulation import Parameters

from .models import Commitment, Envelope

RESERVED_FOR = frozenset({"micro", "sme"})


def open_cents(envelope: Envelope, size_category: str, on: date, law: Parameters) -> int:
    """What is open to a size category on a day (art. 10), in cents."""
    free = envelope.authorised_cents - envelope.committed_cents
    reserve_until = str(law.on("budget.sme_reserve_until", on).value)
    if size_category in RESERVED_FOR or on.strftime("%m-%d") > reserve_until:
        return free
    reserve = half_up(envelope.authorised_cents * law.integer("budget.sme_reserve", on), BP_UNIT)
    return max(0, free - max(0, reserve - envelope.committed_sme_cents))


def locked_envelope(year: int) -> Envelope | None:
    """The envelope of a budget year, its row locked and read again; None when none is open."""
    return db.session.scalars(
        select(Envelope)
        .where(Envelope.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def has_room(
    envelope: Envelope | None, amount_cents: int, size_category: str, on: date, law: Parameters
) -> bool:
    """Whether a locked envelope can take an amount."""
    return envelope is not None and amount_cents <= open_cents(envelope, size_category, on, law)


def commit_credits(
    envelope: Envelope, decision_id: int, amount_cents: int, size_category: str, now: datetime
) -> Commitment:
    """Commit the amount of a favourable decision on a locked envelope that has room, in the caller's transaction."""
    envelope.committed_cents += amount_cents
    if size_category in RESERVED_FOR:
        envelope.committed_sme_cents += amount_cents
    commitment = Commitment(
        decision_id=decision_id,
        year=envelope.year,
        amount_cents=amount_cents,
        size_category=size_category,
        committed_at=now,
    )
    db.session.add(commitment)
    piece = f"decision:{decision_id}"
    enter(
        [Entry(kind, piece, amount_cents, envelope.year, decision_id) for kind in ("committed", "granted")],
        now,
    )
    return commitment


@dataclass(frozen=True)
class Figures:
    """What the public may know: favourable decisions, cents committed, share to micro and sme (basis points)."""

    decisions: int
    committed_cents: int
    sme_share_bp: int


def figures() -> Figures:
    """The figures over all budget years."""
    decisions = db.session.scalar(select(func.count()).select_from(Commitment)) or 0
    total, sme = db.session.execute(
        select(
            func.coalesce(func.sum(Envelope.committed_cents), 0),
            func.coalesce(func.sum(Envelope.committed_sme_cents), 0),
        )
    ).one()
    # PostgreSQL sums big integers into a decimal.
    share = half_up(int(sme) * BP_UNIT, int(total)) if total else 0
    return Figures(decisions, int(total), share)
