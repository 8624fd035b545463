"""The figures of the months as they were counted: what came, what left, what was left, how long decisions took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select

from bonus.calendar import civil_date
from bonus.extensions import db

from .card_queues import GIVEN_UP
from .reporting_figures import AGES, COUNTED, STOCK, nearest_rank
from .reporting_models import ALL, OUTSIDE, ReportAge, ReportDelay, ReportMove, ReportState, ReportStay
from .reporting_today import Scope

MEDIAN, NINETIETH = 50, 90


@dataclass(frozen=True)
class Delay:
    """How long decisions took, in days: ``median`` and ``ninetieth`` centile by nearest rank, None when none was."""

    dossiers: int
    median: int | None
    ninetieth: int | None


@dataclass(frozen=True)
class Month:
    """A month, its first day: dossiers ``filed``, ``retaken`` after a decision, ``decided``, given up; ``stock``: what
    each queue held at its end; ``delay`` of all first decisions, and by kind; how long dossiers ``stayed`` in the
    queues they left; ``ages``: what each queue held at its end, by class of age (``AGES``)."""

    first: date
    filed: int
    retaken: int
    decided: int
    given_up: int
    stock: Mapping[str, int]
    delay: Delay
    by_kind: Mapping[str, Delay]
    stayed: Mapping[str, Delay]
    ages: Mapping[str, Sequence[int]]

    def ages_of(self, queue: str | None) -> Sequence[int]:
        """How many dossiers of each class of age a queue held at its end; all of them together when it is None."""
        if queue is not None:
            return self.ages[queue]
        return [sum(counts) for counts in zip(*self.ages.values(), strict=True)]


@dataclass(frozen=True)
class Months:
    """The months asked for; ``measured_at``: when they were counted, None when they never were. ``since``: the first
    month of which anything is known; ``stayed``: how long dossiers stayed in each queue they left, over all of them."""

    months: Sequence[Month]
    measured_at: datetime | None
    since: date | None
    stayed: Mapping[str, Delay] = field(default_factory=dict)


def month_figures(scope: Scope, months: Sequence[date]) -> Months:
    """The figures of these months, in order, without those of which nothing can be known: before the first dossier of
    all, and after the last count."""
    measured_at, since = db.session.execute(
        select(select(ReportState.measured_at).scalar_subquery(), func.min(ReportMove.month))
    ).one()
    if measured_at is None or since is None:
        return Months([], measured_at, since)
    months = [month for month in months if since <= month <= civil_date(measured_at)]
    if not months:
        return Months([], measured_at, since)
    moves: dict[date, Counter[tuple[str, str]]] = defaultdict(Counter)
    stock: Counter[str] = Counter()
    for month, old, new, dossiers in db.session.execute(_moves(scope, months[-1])):
        moves[month][old, new] += dossiers
        if month < months[0]:
            stock[old] -= dossiers
            stock[new] += dossiers
    delays = _counted(_delays(scope, months))
    left = _counted(_by_queue(ReportStay, ReportStay.days, scope, months))
    held = _counted(_by_queue(ReportAge, ReportAge.age, scope, months))
    found = []
    for month in months:
        for (old, new), dossiers in moves[month].items():
            stock[old] -= dossiers
            stock[new] += dossiers
        found.append(_month(month, moves[month], stock, delays[month], left[month], held[month]))
    return Months(found, measured_at, since, _over_all(left))


Counted = dict[date, dict[str, Counter[int]]]
"""Month → kind or queue → value → how many dossiers have it."""


def _counted(query: Select[Any]) -> Counted:
    found: Counted = defaultdict(lambda: defaultdict(Counter))
    for month, key, value, dossiers in db.session.execute(query):
        found[month][key][value] += dossiers
    return found


def _over_all(left: Counted) -> dict[str, Delay]:
    whole: dict[str, Counter[int]] = defaultdict(Counter)
    for queues in left.values():
        for queue, counts in queues.items():
            whole[queue].update(counts)
    return {queue: _delay(counts) for queue, counts in whole.items()}


def _moves(scope: Scope, last: date) -> Select[Any]:
    columns: list[Any] = [ReportMove.month, ReportMove.old_queue, ReportMove.new_queue, ReportMove.dossiers]
    return select(*columns).where(*_of(ReportMove, scope), ReportMove.month <= last)


def _delays(scope: Scope, months: Sequence[date]) -> Select[Any]:
    columns: list[Any] = [ReportDelay.month, ReportDelay.kind, ReportDelay.days, ReportDelay.dossiers]
    return select(*columns).where(*_of(ReportDelay, scope), ReportDelay.month.between(months[0], months[-1]))


def _by_queue(model: Any, what: Any, scope: Scope, months: Sequence[date]) -> Select[Any]:
    columns: list[Any] = [model.month, model.queue, what, model.dossiers]
    return select(*columns).where(*_of(model, scope), model.month.between(months[0], months[-1]))


def _of(model: Any, scope: Scope) -> tuple[Any, Any]:
    return model.axis == (scope.axis or ALL), model.region == (scope.region or ALL)


def _month(
    first: date,
    moves: Counter[tuple[str, str]],
    stock: Counter[str],
    delays: Mapping[str, Counter[int]],
    left: Mapping[str, Counter[int]],
    held: Mapping[str, Counter[int]],
) -> Month:
    whole: Counter[int] = Counter()
    for counts in delays.values():
        whole.update(counts)
    sums: Counter[str] = Counter()
    for (old, new), dossiers in moves.items():
        if old == OUTSIDE:
            sums["filed"] += dossiers
        elif new == GIVEN_UP:
            sums["given_up"] += dossiers
        elif new not in STOCK:
            sums["decided"] += dossiers
        elif old not in STOCK:
            sums["retaken"] += dossiers
    return Month(
        first,
        **{name: sums[name] for name in ("filed", "retaken", "decided", "given_up")},
        stock={queue: stock[queue] for queue in STOCK},
        delay=_delay(whole),
        by_kind={kind: _delay(counts) for kind, counts in delays.items()},
        stayed={queue: _delay(counts) for queue, counts in left.items()},
        ages={
            queue: [held[queue][place] if queue in held else 0 for place in range(len(AGES))]
            for queue in COUNTED
        },
    )


def _delay(counts: Counter[int]) -> Delay:
    return Delay(counts.total(), nearest_rank(counts, MEDIAN), nearest_rank(counts, NINETIETH))
