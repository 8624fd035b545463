"""Payment orders from decisions, and which of them can be paid now (arts. 12 and 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from bonus.accounts.acting import locked_company
from bonus.accounts.models import CompanyMember
from bonus.adapters.sepa import MAXIMUM_TRANSFERS
from bonus.audit.service import SERVICE, Actor, record
from bonus.claims.change_models import StatusChange
from bonus.claims.follow_models import Control
from bonus.claims.models import Claim, Decision
from bonus.claims.role_models import ACCOUNTANT
from bonus.claims.roles import acted_otherwise
from bonus.extensions import db
from bonus.numbering import next_number
from bonus.recoveries.models import Recovery
from bonus.recoveries.status import OPEN as OPEN_RECOVERY
from bonus.regulation import load_parameters

from .accounts import payable_account
from .models import PaymentHold, PaymentOrder, PaymentOrderChange
from .order_status import PAYABLE, REFUSED_BY_BANK


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
    reasons = [*([missing] if missing else []), *held_from_the_start(decision)]
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


def held_from_the_start(decision: Decision) -> list[str]:
    """Why an order is held as soon as it is made, beside its account (reasons of ``HOLD_REASONS``)."""
    undue = select(Recovery.id).where(
        Recovery.claim_id == decision.claim_id, Recovery.status.in_(OPEN_RECOVERY)
    )
    control = select(Control.id).where(Control.claim_id == decision.claim_id, Control.status == "open")
    return [
        *(["revoked"] if decision.claim.status == "revoked" else []),
        *(["undue"] if db.session.scalars(undue.limit(1)).first() is not None else []),
        *(["control"] if db.session.scalars(control.limit(1)).first() is not None else []),
        *(["insolvency"] if decision.claim.company.in_liquidation else []),
    ]


@dataclass(frozen=True)
class DueOrders:
    """What can be paid now, and what this person may not pay (art. 12): they acted on the dossier, or it is
    their own company's."""

    payable: list[PaymentOrder]
    acted_on: list[PaymentOrder]


def due_orders(actor: Actor, *, lock: bool = False) -> DueOrders:
    """The orders to pay, the oldest due date first; ``lock`` keeps them until the transaction ends."""
    query = (
        select(PaymentOrder)
        .where(PaymentOrder.status.in_(PAYABLE))
        .order_by(PaymentOrder.due_on, PaymentOrder.id)
        .limit(MAXIMUM_TRANSFERS)
        .options(_with_its_dossier())
    )
    if lock:
        query = query.with_for_update(of=PaymentOrder).execution_options(populate_existing=True)
    orders = list(db.session.scalars(query))
    excluded = not_for(actor, [order.decision.claim_id for order in orders])
    return DueOrders(
        payable=[order for order in orders if order.decision.claim_id not in excluded],
        acted_on=[order for order in orders if order.decision.claim_id in excluded],
    )


def _with_its_dossier() -> ExecutableOption:
    """Lists name the dossier of each order."""
    return joinedload(PaymentOrder.decision).joinedload(Decision.claim)


def held_orders() -> list[PaymentOrder]:
    """The orders that wait for something, each with its reason."""
    return _at_status("held")


def refused_orders() -> list[PaymentOrder]:
    """The orders that the bank rejected or returned, and nobody has reopened yet."""
    return _at_status(*REFUSED_BY_BANK)


def _at_status(*statuses: str) -> list[PaymentOrder]:
    query = select(PaymentOrder).where(PaymentOrder.status.in_(statuses)).order_by(PaymentOrder.due_on)
    shown = (_with_its_dossier(), selectinload(PaymentOrder.holds))
    return list(db.session.scalars(query.options(*shown)))


def not_for(actor: Actor, claim_ids: Sequence[int]) -> set[int]:
    """The dossiers this person acted on, in another of the State's roles or for their company, or that are of a
    company of theirs."""
    acted = select(StatusChange.claim_id).where(StatusChange.person_id == actor.person_id)
    otherwise = acted_otherwise(claim_ids, actor.person_id, ACCOUNTANT)
    companies = select(CompanyMember.company_id).where(CompanyMember.person_id == actor.person_id)
    return otherwise | set(
        db.session.scalars(
            select(Claim.id).where(
                Claim.id.in_(claim_ids), or_(Claim.id.in_(acted), Claim.company_id.in_(companies))
            )
        )
    )
