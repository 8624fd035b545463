"""What must be joined to a dossier for it to be complete (art. 11), by the dated parameters."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bonus.regulation import Purchase, load_parameters, required_documents

DAY = date(2026, 3, 2)


def codes(*purchases: Purchase) -> list[str]:
    return [one.code for one in required_documents(purchases, load_parameters())]


def test_a_proof_of_payment_always() -> None:
    assert codes(Purchase(DAY)) == ["payment_proof"]


def test_nothing_is_asked_for_no_line() -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("start", "end", "asked"),
    [
        (date(2026, 3, 2), date(2027, 3, 1), False),  # twelve months, both ends included
        (date(2026, 3, 2), date(2027, 3, 2), True),
        (
            date(2028, 2, 29),
            date(2029, 2, 27),
            False,
        ),  # the anniversary of 29 February is 28 February (art. 5.2)
        (date(2028, 2, 29), date(2029, 2, 28), True),
        (date(2027, 2, 28), date(2028, 2, 27), False),
        (date(2027, 2, 28), date(2028, 2, 28), True),
    ],
)
def test_a_contract_when_the_service_lasts_over_twelve_months(start: date, end: date, asked: bool) -> None:
    assert ("contract" in codes(Purchase(DAY, start, end))) is asked


def test_each_document_says_which_lines_ask_for_it() -> None:
    lines = [
        Purchase(DAY),
        Purchase(DAY, replaces_foreign=True),
        Purchase(DAY, by_table=True),
        Purchase(DAY, replaces_foreign=True),
    ]
    found = {one.code: one.lines for one in required_documents(lines, load_parameters())}
    assert found == {
        "payment_proof": (0, 1, 2, 3),
        "replacement_proof": (1, 3),
        "invoice_copy": (2,),
    }


def test_a_demand_ends_by_its_parameters_alone(folder: Path) -> None:
    file = folder / "documents.yaml"
    text = file.read_text()
    file.write_text(text.replace("value: always}]", "value: always}, {from: 2026-06-01, value: never}]"))
    law = load_parameters(folder)
    asked = {
        day: [one.code for one in required_documents([Purchase(day)], law)]
        for day in (date(2026, 5, 31), date(2026, 6, 1))
    }
    assert asked == {date(2026, 5, 31): ["payment_proof"], date(2026, 6, 1): []}
