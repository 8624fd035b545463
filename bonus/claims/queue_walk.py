"""Going through a queue: mine first, then nobody's, then others', each in the order of its days.

What a page costs does not follow how many dossiers there are: it goes on from where the one before ended, along an
index that has the order; when few have what is asked, these are read whole; else, no more than READ are looked at
before it stops and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal, select, true, tuple_
from sqlalchemy.sql.elements import True_

from bonus.extensions import db

from .card_models import NOBODY, ClaimCard
from .card_queues import OPEN, QUEUES, TO_READ
from .queue_filters import (
    MINE,
    NOBODYS,
    OTHERS,
    RARE,
    SOMEBODYS,
    Driver,
    Filters,
    conditions,
    drivers,
    of_queue,
    rarest,
)

READ = 500
"""How many dossiers are looked at for one page, when what is asked is met by too few of them."""
FIRST_READ = 200


@dataclass(frozen=True)
class Segment:
    """A part of a queue: ``whose`` it is, or None for all."""

    whose: str | None
    driver: Driver
    fits: ColumnElement[bool] = field(default_factory=true)


@dataclass(frozen=True, order=True)
class Place:
    """Where a dossier stands in a queue: the rank of its segment, its day, its id."""

    segment: int
    day: date
    claim_id: int

    def __str__(self) -> str:
        return f"{self.segment}.{self.day.isoformat()}.{self.claim_id}"

    @classmethod
    def read(cls, text: str | None) -> Place | None:
        """A place as an address tells it; None when it is none."""
        parts = (text or "").split(".")
        if len(parts) != 3 or not (parts[0].isdecimal() and parts[2].isdecimal()) or len(parts[2]) > 9:
            return None
        try:
            return cls(int(parts[0]), date.fromisoformat(parts[1]), int(parts[2]))
        except ValueError:
            return None


@dataclass(frozen=True)
class Found:
    """Places found, in the order of the queue. ``more``: where to go on from, None at the end; ``stopped``: because too
    many were looked at. ``total`` is None when it is not known."""

    places: Sequence[Place]
    more: Place | None
    total: int | None
    stopped: bool = False


def segments_of(queue: str, me: int | None, assigned: str | None) -> list[Segment]:
    """The parts of a queue, in order. What is no work (the waiting list, what is decided) has one order for all."""
    # What someone proposed is for others to read again (art. 12).
    fits = ClaimCard.proposer != me if queue == TO_READ and me is not None else true()
    parts = [
        Segment(NOBODYS, of_queue(queue, ClaimCard.taken.is_(False), index="taken"), fits),
        Segment(
            OTHERS,
            of_queue(queue, ClaimCard.taken.is_(True), index="taken"),
            and_(ClaimCard.reviewer != (me or NOBODY), fits),
        ),
    ]
    if me is not None:
        parts.insert(0, Segment(MINE, of_queue(queue, ClaimCard.reviewer == me, index="reviewer"), fits))
    if assigned == SOMEBODYS:
        return [Segment(SOMEBODYS, of_queue(queue, ClaimCard.taken.is_(True), index="taken"), fits)]
    if assigned is not None:
        return [part for part in parts if part.whose == assigned]
    return parts if queue in OPEN else [Segment(None, of_queue(queue, index="order"))]


def walk(
    queue: str,
    me: int | None,
    filters: Filters,
    today: date,
    *,
    held: Mapping[str | None, int],
    start: Place | None = None,
    backwards: bool = False,
    most: int = 50,
) -> Found:
    """At most ``most`` dossiers of a queue from ``start`` on (not included); ``held`` says how many each part holds.

    ``backwards`` gives those before it, in the order of the queue all the same.
    """
    segments = segments_of(queue, me, filters.assigned)
    known = drivers(queue, filters, today)
    driver, count = rarest(known)
    asked = conditions(filters, today)
    if driver is not None and count <= RARE:
        return _whole(queue, driver, segments, asked, start, backwards, most)
    total = sum(held.get(part.whose, 0) for part in segments) if driver is None else None
    ordered = next((one for one in known if one.ordered), None)
    walker = _Walker(queue, segments, ordered, asked, held, backwards)
    return walker.go(start, most, total)


def _whole(
    queue: str,
    driver: Driver,
    segments: Sequence[Segment],
    asked: Sequence[ColumnElement[bool]],
    start: Place | None,
    backwards: bool,
    most: int,
) -> Found:
    rank = case(
        *((and_(part.driver.where, part.fits), rank) for rank, part in enumerate(segments)), else_=None
    )
    fits = case((and_(*asked), 1), else_=0)
    columns = (rank.label("rank"), ClaimCard.sort_on, ClaimCard.claim_id, fits.label("fits"))
    # What is asked besides stays out of the condition, behind a limit: no planner then takes a longer index for it.
    few = driver.select(*columns).limit(RARE).subquery()
    query = select(few.c.rank, few.c.sort_on, few.c.claim_id).where(few.c.fits == 1, few.c.rank.is_not(None))
    places = sorted((Place(*row) for row in db.session.execute(query)), key=_key(queue))
    total = len(places)
    if start is not None:
        key = _key(queue)
        after = [place for place in places if key(place) > key(start)]
        places = [place for place in places if key(place) < key(start)] if backwards else after
    shown = places[-most:] if backwards else places[:most]
    left = len(places) > most
    return Found(shown, (shown[0] if backwards else shown[-1]) if left else None, total)


def _key(queue: str) -> Any:
    if QUEUES[queue].latest_first:
        return lambda place: (place.segment, -place.day.toordinal(), -place.claim_id)
    return lambda place: (place.segment, place.day.toordinal(), place.claim_id)


@dataclass
class _Walker:
    queue: str
    segments: Sequence[Segment]
    ordered: Driver | None
    asked: Sequence[ColumnElement[bool]]
    held: Mapping[str | None, int]
    backwards: bool
    read: int = 0

    def go(self, start: Place | None, most: int, total: int | None) -> Found:
        places: list[Place] = []
        ranks = range(len(self.segments))
        for rank in reversed(ranks) if self.backwards else ranks:
            if start is not None and (rank > start.segment if self.backwards else rank < start.segment):
                continue
            if not self.held.get(self.segments[rank].whose, 1):
                continue
            here = start if start is not None and start.segment == rank else None
            stopped = self._segment(rank, here, places, most + 1)
            if stopped is not None:
                return Found(self._in_order(places), stopped, total, stopped=True)
            if len(places) > most:
                break
        shown = places[:most]
        return Found(self._in_order(shown), shown[-1] if len(places) > most else None, total)

    def _in_order(self, places: list[Place]) -> list[Place]:
        return places[::-1] if self.backwards else places

    def _segment(self, rank: int, start: Place | None, places: list[Place], most: int) -> Place | None:
        """Add what is found in one part; where it stopped, when it had looked at too many."""
        part = self.segments[rank]
        driver = self._driver(part)
        source = driver.source
        fits = and_(part.driver.where, part.fits, *self.asked)
        plain = driver is part.driver and not self.asked and isinstance(part.fits, True_)
        size = most if plain else FIRST_READ
        down = QUEUES[self.queue].latest_first != self.backwards
        order = [source.sort_on, source.claim_id]
        while len(places) < most:
            query = driver.select(*order, literal(1) if plain else case((fits, 1), else_=0).label("fits"))
            rows = self._next(query, order, start, down).limit(size)
            if not plain:
                # The database keeps those that fit: thousands of rows would be dear to bring here.
                looked_at = rows.subquery()
                rows = select(*(looked_at.c[column.name] for column in order)).where(looked_at.c.fits == 1)
            found = [Place(rank, row[0], row[1]) for row in db.session.execute(rows)]
            places += found if plain else sorted(found, reverse=down)
            if plain:
                start = found[-1] if len(found) == size else None
            elif len(places) < most:
                last = self._next(driver.keys(*order), order, start, down).limit(1).offset(size - 1)
                end = db.session.execute(last).one_or_none()
                start = None if end is None else Place(rank, end[0], end[1])
            if start is None:
                return None
            self.read += 0 if plain else size
            if self.read >= READ and len(places) < most:
                return start
            size = most if plain else max(min(size * 2, READ - self.read), 1)
        return None

    def _next(self, query: Select[Any], order: list[Any], start: Place | None, down: bool) -> Select[Any]:
        """What comes after a place, in order."""
        query = query.order_by(*(column.desc() if down else column for column in order))
        if start is None:
            return query
        here, there = tuple_(*order), tuple_(literal(start.day), literal(start.claim_id))
        return query.where(here < there if down else here > there)

    def _driver(self, part: Segment) -> Driver:
        """The index to go along: the part's own when it holds few, else that of what is asked."""
        few = part.whose is not None and self.held.get(part.whose, RARE + 1) <= RARE
        return part.driver if few or self.ordered is None else self.ordered
