"""The months counted from what happened to real dossiers, and the figures of a day; on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bonus.claims.answers import send_answer
from bonus.claims.filing import abandon
from bonus.claims.reporting_figures import months_from
from bonus.claims.reporting_measures import measure
from bonus.claims.reporting_models import ReportDelay, ReportMove
from bonus.claims.reporting_months import Delay, Month, month_figures
from bonus.claims.reporting_today import Scope, today_figures
from bonus.claims.request_ends import end_requests
from bonus.claims.silence import record_silences
from bonus.companies.models import Company
from bonus.extensions import db
from tests.support.bills import Item, bill
from tests.support.requests import ASKED, RECEIVED, asked, at, filed_on, prepared, request_to
from tests.support.world import (
    Dossier,
    World,
    another_company,
    decided,
    draft,
    filed,
    party_of,
    set_envelope,
)

MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))
FILED = date(2026, 3, 10)
NOTHING = Delay(0, None, None)


def months(first: date = MARCH, last: date = JUNE, scope: Scope | None = None) -> dict[date, Month]:
    found = month_figures(scope or Scope(), months_from(first, last)).months
    db.session.rollback()
    return {month.first: month for month in found}


def taken(found: dict[date, Month], month: date, kind: str = "officer") -> Delay:
    return found[month].by_kind.get(kind, NOTHING)


def in_stock(found: dict[date, Month], month: date) -> dict[str, int]:
    return {queue: count for queue, count in found[month].stock.items() if count}


def moves() -> list[tuple[object, ...]]:
    rows = db.session.execute(
        select(
            ReportMove.month, ReportMove.region, ReportMove.axis, ReportMove.old_queue, ReportMove.new_queue
        )
    ).all()
    db.session.rollback()
    return sorted(tuple(row) for row in rows)


def test_nothing_is_known_before_the_first_count(any_world: World, any_session: Session) -> None:
    found = month_figures(Scope(), [MARCH])
    assert (found.months, found.measured_at, found.since) == ([], None, None)
    assert measure(at(JUNE)) == 0
    found = month_figures(Scope(), [MARCH])
    assert (found.months, found.measured_at) == ([], at(JUNE))


def test_a_dossier_filed_and_decided(any_world: World, any_session: Session) -> None:
    decided(any_world, filed_on(any_world), now=at(date(2026, 5, 4)))
    filed_on(any_world, date(2026, 4, 2))
    assert measure(at(date(2026, 6, 2))) == 4
    found = months()
    assert [(one.filed, one.decided, one.given_up, one.retaken) for one in found.values()] == [
        (1, 0, 0, 0),
        (1, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 0, 0),
    ]
    assert in_stock(found, MARCH) == {"a-verifier": 1}
    assert in_stock(found, APRIL) == {"a-verifier": 2}
    assert in_stock(found, MAY) == in_stock(found, JUNE) == {"a-verifier": 1}
    assert found[MAY].delay == taken(found, MAY) == Delay(1, 55, 55)
    assert found[APRIL].delay == NOTHING


def test_what_came_before_the_months_asked_for_is_in_their_stock(
    any_world: World, any_session: Session
) -> None:
    filed_on(any_world)
    measure(at(date(2026, 6, 2)))
    assert in_stock(months(MAY, JUNE), MAY) == {"a-verifier": 1}
    # Before the first dossier, and after the count, nothing can be said.
    assert list(months(date(2026, 1, 1), date(2026, 12, 1))) == [MARCH, APRIL, MAY, JUNE]


def test_a_month_is_that_of_paris(any_world: World, any_session: Session) -> None:
    moments = (
        datetime(2026, 2, 28, 22, 59, tzinfo=UTC),  # 23:59 in Paris, in winter
        datetime(2026, 2, 28, 23, 30, tzinfo=UTC),
        datetime(2026, 3, 31, 21, 59, tzinfo=UTC),  # 23:59 in Paris, in summer
        datetime(2026, 3, 31, 22, 0, tzinfo=UTC),  # midnight
        datetime(2026, 4, 30, 23, 30, tzinfo=UTC),
    )
    for rank, moment in enumerate(moments):
        files = [bill(issued_on=date(2026, 1, 20), number=f"F-{rank}")]
        decided(any_world, filed(any_world, draft(any_world, files, now=moment), now=moment), now=moment)
    measure(at(date(2026, 6, 2)))
    found = months(date(2026, 1, 1))
    expected = {date(2026, 2, 1): 1, MARCH: 2, APRIL: 1, MAY: 1, JUNE: 0}
    assert {month: one.filed for month, one in found.items()} == expected
    assert {month: one.decided for month, one in found.items()} == expected
    assert {month: one.delay.dossiers for month, one in found.items()} == expected
    assert found[MAY].delay == Delay(1, 0, 0)


def test_days_of_a_request_do_not_count(any_world: World, any_session: Session) -> None:
    """Filed on 10 March, asked on the 20th, received on the 30th, decided on 20 May: the 61st day, not the 71st."""
    dossier = asked(any_world)
    prepared(any_world, dossier, at(RECEIVED))
    send_answer(request_to(dossier).claim_id, any_world.owner, at(RECEIVED))
    decided(any_world, dossier, now=at(date(2026, 5, 20)))
    measure(at(date(2026, 6, 2)))
    assert taken(months(), MAY) == Delay(1, 61, 61)


def test_days_of_a_request_left_without_answer_stop_at_its_last_day(
    any_world: World, any_session: Session
) -> None:
    dossier = asked(any_world)  # until 19 April included
    end_requests(at(date(2026, 4, 22)))
    decided(any_world, dossier, now=at(date(2026, 5, 20)))
    measure(at(date(2026, 6, 2)))
    assert taken(months(), MAY) == Delay(1, 71 - (date(2026, 4, 19) - ASKED).days, 41)


def test_silence_bears_the_day_after_the_last(any_world: World, any_session: Session) -> None:
    filed_on(any_world)  # until 10 May
    record_silences(at(date(2026, 6, 1)))
    measure(at(date(2026, 6, 2)))
    found = months()
    assert taken(found, MAY, "silence") == Delay(1, 62, 62)
    assert taken(found, MAY) == NOTHING
    assert (found[JUNE].decided, found[JUNE].delay) == (1, NOTHING)  # written down when the job ran


def test_the_waiting_list_ends_the_clock_and_stays_in_the_stock(
    any_world: World, any_session: Session
) -> None:
    dossier = filed_on(any_world)
    set_envelope(any_world, 100)
    decided(any_world, dossier, now=at(date(2026, 4, 9)))
    measure(at(date(2026, 6, 2)))
    found = months()
    assert taken(found, APRIL) == Delay(1, 30, 30)
    assert found[APRIL].decided == 0
    assert in_stock(found, APRIL) == in_stock(found, JUNE) == {"liste-d-attente": 1}


def test_what_was_given_up(any_world: World, any_session: Session) -> None:
    dossier, never_filed = filed_on(any_world), draft(any_world, [], now=at(FILED))
    abandon(never_filed.id, any_world.owner, at(date(2026, 4, 1)))
    abandon(dossier.id, any_world.owner, at(date(2026, 4, 2)))
    measure(at(date(2026, 6, 2)))
    found = months()
    assert (found[MARCH].filed, found[APRIL].given_up, found[APRIL].decided) == (1, 1, 0)
    assert in_stock(found, APRIL) == {}


def test_by_axis_and_region(any_world: World, any_session: Session) -> None:
    two_axes = [
        bill(
            Item(5_000_00),
            Item(9_000_00, "Suite bureautique collaborative", "SUITE-1AN"),
            issued_on=date(2026, 2, 20),
        )
    ]
    decided(
        any_world,
        filed(any_world, draft(any_world, two_axes, now=at(FILED)), now=at(FILED)),
        now=at(date(2026, 4, 9)),
    )
    filed_on(any_world)
    measure(at(date(2026, 6, 2)))
    home, other = "84", "11"
    assert months(scope=Scope())[MARCH].filed == 2
    assert months(scope=Scope(axis="cloud"))[MARCH].filed == 2
    assert months(scope=Scope(axis="workplace"))[MARCH].filed == 1
    assert months(scope=Scope(axis="quantum"))[MARCH].filed == 0
    assert taken(months(scope=Scope(axis="workplace")), APRIL) == Delay(1, 30, 30)
    assert months(scope=Scope(region=home))[MARCH].filed == 2
    assert months(scope=Scope("workplace", home))[MARCH].filed == 1
    assert months(scope=Scope(region=other))[MARCH].filed == 0
    db.session.get_one(Company, any_world.company_id).postcode = "75001"
    db.session.commit()
    measure(at(date(2026, 6, 3)))
    assert months(scope=Scope(region=home))[MARCH].filed == 0
    assert in_stock(months(scope=Scope(region=other)), JUNE) == {"a-verifier": 1}
    assert months(scope=Scope())[MARCH].filed == 2


def test_counted_twice_is_counted_once(any_world: World, any_session: Session) -> None:
    decided(any_world, filed_on(any_world), now=at(date(2026, 4, 9)))
    measure(at(date(2026, 6, 2)))
    before, figures = moves(), months()
    measure(at(date(2026, 6, 2)))
    assert (moves(), months()) == (before, figures)
    db.session.execute(delete(ReportDelay))
    db.session.commit()
    measure(at(date(2026, 6, 2)))
    assert months() == figures


def test_stock_is_what_the_cards_say_now(any_world: World, any_session: Session) -> None:
    """Derived from every step made, the last month's stock is what the queues hold."""
    asked(any_world)
    decided(any_world, filed_on(any_world), now=at(date(2026, 4, 9)))
    filed_on(any_world)
    day = date(2026, 4, 15)
    measure(at(day))
    today = today_figures(Scope(), day)
    assert {queue: today.stock(queue) for queue in today.ages} == months(APRIL, APRIL)[APRIL].stock
    assert today.open == 2


