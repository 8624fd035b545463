"""The dossiers drawn: when they came, where they stand, what they hold. The same number and day give the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from bonus.calendar import decision_deadline
from bonus.money import half_up
from bonus.regulation import load_parameters, size_categories

from .names import PUBLIC, Flags, Ints, company_names, figures, shares, sirens, towns

MOST = 3_000_000
"""How many dossiers are drawn at once: they are in memory."""
DAYS = 320
"""Over how many days the dossiers were filed."""
ANSWER_DAYS = 30
_CLOCK_DAYS = 58
"""Filed no longer ago, most dossiers are still under way; the others are decided, but for a few that are late."""
STATUSES = (
    *("filed", "awaiting_documents", "under_review", "proposed", "waiting_list"),
    *("granted", "partly_granted", "refused", "pending", "abandoned"),
)
_YOUNG = [330, 90, 240, 110, 10, 130, 30, 40, 5, 15]
_OLD = [2, 0, 3, 2, 20, 680, 110, 140, 23, 20]
_LARGE_PROPOSALS = 0.25
"""Of the proposals, those of large purchases: what a second reviewer reads is there to be looked at (art. 12)."""
_LARGE_CENTS = 260_000_00
MOST_CENTS, LEAST_CENTS = 900_000_00, 150_00


@dataclass(frozen=True)
class Companies:
    """The companies of the dossiers, column by column."""

    siren: list[str]
    name: list[str]
    town: list[tuple[str, str]]
    public: list[bool]
    headcount: list[int]
    turnover: list[int]
    balance_sheet: list[int]
    size: list[str]


@dataclass(frozen=True)
class Dossiers:
    """The dossiers in the order of their filing, column by column: places of companies, reviewers (0 for nobody, then
    from 1) and offers; days as days; amounts in cents."""

    company: list[int]
    status: list[str]
    filed_on: list[date]
    acted_on: list[date]
    reviewer: list[int]
    offers: list[list[int]]
    nets: list[list[int]]
    bonuses: list[list[int]]


@dataclass(frozen=True)
class Offer:
    """A solution of the registry, and who sells it."""

    solution_id: int
    axis: str
    seller: str
    seller_name: str


def draw_companies(seed: int, count: int, first: int, today: date) -> Companies:
    """So many companies, their SIRENs from ``first`` (eight digits) on."""
    draw = np.random.default_rng(seed)
    kinds, headcounts, turnovers, sheets = figures(draw, count)
    public = kinds == PUBLIC
    days = np.full(count, (today - date(1970, 1, 1)).days, dtype=np.int64)
    return Companies(
        sirens(first, count),
        company_names(draw, count),
        towns(draw, count),
        public.tolist(),
        headcounts.tolist(),
        turnovers.tolist(),
        sheets.tolist(),
        size_categories((headcounts, turnovers, sheets), public, days, load_parameters()),
    )


def draw_dossiers(
    seed: int, count: int, companies: Companies, offers: Sequence[Offer], reviewers: int, today: date
) -> Dossiers:
    """So many dossiers of these companies: more and more of them as the months pass, a few companies with many."""
    draw = np.random.default_rng(seed + 1)
    ages = np.sort((draw.random(count) ** 1.15 * DAYS).astype(np.int64) + 1)[::-1]
    young = ages <= _CLOCK_DAYS
    statuses = np.where(young, shares(draw, _YOUNG, count), shares(draw, _OLD, count))
    acted = np.minimum(draw.integers(1, _CLOCK_DAYS, count), ages)
    # An answer is awaited no longer than its delay: later, the dossier was taken up again.
    asked = statuses == STATUSES.index("awaiting_documents")
    acted = np.where(asked, np.maximum(acted, ages - (ANSWER_DAYS - 2)), acted)
    open_ = statuses < STATUSES.index("waiting_list")
    taken = draw.random(count) < np.where(open_, np.where(statuses == 0, 0.45, 0.9), 0.97)
    places = np.where(taken, draw.integers(1, reviewers + 1, count), 0)
    company = (draw.random(count) ** 1.7 * len(companies.siren)).astype(np.int64)
    company = draw.permutation(len(companies.siren))[company]
    large = np.random.default_rng(seed + 2).random(count) < _LARGE_PROPOSALS
    large &= statuses == STATUSES.index("proposed")
    invoices = [
        _invoices(draw, company, companies, offers, of_large) for of_large in (large, np.zeros_like(large))
    ]
    second = (draw.random(count) < 0.2).tolist()
    columns = [[column.tolist() for column in one] for one in invoices]
    return Dossiers(
        company.tolist(),
        [STATUSES[place] for place in statuses.tolist()],
        [today - timedelta(days=age) for age in ages.tolist()],
        [today - timedelta(days=days) for days in (ages - acted).tolist()],
        places.tolist(),
        *(
            [[a, b] if more else [a] for a, b, more in zip(first, other, second, strict=True)]
            for first, other in zip(*columns, strict=True)
        ),
    )


def _invoices(
    draw: np.random.Generator, company: Ints, companies: Companies, offers: Sequence[Offer], large: Flags
) -> tuple[Ints, Ints, Ints]:
    """Offers, net amounts (of _LARGE_CENTS at least where ``large``) and what the base rates give (art. 6), an invoice
    a dossier."""
    count = len(company)
    weights = [1000 // (place + 2) for place in range(len(offers))]
    offer = shares(draw, weights, count)
    nets = np.clip((np.exp(draw.normal(8.6, 1.1, count)) * 100).astype(np.int64), LEAST_CENTS, MOST_CENTS)
    nets = np.where(large, np.clip(nets + _LARGE_CENTS, None, MOST_CENTS), nets)
    law, on = load_parameters(), date(2026, 1, 1)
    by_axis = np.array([law.integer(f"axis.{one.axis}.rate", on) for one in offers], dtype=np.int64)
    codes = law.codes("size")
    by_size = np.array([law.integer(f"size.{code}.bonus", on) for code in codes], dtype=np.int64)
    sizes = np.array([codes.index(size) for size in companies.size], dtype=np.int64)[company]
    rates = np.clip(by_axis[offer] + by_size[sizes], 0, law.integer("bonus.rate_cap", on))
    return offer, nets, np.minimum(half_up(nets * rates, 10_000), law.integer("ceiling.solution", on))


def due_days(days: Sequence[date], suspended: int = 0) -> Mapping[date, date]:
    """The last day to decide, by the day of filing."""
    return {day: decision_deadline(day, suspended) for day in set(days)}
