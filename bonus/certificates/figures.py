"""The figures of the working of art. 8, in French, each with its article: what a certificate lists, and exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bonus.calendar import format_date
from bonus.money import NBSP, format_rate

from .working import CarryOver, Fraction, Use, Working

_ARTICLE = "art. 8"


@dataclass(frozen=True)
class Figure:
    """A figure of the working of art. 8: what it is, how much, and the article it comes from."""

    label: str
    cents: int
    article: str


def figures_of(working: Working, fiscal_year_end: date) -> tuple[Figure, ...]:
    """All of them, in the order of the law: base, ceiling, what is used, incentive, carried over, lost."""
    own = fiscal_year_end.isoformat()
    return tuple(Figure(label, cents, _ARTICLE) for label, cents in _figures(working, own))


def _figures(working: Working, own: str) -> Iterator[tuple[str, int]]:
    yield "Base propre de l’exercice", working.own_base_cents
    yield "Plafond de la base pour l’exercice", working.ceiling_cents
    for use in working.uses:
        yield from _use(use, own)
    if working.regime == "reduction" or working.reduction_euros:
        yield "Réduction d’impôt de l’exercice", working.reduction_euros * 100
    for fraction in working.fractions:
        yield from _fraction(fraction)
    if working.regime == "deduction" or working.deduction_euros:
        yield "Déduction du résultat imposable de l’exercice", working.deduction_euros * 100
    for carried in working.carried:
        yield _carried(carried)


def _use(use: Use, own: str) -> Iterator[tuple[str, int]]:
    what = (
        "Base propre utilisée" if use.from_year_end == own else f"Report utilisé{_of_year(use.from_year_end)}"
    )
    for cents, rate in ((use.below_cents, use.below_rate_bp), (use.above_cents, use.above_rate_bp)):
        if cents:
            yield f"{what}, à {format_rate(rate)}", cents


def _fraction(fraction: Fraction) -> Iterator[tuple[str, int]]:
    which = f"Fraction {fraction.place} sur {fraction.count}{_of_year(fraction.from_year_end)}"
    yield f"{which}, déduite", fraction.deducted_cents
    if fraction.lost_cents:
        yield f"{which}, au-delà du plafond{NBSP}: perdue", fraction.lost_cents


def _carried(carried: CarryOver) -> tuple[str, int]:
    if carried.until is None:
        return f"Report expiré{_of_year(carried.from_year_end)}{NBSP}: perdu", carried.cents
    rank = "l’exercice suivant" if carried.years_left == 1 else f"les {carried.years_left} exercices suivants"
    last = format_date(date.fromisoformat(carried.until))
    until = f"jusqu’à celui clos le {last}, pour des exercices de douze mois"
    return f"À reporter{_of_year(carried.from_year_end)}, sur {rank} ({until})", carried.cents


def _of_year(end: str) -> str:
    return f" de l’exercice clos le {format_date(date.fromisoformat(end))}"
