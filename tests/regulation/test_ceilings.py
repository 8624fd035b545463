"""Art. 6, what must hold whatever is bought: no ceiling passed, sums exact, strangers indifferent."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.money import parse_amount
from bonus.regulation import evaluate, evaluate_columns, load_parameters
from bonus.regulation.facts import read_facts

from .portfolios import portfolio
from .support import purchase

Json = dict[str, Any]

ANNUAL = {"micro": 5_000_000, "sme": 15_000_000, "mid_cap": 25_000_000, "large": 30_000_000}
SOLUTION = 6_000_000
COMPANIES = {
    "732829320": ("sme", 120),
    "404833048": ("mid_cap", 300),
    "775670417": ("large", 5000),
    "542107651": ("micro", 3),
}


@st.composite
def purchases(draw: st.DrawFn) -> Json:
    """Several companies, four solutions, amounts that meet the ceilings, grants in any order."""
    facts = purchase()
    model = facts["beneficiaries"][0]
    facts["beneficiaries"] = [
        {
            **model,
            "siren": siren,
            "headcount": headcount,
            "turnover": "1000000.00" if size == "micro" else "12000000.00",
        }
        for siren, (size, headcount) in COMPANIES.items()
    ]
    solution = facts["registry"]["solutions"][0]
    facts["registry"]["solutions"] = [{**solution, "id": name} for name in "abcd"]
    count = draw(st.integers(1, 14))
    claims = []
    for number in range(count):
        year, month = draw(st.sampled_from((2026, 2027))), draw(st.integers(1, 6))
        lines = [
            {
                "number": place + 1,
                "solution": draw(st.sampled_from("aabcd")),
                "net": f"{draw(st.integers(500, 200_000))}.{draw(st.integers(0, 99)):02d}",
                "replaces_foreign": draw(st.booleans()),
            }
            for place in range(draw(st.integers(1, 3)))
        ]
        claims.append(
            {
                "id": f"c-{number:02d}",
                "beneficiary": draw(st.sampled_from(sorted(COMPANIES))),
                "channel": "claim",
                "filed_at": f"{year}-{month:02d}-{draw(st.integers(10, 12))}T12:00:00+01:00",
                "grant_date": f"2028-01-{draw(st.integers(1, 28)):02d}",
                "invoices": [
                    {
                        "supplier_id": "552100554",
                        "number": f"F-{number}",
                        "issued_on": f"{year}-{month:02d}-0{draw(st.integers(1, 9))}",
                        "lines": lines,
                    }
                ],
            }
        )
    facts["claims"] = claims
    return facts


def rows(facts: Json) -> list[tuple[Json, Json, Json, Json]]:
    """(claim, invoice, line, outcome of the line) for every line."""
    outcome = evaluate(facts, load_parameters())["claims"]
    found = []
    for claim, result in zip(facts["claims"], outcome, strict=True):
        lines = iter(result["lines"])
        found += [
            (claim, invoice, line, next(lines)) for invoice in claim["invoices"] for line in invoice["lines"]
        ]
    return found


@settings(deadline=None, max_examples=60)
@given(purchases())
def test_no_ceiling_is_passed_and_nothing_is_lost_below_it(facts: Json) -> None:
    granted: dict[Any, int] = defaultdict(int)
    asked: dict[Any, int] = defaultdict(int)
    for claim, invoice, line, result in rows(facts):
        siren, year = claim["beneficiary"], invoice["issued_on"][:4]
        cuts = sum(parse_amount(cut["amount"]) for cut in result["reductions"])
        before, bonus = parse_amount(result["bonus_before_ceilings"]), parse_amount(result["bonus"])
        assert before == bonus + cuts
        assert all(parse_amount(cut["amount"]) > 0 for cut in result["reductions"])
        for key in ((siren, line["solution"], year), (siren, year)):
            granted[key] += bonus
            asked[key] += before
    for key, total in granted.items():
        ceiling = SOLUTION if len(key) == 3 else ANNUAL[COMPANIES[key[0]][0]]
        assert total <= ceiling
        if len(key) == 2:
            solutions = [k for k in asked if len(k) == 3 and (k[0], k[2]) == key]
            # What is granted is all that could be: each solution up to its ceiling, all up to the year's.
            assert total == min(ceiling, sum(min(SOLUTION, asked[k]) for k in solutions))


@settings(deadline=None, max_examples=30)
@given(purchases())
def test_the_lines_sum_to_their_claim(facts: Json) -> None:
    for claim in evaluate(facts, load_parameters())["claims"]:
        assert parse_amount(claim["bonus"]) == sum(parse_amount(line["bonus"]) for line in claim["lines"])


@settings(deadline=None, max_examples=30)
@given(purchases(), st.randoms(use_true_random=False))
def test_the_order_of_the_facts_changes_nothing(facts: Json, random: Random) -> None:
    """Filing and granting have their own order; that of the list, of companies and of solutions has none."""
    before = {claim["id"]: claim for claim in evaluate(facts, load_parameters())["claims"]}
    for part in (facts["claims"], facts["beneficiaries"], facts["registry"]["solutions"]):
        random.shuffle(part)
    after = evaluate(facts, load_parameters())["claims"]
    assert [claim["id"] for claim in after] == [claim["id"] for claim in facts["claims"]]
    assert {claim["id"]: claim for claim in after} == before


@settings(deadline=None, max_examples=30)
@given(purchases())
def test_a_company_owes_nothing_to_strangers(facts: Json) -> None:
    whole = {claim["id"]: claim for claim in evaluate(facts, load_parameters())["claims"]}
    for siren in COMPANIES:
        own = [claim for claim in facts["claims"] if claim["beneficiary"] == siren]
        for claim in evaluate({**facts, "claims": own}, load_parameters())["claims"]:
            assert claim == whole[claim["id"]]


@settings(deadline=None, max_examples=30)
@given(purchases())
def test_splitting_a_claim_between_its_invoices_grants_the_same_total(facts: Json) -> None:
    """Every line of these claims reaches the minimum by itself, so each part does too."""
    for claim in facts["claims"]:
        [invoice] = claim["invoices"]
        claim["invoices"] = [
            {**invoice, "number": f"{invoice['number']}-{place}", "lines": [line]}
            for place, line in enumerate(invoice["lines"])
        ]
    parts = [
        {**claim, "id": f"{claim['id']}-{place}", "invoices": [invoice]}
        for claim in facts["claims"]
        for place, invoice in enumerate(claim["invoices"])
    ]
    law = load_parameters()
    whole, split = evaluate(facts, law), evaluate({**facts, "claims": parts}, law)
    assert [line["bonus"] for claim in split["claims"] for line in claim["lines"]] == [
        line["bonus"] for claim in whole["claims"] for line in claim["lines"]
    ]


def test_lines_that_meet_no_ceiling_never_enter_the_ordered_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """What proves that bulk stays fast: the loop sees the contested lines alone."""
    seen = []
    from bonus.regulation import ceilings

    loop = ceilings._in_order

    def spy(lines: Any, *used: Any) -> Any:
        kept = list(lines)
        seen.append(len(kept))
        return loop(kept, *used)

    monkeypatch.setattr(ceilings, "_in_order", spy)
    facts = purchase()
    [invoice] = facts["claims"][0]["invoices"]
    invoice["lines"] = [{"number": n, "solution": "s", "net": "15000.00"} for n in range(10)]
    evaluate(facts, load_parameters())  # exactly 60 000.00 €: not contested
    assert seen == []
    invoice["lines"].append({"number": 10, "solution": "s", "net": "0.02"})  # a cent more
    assert evaluate(facts, load_parameters())["claims"][0]["lines"][-1]["bonus"] == "0.00"
    assert seen == [11]


def test_columns_are_all_whole_numbers_or_flags() -> None:
    """No float anywhere between the facts and the outcome."""
    law = load_parameters()
    read = read_facts(portfolio(Random(1)), law)
    outcome = evaluate_columns(read, law)
    tables = [read.registry, read.beneficiaries, read.claims, read.invoices, read.lines, read.prior]
    tables += [read.other_aids, read.fiscal_years, outcome.tax, outcome.tax.uses, outcome.tax.fractions]
    tables += [outcome.tax.carried, outcome, outcome.workings, outcome.workings.spend, outcome.workings.rates]
    columns = [value for table in tables for value in vars(table).values() if isinstance(value, np.ndarray)]
    assert len(columns) > 50
    assert {column.dtype for column in columns} == {np.dtype(np.int64), np.dtype(np.bool_)}
