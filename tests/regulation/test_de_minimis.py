"""Art. 7, what must hold whatever is granted: no window above the ceiling, and nothing lost below it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.calendar import add_years
from bonus.money import parse_amount
from bonus.regulation import evaluate, evaluate_columns, load_parameters
from bonus.regulation.facts import read_facts
from bonus.regulation.steps import Writer

from .portfolios import portfolio
from .support import BUYER, only_line, purchase, replace

Json = dict[str, Any]

CEILING = 30_000_000


@st.composite
def undertakings(draw: st.DrawFn) -> Json:
    """Three companies in a chain of control through one that is absent, and a stranger; years of grants."""
    facts = purchase()
    model, solution = facts["beneficiaries"][0], facts["registry"]["solutions"][0]
    names = ("732829320", "404833048", "775670417", "542107651")
    links: tuple[list[str], ...] = (["999999999"], ["999999999"], ["404833048"], [])
    facts["beneficiaries"] = [
        {
            **model,
            "siren": name,
            "single_undertaking": link,
            "other_aids": [
                {
                    "granted_on": f"{draw(st.integers(2023, 2029))}-0{draw(st.integers(1, 3))}-01",
                    "amount": f"{draw(st.integers(0, 20)) * 10_000}.00",
                }
                for _ in range(draw(st.integers(0, 1)))
            ],
        }
        for name, link in zip(names, links, strict=True)
    ]
    facts["registry"]["solutions"] = [{**solution, "id": name} for name in "abc"]
    facts["claims"] = []
    for number in range(draw(st.integers(1, 25))):
        year, granted = draw(st.integers(2026, 2029)), draw(st.sampled_from(("-02-01", "-02-28", "-03-01")))
        line = {
            "number": 1,
            "solution": draw(st.sampled_from("abc")),
            "net": f"{draw(st.sampled_from((150_000, 149_999, 33_333, 1_000)))}.00",
        }
        facts["claims"].append(
            {
                "id": f"c-{number:02d}",
                "beneficiary": draw(st.sampled_from(names)),
                "channel": "claim",
                "filed_at": f"{year}-01-20T12:00:00+01:00",
                "grant_date": f"{year}{granted}",
                "invoices": [
                    {
                        "supplier_id": "552100554",
                        "number": f"F-{number}",
                        "issued_on": f"{year}-01-05",
                        "lines": [line],
                    }
                ],
            }
        )
    return facts


def granted(facts: Json) -> list[tuple[str, date, int, bool]]:
    """(company, day, cents, cut by art. 7?) of each claim of one line."""
    found = []
    for claim, result in zip(facts["claims"], evaluate(facts, load_parameters())["claims"], strict=True):
        [line] = result["lines"]
        cut = any(reduction["article"] == "art7.de_minimis" for reduction in line["reductions"])
        day = date.fromisoformat(claim["grant_date"])
        found.append((claim["beneficiary"], day, parse_amount(line["bonus"]), cut))
    return found


@settings(deadline=None, max_examples=60)
@given(undertakings())
def test_no_window_passes_the_ceiling_by_a_bonus_and_a_cut_line_takes_all_that_was_left(facts: Json) -> None:
    stranger = facts["beneficiaries"][3]["siren"]
    bonuses = granted(facts)
    aids = [
        (person["siren"], date.fromisoformat(aid["granted_on"]), parse_amount(aid["amount"]))
        for person in facts["beneficiaries"]
        for aid in person["other_aids"]
    ]
    for who, day, bonus, cut in bonuses:
        together = [
            amount
            for other, on, amount in [*aids, *((w, d, b) for w, d, b, _ in bonuses)]
            if (other == stranger) == (who == stranger) and add_years(day, -3) <= on <= day
        ]
        if bonus:
            assert sum(together) <= CEILING
        if cut:
            assert sum(together) >= CEILING


@settings(deadline=None, max_examples=30)
@given(undertakings())
def test_the_explanations_count_as_the_rule_does(facts: Json) -> None:
    """They sum the window by another way than the pass that cuts: what was left is what was granted."""
    law = load_parameters()
    read = read_facts(facts, law)
    outcome = evaluate_columns(read, law)
    writer = Writer(read, outcome, law)
    left = np.maximum(0, writer.de_minimis.limits.ceiling - writer.de_minimis.before)
    bonus, cut = (column[outcome.workings.eligible] for column in (outcome.bonus, outcome.de_minimis_cut))
    assert bonus.tolist() == np.minimum(bonus + cut, left).tolist()


def test_the_explanations_agree_on_portfolios_that_crowd_the_boundaries() -> None:
    law, cut = load_parameters(), 0
    for seed in range(40):
        read = read_facts(portfolio(Random(seed)), law)
        outcome = evaluate_columns(read, law)
        writer = Writer(read, outcome, law)
        for row in np.flatnonzero(outcome.de_minimis_cut).tolist():
            left = max(0, CEILING - int(writer.de_minimis.before[writer.de_minimis.place[row]]))
            assert int(outcome.bonus[row]) == left
            cut += 1
    assert cut > 10


def aided(granted_on: str, amount: str = "299000.00", **changes: Any) -> Json:
    return purchase(company_other_aids=[{"granted_on": granted_on, "amount": amount}], **changes)


def test_the_ceiling_and_the_window_are_read_on_the_grant_date(folder: Path) -> None:
    replace(
        folder,
        "de_minimis.yaml",
        '"300000.00"}]',
        '"300000.00"}, {from: 2026-05-04, value: "302000.00", model: Règlement d’essai}]',
    )
    replace(folder, "de_minimis.yaml", "value: 3}]", "value: 3}, {from: 2026-07-01, value: 5}]")
    law = load_parameters(folder)
    assert only_line(aided("2025-01-01", claim_grant_date="2026-05-03"), law)["bonus"] == "1000.00"
    line = only_line(aided("2025-01-01", claim_grant_date="2026-05-04"), law, trace=True)
    assert line["bonus"] == "3000.00"
    [step] = [step for step in line["trace"] if step["code"] == "art7.de_minimis"]
    assert (step["value"], step["effective_from"]) == ("302000.00", "2026-05-04")
    # Three years until 30 June, five after: an aid of 2022 counts again.
    assert only_line(aided("2022-01-01", claim_grant_date="2026-06-30"), law)["bonus"] == "4000.00"
    assert only_line(aided("2022-01-01", claim_grant_date="2026-07-01"), law)["bonus"] == "3000.00"


def test_a_window_made_longer_takes_back_what_had_left_it(folder: Path) -> None:
    replace(folder, "de_minimis.yaml", "value: 3}]", "value: 3}, {from: 2026-07-01, value: 5}]")
    law = load_parameters(folder)
    facts = aided("2022-01-01", claim_grant_date="2026-06-30")
    [first] = facts["claims"]
    [invoice] = first["invoices"]
    second = {**first, "id": "d", "grant_date": "2026-07-01", "invoices": [{**invoice, "number": "F-2"}]}
    facts["claims"] = [first, second]
    june, july = (claim["bonus"] for claim in evaluate(facts, law)["claims"])
    assert (june, july) == ("4000.00", "0.00")  # 299 000 € and 4 000 € in July's window


def test_another_legal_basis_lifts_the_ceiling_and_what_it_grants_no_longer_counts(folder: Path) -> None:
    replace(
        folder,
        "de_minimis.yaml",
        "value: de_minimis}]",
        "value: de_minimis}, {from: 2026-05-04, value: notified_scheme}, {from: 2026-06-01, value: de_minimis}]",
    )
    law = load_parameters(folder)
    for grant_date, bonus in (
        ("2026-05-03", "1000.00"),
        ("2026-05-04", "4000.00"),
        ("2026-06-01", "1000.00"),
    ):
        assert only_line(aided("2025-01-01", claim_grant_date=grant_date), law)["bonus"] == bonus
    line = only_line(aided("2025-01-01", claim_grant_date="2026-05-04"), law, trace=True)
    assert "de_minimis.checked" not in [step["code"] for step in line["trace"]]
    # 2 000 € are left: a grant of May does not count in June, one of April does.
    for granted_on, bonus in (("2026-05-10", "2000.00"), ("2026-04-10", "0.00")):
        facts = aided("2025-01-01", "298000.00", claim_grant_date="2026-06-01")
        facts["prior"] = {
            "grants": [
                {
                    "beneficiary": BUYER,
                    "solution": "other",
                    "issued_on": "2026-01-05",
                    "granted_on": granted_on,
                    "amount": "2000.00",
                }
            ]
        }
        assert only_line(facts, law)["bonus"] == bonus


def test_an_undertaking_far_from_its_ceiling_never_enters_the_ordered_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bonus.regulation import ceilings

    def refuse(*_: Any) -> None:
        raise AssertionError("no line can be cut here")

    monkeypatch.setattr(ceilings, "_in_order", refuse)
    assert only_line(aided("2025-01-01", "296000.00"))["bonus"] == "4000.00"  # exactly 300 000.00 €
    with pytest.raises(AssertionError, match="can be cut"):
        only_line(aided("2025-01-01", "296000.01"))
    # A public body, whatever it received, is not limited.
    assert only_line(aided("2025-01-01", "400000.00", company_kind="public_body"))["bonus"] == "3000.00"
