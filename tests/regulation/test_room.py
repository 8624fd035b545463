"""What is left under art. 7: the same cents as the decision's own rules, and both ends of the window."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.money import amount_string, parse_amount
from bonus.regulation import de_minimis_room, evaluate, load_parameters, size_category, size_tests

from .support import BUYER, SELLER, purchase, replace

Json = dict[str, Any]
LAW = load_parameters()
ON = date(2026, 5, 4)
OTHER = "404833048"


def facts_with(*aids: tuple[str, str, str], grants: tuple[tuple[str, str, str], ...] = ()) -> Json:
    """A PME linked to OTHER; aids and grants as (who, day, amount)."""
    facts = purchase(company_single_undertaking=[OTHER])
    own = [{"granted_on": day, "amount": amount} for who, day, amount in aids if who == BUYER]
    facts["beneficiaries"][0]["other_aids"] = own
    facts["prior"] = {
        "grants": [
            {
                "beneficiary": who,
                "solution": "x",
                "issued_on": "2026-01-02",
                "granted_on": day,
                "amount": amount,
            }
            for who, day, amount in grants
        ],
        "other_aids": [
            {"beneficiary": who, "granted_on": day, "amount": amount}
            for who, day, amount in aids
            if who != BUYER
        ],
    }
    return facts


def told_by_evaluate(facts: Json) -> Json:
    """What the step of art. 7 of the only line says."""
    [line] = evaluate(facts, LAW, trace=True)["claims"][0]["lines"]
    [step] = [step for step in line["trace"] if step["code"] in ("de_minimis.checked", "art7.de_minimis")]
    inputs = step["inputs"]
    assert isinstance(inputs, dict)
    return inputs


@settings(max_examples=40)
@given(st.data())
def test_the_room_is_what_evaluate_leaves(data: st.DataObject) -> None:
    who = st.sampled_from((BUYER, OTHER, "DE136695976", "542107651"))
    day = st.sampled_from(("2023-05-03", "2023-05-04", "2024-02-29", "2026-05-04", "2026-05-05"))
    amount = st.sampled_from(("0.01", "9999.99", "150000.00", "300000.00"))
    some = st.lists(st.tuples(who, day, amount), max_size=5)
    facts = facts_with(*data.draw(some), grants=tuple(data.draw(some)))
    room = de_minimis_room(facts, BUYER, ON, LAW)
    assert room is not None
    told = told_by_evaluate(facts)
    assert (amount_string(room.used), amount_string(room.left)) == (told["granted_before"], told["left"])
    assert room.window_start.isoformat() == told["window_start"]
    assert room.left == max(0, room.ceiling - room.used)


@pytest.mark.parametrize(
    ("day", "counts"),
    [("2023-05-03", False), ("2023-05-04", True), ("2026-05-04", True), ("2026-05-05", False)],
)
def test_both_ends_of_the_window_count(day: str, counts: bool) -> None:
    room = de_minimis_room(facts_with((BUYER, day, "1000.00")), BUYER, ON, LAW)
    assert room is not None
    assert room.left == 300_000_00 - (1_000_00 if counts else 0)
    assert [aid.granted_on.isoformat() for aid in room.counted] == ([day] if counts else [])


@pytest.mark.parametrize(
    ("other", "bonus", "left"),
    [
        ("296000.00", "4000.00", 4_000_00),  # exactly 300 000.00 €
        ("295999.99", "4000.00", 4_000_01),
        ("296000.01", "3999.99", 3_999_99),
        ("300000.00", "0.00", 0),
        ("300000.01", "0.00", 0),
    ],
)
def test_exactly_the_ceiling_is_allowed(other: str, bonus: str, left: int) -> None:
    facts = facts_with((OTHER, "2025-01-01", other))  # the line asks 40 % of 10 000 €
    room = de_minimis_room(facts, BUYER, ON, LAW)
    assert room is not None
    assert room.left == left
    assert evaluate(facts, LAW)["claims"][0]["bonus"] == bonus


def test_each_aid_names_its_source() -> None:
    facts = facts_with(
        (OTHER, "2024-01-01", "2.00"), (BUYER, "2025-01-01", "3.00"), grants=((BUYER, "2026-01-02", "1.00"),)
    )
    room = de_minimis_room(facts, BUYER, ON, LAW)
    assert room is not None
    assert [(aid.source, aid.row, aid.recipient, aid.amount) for aid in room.counted] == [
        ("other_aids", 1, OTHER, 200),  # the beneficiary's own stand first
        ("other_aids", 0, BUYER, 300),
        ("grants", 0, BUYER, 100),
    ]


def test_a_public_body_has_no_limit() -> None:
    facts = facts_with((BUYER, "2025-01-01", "1000.00"))
    facts["beneficiaries"][0]["kind"] = "public_body"
    assert de_minimis_room(facts, BUYER, ON, LAW) is None


def test_nor_has_a_notified_scheme(folder: Path) -> None:
    replace(
        folder,
        "de_minimis.yaml",
        "[{from: 2026-01-01, value: de_minimis}]",
        "[{from: 2026-01-01, value: de_minimis}, {from: 2026-05-04, value: notified_scheme}]",
    )
    law = load_parameters(folder)
    facts = facts_with((BUYER, "2025-01-01", "1000.00"))
    assert de_minimis_room(facts, BUYER, ON, law) is None
    assert de_minimis_room(facts, BUYER, date(2026, 5, 3), law) is not None


def test_the_claims_of_the_facts_are_left_aside() -> None:
    room = de_minimis_room(purchase(), BUYER, ON, LAW)
    assert room is not None
    assert (room.used, room.counted) == (0, ())
    with pytest.raises(ValueError, match="not in"):
        de_minimis_room(purchase(), SELLER, ON, LAW)


FIGURES = st.tuples(
    st.sampled_from((0, 9, 10, 249, 250, 4_999, 5_000)),
    st.sampled_from(("2000000.00", "2000000.01", "50000000.00", "50000000.01", "1500000000.01")),
    st.sampled_from(("2000000.00", "2000000.01", "43000000.00", "43000000.01", "2000000000.01")),
)


@given(FIGURES)
def test_the_first_category_that_fits_is_the_company_s(figures: tuple[int, str, str]) -> None:
    headcount, turnover, balance_sheet = figures
    company = {
        "kind": "enterprise",
        "headcount": headcount,
        "turnover": turnover,
        "balance_sheet": balance_sheet,
    }
    tests = size_tests(company, ON, LAW)
    assert [test.code for test in tests] == ["micro", "sme", "mid_cap"]
    found = next((test.code for test in tests if test.fits), "large")
    assert found == size_category(company, ON, LAW)
    assert all(test.turnover_fits == (parse_amount(turnover) <= test.turnover_max) for test in tests)


def test_a_public_body_is_not_tried() -> None:
    assert size_tests({"kind": "public_body"}, ON, LAW) == []
