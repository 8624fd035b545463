"""What was paid of each decision, and what is not yet: the one place where undue sums look at payment orders.

Nothing is claimed back that did not leave: an order that the bank does not have is held while an undue sum is open
(art. 14), and what is too much in it is then not paid at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, select, union_all

from bonus.accounts.acting import locked_company
from bonus.audit.service import SERVICE
from bonus.claims.models import Claim, Decision
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.payments.holding import orders_of_claim
from bonus.payments.holds import free, hold
from bonus.payments.models import PaymentOrder
from bonus.payments.order_changes import move
from bonus.regulation.wording import french

from .settlement_models import Settlement, SettlementShare

WITH_THE_BANK = frozenset({"sent", "executed"})
"""The statuses of orders whose money left."""
NOT_PAID_ANY_MORE = frozenset({*WITH_THE_BANK, "cancelled", "offset"})
"""Those of which nothing is to be paid."""
UNDUE = "undue"
"""Why an order is held while an undue sum is open."""


@dataclass(frozen=True)
class Paid:
    """What was paid of a decision, in cents, and the day of the payment; None when nothing was. Below zero: what its
    company paid that is to be given back to it."""

    cents: int = 0
    on: date | None = None


def paid_of(claim_id: int) -> dict[int, Paid]:
    """What was paid of each decision of a dossier, by the decision's id: by transfer, or by taking it off what its
    company owed. What came back for a titre that was cancelled since is paid no more, until an order gives it back:
    below zero when the transfer that it was of came back too, what the company is then owed twice."""
    found: dict[int, Paid] = {}
    query = select(PaymentOrder).join(Decision, Decision.id == PaymentOrder.decision_id)
    for order in db.session.scalars(query.where(Decision.claim_id == claim_id).order_by(PaymentOrder.id)):
        cents = order.offset_cents
        if order.status in WITH_THE_BANK:
            cents += order.payable_cents
        former = found.get(order.decision_id, Paid())
        on = min(filter(None, (former.on, *_paid_on(order))), default=None)
        found[order.decision_id] = Paid(former.cents + cents, on)
    owed = _to_give_back(claim_id)
    left = {id_: Paid(paid.cents - owed.get(id_, 0), paid.on) for id_, paid in found.items()}
    return {decision_id: paid for decision_id, paid in left.items() if paid.cents}


def _to_give_back(claim_id: int) -> dict[int, int]:
    """What came back of each decision of a dossier, in cents, for titres that were cancelled since. An order gives it
    back, whose own status says whether it has; that order may have lost a part of it to another undue sum."""
    undone = Settlement.undone_at.is_not(None)
    repaid = (
        select(SettlementShare.decision_id, SettlementShare.amount_cents)
        .join(Settlement, SettlementShare.settlement_id == Settlement.id)
        .where(undone, Settlement.kind == "repaid")
    )
    kept = (
        select(PaymentOrder.decision_id, Settlement.amount_cents)
        .join(Settlement, Settlement.payment_order_id == PaymentOrder.id)
        .where(undone)
    )
    both = union_all(repaid, kept).subquery()
    query = (
        select(both.c.decision_id, func.sum(both.c.amount_cents))
        .join(Decision, Decision.id == both.c.decision_id)
        .where(Decision.claim_id == claim_id)
        .group_by(both.c.decision_id)
    )
    return {decision_id: int(cents) for decision_id, cents in db.session.execute(query)}


def _paid_on(order: PaymentOrder) -> Iterator[date]:
    """The days on which something of an order was paid, for good: that of its transfer, those of its offsets."""
    if order.status in WITH_THE_BANK and order.payable_cents and order.batch is not None:
        yield order.batch.execution_on
    if order.offset_cents:
        query = select(Settlement.received_on).where(Settlement.payment_order_id == order.id)
        yield from db.session.scalars(query.where(Settlement.undone_at.is_(None)))


def to_pay_of(claim_id: int) -> dict[int, int]:
    """What is still to be paid of each decision of a dossier that has an order, in cents, by the decision's id."""
    rows = db.session.execute(
        select(
            PaymentOrder.decision_id,
            PaymentOrder.status,
            PaymentOrder.amount_cents,
            PaymentOrder.offset_cents,
        )
        .join(Decision, Decision.id == PaymentOrder.decision_id)
        .where(Decision.claim_id == claim_id)
    )
    found: dict[int, int] = {}
    for decision_id, status, amount, taken in rows:
        left = 0 if status in NOT_PAID_ANY_MORE else amount - taken
        found[decision_id] = found.get(decision_id, 0) + left
    return found


