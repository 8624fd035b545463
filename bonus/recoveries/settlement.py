"""Settling a titre de perception (art. 14): under its lock, what it still claims goes down, and never below zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from bonus import outbox
from bonus.audit.service import Actor
from bonus.calendar import format_date
from bonus.claims.models import Decision
from bonus.claims.notices import tell
from bonus.claims.role_models import ACCOUNTANT
from bonus.claims.roles import require_only_role, take_role
from bonus.errors import Forbidden, NotFound, Refusal
from bonus.extensions import db
from bonus.ledger.service import Entry, enter
from bonus.money import format_euros
from bonus.payments.models import PaymentOrder
from bonus.regulation.wording import french

from .allocation import Part, allocate, by_decision
from .giving_back import RECOVERED, commitment_years, give_back
from .models import RecoveryOrder
from .parts import cents_of, claimable_of, left_of
from .settlement_models import FREEING, InstalmentPlan, Settlement, SettlementShare
from .status import ORDER_STATUSES


def locked_titre(number: str) -> RecoveryOrder:
    """The titre of that number, its row locked and read again, until the transaction ends. Raises NotFound."""
    found = db.session.scalars(
        select(RecoveryOrder)
        .where(RecoveryOrder.number == number)
        .with_for_update(of=RecoveryOrder)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise _unknown()
    return found


def titre_numbered(number: str) -> RecoveryOrder:
    """The titre of that number, to show. Raises NotFound."""
    found = db.session.scalars(select(RecoveryOrder).where(RecoveryOrder.number == number)).one_or_none()
    if found is None:
        raise _unknown()
    return found


def require_open(titre: RecoveryOrder) -> None:
    """Raise Refusal when nothing of a titre is claimed any more."""
    if titre.status != "open":
        raise Refusal(
            "settlement.closed",
            french(
                f"Le titre {titre.number} est « {ORDER_STATUSES[titre.status].lower()} » : "
                "plus rien n’en est réclamé (art. 14)."
            ),
        )


def require_claimable(titre: RecoveryOrder, today: date) -> None:
    """The same, and when its time is over, though no job has marked it yet: nothing is claimed from that day."""
    require_open(titre)
    if not claimable_of(titre, today):
        last = max(one.barred_on for one in left_of(titre))
        raise Refusal(
            "settlement.barred",
            french(
                f"Le titre {titre.number} est prescrit depuis le {format_date(last)} : plus rien n’en est "
                "réclamé (art. 14)."
            ),
        )


def settle(
    titre: RecoveryOrder,
    kind: str,
    amount_cents: int,
    actor: Actor,
    now: datetime,
    *,
    reference: str,
    received_on: date,
    reasons: str = "",
    payment_order: PaymentOrder | None = None,
    of: Sequence[Part] | None = None,
) -> Settlement:
    """Settle a part of a locked titre, or the rest, in the caller's transaction: its shares, the ledger's entries,
    and, for what came back, the credits and the outbox's message. ``of``: what of it may be settled, by default all
    that is left. Flushes; the caller writes the audit entry.

    Raises Refusal when nothing is claimed any more, or less than that.
    """
    require_open(titre)
    left = [one.part for one in left_of(titre)] if of is None else of
    if not 0 < amount_cents <= cents_of(left):
        raise Refusal(
            "settlement.amount",
            french(f"Le titre {titre.number} ne réclame plus que {format_euros(cents_of(left))}."),
        )
    parts = allocate(left, 0, amount_cents)
    settlement = Settlement(
        order=titre,
        kind=kind,
        amount_cents=amount_cents,
        reference=reference,
        received_on=received_on,
        at=now,
        by_id=actor.person_id,
        reasons=reasons,
        payment_order=payment_order,
        shares=[
            SettlementShare(decision_id=part.decision_id, line_id=part.line_id, amount_cents=part.cents)
            for part in parts
        ],
    )
    db.session.add(settlement)
    titre.remaining_cents -= amount_cents
    if not titre.remaining_cents:
        titre.status = "barred" if kind == "barred" else "settled"
        _end_plan(titre, now)
    db.session.flush()
    _enter(settlement, by_decision(parts), now)
    if kind in FREEING:
        outbox.post(RECOVERED, settlement.id, now)
    return settlement


def _enter(settlement: Settlement, cents: dict[int, int], now: datetime) -> None:
    """One entry a decision, in the ledger; and, for what came back, its credits."""
    years, piece = commitment_years(list(cents)), f"titre:{settlement.order.number}"
    enter(
        [
            Entry(
                settlement.kind,
                piece,
                amount,
                years[decision_id],
                decision_id,
                f"{settlement.id}:{decision_id}",
            )
            for decision_id, amount in cents.items()
        ],
        now,
    )
    if settlement.kind in FREEING:
        for decision_id, amount in cents.items():
            decision, about = db.session.get_one(Decision, decision_id), about_credits(settlement)
            give_back(decision, amount, about, now, settlement.received_on)


def about_credits(settlement: Settlement) -> str:
    """What the release of credits of a settlement is about."""
    return f"settlement:{settlement.id}"


def next_reference(titre: RecoveryOrder, word: str) -> str:
    """What names the next settlement of a locked titre that no bank names."""
    query = select(func.count()).select_from(Settlement).where(Settlement.order_id == titre.id)
    return f"{titre.number}/{word}/{int(db.session.scalar(query) or 0) + 1}"


def _end_plan(titre: RecoveryOrder, now: datetime) -> None:
    plan = live_plan(titre)
    if plan is not None:
        plan.status, plan.ended_at = "kept", now
        plan.answered_at = plan.answered_at or now


def live_plan(titre: RecoveryOrder) -> InstalmentPlan | None:
    """The instalments asked for or running, if any."""
    query = select(InstalmentPlan).where(
        InstalmentPlan.order_id == titre.id, InstalmentPlan.status.in_(("asked", "accepted"))
    )
    return db.session.scalars(query).one_or_none()


def require_accountant(titre: RecoveryOrder, actor: Actor, now: datetime) -> None:
    """Raise Forbidden unless this is an accounting officer who acts on the dossier in no other role (art. 12), which is
    noted; a part of the service acts as itself."""
    if actor.person_id is None:
        return
    if ACCOUNTANT not in actor.roles:
        raise Forbidden("settlement.wrong_role", "Cet acte revient à un agent comptable (art. 12).")
    claim = titre.recovery.claim
    require_only_role(claim, actor, ACCOUNTANT)
    take_role(claim.id, actor.person_id, ACCOUNTANT, now)


def tell_settled(titre: RecoveryOrder, sentence: str, about: str, now: datetime) -> None:
    """Tell the company what became of its titre, in the caller's transaction; ``about`` tells two apart."""
    tell(titre.recovery.claim, "undue_settled", sentence, now, about=f"{titre.number}:{about}")


def _unknown() -> NotFound:
    return NotFound("settlement.unknown", "Ce titre de perception n’existe pas.")
