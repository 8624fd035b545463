"""Which orders can be paid now, which wait for something, and which a person may not pay (arts. 12 and 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from bonus.accounts.models import CompanyMember
from bonus.adapters.sepa import MAXIMUM_TRANSFERS
from bonus.audit.service import Actor
from bonus.claims.change_models import StatusChange
from bonus.claims.models import Claim, Decision
from bonus.claims.role_models import ACCOUNTANT, ClaimRole
from bonus.extensions import db

from .models import PaymentOrder
from .order_status import PAYABLE, REFUSED_BY_BANK


@dataclass(frozen=True)
class DueOrders:
    """What can be paid now, and what this person may not pay (art. 12): they acted on the dossier, or it is their own
    company's. ``count`` and ``total_cents`` are of all that is payable; the lists hold the first of each."""

    payable: list[PaymentOrder]
    acted_on: list[PaymentOrder]
    count: int
    total_cents: int


def due_orders(actor: Actor, limit: int = MAXIMUM_TRANSFERS) -> DueOrders:
    """The orders to pay, the oldest due date first; ``limit``: how many are listed."""
    kept_out = kept_out_of(actor)
    payable = (PaymentOrder.status.in_(PAYABLE), ~kept_out)
    sums = select(func.count(), func.coalesce(func.sum(PAYABLE_CENTS), 0)).select_from(PaymentOrder)
    count, total = db.session.execute(
        sums.join(PaymentOrder.decision).join(Decision.claim).where(*payable)
    ).one()
    return DueOrders(
        payable=_first(limit, *payable),
        acted_on=_first(limit, PaymentOrder.status.in_(PAYABLE), kept_out),
        count=count,
        total_cents=int(total),
    )


PAYABLE_CENTS = PaymentOrder.amount_cents - PaymentOrder.offset_cents
"""``payable_cents``, for the database."""


def _first(limit: int, *where: ColumnElement[bool]) -> list[PaymentOrder]:
    query = select(PaymentOrder).join(PaymentOrder.decision).join(Decision.claim).where(*where)
    query = query.order_by(PaymentOrder.due_on, PaymentOrder.id).limit(limit)
    return list(db.session.scalars(query.options(_with_its_dossier())))


def _with_its_dossier() -> ExecutableOption:
    """Lists name the dossier of each order."""
    return joinedload(PaymentOrder.decision).joinedload(Decision.claim)


def held_orders(limit: int = MAXIMUM_TRANSFERS) -> list[PaymentOrder]:
    """The orders that wait for something, each with its reason; the first ``limit`` by due date."""
    return _at_status(limit, "held")


def refused_orders(limit: int = MAXIMUM_TRANSFERS) -> list[PaymentOrder]:
    """The orders that the bank rejected or returned, and nobody has reopened yet; the first ``limit`` by due date."""
    return _at_status(limit, *REFUSED_BY_BANK)


def late_count(today: date) -> int:
    """How many orders to pay are past their day (art. 13)."""
    late = (PaymentOrder.status.in_(PAYABLE), PaymentOrder.due_on < today)
    return db.session.scalar(select(func.count()).select_from(PaymentOrder).where(*late)) or 0


def _at_status(limit: int, *statuses: str) -> list[PaymentOrder]:
    query = select(PaymentOrder).where(PaymentOrder.status.in_(statuses))
    query = query.order_by(PaymentOrder.due_on, PaymentOrder.id).limit(limit)
    shown = (_with_its_dossier(), selectinload(PaymentOrder.holds))
    return list(db.session.scalars(query.options(*shown)))


def kept_out_of(actor: Actor) -> ColumnElement[bool]:
    """Of dossiers (``Claim``), those on which this person acted, in another of the State's roles or for their company,
    or that are of a company of theirs (art. 12)."""
    person = actor.person_id
    acted = select(StatusChange.claim_id).where(StatusChange.person_id == person)
    otherwise = select(ClaimRole.claim_id).where(ClaimRole.person_id == person, ClaimRole.role != ACCOUNTANT)
    companies = select(CompanyMember.company_id).where(CompanyMember.person_id == person)
    return or_(Claim.id.in_(acted), Claim.id.in_(otherwise), Claim.company_id.in_(companies))


def not_for(actor: Actor, claim_ids: Sequence[int]) -> set[int]:
    """Of these dossiers, those that ``kept_out_of`` keeps from someone."""
    return set(db.session.scalars(select(Claim.id).where(and_(Claim.id.in_(claim_ids), kept_out_of(actor)))))
