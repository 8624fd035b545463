"""The life of a certification in two times: what was true of a day, and what was known of it at a moment."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.registry.history import Fact, Life, State, life

from .lives import DAY, FIRST, LAST, WINDOW, event, fact_lists, granted, moment, void

YEAR = granted(date(2026, 1, 1), date(2026, 12, 31))
FEBRUARY_1, MARCH_12 = date(2026, 2, 1), date(2026, 3, 12)


def d(text: str) -> date:
    """A day of 2026: ``03-12``."""
    return date.fromisoformat(f"2026-{text}")


def known(*facts: Fact, at: int | None = None) -> Life:
    """The life these facts tell, as known when fact number ``at`` was recorded."""
    found = life(facts, None if at is None else moment(at))
    assert found is not None
    return found


# ---------------------------------------------------------------- the first time: what was true on a day


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2025, 12, 31), "not_yet"),
        (date(2026, 1, 1), "in_force"),
        (date(2026, 12, 31), "in_force"),
        (date(2027, 1, 1), "expired"),
    ],
)
def test_both_days_of_the_validity_count(day: date, code: str) -> None:
    assert known(YEAR).state(day) == State(code)
    assert known(YEAR).periods() == [(date(2026, 1, 1), date(2026, 12, 31))]
    assert known(YEAR).covers_until == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("02-28", State("in_force")),
        ("03-01", State("suspended", d("03-01"))),
        ("03-12", State("suspended", d("03-01"))),
        ("04-30", State("suspended", d("03-01"))),
        ("05-01", State("in_force")),
    ],
)
def test_suspended_from_a_day_until_the_eve_of_its_reinstatement(day: str, state: State) -> None:
    told = known(YEAR, event(2, "suspended", d("03-01")), event(3, "reinstated", d("05-01")))
    assert told.state(d(day)) == state
    assert told.periods() == [(d("01-01"), d("02-28")), (d("05-01"), d("12-31"))]
    assert told.covers_until == d("12-31")  # suspended, it still holds its place


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("01-01", State("in_force")),
        ("03-11", State("in_force")),
        ("03-12", State("withdrawn", MARCH_12)),
        ("12-31", State("withdrawn", MARCH_12)),
    ],
)
def test_withdrawn_from_a_day_on(day: str, state: State) -> None:
    told = known(YEAR, event(2, "withdrawn", MARCH_12))
    assert told.state(d(day)) == state
    assert told.state(date(2027, 1, 1)) == State("withdrawn", MARCH_12)  # withdrawn rather than expired
    assert (told.periods(), told.covers_until) == ([(d("01-01"), d("03-11"))], d("03-11"))


@pytest.mark.parametrize("on", ["01-01", "03-12", "12-31"])
@pytest.mark.parametrize("day", [date(2025, 6, 1), date(2026, 1, 1), date(2026, 12, 31), date(2027, 6, 1)])
def test_withdrawn_retroactively_it_never_counted(day: date, on: str) -> None:
    told = known(YEAR, event(2, "withdrawn", d(on), retroactive=True))
    assert told.state(day) == State("never_counted", d(on))
    assert (told.periods(), told.covers_until) == ([], None)


def test_a_retroactive_withdrawal_holds_whatever_the_day_it_was_decided() -> None:
    late = known(YEAR, event(2, "withdrawn", date(2027, 5, 1), retroactive=True))  # found after its end
    assert late.state(MARCH_12).code == "never_counted"
    early = known(
        YEAR, event(2, "suspended", d("05-01")), event(3, "withdrawn", d("04-01"), retroactive=True)
    )
    assert early.state(FEBRUARY_1) == State("never_counted", d("04-01"))
    again = known(
        YEAR, event(2, "withdrawn", d("05-01")), event(3, "withdrawn", d("06-01"), retroactive=True)
    )
    assert again.state(FEBRUARY_1) == State("never_counted", d("06-01"))


def test_nothing_undoes_a_withdrawal() -> None:
    told = known(YEAR, event(2, "withdrawn", MARCH_12), event(3, "reinstated", d("05-01")))
    assert told.state(d("06-01")) == State("withdrawn", MARCH_12)
    assert told.periods() == [(d("01-01"), d("03-11"))]


def test_withdrawn_on_its_first_day_it_holds_no_place() -> None:
    told = known(YEAR, event(2, "withdrawn", d("01-01")))
    assert (told.periods(), told.covers_until) == ([], None)
    assert told.state(date(2025, 12, 31)).code == "not_yet"


def test_a_suspension_counts_within_the_validity_alone() -> None:
    before = known(YEAR, event(2, "suspended", date(2025, 12, 31)))
    after = known(YEAR, event(2, "suspended", date(2027, 1, 1)))
    assert before.periods() == after.periods() == [(d("01-01"), d("12-31"))]
    assert before.state(MARCH_12) == State("in_force")
    assert after.state(date(2027, 1, 1)) == State("expired")


@pytest.mark.parametrize(
    ("kinds", "code", "count"),
    [
        (["suspended"], "suspended", 1),
        (["suspended", "reinstated"], "in_force", 1),
        (["suspended", "reinstated", "suspended"], "suspended", 1),
        (["suspended", "withdrawn"], "withdrawn", 1),
        (["suspended", "reinstated", "withdrawn"], "withdrawn", 1),
    ],
)
def test_events_of_one_day_count_in_the_order_given(kinds: list[str], code: str, count: int) -> None:
    told = known(YEAR, *(event(number, kind, MARCH_12) for number, kind in enumerate(kinds, 2)))
    assert [one.type for one in told.events] == kinds
    assert told.state(MARCH_12).code == code
    assert told.state(MARCH_12 - DAY).code == "in_force"
    assert len(told.periods()) == count  # reinstated the day it was suspended, it never stopped


def test_suspended_twice_it_is_suspended_since_the_first_day() -> None:
    told = known(YEAR, event(2, "suspended", d("05-01")), event(3, "suspended", d("03-01")))
    assert told.state(d("06-01")) == State("suspended", d("03-01"))


# ---------------------------------------------------------------- the second time: what was known at a moment


def test_what_did_we_know_on_12_march_about_1_february() -> None:
    """Learned on 10 March: suspended on 20 January. Learned on 15 March: that was a mistake, it was on 5 February."""
    learned = event(2, "suspended", d("01-20"))
    mended = event(3, "suspended", d("02-05"), corrects_id=2)
    facts = (YEAR, learned, mended)
    assert known(*facts, at=1).state(FEBRUARY_1) == State("in_force")  # nothing was known yet
    assert known(*facts, at=2).state(FEBRUARY_1) == State("suspended", d("01-20"))
    assert known(*facts, at=3).state(FEBRUARY_1) == State("in_force")
    assert known(*facts).state(MARCH_12) == State("suspended", d("02-05"))
    assert life(facts, moment(1) - timedelta(microseconds=1)) is None
    assert known(*facts, at=2) == known(YEAR, learned)  # the moment itself is known


def test_a_correction_keeps_the_place_of_what_it_corrects() -> None:
    """On one day: suspended, then reinstated. The suspension was first entered with the wrong day."""
    facts = [
        YEAR,
        event(2, "suspended", d("03-01")),
        event(3, "reinstated", MARCH_12),
        event(4, "suspended", MARCH_12, corrects_id=2),
        event(5, "suspended", MARCH_12, corrects_id=4),
    ]
    for at in (4, 5):
        told = known(*facts, at=at)
        assert [one.type for one in told.events] == ["suspended", "reinstated"]
        assert told.periods() == [(d("01-01"), d("12-31"))]
    assert known(*facts).events[0].fact_id == 5


def test_a_correction_of_a_correction() -> None:
    facts = [YEAR]
    for number, on in enumerate(("03-01", "03-05", "03-09"), 2):
        facts.append(event(number, "withdrawn", d(on), corrects_id=number - 1 if number > 2 else None))
    assert [known(*facts, at=at).covers_until for at in (1, 2, 3, 4)] == [
        d("12-31"),
        d("02-28"),
        d("03-04"),
        d("03-08"),
    ]


def test_the_grant_itself_is_corrected() -> None:
    facts = [YEAR, granted(d("02-01"), d("06-30"), 2, corrects_id=1)]
    assert known(*facts, at=1).state(d("01-15")).code == "in_force"
    assert known(*facts).state(d("01-15")).code == "not_yet"
    assert known(*facts).periods() == [(d("02-01"), d("06-30"))]


def test_an_annulled_event_never_was_nor_what_it_had_corrected() -> None:
    first = event(2, "suspended", d("03-01"))
    second = event(3, "suspended", d("03-05"), corrects_id=2)
    facts = [YEAR, first, second, void(4, second)]
    assert known(*facts).events == ()
    assert known(*facts, at=3).state(d("03-04")) == State("in_force")
    back = event(5, "suspended", d("03-05"), corrects_id=4)  # the annulment was the mistake
    assert known(*facts, back).state(MARCH_12) == State("suspended", d("03-05"))


def test_an_annulled_grant_leaves_nothing_until_it_is_brought_back() -> None:
    suspended = event(2, "suspended", d("03-01"))
    facts = [YEAR, suspended, void(3, YEAR)]
    assert life(facts) is None
    assert known(*facts, at=2).state(MARCH_12).code == "suspended"
    back = granted(d("01-01"), d("12-31"), 4, corrects_id=3)
    assert known(*facts, back) == known(YEAR, suspended)


# ---------------------------------------------------------------- of any facts


@given(fact_lists())
def test_in_force_is_what_the_periods_say(facts: list[Fact]) -> None:
    told = life(facts)
    if told is None:
        return
    periods = told.periods()
    for day in [FIRST - DAY, *WINDOW, LAST + DAY]:
        inside = any(start <= day <= end for start, end in periods)
        assert (told.state(day).code == "in_force") is inside, day
    assert all(start <= end for start, end in periods)
    assert all(end + DAY < start for (_, end), (start, _) in pairwise(periods))
    if told.covers_until is None:
        assert periods == []
    else:
        assert told.valid_from <= told.covers_until <= told.valid_until
        assert all(told.valid_from <= start and end <= told.covers_until for start, end in periods)


@given(fact_lists(), st.integers(1, 9), st.randoms())
def test_knowledge_never_depends_on_what_is_recorded_later(facts: list[Fact], at: int, order: Random) -> None:
    then = [fact for fact in facts if fact.recorded_at <= moment(at)]
    shuffled = list(facts)
    order.shuffle(shuffled)
    assert life(shuffled, moment(at)) == life(then) == life(then, moment(at))


@given(fact_lists())
def test_a_correction_that_repeats_a_fact_changes_nothing(facts: list[Fact]) -> None:
    before = life(facts)
    corrected = {fact.corrects_id for fact in facts}
    last = next(fact for fact in reversed(facts) if fact.id not in corrected)
    number = len(facts) + 1
    if last.void:
        again = void(number, last)
    elif last.kind == "granted":
        assert last.valid_from is not None
        assert last.valid_until is not None
        again = granted(last.valid_from, last.valid_until, number, corrects_id=last.id)
    else:
        assert last.happened_on is not None
        again = event(number, last.kind, last.happened_on, retroactive=last.retroactive, corrects_id=last.id)
    after = life([*facts, again])
    if before is None or after is None:
        assert before == after
        return
    assert [(one.type, one.on, one.retroactive) for one in before.events] == [
        (one.type, one.on, one.retroactive) for one in after.events
    ]
    assert before.periods() == after.periods()
