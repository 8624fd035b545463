"""Art. 8, what must hold whatever is bought, and the parameters each amount keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.money import parse_amount
from bonus.regulation import evaluate, evaluate_columns, load_parameters
from bonus.regulation.columns import product
from bonus.regulation.facts import read_facts

from .support import purchase, replace

Json = dict[str, Any]


def years(*told: tuple[int, str], turnover: str = "0.00") -> list[Json]:
    return [
        {"start": f"{year}-01-01", "end": f"{year}-12-31", "turnover": turnover, "regime": regime}
        for year, regime in told
    ]


def tax(facts: Json, folder: Path | None = None, *, trace: bool = False) -> list[Json]:
    found = evaluate(facts, load_parameters(folder), trace=trace)["tax"]
    assert isinstance(found, list)
    return found


@st.composite
def companies(draw: st.DrawFn) -> Json:
    """One company, up to eight years of either regime, a purchase of a new solution in some of them."""
    facts = purchase()
    count = draw(st.integers(1, 8))
    regimes = [(2026 + rank, draw(st.sampled_from(("reduction", "deduction")))) for rank in range(count)]
    turnover = draw(st.sampled_from(("0.00", "4000001.00", "30000000.00", "400000000.00")))
    facts["beneficiaries"][0]["fiscal_years"] = years(*regimes, turnover=turnover)
    [model] = facts["claims"]
    facts["claims"] = []
    for year, _ in regimes:
        if draw(st.booleans()):
            line = {"number": 1, "solution": "s", "net": f"{draw(st.integers(600, 5_000_000))}.07"}
            bill = {"supplier_id": "552100554", "number": "F", "issued_on": f"{year}-03-10", "lines": [line]}
            claim = {
                **model,
                "id": f"c-{year}",
                "filed_at": f"{year}-04-01T10:00:00+02:00",
                "invoices": [bill],
            }
            facts["claims"].append({**claim, "grant_date": f"{year}-05-04"})
    return facts


@settings(deadline=None, max_examples=80)
@given(companies())
def test_no_ceiling_is_passed_and_no_cent_appears_or_vanishes(facts: Json) -> None:
    left: dict[str, int] = {}
    for entry in tax(facts, trace=True):
        used, ceiling = parse_amount(entry["reduction_base_used"]), parse_amount(entry["ceiling"])
        steps = entry["trace"]
        deducted = sum(parse_amount(step["result"]) for step in steps if step["code"] == "tax.fraction")
        assert used + deducted <= ceiling
        before = sum(left.values())
        own = parse_amount(entry["own_base"]) if entry["regime"] == "reduction" else 0
        lost = sum(parse_amount(step["result"]) for step in steps if step["code"] == "tax.carry_over_lost")
        left = {part["from_fiscal_year_end"]: parse_amount(part["base"]) for part in entry["carried_over"]}
        assert before + own == used + sum(left.values()) + lost
        # What is carried over is only what the ceiling did not let through.
        assert used == ceiling or not left
        assert int(entry["reduction"]) * 100 <= used * 60 // 100 + 50
        assert list(left) == sorted(left)


@settings(deadline=None, max_examples=40)
@given(companies())
def test_all_fractions_of_a_year_sum_to_its_base(facts: Json) -> None:
    found: dict[str, int] = {}
    entries = tax(facts, trace=True)
    for step in (step for entry in entries for step in entry["trace"] if step["code"] == "tax.fraction"):
        end = step["inputs"]["from_fiscal_year_end"]
        found[end] = found.get(end, 0) + parse_amount(step["inputs"]["amount"])
    for rank, entry in enumerate(entries):
        own = parse_amount(entry["own_base"])
        if entry["regime"] == "deduction" and own:
            whole = len(entries) - rank >= 5
            assert found[entry["fiscal_year_end"]] == own if whole else found[entry["fiscal_year_end"]] <= own


def test_what_is_carried_over_keeps_the_rates_and_the_duration_of_its_own_year(folder: Path) -> None:
    replace(folder, "tax.yaml", "value: 6000}", "value: 6000}, {from: 2027-12-31, value: 1000}")
    replace(
        folder,
        "tax.yaml",
        "fiscal_years\n    versions: [{from: 2026-01-01, value: 5}]",
        "fiscal_years\n    versions: [{from: 2026-01-01, value: 5}, {from: 2027-12-31, value: 0}]",
    )
    facts = purchase(line_net="60000.00")  # a base of 36 000 €
    facts["beneficiaries"][0]["fiscal_years"] = years(*((year, "reduction") for year in range(2026, 2029)))
    first = tax(facts, folder)
    assert [entry["reduction"] for entry in first] == ["12000", "9600", "0"]
    assert first[0]["carried_over"] == [{"from_fiscal_year_end": "2026-12-31", "base": "16000.00"}]
    # Bought a year later, the new rate and no year to carry over to.
    [claim] = facts["claims"]
    claim |= {"filed_at": "2027-04-01T10:00:00+02:00", "grant_date": "2027-05-04"}
    claim["invoices"][0]["issued_on"] = "2027-03-10"
    later = tax(facts, folder, trace=True)
    assert [entry["reduction"] for entry in later] == ["0", "2000", "0"]
    assert later[1]["carried_over"] == []
    [lost] = [step for step in later[1]["trace"] if step["code"] == "tax.carry_over_lost"]
    assert (lost["result"], lost["effective_from"]) == ("16000.00", "2027-12-31")


def test_fractions_keep_the_number_of_their_year_and_the_ceiling_is_that_of_each_year(folder: Path) -> None:
    replace(
        folder,
        "tax.yaml",
        "fractions\n    model: Code général des impôts, art. 238 bis AB\n    versions: [{from: 2026-01-01, value: 5}]",
        "fractions\n    versions: [{from: 2026-01-01, value: 5}, {from: 2027-01-01, value: 2}]",
    )
    replace(folder, "tax.yaml", '"20000.00"}', '"20000.00"}, {from: 2028-12-31, value: "1000.00"}')
    facts = purchase()  # a base of 6 000 €
    facts["beneficiaries"][0]["fiscal_years"] = years(*((year, "deduction") for year in range(2026, 2032)))
    assert [entry["deduction"] for entry in tax(facts, folder)] == [
        "1200",
        "1200",
        "1000",
        "1000",
        "1000",
        "0",
    ]
    [claim] = facts["claims"]
    claim |= {"filed_at": "2027-04-01T10:00:00+02:00", "grant_date": "2027-05-04"}
    claim["invoices"][0]["issued_on"] = "2027-03-10"
    assert [entry["deduction"] for entry in tax(facts, folder)] == ["0", "3000", "1000", "0", "0", "0"]


def test_a_line_in_no_fiscal_year_counts_nowhere_and_a_public_body_has_no_entry() -> None:
    facts = purchase(company_fiscal_years=years((2027, "reduction")))
    assert [entry["own_base"] for entry in tax(facts)] == ["0.00"]
    assert tax(purchase(company_fiscal_years=[])) == []
    assert tax(purchase(company_kind="public_body", company_fiscal_years=years((2026, "reduction")))) == []


def test_a_refused_and_a_pending_line_have_no_base() -> None:
    facts = purchase(company_fiscal_years=years((2026, "reduction")), company_in_liquidation=True)
    assert tax(facts)[0]["own_base"] == "0.00"
    suspended = [{"type": "suspended", "on": "2026-03-01"}]
    facts = purchase(company_fiscal_years=years((2026, "reduction")), certification_events=suspended)
    assert tax(facts)[0]["own_base"] == "0.00"


def test_the_largest_amounts_stay_exact_and_larger_ones_are_refused() -> None:
    facts = purchase(
        line_net="10000000000.00",
        company_fiscal_years=years((2026, "reduction"), turnover="10000000000000.00"),
    )
    [entry] = tax(facts)
    # 9 999 940 000 € of base: 60 % of 2 000 000 €, 40 % of the rest.
    assert (entry["ceiling"], entry["reduction"]) == ("50000000000.00", "4000376000")
    read = read_facts(facts, load_parameters())
    read.fiscal_years.turnover[0] = 10**15 + 1
    with pytest.raises(ValueError, match="turnover of a fiscal year"):
        evaluate_columns(read, load_parameters())
    with pytest.raises(OverflowError):
        product(np.array([10**15]), np.array([10**4]))
