"""The registry, for the lines that a page shows: as it was on the day of each invoice, and as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from bonus.registry.labels import label_names
from bonus.registry.models import Solution
from bonus.registry.queries import end_of_day
from bonus.registry.then_and_now import ThenAndNow, then_and_now

from .models import PurchaseLine


@dataclass(frozen=True)
class Label:
    """A certification of a line's solution: what its label is called today, and its two days."""

    name: str
    days: ThenAndNow


@dataclass(frozen=True)
class Standing:
    """A solution's certifications on the day of an invoice, and today."""

    on: date
    labels: list[Label]

    @property
    def changed(self) -> bool:
        """Whether one of them is worth something else today, or was learned later to have been."""
        return any(one.days.changed or one.days.learned_later for one in self.labels)


def standings_of(
    lines: Collection[PurchaseLine], solutions: Iterable[Solution], today: date
) -> dict[int, Standing]:
    """The registry's two states for each line that names a solution, by its id; ``solutions``: theirs."""
    by_id = {solution.id: solution for solution in solutions}
    names = label_names(today) if by_id else {}
    found: dict[tuple[int, date], Standing] = {}
    by_line = {}
    for line in lines:
        if line.solution_id not in by_id:
            continue
        key = (line.solution_id, line.invoice.issued_on)
        if key not in found:
            found[key] = Standing(
                key[1],
                [
                    Label(names.get(certification.label, certification.label), days)
                    for certification in by_id[line.solution_id].certifications
                    if (
                        days := then_and_now(
                            [fact.plain for fact in certification.facts], key[1], today, end_of_day(key[1])
                        )
                    )
                ],
            )
        by_line[line.id] = found[key]
    return by_line
