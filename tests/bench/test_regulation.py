"""The whole rules on columns, against the same rules as a plain loop over Python objects (``plain_loop``).

Times are processor times, so that what else runs on the machine counts less. The loops run on a part of the
country and are scaled by the number of lines: they cost the same a line, and hours would say no more.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from statistics import median
from time import process_time
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bonus.regulation import evaluate, evaluate_columns, load_parameters
from bonus.regulation.columns import Portfolio

from .country import country
from .plain_loop import CENTS, DECIMAL, Loop, Money, book_of

LOOP_LINES = 20_000
LAW = load_parameters()


@lru_cache(maxsize=1)
def made(lines: int, biggest_group: float = 0.0) -> Portfolio:
    return country(lines, LAW, biggest_group=biggest_group)


def seconds(act: Callable[[], Any]) -> float:
    start = process_time()
    act()
    return process_time() - start


def times_faster(portfolio: Portfolio, money: Money, lines: int, rounds: int) -> float:
    """The median, over pairs of runs made one after the other, of the loop's time a line by ours."""
    loop = Loop(book_of(portfolio, LAW, money, lines // 10), money)
    whole = len(portfolio.lines.net)
    evaluate_columns(made(LOOP_LINES), LAW)
    return median(
        (seconds(loop.run) / lines) / (seconds(lambda: evaluate_columns(portfolio, LAW)) / whole)
        for _ in range(rounds)
    )


def test_the_loops_and_the_columns_agree() -> None:
    """Otherwise they would not be the same rules; companies before the others, so that none is cut in two."""
    for part in (0.0, 0.2):
        portfolio = country(LOOP_LINES, LAW, biggest_group=part)
        outcome = evaluate_columns(portfolio, LAW)
        assert int((outcome.de_minimis_cut > 0).sum()) > 0
        cents, tax = Loop(book_of(portfolio, LAW, CENTS, LOOP_LINES // 10), CENTS).run()
        assert outcome.bonus.tolist() == cents
        years = portfolio.fiscal_years
        private = ~portfolio.beneficiaries.public_body[years.beneficiary]
        assert outcome.tax.reduction[private].tolist() == [(2 * sum_ + 10_000) // 20_000 for sum_, _ in tax]
        assert outcome.tax.deduction[private].tolist() == [(2 * sum_ + 100) // 200 for _, sum_ in tax]
        decimals, _ = Loop(book_of(portfolio, LAW, DECIMAL, LOOP_LINES // 10), DECIMAL).run()
        assert [int(amount * 100) for amount in decimals] == cents


@pytest.mark.parametrize("lines", [100_000, 1_000_000])
def test_against_decimals(benchmark: BenchmarkFixture, lines: int) -> None:
    portfolio = made(lines)
    ratio = times_faster(portfolio, DECIMAL, LOOP_LINES, rounds=3)
    benchmark.extra_info["times faster than the Decimal loop"] = round(ratio, 1)
    benchmark.pedantic(evaluate_columns, (portfolio, LAW), rounds=2)
    assert ratio >= 10


def test_one_group_with_a_fifth_of_the_lines(benchmark: BenchmarkFixture) -> None:
    portfolio = made(100_000, 0.2)
    ratio = times_faster(portfolio, CENTS, 100_000, rounds=3)
    benchmark.extra_info["times faster than the integer loop"] = round(ratio, 1)
    benchmark.pedantic(evaluate_columns, (portfolio, LAW), rounds=3)
    assert ratio >= 5


def test_a_line_costs_the_same_in_a_country_ten_times_larger(benchmark: BenchmarkFixture) -> None:
    small, large = country(100_000, LAW), country(1_000_000, LAW)
    evaluate_columns(small, LAW)
    pairs = [
        (
            seconds(lambda: evaluate_columns(large, LAW)) / 10,
            min(seconds(lambda: evaluate_columns(small, LAW)) for _ in range(3)),
        )
        for _ in range(3)
    ]
    ratio = median(ours / bare for ours, bare in pairs)
    benchmark.extra_info["cost a line at 10⁶ by cost at 10⁵"] = round(ratio, 2)
    benchmark.pedantic(evaluate_columns, (small, LAW), rounds=3)
    assert ratio <= 2


def test_memory_is_bounded(benchmark: BenchmarkFixture) -> None:
    portfolio = made(100_000)
    tracemalloc.start()
    evaluate_columns(portfolio, LAW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    benchmark.extra_info["bytes a line at the peak"] = peak // 100_000
    benchmark.pedantic(evaluate_columns, (portfolio, LAW), rounds=1)
    assert peak // 100_000 < 1_000


def test_one_dossier_with_its_trace(benchmark: BenchmarkFixture) -> None:
    facts = dossier()
    result = evaluate(facts, LAW, trace=True)
    assert [line["status"] for line in result["claims"][0]["lines"]] == ["eligible"] * 3
    # The least of many: on a busy machine the others measure what else it does.
    best = min(seconds(lambda: evaluate(facts, LAW, trace=True)) for _ in range(400))
    benchmark.extra_info["milliseconds of processor"] = round(best * 1000, 2)
    benchmark(evaluate, facts, LAW, trace=True)
    assert best < 0.002


def dossier() -> dict[str, Any]:
    """One invoice of three lines, as a decision knows it."""
    lines = [{"number": n, "solution": "s", "net": "1000.00", "replaces_foreign": n == 2} for n in range(3)]
    years = [
        {"start": date(y, 1, 1).isoformat(), "end": date(y, 12, 31).isoformat(), "turnover": "12000000.00"}
        for y in (2025, 2026, 2027)
    ]
    held = {"label": "NFG", "valid_from": "2025-01-01", "valid_until": "2035-12-31"}
    company = {"siren": "732829320", "kind": "enterprise", "headcount": 120, "turnover": "12000000.00"}
    invoice = {"supplier_id": "552100554", "number": "F-1", "issued_on": "2026-03-10", "lines": lines}
    claim = {
        "id": "c",
        "beneficiary": "732829320",
        "channel": "claim",
        "filed_at": "2026-04-01T10:00:00+02:00",
    }
    solution = {"id": "s", "supplier_id": "552100554", "axis": "cloud", "certifications": [held]}
    return {
        "registry": {"solutions": [solution]},
        "beneficiaries": [company | {"balance_sheet": "8000000.00", "naf": "62.01Z", "fiscal_years": years}],
        "claims": [claim | {"grant_date": "2026-05-04", "invoices": [invoice]}],
    }
