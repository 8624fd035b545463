"""Payment orders as accounting officers look for them: lists by where they stand, narrowed, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from bonus.claims.models import Claim, Decision
from bonus.companies.models import Company
from bonus.extensions import db

from .due import PAYABLE_CENTS
from .models import PaymentBatch, PaymentHold, PaymentOrder
from .order_status import HOLD_REASONS, ORDER_STATUSES, PAYABLE, REFUSED_BY_BANK

PAGE_SIZE = 50
LISTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a-payer": ("À payer", PAYABLE),
    "retenus": ("Retenus", ("held",)),
    "en-lot": ("En lot", ("in_batch",)),
    "remis": ("Remis à la banque", ("sent",)),
    "refuses": ("Refusés par la banque", REFUSED_BY_BANK),
    "payes": ("Payés ou compensés", ("executed", "offset")),
    "annules": ("Annulés", ("cancelled",)),
    "tous": ("Tous", tuple(ORDER_STATUSES)),
}
"""The lists: code in addresses → what people read, and the statuses it holds."""


@dataclass(frozen=True)
class AskedOrders:
    """Which orders: the list (``LISTS``); what holds them; to be paid before a day; amounts in cents, both ends
    counted; words of a number (order, dossier, batch, SIREN) or of a name."""

    list: str = "a-payer"
    reason: str | None = None
    due_before: date | None = None
    least_cents: int | None = None
    most_cents: int | None = None
    search: str = ""


@dataclass(frozen=True)
class OrderPage:
    """One page of them; how many there are, and what they would pay in cents."""

    rows: Sequence[PaymentOrder]
    total: int
    amount_cents: int
    page: int
    pages: int


def order_page(asked: AskedOrders, page: int, size: int = PAGE_SIZE) -> OrderPage:
    """One page of a list, the oldest due date first."""
    where = tuple(_where(asked))
    sums = select(func.count(), func.coalesce(func.sum(PAYABLE_CENTS), 0)).select_from(PaymentOrder)
    total, amount = db.session.execute(
        sums.join(PaymentOrder.decision)
        .join(Decision.claim)
        .join(Claim.company)
        .outerjoin(PaymentOrder.batch)
        .where(*where)
    ).one()
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    rows = db.session.scalars(
        select(PaymentOrder)
        .join(PaymentOrder.decision)
        .join(Decision.claim)
        .join(Claim.company)
        .outerjoin(PaymentOrder.batch)
        .where(*where)
        .order_by(PaymentOrder.due_on, PaymentOrder.id)
        .limit(size)
        .offset((page - 1) * size)
        .options(
            joinedload(PaymentOrder.decision).joinedload(Decision.claim).joinedload(Claim.company),
            joinedload(PaymentOrder.batch),
            selectinload(PaymentOrder.holds),
        )
    ).all()
    return OrderPage(rows, total, int(amount), page, pages)


def order_counts() -> dict[str, int]:
    """How many orders each list holds."""
    of_status = select(PaymentOrder.status, func.count()).group_by(PaymentOrder.status)
    counted = {status: int(count) for status, count in db.session.execute(of_status)}
    return {code: sum(counted.get(status, 0) for status in statuses) for code, (_, statuses) in LISTS.items()}


def _where(asked: AskedOrders) -> Iterator[ColumnElement[bool]]:
    _, statuses = LISTS[asked.list]
    if asked.list != "tous":
        yield PaymentOrder.status.in_(statuses)
    if asked.reason in HOLD_REASONS:
        standing = (PaymentHold.reason == asked.reason, PaymentHold.freed_at.is_(None))
        yield PaymentOrder.id.in_(select(PaymentHold.order_id).where(*standing))
    if asked.due_before is not None:
        yield PaymentOrder.due_on < asked.due_before
    if asked.least_cents is not None:
        yield asked.least_cents <= PAYABLE_CENTS
    if asked.most_cents is not None:
        yield asked.most_cents >= PAYABLE_CENTS
    words = asked.search.strip()
    if words:
        yield _named(words)


def _named(words: str) -> ColumnElement[bool]:
    siren = "".join(words.split())
    texts = (PaymentOrder.number, Claim.number, PaymentBatch.number, PaymentOrder.payee, Company.name)
    return or_(*(text.icontains(words, autoescape=True) for text in texts), Company.siren == siren)