# ---------------------------------------------------------------- today


def played(world: World) -> Dossier:
    """Filed on 10 March 2026, due on 10 May."""
    return filed_on(world)


def test_late_and_soon(any_world: World, any_session: Session) -> None:
    played(any_world)
    for day, *expected in (
        (date(2026, 4, 24), 0, 0, 0),
        (date(2026, 4, 25), 0, 0, 1),  # 15 days before
        (date(2026, 5, 2), 0, 0, 1),
        (date(2026, 5, 3), 0, 1, 1),  # 7 days before
        (date(2026, 5, 10), 0, 1, 1),  # the day itself
        (date(2026, 5, 11), 1, 0, 0),
    ):
        today = today_figures(Scope(), day)
        assert [today.late_count, today.near, today.soon] == expected, day
        assert today.due_count + sum(today.later.values()) == 1
        assert today.oldest is not None
        assert (today.oldest.filed_on, today.oldest.queue) == (FILED, "a-verifier")


def test_age_since_the_filing(any_world: World, any_session: Session) -> None:
    played(any_world)
    for age, place in ((0, 0), (14, 0), (15, 1), (29, 1), (30, 2), (59, 2), (60, 3)):
        today = today_figures(Scope(), FILED + timedelta(days=age))
        assert list(today.ages["a-verifier"]) == [int(rank == place) for rank in range(4)], age
        assert today.by_age == list(today.ages["a-verifier"])


