"""Two certifications of one label never cover the same day of one solution: neither in the registry nor in a file."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bonus.errors import Refusal
from bonus.registry.history import Life
from bonus.registry.rules import check_no_overlap

from .cases import Case, Context, NewSolution
from .held import Held, HeldSolution, Place

Bucket = tuple[HeldSolution | NewSolution, str]


@dataclass(frozen=True, order=True, slots=True)
class _Taken:
    """Days that are taken, both included, and by what."""

    starts_on: date
    ends_on: date
    by: str

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
    """A case that is refused keeps the days it has in the registry: the others are then weighed again."""
    moved = {case.held.id: case for case in cases if case.held is not None}
    while True:
        standing = [place for place in places if place.certification_id not in moved]
        taken = sorted(_Taken(place.starts_on, place.ends_on, place.reference) for place in standing)
        back = set()
        for case in cases:
            if case.fault is None and not _take(case, taken, context) and case.held is not None:
                back.add(case.held.id)
        if not back:
            return
        for certification_id in back:
            del moved[certification_id]


def _take(case: Case, taken: list[_Taken], context: Context) -> bool:
    """Take a case's days among those that are; refuse it, and say False, when one is taken already."""
    after = case.life
    assert after is not None  # of those whose life changes
    end = after.covers_until
    if end is None:
        return True
    mine = _Taken(after.valid_from, end, f"{case.row.reference} (ligne {case.row.line} du fichier)")
    rank = bisect_left(taken, mine)
    terms = context.terms(case.row.label, after.valid_from)
    name = terms.name if terms else case.row.label
    try:
        # What is taken is apart: only the neighbours can meet it.
        check_no_overlap(after, [(one.by, one.life) for one in taken[max(rank - 1, 0) : rank + 1]], name)
    except Refusal as refusal:
        case.refuse(refusal)
        return False
    insort(taken, mine)
    return True
