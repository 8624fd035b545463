"""What happens to payment orders that a withdrawal held, once it is annulled: they are due again (art. 11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bonus.audit.service import SERVICE
from bonus.companies.models import Company

from .accounts import pay_on, payable_account
from .holding import orders_of_claim
from .holds import free, hold


def free_orders(claim_id: int, company: Company, now: datetime) -> Sequence[str]:
    """Pay again what was held of a dossier because its decision was taken back, in the caller's transaction, its
    company locked: the orders' numbers, without those that something else holds. Their due day stays as it was."""
    mine = [
        order
        for order in orders_of_claim(claim_id)
        if any(one.reason == "revoked" for one in order.standing_holds)
    ]
    account, missing = payable_account(company)
    if missing is not None:
        hold(mine, missing, SERVICE, now)  # the account may have ended meanwhile
    for order in mine:
        if account is not None:
            pay_on(order, account)
    return [order.number for order in free(mine, "revoked", SERVICE, now)]
