"""Credits that a decision no longer holds, and those it holds again (arts. 10, 11 and 14).

Within the budget year of the commitment they come back to the envelope, and the waiting list is served; after it, they
are lost with that year's envelope. Who cancels an order, books a repayment or an offset calls this, in its transaction,
with what it comes from as ``about``: called twice for one thing, it does it once.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, func, select

from bonus.audit.service import SERVICE
from bonus.calendar import civil_date
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.ledger.service import Entry, enter
from bonus.money import format_euros
from bonus.regulation import load_parameters

from .acts import write_act
from .models import MOST_ABOUT, Commitment, CreditRelease, Envelope
from .service import RESERVED_FOR, has_room, locked_envelope
from .waiting import FROM_RELEASE, ask_to_serve


def release_credits(
    decision_id: int, amount_cents: int, about: str, now: datetime, *, frees: bool | None = None
) -> CreditRelease:
    """Release part or all of what a decision commits, in the caller's transaction. The envelope's row is locked.

    ``about``: what it comes from, in 40 characters at most ("order:OP-2026-000001", "titre:TP-2026-000001:repaid:3").
    ``frees``: whether the credits come back; by default within the budget year of the commitment alone (art. 14).
    Raises NotFound when the decision commits nothing, Refusal when less than that is left, ValueError for an amount
    that is not positive or an ``about`` that was of another amount.
    """
    commitment, envelope = _locked(decision_id)
    done = _done(commitment, amount_cents, about, ("released", "released_late"))
    if done is not None:
        return done
    left = commitment.amount_cents - commitment.released_cents
    if amount_cents > left:
        raise Refusal(
            "budget.too_much",
            f"Cette décision n’engage plus que {format_euros(left)} : on ne peut en dégager "
            f"{format_euros(amount_cents)} (art. 10).",
        )
    comes_back = commitment.year == civil_date(now).year if frees is None else frees
    kind = "released" if comes_back else "released_late"
    release = _write(commitment, kind, amount_cents, about, now)
    _change(commitment, envelope, -amount_cents)
    if not comes_back:
        write_act(
            envelope,
            "lapse",
            -amount_cents,
            f"Dégagement tardif n° {release.id}",
            civil_date(now),
            SERVICE,
            now,
        )
    enter([Entry(kind, f"decision:{decision_id}", amount_cents, envelope.year, decision_id, about)], now)
    db.session.flush()
    if comes_back:
        ask_to_serve(FROM_RELEASE, release.id, now)
    return release


def recommit(decision_id: int, amount_cents: int, about: str, now: datetime) -> CreditRelease:
    """Commit again what was released of a decision, in the caller's transaction: what is restored.

    Within the budget year the envelope must have room, less what is reserved to ``micro`` and ``sme`` until 30
    September (art. 10). After it, what had been released late stands again with the credits that lapsed with it; what
    had come back within the year is gone, and wants a new decision. Raises NotFound,
    Refusal for want of credits, or when that much was not released; ValueError as ``release_credits``.
    """
    commitment, envelope = _locked(decision_id)
    done = _done(commitment, amount_cents, about, ("recommitted", "recommitted_late"))
    if done is not None:
        return done
    if amount_cents > commitment.released_cents:
        raise Refusal(
            "budget.not_released",
            f"{format_euros(commitment.released_cents)} seulement ont été dégagés de cette décision (art. 10).",
        )
    late = commitment.year < civil_date(now).year
    if late and amount_cents > _released_late(commitment):
        raise Refusal(
            "budget.year_over",
            f"Les crédits de {commitment.year} sont tombés le 31 décembre : il faut une nouvelle décision, engagée "
            "sur l’enveloppe en cours (art. 10).",
        )
    today = civil_date(now)
    if not late and not has_room(envelope, amount_cents, commitment.size_category, today, load_parameters()):
        raise Refusal(
            "budget.no_credits",
            f"Les crédits ouverts ne suffisent pas pour engager de nouveau {format_euros(amount_cents)} (art. 10).",
        )
    again = _write(commitment, "recommitted_late" if late else "recommitted", amount_cents, about, now)
    if late:
        reference = f"Rétablissement d’un engagement n° {again.id}"
        write_act(envelope, "amendment", amount_cents, reference, civil_date(now), SERVICE, now)
    _change(commitment, envelope, amount_cents)
    enter(
        [Entry("committed", f"decision:{decision_id}", amount_cents, envelope.year, decision_id, about)], now
    )
    db.session.flush()
    return again


def _locked(decision_id: int) -> tuple[Commitment, Envelope]:
    query = select(Commitment).where(Commitment.decision_id == decision_id)
    found = db.session.scalars(query).one_or_none()
    envelope = locked_envelope(found.year) if found is not None else None
    if found is None or envelope is None:
        raise NotFound("budget.no_commitment", "Cette décision n’engage aucun crédit.")
    # The envelope's lock is the one that all take: what was read before it is read again.
    db.session.refresh(found)
    return found, envelope


def _done(
    commitment: Commitment, amount_cents: int, about: str, kinds: tuple[str, ...]
) -> CreditRelease | None:
    if amount_cents <= 0:
        raise ValueError("what is released is positive")
    if not 0 < len(about) <= MOST_ABOUT:
        raise ValueError(f"not what a release is about: {about!r}")
    query = select(CreditRelease).where(
        CreditRelease.commitment_id == commitment.id, CreditRelease.about == about
    )
    found = db.session.scalars(query).one_or_none()
    if found is not None and (found.amount_cents != amount_cents or found.kind not in kinds):
        raise ValueError(f"{about} was about something else")
    return found


def _write(commitment: Commitment, kind: str, amount_cents: int, about: str, now: datetime) -> CreditRelease:
    release = CreditRelease(
        commitment_id=commitment.id, kind=kind, amount_cents=amount_cents, about=about, at=now
    )
    db.session.add(release)
    db.session.flush()
    return release


def _change(commitment: Commitment, envelope: Envelope, delta_cents: int) -> None:
    commitment.released_cents -= delta_cents
    envelope.committed_cents += delta_cents
    if commitment.size_category in RESERVED_FOR:
        envelope.committed_sme_cents += delta_cents


def _released_late(commitment: Commitment) -> int:
    """What is released late of a commitment and not restored, in cents."""
    signed = case(
        (CreditRelease.kind == "released_late", CreditRelease.amount_cents),
        (CreditRelease.kind == "recommitted_late", -CreditRelease.amount_cents),
        else_=0,
    )
    query = select(func.coalesce(func.sum(signed), 0)).where(CreditRelease.commitment_id == commitment.id)
    return int(db.session.scalar(query) or 0)