def test_what_awaits_documents_is_not_due(any_world: World, any_session: Session) -> None:
    asked(any_world)
    today = today_figures(Scope(), ASKED)
    assert (today.stock("pieces-attendues"), today.due_count, sum(today.later.values())) == (1, 0, 0)


def test_the_week_a_dossier_falls_due_in(any_world: World, any_session: Session) -> None:
    played(any_world)
    weeks = today_figures(Scope(), date(2026, 4, 29)).weeks
    assert [week.by_queue["a-verifier"] for week in weeks[:3]] == [0, 1, 0]
    assert (weeks[1].first, weeks[1].last) == (date(2026, 5, 4), date(2026, 5, 10))
    assert today_figures(Scope(), date(2026, 2, 1)).later["a-verifier"] == 1


def test_a_day_by_axis_and_region(any_world: World, any_session: Session) -> None:
    played(any_world)
    company = another_company(any_world, "900400516", lambda one: setattr(one, "postcode", "75001"))
    other = draft(
        any_world,
        [
            bill(
                issued_on=date(2026, 2, 20),
                buyer=party_of(db.session.get_one(Company, company)),
                number="F-other",
            )
        ],
        company_id=company,
        owner=any_world.owner,
        now=at(FILED),
    )
    filed(any_world, other, now=at(FILED))
    for scope, count in (
        (Scope(), 2),
        (Scope("cloud"), 2),
        (Scope("quantum"), 0),
        (Scope(None, "11"), 1),
        (Scope("cloud", "11"), 1),
        (Scope("cloud", "53"), 0),
    ):
        today = today_figures(scope, date(2026, 4, 1))
        assert (today.open, today.due_count) == (count, count), scope
