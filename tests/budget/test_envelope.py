"""What is open to whom (art. 10): the reserve for small companies, the day and the day after, the cent."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.budget.models import Envelope
from bonus.budget.service import has_room, open_cents
from bonus.regulation import load_parameters

LAW = load_parameters()
LAST_DAY, DAY_AFTER = date(2026, 9, 30), date(2026, 10, 1)
SMALL, OTHERS = ["micro", "sme"], ["mid_cap", "large", "public"]


def envelope(authorised: int, committed: int = 0, sme: int = 0) -> Envelope:
    return Envelope(
        year=2026, authorised_cents=authorised, committed_cents=committed, committed_sme_cents=sme
    )


@pytest.mark.parametrize("category", SMALL)
@pytest.mark.parametrize("day", [date(2026, 1, 1), LAST_DAY, DAY_AFTER, date(2026, 12, 31)])
def test_all_that_is_free_is_open_to_the_small_ones(category: str, day: date) -> None:
    assert open_cents(envelope(1_000_00, 300_00, 100_00), category, day, LAW) == 700_00


@pytest.mark.parametrize("category", OTHERS)
@pytest.mark.parametrize(
    ("day", "committed", "sme", "opened"),
    [
        (LAST_DAY, 0, 0, 600_00),  # 1 000 − 400
        (LAST_DAY, 0 + 100_00, 100_00, 600_00),  # E − C − (R − S) = 1 000 − 100 − 300
        (LAST_DAY, 100_00, 0, 500_00),
        (LAST_DAY, 400_00, 400_00, 600_00),  # the reserve is used up
        (LAST_DAY, 500_00, 500_00, 500_00),  # and not negative
        (LAST_DAY, 600_00, 0, 0),
        (LAST_DAY, 900_00, 100_00, 0),  # never below nothing
        (DAY_AFTER, 0, 0, 1_000_00),
        (DAY_AFTER, 600_00, 0, 400_00),
    ],
)
def test_the_reserve_until_the_thirtieth_of_september(
    category: str, day: date, committed: int, sme: int, opened: int
) -> None:
    assert open_cents(envelope(1_000_00, committed, sme), category, day, LAW) == opened


def test_the_reserve_is_rounded_half_up() -> None:
    # 40 % of 1.99 € is 79.6 cents, of 1.98 € 79.2.
    assert [open_cents(envelope(cents), "large", LAST_DAY, LAW) for cents in (1_99, 1_98)] == [1_19, 1_19]


@pytest.mark.parametrize(("amount", "fits"), [(599_99, True), (600_00, True), (600_01, False)])
def test_to_the_cent(amount: int, fits: bool) -> None:
    assert has_room(envelope(1_000_00), amount, "mid_cap", LAST_DAY, LAW) is fits


def test_no_envelope_no_room() -> None:
    assert not has_room(None, 1, "micro", DAY_AFTER, LAW)


AMOUNTS = st.integers(0, 10**12)


@given(AMOUNTS, st.data(), st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_never_more_than_is_free_and_never_less_to_the_small_ones(
    authorised: int, data: st.DataObject, day: date
) -> None:
    committed = data.draw(st.integers(0, authorised))
    sme = data.draw(st.integers(0, committed))
    found = envelope(authorised, committed, sme)
    others = {open_cents(found, category, day, LAW) for category in OTHERS}
    [small] = {open_cents(found, category, day, LAW) for category in SMALL}
    [other] = others
    assert 0 <= other <= small == authorised - committed
    if (day.month, day.day) > (9, 30):
        assert other == small
    elif other:
        # What others take to the last cent leaves the small ones what is reserved and not yet theirs.
        assert authorised - committed - other >= (authorised * 2 // 5) - sme
