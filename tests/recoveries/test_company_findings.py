"""What a company said wrongly of itself (art. 14): its size, another de minimis aid, its liquidation."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from bonus.errors import InvalidInput
from bonus.recoveries.company_findings import OfCompany
from bonus.recoveries.finding_forms import Found
from tests.support.recoveries import DECIDED, FOUND, drafted, granted
from tests.support.world import World

DAY = timedelta(days=1)
GRANTED = 4_500_00  # of an sme: 45 % of 10 000 €
SAID = "Établi par les comptes consolidés déposés au greffe."


def figures(headcount: int, turnover: int, balance_sheet: int) -> Found:
    return Found("size", said=SAID, company=OfCompany(headcount, turnover * 100, balance_sheet * 100))


@pytest.mark.parametrize(
    ("headcount", "turnover", "balance_sheet", "due"),
    [
        (249, 50_000_000, 99_000_000, GRANTED),  # still an sme, by its turnover
        (249, 50_000_001, 43_000_000, GRANTED),  # by its balance sheet
        (249, 50_000_001, 43_000_001, 3_500_00),  # 35 %: mid_cap
        (250, 1, 1, 3_500_00),
        (5_000, 1, 1, 2_500_00),  # large: 25 %
        (9, 1, 1, GRANTED),  # smaller than it said: nothing is claimed, and nothing added
    ],
)
def test_its_true_size(
    world: World, session: Session, headcount: int, turnover: int, balance_sheet: int, due: int
) -> None:
    recovery = drafted(
        world, granted(world), figures(headcount, turnover, balance_sheet), origin="false_statement"
    )
    assert recovery.amount_cents == GRANTED - due


@pytest.mark.parametrize(
    ("cents", "on", "undue"),
    [
        (295_500_00, DECIDED, 0),  # exactly 300 000 €
        (295_500_01, DECIDED, 1),
        (300_000_00, DECIDED, GRANTED),
        (300_000_00, date(2023, 3, 10), GRANTED),  # the first day of the three years
        (300_000_00, date(2023, 3, 9), 0),
        (300_000_00, DECIDED + DAY, 0),  # granted after: it counts for what comes after it
    ],
)
def test_another_de_minimis_aid(world: World, session: Session, cents: int, on: date, undue: int) -> None:
    found = Found("minimis", said=SAID, on=on, net_cents=cents, number="Région fictive")
    recovery = drafted(world, granted(world), found, origin="false_statement")
    assert recovery.amount_cents == undue


def test_in_liquidation_the_day_it_filed(world: World, session: Session) -> None:
    recovery = drafted(world, granted(world), Found("liquidation", said=SAID), origin="false_statement")
    assert recovery.amount_cents == GRANTED
    assert "liquidation" in recovery.lines[0].details[0]["why"].lower()


@pytest.mark.parametrize(
    ("found", "field"),
    [
        (Found("size", said=SAID, company=OfCompany(10, None, 1)), "headcount"),
        (Found("size", said="Non.", company=OfCompany(10, 1, 1)), "said"),
        (Found("minimis", said=SAID, on=DECIDED), "net"),
        (Found("minimis", said=SAID, on=DECIDED, net_cents=0), "net"),
        (Found("minimis", said=SAID, net_cents=1), "on"),
        (Found("minimis", said=SAID, on=FOUND + DAY, net_cents=1), "on"),
        (Found("liquidation", said="Court."), "said"),
    ],
)
def test_what_misses_is_said(world: World, session: Session, found: Found, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        drafted(world, granted(world), found, origin="false_statement")
    assert refusal.value.field == field
