"""The simulator's part of art. 8: the tax incentive of one purchase under each regime, year after year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bonus.money import amount_string
from bonus.regulation import Parameters, sentences

REGIMES = ("reduction", "deduction")
# Under a regime, what the trace says of the other is that there is none.
_OF_THE_OTHER = {"reduction": "tax.deduction", "deduction": "tax.reduction"}
_TELLING = frozenset({"tax.carry_over_used", "tax.carried_over", "tax.carry_over_lost", "tax.fraction"})


@dataclass(frozen=True)
class IncentiveYear:
    """What one fiscal year gives, in whole euros (art. 8), and the law's sentences on it."""

    year: int
    euros: int
    why: list[str]


@dataclass(frozen=True)
class Incentive:
    """The incentive under a regime (``reduction`` or ``deduction``): its years that give or say something."""

    regime: str
    years: list[IncentiveYear]

    @property
    def total_euros(self) -> int:
        """All its years together."""
        return sum(year.euros for year in self.years)


def fiscal_years(turnover_cents: int, regime: str, law: Parameters, on: date) -> list[dict[str, Any]]:
    """Calendar fiscal years from that of a day to the last that its purchases may reach, all of the same turnover."""
    following = max(
        law.integer("tax.carry_over_years", on),
        law.integer("tax.deduction_fractions", on) - 1,
    )
    return [
        {
            "start": date(year, 1, 1).isoformat(),
            "end": date(year, 12, 31).isoformat(),
            "turnover": amount_string(turnover_cents),
            "regime": regime,
        }
        for year in range(on.year, on.year + following + 1)
    ]


def incentive(entries: Sequence[Mapping[str, Any]]) -> Incentive:
    """The incentive that the ``tax`` entries of one buyer, in the order of the years, come to."""
    regime = str(entries[0]["regime"])
    years = [_year(entry, regime, first=entry is entries[0]) for entry in entries]
    told = [
        year
        for year, entry in zip(years, entries, strict=True)
        if year is years[0] or year.euros or any(step["code"] in _TELLING for step in entry["trace"])
    ]
    return Incentive(regime, told)


def _year(entry: Mapping[str, Any], regime: str, *, first: bool) -> IncentiveYear:
    """``first``: the year of the purchase; the others have no base of their own to speak of."""
    hidden = {_OF_THE_OTHER[regime]} | (set() if first else {"tax.own_base"})
    told = [step for step in entry["trace"] if step["code"] not in hidden]
    return IncentiveYear(int(str(entry["fiscal_year_end"])[:4]), int(entry[regime]), sentences(told))
