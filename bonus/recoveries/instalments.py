"""The schedule by which an undue sum is repaid in instalments (art. 14). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from bonus.calendar import add_months

FEWEST, MOST = 2, 36
"""Instalments of a plan."""
LEAST_CENTS = 50_00
"""The least an instalment may be: below, asking for it costs more than it brings."""
PLAN_STATUSES: dict[str, str] = {
    "asked": "Demandé",
    "accepted": "Accordé",
    "refused": "Refusé",
    "kept": "Terminé",
    "broken": "Rompu",
}
"""Code → what people read."""
LIVE = frozenset({"asked", "accepted"})


@dataclass(frozen=True)
class Due:
    """One instalment: its place from 1, its last day, and what it is, in cents."""

    rank: int
    due_on: date
    amount_cents: int


def schedule(total_cents: int, count: int, first_on: date) -> tuple[Due, ...]:
    """``count`` instalments a month apart, the first on ``first_on``: equal to the cent, the last takes what is left.

    Each falls on the first one's day of the month or, where the month has none, on its last: 31 January, 28 February,
    31 March. Raises ValueError for no instalment, or less than a cent for each.
    """
    if not 0 < count <= total_cents:
        raise ValueError("each instalment is at least one cent")
    part = total_cents // count
    return tuple(
        Due(
            rank,
            add_months(first_on, rank - 1),
            part if rank < count else total_cents - part * (count - 1),
        )
        for rank in range(1, count + 1)
    )


def beyond(dues: Sequence[Due], claimed: Sequence[tuple[int, date]]) -> list[Due]:
    """The instalments that fall on the first barred day of something they pay, or after: it could no longer be claimed.
    ``claimed``: the parts that they pay one after the other, in cents, each with its first barred day."""
    late, reached, last = [], 0, list(accumulate(cents for cents, _ in claimed))
    for due in dues:
        before, reached = reached, reached + due.amount_cents
        # A part is paid by those instalments that its cents lie between.
        mine = [
            day
            for end, (cents, day) in zip(last, claimed, strict=True)
            if end - cents < reached and before < end
        ]
        if any(due.due_on >= day for day in mine):
            late.append(due)
    return late


def missed(dues: Sequence[Due], settled_cents: int, today: date) -> list[Due]:
    """The instalments whose last day is over and that what was settled since the plan does not cover, whole, in their
    order."""
    reached, late = 0, []
    for due in dues:
        reached += due.amount_cents
        if due.due_on < today and reached > settled_cents:
            late.append(due)
    return late
