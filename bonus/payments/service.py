"""Payment orders from decisions, and which of them can be paid now (arts. 12 and 13)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from bonus.accounts.acting import locked_company
from bonus.audit.service import SERVICE, record
from bonus.claims.models import Decision
from bonus.extensions import db
from bonus.numbering import next_number
from bonus.regulation import load_parameters

from .accounts import payable_account
from .holds import held_by_rule
from .models import PaymentHold, PaymentOrder, PaymentOrderChange


def order_for_decision(decision_id: int, now: datetime) -> None:
    """Make what a decision grants due, once: a second run finds the order there and changes nothing."""
    decision = db.session.scalars(
        select(Decision).where(Decision.id == decision_id).with_for_update(of=Decision)
    ).one()
    ordered = db.session.scalars(
        select(PaymentOrder.id).where(PaymentOrder.decision_id == decision_id)
    ).first()
    if ordered is not None or not decision.bonus_cents:
        db.session.rollback()
        return
    # Locked: a change of account asked for at this moment holds this order too, or comes after it.
    company = locked_company(decision.claim.company_id)
    db.session.refresh(decision.claim)
    account, missing = payable_account(company)
    reasons = [*([missing] if missing else []), *held_by_rule(decision)]
    days = load_parameters().integer("payment.days", decision.decided_on)
    order = PaymentOrder(
        number=f"OP-{decision.decided_on.year}-{next_number('payment_orders', decision.decided_on.year):06d}",
        decision_id=decision.id,
        status="held" if reasons else "to_pay",
        payee=account.holder if account else company.name[:140],
        iban=account.iban if account else None,
        bic=account.bic if account else None,
        amount_cents=decision.bonus_cents,
        created_at=now,
        due_on=decision.decided_on + timedelta(days=days),
        holds=[PaymentHold(reason=reason, words="", since=now) for reason in reasons],
    )
    order.changes.append(
        PaymentOrderChange(
            at=now, action="order", old_status="", new_status=order.status, why=" ".join(reasons)
        )
    )
    db.session.add(order)
    record(
        "payment.ordered",
        f"payment:{order.number}",
        SERVICE,
        now,
        amount_cents=order.amount_cents,
        decision=decision.id,
        status=order.status,
    )
    db.session.commit()
