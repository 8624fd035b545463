"""What happens to payment orders that a withdrawal held, once it is annulled: they are due again (art. 11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bonus.audit.service import SERVICE
from bonus.companies.models import Company

from .accounts import release
from .holding import orders_of_claim
from .holds import free


def free_orders(claim_id: int, company: Company, now: datetime) -> Sequence[str]:
    """Pay again what was held of a dossier because its decision was taken back, in the caller's transaction, its
    company locked: the orders' numbers, without those that something else holds. Their due day stays as it was."""
    mine = orders_of_claim(claim_id)
    freed = {order.number for order in free(mine, "revoked", SERVICE, now)}
    # An order born under the withdrawal had no account given to it yet.
    freed |= set(release(company, now))
    return [order.number for order in mine if order.number in freed]
