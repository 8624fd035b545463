"""What is pure in settling (art. 14): the schedule, whose each cent is, and when time is over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.calendar import add_months
from bonus.recoveries.allocation import Part, allocate, by_decision, claimed_parts
from bonus.recoveries.barring import barred_on, debt_barred_on
from bonus.recoveries.instalments import Due, beyond, missed, schedule

DAY = timedelta(days=1)


def test_the_last_instalment_takes_what_the_division_leaves() -> None:
    assert schedule(100_00, 3, date(2026, 6, 15)) == (
        Due(1, date(2026, 6, 15), 33_33),
        Due(2, date(2026, 7, 15), 33_33),
        Due(3, date(2026, 8, 15), 33_34),
    )


def test_instalments_fall_on_the_last_day_of_shorter_months_and_come_back() -> None:
    days = [due.due_on for due in schedule(400_00, 4, date(2027, 12, 31))]
    assert days == [date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31)]


@pytest.mark.parametrize(("total", "count"), [(2, 3), (100, 0), (100, -1)])
def test_there_is_no_instalment_below_a_cent(total: int, count: int) -> None:
    with pytest.raises(ValueError, match="at least one cent"):
        schedule(total, count, date(2026, 6, 15))


@given(
    total=st.integers(36, 10**12),
    count=st.integers(1, 36),
    first=st.dates(date(2026, 1, 1), date(2090, 1, 1)),
)
def test_instalments_add_up_and_follow_each_other_by_months(total: int, count: int, first: date) -> None:
    dues = schedule(total, count, first)
    assert sum(due.amount_cents for due in dues) == total
    assert len({due.amount_cents for due in dues[:-1]}) <= 1
    assert all(due.amount_cents > 0 for due in dues)
    assert [due.due_on for due in dues] == [add_months(first, n) for n in range(count)]
    assert dues[-1].amount_cents - dues[0].amount_cents < count


def test_an_instalment_on_the_first_barred_day_is_beyond() -> None:
    dues = schedule(100_00, 2, date(2031, 2, 16))
    assert beyond(dues, [(100_00, date(2031, 3, 17))]) == []
    assert beyond(dues, [(100_00, date(2031, 3, 16))]) == [dues[1]]
    # What is paid first may be barred before the last instalment; not a cent of what it pays may.
    early, late = date(2031, 2, 17), date(2031, 3, 17)
    assert beyond(dues, [(50_00, early), (50_00, late)]) == []
    assert beyond(dues, [(50_01, early), (49_99, late)]) == [dues[1]]


def test_an_instalment_is_missed_the_day_after_its_own_and_not_a_cent_before() -> None:
    dues = schedule(100_00, 2, date(2026, 6, 15))
    assert missed(dues, 0, date(2026, 6, 15)) == []
    assert missed(dues, 0, date(2026, 6, 16)) == [dues[0]]
    assert missed(dues, 49_99, date(2026, 6, 16)) == [dues[0]]
    assert missed(dues, 50_00, date(2026, 6, 16)) == []
    assert missed(dues, 50_00, date(2026, 7, 16)) == [dues[1]]


@pytest.mark.parametrize(
    ("paid", "barred"),
    [
        (date(2026, 3, 15), date(2031, 3, 16)),
        (date(2028, 2, 29), date(2033, 3, 1)),  # the years end on 28 February 2033
        (date(2027, 2, 28), date(2032, 2, 29)),
        (date(2026, 12, 31), date(2032, 1, 1)),
    ],
)
def test_a_claim_is_barred_once_five_years_are_over(paid: date, barred: date) -> None:
    assert barred_on(paid, 5) == barred


def test_a_debt_of_the_state_is_barred_four_years_after_the_end_of_its_year() -> None:
    assert debt_barred_on(2026) == date(2031, 1, 1)
    assert debt_barred_on(2026) - DAY == date(2030, 12, 31)


def line(number: int, granted: int, due: int) -> dict[str, int]:
    return {"line_id": number, "granted_cents": granted, "due_cents": due}


def test_what_a_titre_claims_is_of_the_lines_that_explain_it() -> None:
    details = [line(7, 100, 40), line(8, 50, 50), line(9, 30, 0)]
    assert claimed_parts(1, details, 0, 90) == [Part(1, 7, 60), Part(1, 9, 30)]
    assert claimed_parts(1, details, 0, 70) == [Part(1, 7, 60), Part(1, 9, 10)]
    # What a titre before this one claimed is taken first.
    assert claimed_parts(1, details, 65, 25) == [Part(1, 9, 25)]
    # A cent that no line explains is the last one's.
    assert claimed_parts(1, details, 0, 91) == [Part(1, 7, 60), Part(1, 9, 31)]


def test_a_sum_that_nothing_explains_is_refused() -> None:
    with pytest.raises(ValueError, match="no line explains"):
        claimed_parts(1, [], 0, 1)


@given(
    claimed=st.lists(st.integers(1, 10_000), min_size=1, max_size=8),
    cuts=st.lists(st.integers(1, 5_000), max_size=12),
)
def test_what_settles_is_shared_to_the_cent_and_never_twice(claimed: list[int], cuts: list[int]) -> None:
    parts = [Part(rank // 3, rank, cents) for rank, cents in enumerate(claimed)]
    total, settled = sum(claimed), 0
    shared: list[Part] = []
    for cents in cuts:
        mine = min(cents, total - settled)
        if mine:
            found = allocate(parts, settled, mine)
            assert sum(part.cents for part in found) == mine
            assert sum(by_decision(found).values()) == mine
            shared += found
            settled += mine
    for part in parts:
        assert sum(one.cents for one in shared if one.line_id == part.line_id) <= part.cents
    with pytest.raises(ValueError, match="more than what is left"):
        allocate(parts, settled, total - settled + 1)
