"""What an agent may ask of a queue, and which index answers it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from bonus.extensions import db

from .card_models import CardKey, ClaimCard
from .cards import axis_key, seller_key

RARE = 1_000
"""What no more dossiers than that have is read whole and put in order at once; above, « plus de 1 000 »."""
MINE, NOBODYS, SOMEBODYS, OTHERS = "moi", "personne", "quelqu-un", "autres"
"""Whose a dossier is: mine, nobody's, somebody's (mine included), somebody's but mine."""


@dataclass(frozen=True)
class Filters:
    """What is asked of the dossiers of a queue; None asks nothing.

    ``axis``, ``size`` and ``region`` are codes, ``seller`` a SIREN or VAT number, amounts are cents of purchases before
    tax, both ends included; ``older_than`` is the least number of days since the filing, ``risk`` the least weight of
    the risk flags; ``assigned`` is MINE, NOBODYS or SOMEBODYS; ``due_from`` and ``due_to`` bound the day that its queue
    puts a dossier in order by, both included.
    """

    axis: str | None = None
    size: str | None = None
    region: str | None = None
    seller: str | None = None
    from_cents: int | None = None
    to_cents: int | None = None
    older_than: int | None = None
    risk: int | None = None
    assigned: str | None = None
    due_from: date | None = None
    due_to: date | None = None

    @property
    def narrows(self) -> bool:
        """Whether something is asked beside who is in charge."""
        return any(value is not None for name, value in vars(self).items() if name != "assigned")


@dataclass(frozen=True)
class Driver:
    """An index that holds the dossiers of a queue that have something: ``source`` has sort_on and claim_id, ``where``
    is answered by it, ``index`` is its name on the cards (None: it is on the keys)."""

    source: Any
    where: ColumnElement[bool]
    index: str | None
    ordered: bool = True

    def select(self, *columns: Any) -> Select[Any]:
        """A query of cards that reads this index and no other."""
        query = select(*columns).where(self.where)
        if self.source is CardKey:
            return query.select_from(CardKey).join(ClaimCard, ClaimCard.claim_id == CardKey.claim_id)
        return query.select_from(ClaimCard).with_hint(
            ClaimCard, f"INDEXED BY ix_claim_cards_{self.index}", "sqlite"
        )

    def keys(self, *columns: Any) -> Select[Any]:
        """The same, of columns that the index holds: no card is opened."""
        return select(*columns).where(self.where) if self.source is CardKey else self.select(*columns)

    def up_to(self, most: int) -> Any:
        """How many dossiers it holds, counted no further than ``most``."""
        few = select(literal(1)).select_from(self.source).where(self.where).limit(most)
        return select(func.count()).select_from(few.subquery()).scalar_subquery()


def of_queue(queue: str, *conditions: ColumnElement[bool], index: str, ordered: bool = True) -> Driver:
    """An index of the cards, its queue and then what else."""
    return Driver(ClaimCard, and_(ClaimCard.queue == queue, *conditions), index, ordered)


def drivers(queue: str, filters: Filters, today: date) -> list[Driver]:
    """The indexes that answer a part of what is asked, those in the order of the queue first."""
    return list(_drivers(queue, filters, today))


def _drivers(queue: str, filters: Filters, today: date) -> Iterator[Driver]:
    for key in _keys(filters):
        yield Driver(CardKey, and_(CardKey.queue == queue, CardKey.key == key), None)
    if filters.region is not None:
        yield of_queue(queue, ClaimCard.region == filters.region, index="region")
    if filters.size is not None:
        yield of_queue(queue, ClaimCard.size == filters.size, index="size")
    if filters.from_cents is not None or filters.to_cents is not None:
        yield of_queue(queue, *_amounts(filters), index="net", ordered=False)
    if filters.older_than is not None:
        yield of_queue(queue, _older(filters.older_than, today), index="filed", ordered=False)
    if filters.risk is not None:
        yield of_queue(queue, _risky(filters.risk), index="risk", ordered=False)
    if due := _due(filters):
        yield of_queue(queue, *due, index="order")


def _risky(weight: int) -> ColumnElement[bool]:
    return ClaimCard.risk_weight >= weight


def conditions(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    """All that is asked, beside who is in charge, as conditions on ``ClaimCard``."""
    found: list[ColumnElement[bool]] = [_has(key) for key in _keys(filters)]
    if filters.region is not None:
        found.append(ClaimCard.region == filters.region)
    if filters.size is not None:
        found.append(ClaimCard.size == filters.size)
    if filters.older_than is not None:
        found.append(_older(filters.older_than, today))
    if filters.risk is not None:
        found.append(_risky(filters.risk))
    return found + _amounts(filters) + _due(filters)


def _has(key: str) -> ColumnElement[bool]:
    """Looked up card by card: of an EXISTS, PostgreSQL would first gather all the dossiers that have the key."""
    found = select(literal(1)).where(CardKey.claim_id == ClaimCard.claim_id, CardKey.key == key).limit(1)
    return found.correlate(ClaimCard).scalar_subquery().is_not(None)


def _due(filters: Filters) -> list[ColumnElement[bool]]:
    return _between(ClaimCard.sort_on, filters.due_from, filters.due_to)


def _keys(filters: Filters) -> list[str]:
    keys = [axis_key(filters.axis)] if filters.axis is not None else []
    return keys + ([seller_key(filters.seller)] if filters.seller is not None else [])


def _amounts(filters: Filters) -> list[ColumnElement[bool]]:
    return _between(ClaimCard.net_cents, filters.from_cents, filters.to_cents)


def _between(
    column: InstrumentedAttribute[Any], low: int | date | None, high: int | date | None
) -> list[ColumnElement[bool]]:
    """Both ends included; None asks nothing of its end."""
    found: list[ColumnElement[bool]] = [] if low is None else [column >= low]
    return found if high is None else [*found, column <= high]


def _older(days: int, today: date) -> ColumnElement[bool]:
    return ClaimCard.filed_on <= today - timedelta(days=days)


def rarest(found: list[Driver]) -> tuple[Driver | None, int]:
    """The driver that holds the fewest dossiers, and how many: counted up to one more than RARE."""
    if not found:
        return None, 0
    counts = db.session.execute(select(*(driver.up_to(RARE + 1) for driver in found))).one()
    place = min(range(len(found)), key=counts.__getitem__)
    return found[place], counts[place]
