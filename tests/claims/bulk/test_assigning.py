"""Giving many dossiers to someone: the job does it with the roles of the moment; the log says as much as of one."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.models import AgentRole, Person
from bonus.audit.models import AuditEntry
from bonus.claims.bulk.running import run_bulk_act
from bonus.claims.bulk.service import choose, confirm
from bonus.claims.bulk_models import BulkAct
from bonus.extensions import db
from tests.claims.reading import claim_of
from tests.support.bulk import numbers, several
from tests.support.world import NOW, Someone, World


def no_reviewer_any_more(someone: Someone) -> None:
    role = db.session.scalars(select(AgentRole).where(AgentRole.person_id == someone.person_id)).one()
    db.session.delete(role)
    db.session.commit()
    db.session.expire_all()


def account_closed(someone: Someone) -> None:
    db.session.get_one(Person, someone.person_id).active = False
    db.session.commit()
    db.session.expire_all()


@pytest.mark.parametrize("lost", [no_reviewer_any_more, account_closed])
@pytest.mark.parametrize("who", ["giver", "given"])
def test_who_gives_or_is_given_is_a_reviewer_when_it_is_done(
    world: World, session: Session, who: str, lost: object
) -> None:
    dossiers = several(world, 2)
    act = choose("assign", numbers(dossiers), world.other_reviewer, NOW)
    to = world.second_reader
    confirm(act.id, {"person_id": to.person_id}, world.other_reviewer, NOW)
    assert callable(lost)
    lost(world.other_reviewer if who == "giver" else to)
    run_bulk_act(act.id, NOW)
    done = db.session.get_one(BulkAct, act.id)
    assert (done.status, done.done, done.refused) == ("done", 0, 2)
    assert [claim_of(one).assigned_to_id for one in dossiers] == [None, None]


def test_the_log_says_who_was_in_charge_before(world: World, session: Session) -> None:
    dossiers = several(world, 1)
    first, second = world.reviewer.person_id, world.other_reviewer.person_id
    for person_id in (first, second):
        act = choose("assign", numbers(dossiers), world.reviewer, NOW)
        confirm(act.id, {"person_id": person_id}, world.reviewer, NOW)
        run_bulk_act(act.id, NOW)
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "claim.assigned").order_by(AuditEntry.id)
    )
    assert [entry.facts for entry in entries] == [
        {"person": first, "former": None},
        {"person": second, "former": first},
    ]
