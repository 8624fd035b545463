"""How long dossiers stayed in each queue, and how old was what each held at the end of a month; on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.claims.decision import decide
from bonus.claims.examination import propose, start_review
from bonus.claims.reporting_figures import COUNTED, months_from
from bonus.claims.reporting_measures import measure
from bonus.claims.reporting_models import ReportAge, ReportStay
from bonus.claims.reporting_months import Delay, Month, Months, month_figures
from bonus.claims.reporting_today import Scope
from bonus.extensions import db
from tests.support.requests import asked, at, filed_on
from tests.support.world import Dossier, World, decided

MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)
FILED = date(2026, 3, 10)
DAY = timedelta(days=1)
NONE = [0, 0, 0, 0]


def counted(scope: Scope | None = None) -> Months:
    found = month_figures(scope or Scope(), months_from(MARCH, JUNE))
    db.session.rollback()
    return found


def by_month(found: Months) -> dict[int, Month]:
    return {month.first.month: month for month in found.months}


def ages(month: Month) -> dict[str, list[int]]:
    return {queue: list(counts) for queue, counts in month.ages.items() if list(counts) != NONE}


def examined(world: World, dossier: Dossier, review: date, proposal: date, decision: date) -> None:
    start_review(dossier.id, world.reviewer, at(review))
    propose(dossier.id, "apply", "", world.reviewer, at(proposal))
    decide(dossier.id, "apply", "", world.officer, at(decision))


def test_each_queue_has_the_days_it_took(any_world: World, any_session: Session) -> None:
    dossier = filed_on(any_world)
    examined(any_world, dossier, FILED + 5 * DAY, FILED + 25 * DAY, FILED + 28 * DAY)
    measure(at(date(2026, 6, 2)))
    found = counted()
    months = by_month(found)
    assert months[3].stayed == {"a-verifier": Delay(1, 5, 5)}
    assert months[4].stayed == {"a-proposer": Delay(1, 20, 20), "a-decider": Delay(1, 3, 3)}
    assert months[5].stayed == {}
    assert found.stayed == {**months[3].stayed, **months[4].stayed}


def test_the_median_and_the_ninetieth_are_of_all_that_left(any_world: World, any_session: Session) -> None:
    for days in (1, 2, 9):
        start_review(filed_on(any_world).id, any_world.reviewer, at(FILED + days * DAY))
    measure(at(date(2026, 6, 2)))
    assert counted().stayed == {"a-verifier": Delay(3, 2, 9)}


@pytest.mark.parametrize(("late", "days"), [(timedelta(seconds=-1), 0), (timedelta(0), 1)])
def test_a_day_is_twenty_four_hours(world: World, session: Session, late: timedelta, days: int) -> None:
    dossier = filed_on(world)
    start_review(dossier.id, world.reviewer, at(FILED + DAY) + late)
    measure(at(date(2026, 6, 2)))
    assert counted().stayed == {"a-verifier": Delay(1, days, days)}


def test_an_open_one_left_nothing_yet(world: World, session: Session) -> None:
    filed_on(world)
    measure(at(date(2026, 6, 2)))
    assert counted().stayed == {}


def test_the_age_at_the_end_of_each_month(any_world: World, any_session: Session) -> None:
    """Filed on 10 March: 21 days old on 31 March, 51 on 30 April; to propose since 20 April, decided on 4 May."""
    dossier = filed_on(any_world)
    examined(any_world, dossier, date(2026, 4, 20), date(2026, 5, 2), date(2026, 5, 4))
    measure(at(date(2026, 6, 2)))
    months = by_month(counted())
    assert ages(months[3]) == {"a-verifier": [0, 1, 0, 0]}
    assert ages(months[4]) == {"a-proposer": [0, 0, 1, 0]}
    assert ages(months[5]) == ages(months[6]) == {}
    assert list(months[4].ages_of(None)) == [0, 0, 1, 0]
    assert list(months[4].ages_of("a-verifier")) == NONE


@pytest.mark.parametrize(
    ("today", "expected"), [(date(2026, 5, 8), [0, 0, 1, 0]), (date(2026, 5, 9), [0, 0, 0, 1])]
)
def test_the_present_month_is_counted_today(
    world: World, session: Session, today: date, expected: list[int]
) -> None:
    """On 9 May, a dossier of 10 March is 60 days old."""
    filed_on(world)
    measure(at(today))
    assert ages(by_month(counted())[5]) == {"a-verifier": expected}


def test_midnight_is_that_of_paris(world: World, session: Session) -> None:
    """22:30 UTC on 31 March is 1 April in Paris: on the evening of the 31st the dossier was still to be checked."""
    dossier = filed_on(world)
    start_review(dossier.id, world.reviewer, datetime.fromisoformat("2026-03-31T22:30:00+00:00"))
    measure(at(date(2026, 4, 2)))
    months = by_month(counted())
    assert ages(months[3]) == {"a-verifier": [0, 1, 0, 0]}
    assert ages(months[4]) == {"a-proposer": [0, 1, 0, 0]}
    assert months[4].stayed == {"a-verifier": Delay(1, 21, 21)}


def test_what_is_left_is_the_stock(any_world: World, any_session: Session) -> None:
    """The ages of a queue at the end of a month add up to what the moves leave in it."""
    decided(any_world, filed_on(any_world), now=at(date(2026, 4, 4)))
    filed_on(any_world, date(2026, 4, 2))
    asked(any_world)
    measure(at(date(2026, 6, 2)))
    for month in counted().months:
        stock = {queue: month.stock[queue] for queue in COUNTED}
        assert {queue: sum(counts) for queue, counts in month.ages.items()} == stock, month.first


def test_by_axis_and_region(world: World, session: Session) -> None:
    dossier = filed_on(world)
    start_review(dossier.id, world.reviewer, at(FILED + DAY))
    measure(at(date(2026, 6, 2)))
    rows = db.session.execute(select(ReportStay.axis, ReportStay.region)).all()
    kept = {(row.axis, row.region) for row in rows}
    assert {("", ""), ("cloud", "")} <= kept
    assert db.session.scalars(select(ReportAge.axis).where(ReportAge.axis == "cloud")).first() == "cloud"
    assert counted(Scope("quantum", None)).stayed == {}
    measure(at(date(2026, 6, 2)))
    assert len(db.session.execute(select(ReportStay.id)).all()) == len(rows), "counted anew, not added"
