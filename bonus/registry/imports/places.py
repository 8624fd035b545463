"""Two certifications of one label never cover the same day of one solution: neither in the registry nor in a file."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

from bonus.errors import Refusal
from bonus.registry.history import Life
from bonus.registry.rules import check_no_overlap

from .cases import Case, Context
from .held import Held, HeldSolution, Place


@dataclass(frozen=True, order=True, slots=True)
class _Taken:
    """Days that are taken, both included, by what; ``case`` is the file's, None for what only the registry has."""

    starts_on: date
    ends_on: date
    by: str
    case: Case | None = field(default=None, compare=False)

    @property
    def life(self) -> Life:
        return Life(self.starts_on, self.ends_on, ())


def refuse_overlaps(cases: Iterable[Case], held: Held, context: Context) -> None:
    """Refuse the cases whose days another certification has: of two in the file, the one of the later line."""
    buckets: dict[tuple[int, str], list[Case]] = {}
    for case in cases:
        if case.life is not None and case.fault is None:
            buckets.setdefault((id(case.solution), case.row.label), []).append(case)
    for (_, label), own in buckets.items():
        solution = own[0].solution
        places = held.places.get((solution.id, label), []) if isinstance(solution, HeldSolution) else []
        if len(own) > 1 or places:
            _settle(own, places, context)


def _settle(cases: list[Case], places: list[Place], context: Context) -> None:
    """Each case in its turn takes its days. One that is refused has those it had in the registry again: whoever took
    them gives way."""
    before = {
        case.held.id: [place for place in places if place.certification_id == case.held.id]
        for case in cases
        if case.held is not None
    }
    taken = sorted(_place(place) for place in places if place.certification_id not in before)
    refused = [case for case in cases if not _take(case, taken, context)]
    while refused:
        held = refused.pop().held
        for place in before[held.id] if held is not None else []:
            back = _place(place)
            for one in _meeting(back, taken):
                if one.case is not None and _refuse(one.case, back, context):
                    taken.remove(one)
                    refused.append(one.case)
            insort(taken, back)


def _place(place: Place) -> _Taken:
    return _Taken(place.starts_on, place.ends_on, place.reference)


def _take(case: Case, taken: list[_Taken], context: Context) -> bool:
    """Take a case's days among those that are; refuse it, and say False, when one is taken already."""
    after = case.life
    assert after is not None  # of those whose life changes
    if after.covers_until is None:
        return True
    by = f"{case.row.reference} (ligne {case.row.line} du fichier)"
    mine = _Taken(after.valid_from, after.covers_until, by, case)
    if any(_refuse(case, one, context) for one in _meeting(mine, taken)):
        return False
    insort(taken, mine)
    return True


def _meeting(days: _Taken, taken: list[_Taken]) -> list[_Taken]:
    """What is taken of some days. All that is taken is apart: it begins in them, or just before."""
    first = max(bisect_left(taken, days.starts_on, key=attrgetter("starts_on")) - 1, 0)
    last = bisect_right(taken, days.ends_on, key=attrgetter("starts_on"))
    return [one for one in taken[first:last] if one.ends_on >= days.starts_on]


def _refuse(case: Case, other: _Taken, context: Context) -> bool:
    """Refuse a case whose days another has; whether that is so."""
    assert case.life is not None  # of those whose life changes
    terms = context.terms(case.row.label, case.life.valid_from)
    try:
        check_no_overlap(case.life, [(other.by, other.life)], terms.name if terms else case.row.label)
    except Refusal as refusal:
        case.refuse(refusal)
        return True
    return False