def hold_unpaid(claim: Claim, now: datetime) -> list[str]:
    """Hold what is to pay of a dossier, in the caller's transaction: the numbers of the orders."""
    locked_company(claim.company_id)  # an order made at this moment is held too, or comes after
    waiting = [order for order in orders_of_claim(claim.id) if order.status not in NOT_PAID_ANY_MORE]
    return [order.number for order in hold(waiting, UNDUE, SERVICE, now)]


def free_unpaid(claim: Claim, now: datetime) -> list[str]:
    """End what an undue sum held, in the caller's transaction: the numbers of the orders that are due again."""
    locked_company(claim.company_id)
    return [order.number for order in free(orders_of_claim(claim.id), UNDUE, SERVICE, now)]


@dataclass(frozen=True)
class Taken:
    """What an order lost before it was paid, in cents; of one that is cancelled, all that it would have paid."""

    order: PaymentOrder
    cents: int


def reduce_unpaid(decision_id: int, cents: int, now: datetime) -> list[Taken]:
    """Take from what is not paid of a decision what should not have been granted, in cents, in the caller's
    transaction, the oldest order first; one that gives back what a cancelled titre had taken is no other. An order of
    which nothing is left is cancelled.

    Raises Refusal while one of them is in a batch, which was made for another sum, or is not made yet.
    """
    if _awaits_its_order(decision_id):
        raise Refusal(
            "recovery.no_order_yet",
            french(
                "L’ordre de paiement de cette décision n’est pas encore fait : recommencez quand sa tâche sera passée."
            ),
        )
    unpaid = (
        select(PaymentOrder)
        .where(PaymentOrder.decision_id == decision_id, PaymentOrder.status.not_in(NOT_PAID_ANY_MORE))
        .order_by(PaymentOrder.id)
        .with_for_update(of=PaymentOrder)
        .execution_options(populate_existing=True)
    )
    taken, left = [], cents
    for order in db.session.scalars(unpaid).all():
        part = min(order.payable_cents, left)
        left -= part
        if part and _take(order, part, now):
            taken.append(Taken(order, part))
    return taken


def _awaits_its_order(decision_id: int) -> bool:
    """Whether the job that makes an order of a decision has not run."""
    asked = select(OutboxMessage.id).where(
        OutboxMessage.kind == "pay",
        OutboxMessage.subject_id == decision_id,
        OutboxMessage.done_at.is_(None),
        ~exists().where(PaymentOrder.decision_id == decision_id),
    )
    return db.session.scalars(asked.limit(1)).first() is not None


def _take(order: PaymentOrder, cents: int, now: datetime) -> bool:
    """Take so much of what a locked order would pay; False when it is left as it is."""
    if order.status == "in_batch":
        raise Refusal(
            "recovery.in_batch",
            french(
                f"L’ordre {order.number} est dans un lot : un agent comptable doit d’abord écarter ce lot."
            ),
        )
    if cents < order.payable_cents:
        order.amount_cents -= cents
        return True
    # An appeal may still annul a withdrawal, and make it due again: it stays held for that.
    if any(one.reason == "revoked" for one in order.standing_holds):
        return False
    if order.offset_cents:  # what was offset stays so, and is all that is left of it
        order.amount_cents = order.offset_cents
        move(order, "offset", SERVICE, now, why=UNDUE)
    else:
        move(order, "cancel", SERVICE, now, why=UNDUE)
    return True
