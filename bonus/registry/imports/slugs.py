"""Public addresses for many new solutions at once: those that entering them one by one would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from bonus.bulk import chunks
from bonus.extensions import db
from bonus.registry.models import Solution
from bonus.registry.service import slugify


def free_slugs(names: Sequence[str]) -> list[str]:
    """A slug for each name, none of them given to a solution yet, nor twice."""
    bases = [slugify(name) for name in names]
    given = _Given(Counter(bases))
    found: list[str] = []
    made: set[str] = set()
    next_rank: dict[str, int] = {}
    for base in bases:
        rank = next_rank.get(base, 1)
        while given.has(base, rank) or _slug(base, rank) in made:
            rank += 1
        next_rank[base] = rank + 1
        made.add(_slug(base, rank))
        found.append(_slug(base, rank))
    return found


def _slug(base: str, rank: int) -> str:
    return base if rank == 1 else f"{base}-{rank}"


class _Given:
    """Which slugs solutions have, of those that some bases may come to. Asked by ever longer runs of ranks."""

    def __init__(self, wanted: Counter[str]) -> None:
        self._given: set[str] = set()
        self._asked = dict.fromkeys(wanted, 0)  # the last rank asked for
        runs = dict(wanted)
        while runs:
            met = self._ask(runs)
            runs = {base: 2 * self._asked[base] for base in met}

    def has(self, base: str, rank: int) -> bool:
        """Whether a solution has that slug."""
        if rank > self._asked[base]:
            self._ask({base: rank})
        return _slug(base, rank) in self._given

    def _ask(self, runs: dict[str, int]) -> list[str]:
        """Look at the next ranks of each base, as many as given; the bases of which one is given to a solution."""
        candidates: dict[str, str] = {}
        for base, more in runs.items():
            last = self._asked[base]
            self._asked[base] = last + more
            candidates |= {_slug(base, rank): base for rank in range(last + 1, last + more + 1)}
        given: set[str] = set()
        for chunk in chunks(list(candidates)):
            given.update(db.session.scalars(select(Solution.slug).where(Solution.slug.in_(chunk))))
        self._given |= given
        return list(dict.fromkeys(candidates[slug] for slug in given))
