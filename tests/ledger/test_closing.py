"""Months of the ledger: closed once, in order, by an accounting officer, when every proof holds; and read again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import SERVICE, Actor
from bonus.calendar import start_of_day
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.ledger.check import check
from bonus.ledger.closing import close_month, month_name, parse_month
from bonus.ledger.models import LedgerEntry, LedgerMonth
from bonus.ledger.months import GENESIS, closed_months, digest_of, months_to_close
from bonus.ledger.service import Entry, enter
from tests.support.crew import Crew, Refused
from tests.support.ledger import by_hand, without_guards, wrong
from tests.support.world import NOW, ON, World, decided, settled

DECEMBER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
JANUARY = date(2026, 1, 1)
MONTHS = [date(2026, month, 1) for month in range(1, 12)]


def closed_until(world: World, last: date, now: datetime = DECEMBER) -> list[LedgerMonth]:
    """Close every month until this one."""
    return [close_month(month, world.accounting_officer, now) for month in MONTHS if month <= last]


def code_of(month: date, actor: Actor, now: datetime) -> str:
    with pytest.raises(Refusal) as found:
        close_month(month, actor, now)
    db.session.rollback()
    return found.value.code


def test_months_are_closed_one_after_the_other(any_world: World, any_session: Session) -> None:
    settled(any_world)
    assert months_to_close(ON) == MONTHS[:10]
    assert months_to_close(date(2026, 12, 1)) == MONTHS
    rows = closed_until(any_world, MONTHS[-1])
    assert [row.month for row in rows] == MONTHS
    assert len({row.sha256 for row in rows}) == len(rows), "a month without an entry has its own"
    january, november = rows[0], rows[-1]
    assert (january.entries_count, january.total_cents) == (2, 2 * 50_000_000_00)
    assert (november.entries_count, november.total_cents) == (2, 2 * 4_500_00)
    assert november.closed_by_id == any_world.accounting_officer.person_id
    assert january.sha256 == digest_of(JANUARY, GENESIS).sha256
    assert months_to_close(date(2026, 12, 31)) == []
    assert wrong() == []
    written = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "ledger.closed")).all()
    assert [entry.subject for entry in written] == [f"ledger:2026-{month:02d}" for month in range(1, 12)]
    assert written[-1].facts["sha256"] == november.sha256


def test_the_last_second_of_a_month_and_the_first_of_the_next(any_world: World, any_session: Session) -> None:
    """Civil days in Paris: on 31 January at 23:59:59 the month is not over."""
    midnight = start_of_day(date(2026, 2, 1))
    officer = any_world.accounting_officer
    assert code_of(JANUARY, officer, midnight - timedelta(seconds=1)) == "ledger.not_over"
    assert close_month(JANUARY, officer, midnight).month == JANUARY
    enter([Entry("sent", "order:OP-9", 1, 2026)], midnight)
    with pytest.raises(DBAPIError, match="closed"):
        enter([Entry("executed", "order:OP-9", 1, 2026)], midnight - timedelta(seconds=1))


def test_what_is_refused(any_world: World, any_session: Session) -> None:
    officer = any_world.accounting_officer
    assert code_of(ON.replace(day=1), officer, NOW) == "ledger.not_over"
    assert code_of(date(2027, 3, 1), officer, NOW) == "ledger.not_over"
    assert code_of(date(2026, 2, 1), officer, NOW) == "ledger.not_in_order"
    assert code_of(date(2025, 12, 1), officer, NOW) == "ledger.nothing_to_close"
    close_month(JANUARY, officer, NOW)
    assert code_of(JANUARY, officer, NOW) == "ledger.nothing_to_close"
    for other in (any_world.officer, any_world.reviewer, any_world.administrator, SERVICE):
        with pytest.raises(Forbidden):
            close_month(date(2026, 2, 1), other, NOW)
        db.session.rollback()


def test_nothing_is_closed_while_a_proof_fails(any_world: World, any_session: Session) -> None:
    decided(any_world)
    by_hand("UPDATE envelopes SET authorised_cents = authorised_cents + 1 WHERE year = 2026")
    db.session.commit()
    with pytest.raises(Refusal, match="engagé et le disponible") as found:
        close_month(JANUARY, any_world.accounting_officer, NOW)
    assert found.value.code == "ledger.proof_fails"
    db.session.rollback()
    assert closed_months() == []


# What is done to a closed month by hand → the months that no longer are what was written.
CHANGES = {
    "an amount": ("UPDATE ledger_entries SET amount_cents = amount_cents + 1 WHERE kind = 'granted'", ["2026-11"]),
    "a piece": ("UPDATE ledger_entries SET piece = 'decision:0' WHERE kind = 'granted'", ["2026-11"]),
    "a moment": ("UPDATE ledger_entries SET at = '2026-11-21 00:00:00+00:00' WHERE kind = 'granted'", ["2026-11"]),
    "an entry removed": ("DELETE FROM ledger_entries WHERE kind = 'granted'", ["2026-11"]),
    "an entry moved": (
        "UPDATE ledger_entries SET \"on\" = '2026-10-31' WHERE kind = 'granted'",
        ["2026-10", "2026-11"],
    ),
    "a total": ("UPDATE ledger_months SET total_cents = total_cents + 1 WHERE month = '2026-10-01'", ["2026-10"]),
    "a hash": (
        "UPDATE ledger_months SET sha256 = 'another' WHERE month = '2026-10-01'",
        ["2026-10", "2026-11"],
    ),
    "a month removed": ("DELETE FROM ledger_months WHERE month = '2026-10-01'", ["2026-11"]),
    "the first month removed": ("DELETE FROM ledger_months WHERE month = '2026-01-01'", ["2026-02"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_afterwards_is_seen(any_world: World, any_session: Session, name: str) -> None:
    statement, months = CHANGES[name]
    decided(any_world)
    closed_until(any_world, MONTHS[-1])
    without_guards()
    by_hand(statement)
    (outcome,) = check(["months"])
    assert [one.piece for one in outcome.measured.first] == [f"month:{month}" for month in months]
    assert not outcome.holds
    assert "months" in wrong()


def test_an_entry_added_to_a_closed_month_is_seen(any_world: World, any_session: Session) -> None:
    closed_until(any_world, MONTHS[-1])
    without_guards()
    enter([Entry("sent", "order:OP-9", 1, 2026)], NOW)
    (outcome,) = check(["months"])
    assert [one.gap_cents for one in outcome.measured.first] == [-1]


def closing(month: date, officer: Actor) -> str:
    return close_month(month, officer, DECEMBER).sha256


def test_two_officers_close_one_month_at_once(any_world: World, crew: Crew) -> None:
    officers = [any_world.accounting_officer, any_world.other_accounting_officer] * 2
    results = crew.race(any_world.app, closing, [(JANUARY, one) for one in officers])
    assert [isinstance(one, Refused) for one in results].count(False) == 1
    assert {one.code for one in results if isinstance(one, Refused)} == {"ledger.nothing_to_close"}
    with any_world.app.app_context():
        assert [row.month for row in closed_months()] == [JANUARY]


def entering(rank: int) -> None:
    """Entries of the month's last second, one transaction each."""
    last = start_of_day(date(2026, 2, 1)) - timedelta(seconds=1)
    for count in range(40):
        enter([Entry("authorised", f"play:{rank}", 1, 2026, about=str(count))], last)
        enter([Entry("reduced", f"play:{rank}", 1, 2026, about=str(count))], last)
        db.session.commit()


def racing(rank: int, officer: Actor) -> None:
    """The first closes; the others enter what is of that month, until it is closed."""
    if rank == 0:
        close_month(JANUARY, officer, NOW)
        return
    try:
        entering(rank)
    except DBAPIError:
        db.session.rollback()


def test_an_entry_begun_before_midnight_is_in_or_out(any_world: World, crew: Crew) -> None:
    crew.race(any_world.app, racing, [(rank, any_world.accounting_officer) for rank in range(4)])
    with any_world.app.app_context():
        assert [row.month for row in closed_months()] == [JANUARY]
        assert "months" not in wrong()


@pytest.mark.parametrize("typed", ["", "2026", "2026-13", "11/2026", "2026-11-01", "0000-01", "9999999-01"])
def test_a_month_is_written_one_way(typed: str) -> None:
    with pytest.raises(InvalidInput):
        parse_month(typed)


def test_months_are_named_in_french() -> None:
    assert parse_month(" 2026-08 ") == date(2026, 8, 1)
    assert month_name(date(2026, 8, 1)) == "août 2026"


def test_a_service_without_entries_has_nothing_to_close(any_app: object, any_session: Session) -> None:
    assert months_to_close(ON) == []
    assert db.session.scalars(select(LedgerEntry)).all() == []
