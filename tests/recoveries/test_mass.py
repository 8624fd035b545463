"""Many at once (art. 14): a preview always, a second person, nothing twice, a job that may be killed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.claims.follow_models import Control
from bonus.claims.notice_models import Notice
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.recoveries import mass_running
from bonus.recoveries.deciding import drop
from bonus.recoveries.mass import (
    abandon,
    approve,
    changes_to_prepare,
    counts_of,
    from_change,
    from_drafts,
    items_page,
)
from bonus.recoveries.mass_models import MassNotice
from bonus.recoveries.mass_running import run_mass
from bonus.recoveries.models import Recovery, RecoveryLetter
from tests.support.bills import Item
from tests.support.recoveries import FOUND, WHY, YEAR, drafted, granted
from tests.support.registry import certification_of, learn
from tests.support.requests import at
from tests.support.world import CLOUD, Dossier, World, run_jobs

DAY = timedelta(days=1)


def small(world: World) -> Dossier:
    return granted(world, Item(1_000_00, service=YEAR))


@pytest.fixture
def drafts(world: World, session: Session) -> list[Recovery]:
    return [drafted(world, small(world)) for _ in range(3)]


def told_count() -> int:
    return db.session.scalar(select(func.count()).where(Notice.kind == "undue_notified")) or 0


def test_one_label_withdrawn(any_world: World, any_session: Session) -> None:
    """The controls that the registry opened are drafted by a job, previewed, approved by another person, then sent."""
    for _ in range(3):
        small(any_world)
    learn(certification_of(CLOUD, "NFG"), "withdrawn", FOUND, at(FOUND), retroactive=True)
    run_jobs(any_world, at(FOUND))
    change = db.session.scalars(select(Control.change_id).distinct()).one()
    assert change is not None
    (shown,) = changes_to_prepare()
    assert (shown.change_id, shown.dossiers, shown.undue_cents) == (change, 3, 3 * 50_00)
    mass = from_change(change, any_world.reviewer, at(FOUND))
    assert mass.status == "drafting"
    run_jobs(any_world, at(FOUND))
    assert (mass.status, mass.total, mass.done, mass.amount_cents) == ("preview", 3, 3, 3 * 50_00)
    assert told_count() == 0, "nobody is told by a preview"
    with pytest.raises(Forbidden):
        approve(mass.id, mass.amount_cents, any_world.reviewer, at(FOUND))
    db.session.rollback()
    approve(mass.id, mass.amount_cents, any_world.other_reviewer, at(FOUND))
    assert told_count() == 0, "the job sends"
    run_jobs(any_world, at(FOUND))
    assert (mass.status, mass.done, mass.refused, told_count()) == ("done", 3, 0, 3)
    assert changes_to_prepare() == []
    recoveries = db.session.scalars(select(Recovery)).all()
    assert {one.status for one in recoveries} == {"notified"}
    assert {one.proposed_by_id for one in recoveries} == {any_world.reviewer.person_id}
    run_mass(mass.id, at(FOUND + DAY))
    assert told_count() == db.session.scalar(select(func.count()).select_from(RecoveryLetter)) == 3


def test_what_changed_since_the_preview_is_left_aside(world: World, drafts: list[Recovery]) -> None:
    mass = from_drafts([one.number for one in drafts], world.reviewer, at(FOUND))
    approve(mass.id, mass.amount_cents, world.other_reviewer, at(FOUND))
    drop(drafts[0].id, WHY, world.other_reviewer, at(FOUND))
    db.session.execute(
        Recovery.__table__.update().where(Recovery.id == drafts[1].id).values(changes=[])  # type: ignore[attr-defined]
    )
    db.session.commit()
    run_mass(mass.id, at(FOUND))
    assert (mass.status, mass.done, mass.refused) == ("done", 1, 2)
    assert counts_of(mass) == {"done": 1, "refused": 2}
    assert all(item.sentence for item in items_page(mass, 1)[0] if item.state == "refused")
    assert told_count() == 1


def test_an_approval_is_of_what_was_shown(world: World, drafts: list[Recovery]) -> None:
    mass = from_drafts([drafts[0].number], world.reviewer, at(FOUND))
    with pytest.raises(Refusal) as refusal:
        approve(mass.id, mass.amount_cents + 1, world.other_reviewer, at(FOUND))
    assert refusal.value.code == "mass.changed"
    db.session.rollback()
    for wrong in (world.officer, world.accounting_officer, world.owner):
        with pytest.raises(Forbidden):
            approve(mass.id, mass.amount_cents, wrong, at(FOUND))
        db.session.rollback()


def test_abandoned_in_the_middle(
    world: World, drafts: list[Recovery], monkeypatch: pytest.MonkeyPatch
) -> None:
    mass = from_drafts([one.number for one in drafts], world.reviewer, at(FOUND))
    approve(mass.id, mass.amount_cents, world.other_reviewer, at(FOUND))
    assert mass_running._run_one(mass.id, at(FOUND))
    abandon(mass.id, world.reviewer, at(FOUND))
    run_mass(mass.id, at(FOUND))
    assert (mass.status, told_count()) == ("abandoned", 1)
    with pytest.raises(Refusal):
        approve(mass.id, mass.amount_cents, world.other_reviewer, at(FOUND))


def test_killed_in_the_middle_it_goes_on(
    world: World, drafts: list[Recovery], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the commit of the second: the first was sent once, the others follow once."""
    mass = from_drafts([one.number for one in drafts], world.reviewer, at(FOUND))
    approve(mass.id, mass.amount_cents, world.other_reviewer, at(FOUND))
    assert mass_running._run_one(mass.id, at(FOUND))

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(mass_running, "notify_locked", die)
        with pytest.raises(Killed):
            run_mass(mass.id, at(FOUND))
    db.session.rollback()
    assert told_count() == 1
    run_mass(mass.id, at(FOUND))
    assert (mass.status, mass.done, told_count()) == ("done", 3, 3)


def test_nothing_chosen(world: World, session: Session) -> None:
    for numbers in ([], ["IND-2026-999999"]):
        with pytest.raises(InvalidInput):
            from_drafts(numbers, world.reviewer, at(FOUND))
        db.session.rollback()
    with pytest.raises(InvalidInput):
        from_change(999, world.reviewer, at(FOUND))
    db.session.rollback()
    assert db.session.scalars(select(MassNotice)).all() == []
