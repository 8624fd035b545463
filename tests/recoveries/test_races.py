"""Two officers, two reviewers, two jobs at the same moment: one titre, one notice (art. 14)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bonus.audit.service import Actor
from bonus.claims.notice_models import Notice
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.recoveries.deciding import confirm, drop
from bonus.recoveries.mass import approve, from_drafts
from bonus.recoveries.mass_running import run_mass
from bonus.recoveries.models import Recovery, RecoveryOrder
from bonus.recoveries.notifying import notify
from tests.support.bills import Item
from tests.support.crew import Crew, Refused
from tests.support.recoveries import FOUND, WHY, YEAR, drafted, granted, told
from tests.support.requests import at
from tests.support.world import World

pytestmark = pytest.mark.slow
LATER = at(FOUND + timedelta(days=31))


def decide(outcome: str, recovery_id: int, officer: Actor) -> str:
    return (confirm if outcome == "confirm" else drop)(recovery_id, WHY, officer, LATER).status


def tell(recovery_id: int, reviewer: Actor) -> str:
    return notify(recovery_id, reviewer, at(FOUND)).status


def send(mass_id: int) -> None:
    run_mass(mass_id, at(FOUND))


def test_two_officers_decide_at_once(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        recovery_id = told(any_world, granted(any_world)).id
        db.session.rollback()
    officers = (any_world.officer, any_world.other_officer)
    acts = [(outcome, recovery_id, officer) for outcome in ("confirm", "drop") for officer in officers]
    results = crew.race(any_world.app, decide, acts)
    (outcome,) = [result for result in results if not isinstance(result, Refused)]
    assert {one.code for one in results if isinstance(one, Refused)} == {"recovery.wrong_status"}
    with any_world.app.app_context():
        assert db.session.get_one(Recovery, recovery_id).status == outcome
        expected = 1 if outcome == "confirmed" else 0
        assert len(db.session.scalars(select(RecoveryOrder)).all()) == expected
        claimed = select(func.count()).where(LedgerEntry.kind == "claimed")
        assert db.session.scalar(claimed) == expected
        db.session.rollback()


def test_two_reviewers_notify_at_once(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        recovery_id = drafted(any_world, granted(any_world)).id
        db.session.rollback()
    reviewers = (any_world.reviewer, any_world.other_reviewer) * 2
    results = crew.race(any_world.app, tell, [(recovery_id, one) for one in reviewers])
    assert [result for result in results if not isinstance(result, Refused)] == ["notified"]


def test_two_jobs_send_one_mass_notice(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        numbers = [
            drafted(any_world, granted(any_world, Item(1_000_00, service=YEAR))).number for _ in range(4)
        ]
        mass = from_drafts(numbers, any_world.reviewer, at(FOUND))
        approve(mass.id, mass.amount_cents, any_world.other_reviewer, at(FOUND))
        mass_id = mass.id
        db.session.rollback()
    crew.race(any_world.app, send, [(mass_id,)] * 3)
    with any_world.app.app_context():
        told_once = select(func.count()).where(Notice.kind == "undue_notified")
        assert db.session.scalar(told_once) == 4
        assert set(db.session.scalars(select(Recovery.status))) == {"notified"}
        db.session.rollback()
