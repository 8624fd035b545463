"""A beneficiary in liquidation: what it is owed waits until it is known whom to pay (art. 13), and the law is told of
it for its next dossiers (art. 3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.accounts.acting import locked_company
from bonus.audit.service import SERVICE, Actor, record
from bonus.claims.models import Claim, Decision
from bonus.companies.models import Company
from bonus.errors import NotFound, Refusal
from bonus.extensions import db

from .holds import free, hold
from .models import PaymentOrder

INSOLVENCY = "insolvency"


def locked_company_of(order_number: str) -> Company:
    """The company that an order pays, locked before its orders are: one made at this moment waits, or comes after.
    Raises NotFound."""
    found = db.session.scalar(
        select(Claim.company_id)
        .join(Decision, Decision.claim_id == Claim.id)
        .join(PaymentOrder, PaymentOrder.decision_id == Decision.id)
        .where(PaymentOrder.number == order_number)
    )
    if found is None:
        raise NotFound("payment.no_order", "Aucun ordre de ce numéro.")
    return locked_company(found)


def begin_liquidation(company: Company, words: str, actor: Actor, now: datetime) -> list[str]:
    """Note that a locked company is in liquidation, and hold all that it is owed, in the caller's transaction: the
    numbers of the orders that were not held for it yet."""
    held = hold(_orders_of(company), INSOLVENCY, SERVICE, now, words)
    numbers = [order.number for order in held]
    if not company.in_liquidation:
        company.in_liquidation = True
        record(
            "company.liquidation_begun", f"company:{company.siren}", actor, now, orders=numbers, reasons=words
        )
    return numbers


def end_liquidation(company: Company, words: str, actor: Actor, now: datetime) -> list[str]:
    """Note that a locked company is not in liquidation any more, in the caller's transaction: the numbers of the orders
    that are due again. Raises Refusal when nobody had noted that it was."""
    if not company.in_liquidation:
        raise Refusal(
            "company.not_in_liquidation", "Cette entreprise n’est plus notée en liquidation judiciaire."
        )
    company.in_liquidation = False
    freed = [order.number for order in free(_orders_of(company), INSOLVENCY, SERVICE, now, words)]
    record("company.liquidation_ended", f"company:{company.siren}", actor, now, orders=freed, reasons=words)
    return freed


def _orders_of(company: Company) -> list[PaymentOrder]:
    query = (
        select(PaymentOrder)
        .join(Decision, PaymentOrder.decision_id == Decision.id)
        .join(Claim, Decision.claim_id == Claim.id)
        .where(Claim.company_id == company.id, PaymentOrder.status.not_in(("sent", "executed", "cancelled")))
        .order_by(PaymentOrder.id)
        .with_for_update(of=PaymentOrder)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))
