"""What a company is told of the payment of its dossier: each order as ``Payment``, its bank's details masked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select

from bonus.claims.models import Claim
from bonus.claims.payment_words import Payment
from bonus.extensions import db
from bonus.payments.accounts import CHANGE_PENDING, REFUSED, accounts_of
from bonus.payments.debts import barred_from, is_near
from bonus.payments.models import PaymentOrder
from bonus.payments.order_status import HOLD_REASONS, REFUSED_BY_BANK


def payments_of(claim: Claim, today: date) -> list[Payment]:
    """What each favourable decision of a dossier made due, and what was given back of an offset; one whose order does
    not exist yet is in preparation."""
    found = _orders(claim)
    made: list[Payment] = []
    for decision in claim.decisions:
        if decision.bonus_cents:
            orders = found.get(decision.id, [])
            made += [_dated(one, claim.company_id, today) for one in orders] or [
                Payment(decision.bonus_cents, "preparing")
            ]
    return made


def _orders(claim: Claim) -> dict[int, Sequence[PaymentOrder]]:
    found: dict[int, list[PaymentOrder]] = defaultdict(list)
    of_it = PaymentOrder.decision_id.in_([decision.id for decision in claim.decisions])
    for order in db.session.scalars(select(PaymentOrder).where(of_it).order_by(PaymentOrder.id)):
        found[order.decision_id].append(order)
    return dict(found)


def _dated(order: PaymentOrder, company_id: int, today: date) -> Payment:
    payment = _payment(order, company_id)
    return replace(payment, barred_on=barred_from(order)) if is_near(order, today) else payment


def _payment(order: PaymentOrder, company_id: int) -> Payment:
    cents, kept = order.payable_cents, order.offset_cents
    if order.status in ("sent", "executed") and order.batch is not None:
        account = f"{order.iban[:4]} … {order.iban[-3:]}" if order.iban else ""
        state = "sent" if order.status == "sent" else "paid"
        return Payment(cents, state, order.batch.execution_on, account=account, kept_cents=kept)
    if order.status in ("offset", "cancelled"):
        return Payment(cents, order.status, kept_cents=kept)
    standing = {hold.reason for hold in order.standing_holds}
    if REFUSED in standing:
        if any(account.is_pending for account in accounts_of(company_id)):
            return Payment(cents, "held", reason=HOLD_REASONS[CHANGE_PENDING])
        return Payment(cents, "account", kept_cents=kept)
    if order.held_reason:
        return Payment(cents, "held", reason=order.held_reason)
    if order.status in REFUSED_BY_BANK:
        reason = "La banque n’a pas fait ce virement : l’agent comptable examine pourquoi (art. 13)."
        return Payment(cents, "held", reason=reason)
    return Payment(cents, "due", order.due_on, kept_cents=kept)
