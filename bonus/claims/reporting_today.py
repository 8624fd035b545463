"""Where the service stands now: its stock, how old it is, what falls due. Two queries, along the cards' indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from bonus.extensions import db

from .card_models import CardKey, ClaimCard
from .card_queues import CLOCK_RUNS, OPEN
from .cards import axis_key
from .reporting_figures import AGES, NEAR, SOON, STOCK, age_class, weeks_from


@dataclass(frozen=True)
class Scope:
    """Of which dossiers the report speaks: an axis, a region, both or neither (their codes)."""

    axis: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Oldest:
    """The dossiers open for longest: since when, and in which queue."""

    filed_on: date
    queue: str


@dataclass(frozen=True)
class DueWeek:
    """A week to come, first and last day, and how many dossiers are to be decided in it, by queue."""

    first: date
    last: date
    by_queue: Mapping[str, int]


@dataclass(frozen=True)
class Today:
    """``ages``: queue → dossiers in each class of AGES. ``late``, by queue, are past their last day to decide; ``near``
    and ``soon`` fall due within NEAR and SOON days, today included; ``later``, after the weeks."""

    ages: Mapping[str, Sequence[int]]
    oldest: Oldest | None
    late: Mapping[str, int]
    near: int
    soon: int
    weeks: Sequence[DueWeek]
    later: Mapping[str, int]

    def stock(self, queue: str) -> int:
        """How many dossiers a queue holds."""
        return sum(self.ages[queue])

    @property
    def open(self) -> int:
        """How many dossiers are under way: those of the waiting list are not (art. 11)."""
        return sum(self.stock(queue) for queue in OPEN)

    @property
    def by_age(self) -> list[int]:
        """How many dossiers, of all queues, are in each class of AGES."""
        return [sum(column) for column in zip(*self.ages.values(), strict=True)]

    @property
    def late_count(self) -> int:
        """How many dossiers are past their last day."""
        return sum(self.late.values())

    @property
    def due_count(self) -> int:
        """How many are, or fall due in the weeks shown."""
        return self.late_count + sum(sum(week.by_queue.values()) for week in self.weeks)


def today_figures(scope: Scope, today: date) -> Today:
    """The figures of a day."""
    ages: dict[str, list[int]] = {queue: [0] * len(AGES) for queue in STOCK}
    oldest: Oldest | None = None
    for queue, filed_on, dossiers in db.session.execute(_counted(ClaimCard.filed_on, STOCK, scope)):
        ages[queue][age_class((today - filed_on).days)] += dossiers
        if queue in OPEN and (oldest is None or filed_on < oldest.filed_on):
            oldest = Oldest(filed_on, queue)
    due: Counter[tuple[str, date]] = Counter()
    for queue, due_on, dossiers in db.session.execute(_counted(ClaimCard.sort_on, CLOCK_RUNS, scope)):
        due[queue, due_on] += dossiers
    weeks = [DueWeek(first, last, _between(due, first, last)) for first, last in weeks_from(today)]
    return Today(
        ages,
        oldest,
        late=_between(due, date.min, today - timedelta(days=1)),
        near=sum(_between(due, today, today + timedelta(days=NEAR)).values()),
        soon=sum(_between(due, today, today + timedelta(days=SOON)).values()),
        weeks=weeks,
        later=_between(due, weeks[-1].last + timedelta(days=1), date.max),
    )


def _between(due: Mapping[tuple[str, date], int], first: date, last: date) -> dict[str, int]:
    found = dict.fromkeys(CLOCK_RUNS, 0)
    for (queue, day), dossiers in due.items():
        if first <= day <= last:
            found[queue] += dossiers
    return found


def _counted(day: Any, queues: Sequence[str], scope: Scope) -> Select[Any]:
    """How many dossiers of these queues have each day: the queue's own day, where the clock runs, is when it is due."""
    query = select(ClaimCard.queue, day, func.count()).where(ClaimCard.queue.in_(queues))
    if scope.region is not None:
        query = query.where(ClaimCard.region == scope.region)
    if scope.axis is not None:
        query = query.join(CardKey, CardKey.claim_id == ClaimCard.claim_id).where(
            CardKey.queue.in_(queues), CardKey.key == axis_key(scope.axis)
        )
    return query.group_by(ClaimCard.queue, day)
