"""Revision 0032: who acted on a dossier before its roles were told of it has one; appeals keep what they are."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bonus.claims.appeal_examining import send_back_appeal
from bonus.claims.revocations import decide_revocation, open_revocation
from bonus.extensions import db
from tests.support.appeals import REASONS, appealed, examined, refused_in_part
from tests.support.application import migrate_to
from tests.support.revocations import FACTS, WHY
from tests.support.world import NOW, World, decided

ROLES = "SELECT claim_id, person_id, role FROM claim_roles ORDER BY claim_id, person_id"
APPEALS = "SELECT id, status, examiner_id, proposed_outcome FROM appeals ORDER BY id"


def asked_of(query: str) -> list[tuple[object, ...]]:
    found = [tuple(row) for row in db.session.execute(text(query))]
    db.session.rollback()
    return found


def test_down_and_up_again(any_world: World, any_session: Session) -> None:
    dossier = refused_in_part(any_world)
    reference = appealed(any_world, dossier)
    examined(any_world, reference, "confirm")
    send_back_appeal(reference, REASONS, any_world.other_officer, NOW)
    taken_back = decided(any_world)
    open_revocation(taken_back.id, "fraud", FACTS, any_world.other_reviewer, NOW)
    decide_revocation(taken_back.id, "drop", WHY, any_world.other_officer, NOW)
    roles, appeals = asked_of(ROLES), asked_of(APPEALS)
    assert len(roles) == 8
    any_session.close()
    migrate_to(any_world.app, "0031", down=True)
    assert asked_of(APPEALS) == appeals
    with pytest.raises(DBAPIError, match="did not act"):
        db.session.execute(
            text("UPDATE appeals SET examiner_id = :person, first_officer_id = NULL"),
            {"person": any_world.officer.person_id},
        )
    db.session.rollback()
    # As they were before: nothing told the roles of those who took no step of the dossier's status.
    others = {"one": any_world.other_reviewer.person_id, "other": any_world.other_officer.person_id}
    db.session.execute(text("DELETE FROM claim_roles WHERE person_id IN (:one, :other)"), others)
    db.session.commit()
    any_session.close()
    migrate_to(any_world.app, "0032")
    assert (asked_of(ROLES), asked_of(APPEALS)) == (roles, appeals)
