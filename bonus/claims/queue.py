"""The agents' lists of dossiers: what must be done first comes first; how many, and the oldest day of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all

from bonus.accounts.models import Person
from bonus.companies.models import Company
from bonus.extensions import db

from .card_models import NOBODY, CardCount, ClaimCard
from .card_queues import OPEN, QUEUES, TO_READ
from .messages import unread_of
from .queue_filters import MINE, NOBODYS, OTHERS, SOMEBODYS, Filters
from .queue_walk import Place, walk

PAGE_SIZE = 50
MOST_EXPORTED = 50_000
"""How many dossiers a table to keep holds: more is no list that people read."""
_EXPORT_STEP = 1_000


@dataclass(frozen=True)
class QueueRow:
    """What the list shows of a dossier; amounts in cents. ``whose`` is MINE, NOBODYS or OTHERS."""

    number: str
    company: str
    siren: str
    status: str
    queue: str
    filed_on: date
    sort_on: date
    due_on: date | None
    net_cents: int
    invoices: int
    bonus_cents: int | None
    whose: str = NOBODYS
    reviewer: str | None = None
    unread: int = 0  # messages of its company that no reviewer has read


@dataclass(frozen=True)
class QueuePage:
    """One page of a queue. ``total`` is None when it is not known exactly; ``after`` and ``before`` are what the
    addresses of the next and of the former page say; ``stopped``: the rest was not looked at yet."""

    rows: list[QueueRow]
    total: int | None
    after: str | None = None
    before: str | None = None
    stopped: bool = False


@dataclass(frozen=True)
class Held:
    """How many dossiers a queue holds, in all and by whose they are, and the oldest day among those that fall due."""

    total: int
    by: Mapping[str | None, int]
    oldest: date | None


def counts(me: int | None) -> dict[str, dict[str | None, int]]:
    """How many dossiers each queue holds, by whose they are for someone, None being all: counts that are kept."""
    sums = db.session.execute(
        select(CardCount.queue, CardCount.reviewer, func.sum(CardCount.dossiers)).group_by(
            CardCount.queue, CardCount.reviewer
        )
    )
    by: dict[str, dict[str | None, int]] = {
        key: dict.fromkeys((MINE, NOBODYS, OTHERS, SOMEBODYS, None), 0) for key in QUEUES
    }
    for queue, reviewer, dossiers in sums:
        if queue in by:
            whose = _whose(reviewer, me)
            for part in {whose, None} | ({SOMEBODYS} if whose != NOBODYS else set()):
                by[queue][part] += int(dossiers)
    for reviewer, dossiers in db.session.execute(_own_proposals(me)) if me is not None else ():
        whose = _whose(reviewer, me)
        for part in {whose, None} | ({SOMEBODYS} if whose != NOBODYS else set()):
            by[TO_READ][part] -= dossiers
    return by


def held(me: int | None) -> dict[str, Held]:
    """What each queue holds for someone: counts that are kept, and the first day of an index."""
    firsts = union_all(*(_first(key, me) for key in OPEN))
    oldest: dict[str, date | None] = {row[0]: row[1] for row in db.session.execute(firsts)}
    return {key: Held(found[None], found, oldest.get(key)) for key, found in counts(me).items()}


def _own_proposals(me: int) -> Select[Any]:
    """How many of the proposals to be read again someone made, by who is in charge: they are for others to read."""
    columns: list[Any] = [ClaimCard.reviewer, func.count()]
    return (
        select(*columns)
        .where(ClaimCard.queue == TO_READ, ClaimCard.proposer == me)
        .group_by(ClaimCard.reviewer)
    )


def _first(key: str, me: int | None) -> Select[Any]:
    columns: list[Any] = [literal(key), func.min(ClaimCard.sort_on)]
    first = select(*columns).where(ClaimCard.queue == key)
    return first.where(ClaimCard.proposer != me) if key == TO_READ and me is not None else first


def _whose(reviewer: int, me: int | None) -> str:
    if reviewer == NOBODY:
        return NOBODYS
    return MINE if reviewer == me else OTHERS


def queue_page(
    key: str,
    today: date,
    *,
    me: int | None = None,
    filters: Filters | None = None,
    after: str | None = None,
    before: str | None = None,
    holds: Mapping[str | None, int] | None = None,
) -> QueuePage:
    """One page of a queue, from where the page before ended (``after``) or before where one began (``before``).

    ``holds`` is what the queue holds (``counts``), when it was asked already. An ``after`` or ``before`` that is no
    place gives the first page.
    """
    start, backwards = Place.read(after), False
    if start is None and (start := Place.read(before)) is not None:
        backwards = True
    found = walk(
        key,
        me,
        filters or Filters(),
        today,
        held=holds if holds is not None else counts(me)[key],
        start=start,
        backwards=backwards,
        most=PAGE_SIZE,
    )
    first = str(found.places[0]) if found.places else None
    last = str(found.places[-1]) if found.places else None
    more = None if found.more is None else str(found.more)
    return QueuePage(
        rows_of([place.claim_id for place in found.places], me),
        found.total,
        after=(last if backwards else more),
        before=(more and (more if found.stopped else first))
        if backwards
        else (first if start is not None else None),
        stopped=found.stopped,
    )


def rows_of(claim_ids: Sequence[int], me: int | None) -> list[QueueRow]:
    """What lists show of these dossiers, in that order: one query, whatever their number, and one for the messages."""
    query = (
        select(
            ClaimCard,
            Company.name,
            Company.siren,
            Person.name,
        )
        .join(Company, Company.id == ClaimCard.company_id)
        .outerjoin(Person, Person.id == ClaimCard.reviewer)
        .where(ClaimCard.claim_id.in_(claim_ids))
    )
    unread = unread_of(claim_ids, "reviewer")
    found = {
        card.claim_id: QueueRow(
            card.number,
            company,
            siren,
            card.status,
            card.queue,
            card.filed_on,
            card.sort_on,
            card.due_on,
            card.net_cents,
            card.invoices,
            card.bonus_cents,
            _whose(card.reviewer, me),
            reviewer,
            unread.get(card.claim_id, 0),
        )
        for card, company, siren, reviewer in db.session.execute(query)
    }
    return [found[claim_id] for claim_id in claim_ids if claim_id in found]


def exported(key: str, today: date, *, me: int | None, filters: Filters) -> Iterator[QueueRow]:
    """Every dossier of a queue that has what is asked, MOST_EXPORTED at most, in the order of its pages."""
    start: Place | None = None
    holds = counts(me)[key]
    left = MOST_EXPORTED
    while left:
        found = walk(key, me, filters, today, held=holds, start=start, most=min(_EXPORT_STEP, left))
        yield from rows_of([place.claim_id for place in found.places], me)
        left -= len(found.places)
        start = found.more
        if start is None:
            return
