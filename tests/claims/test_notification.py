"""The day a decision is notified (art. 11; CRPA R112-20), from which the time to appeal runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.calendar import civil_date
from bonus.claims.models import Decision
from bonus.claims.notification import appeal_until, notified_on, record_opening
from bonus.extensions import db
from tests.claims.reading import claim_of
from tests.support.world import NOW, World, decided

MADE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def a_decision(*, made: datetime = MADE, opened: datetime | None = None, kind: str = "officer") -> Decision:
    return Decision(decided_at=made, decided_on=civil_date(made), opened_at=opened, kind=kind)


@pytest.mark.parametrize(
    ("opened_after", "notified"),
    [(0, date(2026, 3, 10)), (14, date(2026, 3, 24)), (15, date(2026, 3, 25)), (16, date(2026, 3, 10))],
)
def test_the_day_it_is_opened_within_fifteen_days(opened_after: int, notified: date) -> None:
    decision = a_decision(opened=MADE + opened_after * DAY)
    assert notified_on(decision, date(2026, 6, 1)) == notified


@pytest.mark.parametrize(
    ("days", "notified"),
    [(0, None), (14, None), (15, None), (16, date(2026, 3, 10)), (90, date(2026, 3, 10))],
)
def test_unopened_the_day_it_was_made_available(days: int, notified: date | None) -> None:
    assert notified_on(a_decision(), date(2026, 3, 10) + days * DAY) == notified


def test_days_are_those_of_paris() -> None:
    """Half past eleven at night in London is the next day in Paris, in winter and in summer."""
    winter = a_decision(opened=datetime(2026, 3, 12, 23, 30, tzinfo=UTC))
    assert notified_on(winter, date(2026, 6, 1)) == date(2026, 3, 13)
    made = datetime(2026, 7, 1, 22, 0, tzinfo=UTC)  # 2 July, midnight in Paris
    assert notified_on(a_decision(made=made), date(2026, 7, 17)) is None
    assert notified_on(a_decision(made=made), date(2026, 7, 18)) == date(2026, 7, 2)
    # The last second of the fifteenth day, then the first of the sixteenth.
    last = datetime(2026, 3, 25, 22, 59, 59, tzinfo=UTC)
    assert notified_on(a_decision(opened=last), date(2026, 6, 1)) == date(2026, 3, 25)
    assert notified_on(a_decision(opened=last + timedelta(seconds=1)), date(2026, 6, 1)) == date(2026, 3, 10)


def test_a_leap_day() -> None:
    made = datetime(2028, 2, 14, 9, 0, tzinfo=UTC)
    opened = datetime(2028, 2, 29, 9, 0, tzinfo=UTC)
    assert notified_on(a_decision(made=made, opened=opened), date(2028, 6, 1)) == date(2028, 2, 29)
    assert notified_on(a_decision(made=made), date(2028, 2, 29)) is None
    assert notified_on(a_decision(made=made), date(2028, 3, 1)) == date(2028, 2, 14)


def test_silence_is_notified_the_day_it_is_recorded() -> None:
    decision = a_decision(kind="silence", opened=MADE + 3 * DAY)
    assert notified_on(decision, date(2026, 3, 10)) == date(2026, 3, 10)


def test_two_clear_months_from_then(session: Session) -> None:
    """The regulation's own example: notified 10 March, until 11 May included."""
    assert appeal_until(a_decision(opened=MADE), date(2026, 3, 11)) == date(2026, 5, 11)
    assert appeal_until(a_decision(), date(2026, 3, 11)) is None


def test_the_first_opening_alone_is_written(any_world: World, any_session: Session) -> None:
    dossier = decided(any_world)
    later = NOW + DAY
    assert record_opening(claim_of(dossier), any_world.owner, NOW) == 2, "the decision and its letter"
    assert record_opening(claim_of(dossier), any_world.owner, later) == 0
    (decision,) = claim_of(dossier).decisions
    assert decision.opened_at == NOW
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.decision_opened")).one()
    facts = {"decisions": [1], "letters": [f"decision:{decision.id}"]}
    assert (entry.subject, entry.facts) == (f"claim:{dossier.number}", facts)
    assert entry.actor.startswith(any_world.owner.name)
