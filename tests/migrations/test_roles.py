"""Revision 0026: who acted on dossiers filed before keeps the role of it; refusals written before keep their words."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bonus.extensions import db
from tests.support.application import migrate_to
from tests.support.payments import sent_batch
from tests.support.world import NOW, ON, World, proposed, settled

ROLES = "SELECT claim_id, person_id, role FROM claim_roles ORDER BY claim_id, person_id"
STEPS = "SELECT claim_id, action, person_id, role FROM status_changes ORDER BY id"


def asked_of(query: str) -> list[tuple[object, ...]]:
    found = [tuple(row) for row in db.session.execute(text(query))]
    db.session.rollback()
    return found


def test_down_and_up_again(any_world: World, any_session: Session) -> None:
    settled(any_world)
    signer = sent_batch(ON, ON, any_world.accounting_officer, NOW).signed_by_id
    proposed(any_world, outcome="refuse", reasons="La facture n’est pas acquittée.")
    roles, steps = asked_of(ROLES), asked_of(STEPS)
    assert (
        len(roles) == 5
    )  # two officers for one batch: who made it, who signed (which that revision did not know)
    any_session.close()
    migrate_to(any_world.app, "0025", down=True)
    assert asked_of("SELECT outcome, reasons FROM proposals ORDER BY id") == [
        ("apply", ""),
        ("refuse", "La facture n’est pas acquittée."),
    ]
    migrate_to(any_world.app, "0026")
    assert (asked_of(ROLES), asked_of(STEPS)) == ([one for one in roles if one[1] != signer], steps)
    assert asked_of("SELECT ground, ground_article FROM proposals ORDER BY id") == [
        (None, None),
        ("in_words", "art. 11"),
    ]


def test_one_person_in_two_roles_is_said_and_nothing_is_hidden(
    any_world: World, any_session: Session
) -> None:
    settled(any_world)
    any_session.close()
    migrate_to(any_world.app, "0025", down=True)
    db.session.execute(
        text(
            "UPDATE status_changes SET person_id = (SELECT person_id FROM status_changes WHERE action = 'propose') "
            "WHERE action = 'decide'"
        )
    )
    db.session.commit()
    any_session.close()
    with pytest.raises(SystemExit, match="two roles on one dossier"):
        migrate_to(any_world.app, "0026")
