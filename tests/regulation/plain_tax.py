"""Art. 8 read a second time, one company and one year after the other, with whole cents and percents."""

from __future__ import annotations

from datetime import date
from typing import Any

Json = dict[str, Any]

FIVE = 5


def _cents(text: str) -> int:
    return int(text.replace(".", ""))


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _whole(numerator: int, denominator: int) -> str:
    """Whole euros, half up (nothing is negative here)."""
    return str((2 * numerator + denominator) // (2 * denominator))


class Purse:
    """What is left of the own base of one year: the part at 60 %, then the part at 40 %."""

    def __init__(self, rank: int, end: str, own: int) -> None:
        self.rank, self.end = rank, end
        self.parts = [[min(own, 2_000_000_00), 60], [max(0, own - 2_000_000_00), 40]]

    def left(self) -> int:
        return sum(amount for amount, _ in self.parts)


def incentive(person: Json, bases: list[tuple[date, int]]) -> list[Json]:
    """The entries of one enterprise; ``bases``: invoice date and eligible base less bonus of each line."""
    purses: list[Purse] = []
    due: dict[int, list[int]] = {}
    entries = []
    for rank, year in enumerate(sorted(person["fiscal_years"], key=lambda year: str(year["end"]))):
        start, end = date.fromisoformat(year["start"]), date.fromisoformat(year["end"])
        own = sum(base for on, base in bases if start <= on <= end)
        # 0.5 % is a two hundredth; a half cent goes up.
        ceiling = max(20_000_00, (_cents(year["turnover"]) + 100) // 200)
        regime = year.get("regime") or "reduction"
        usable = [purse for purse in purses if 1 <= rank - purse.rank <= FIVE]
        if regime == "reduction":
            purses.append(Purse(rank, year["end"], own))
            usable.insert(0, purses[-1])
        else:
            fifth = own // FIVE
            for later, fraction in enumerate([fifth] * 4 + [own - 4 * fifth]):
                due.setdefault(rank + later, []).append(fraction)
        left, used, percents = ceiling, 0, 0
        for purse in usable:
            for part in purse.parts:
                taken = min(part[0], left)
                part[0] -= taken
                left -= taken
                used += taken
                percents += taken * part[1]
        deducted = min(left, sum(due.get(rank, [])))  # whichever the oldest, the sum is the same
        entries.append(
            {
                "siren": person["siren"],
                "fiscal_year_end": year["end"],
                "regime": regime,
                "own_base": _euros(own),
                "ceiling": _euros(ceiling),
                "reduction_base_used": _euros(used),
                "reduction": _whole(percents, 100 * 100),
                "deduction": _whole(deducted, 100),
                "carried_over": [
                    {"from_fiscal_year_end": purse.end, "base": _euros(purse.left())}
                    for purse in purses
                    if purse.left() and rank - purse.rank < FIVE
                ],
            }
        )
    return entries
