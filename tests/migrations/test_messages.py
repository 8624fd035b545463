"""Revision 0020: going down, a dossier that awaits documents is under review again, and its files stay."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from bonus.claims.answers import unsent_documents
from bonus.claims.messages import write_message
from bonus.claims.models import Claim
from bonus.extensions import db
from tests.support.application import migrate_to
from tests.support.requests import RECEIVED, asked, at, prepared
from tests.support.world import World


def asked_of(query: str) -> list[tuple[object, ...]]:
    found = [tuple(row) for row in db.session.execute(text(query))]
    db.session.rollback()
    return found


def test_down_and_up_again(any_world: World, any_session: Session) -> None:
    dossier = asked(any_world)
    prepared(any_world, dossier, at(RECEIVED))
    write_message(dossier.id, "reviewer", "Bonjour.", any_world.reviewer, at(RECEIVED))
    assert len(unsent_documents(db.session.get_one(Claim, dossier.id))) == 1
    documents = asked_of("SELECT id, purpose FROM documents ORDER BY id")
    kinds = "SELECT kind FROM notices ORDER BY id"
    assert asked_of(kinds) == [("received",), ("documents_asked",), ("message",)]
    any_session.close()
    migrate_to(any_world.app, "0019", down=True)
    assert asked_of("SELECT status FROM claims") == [("under_review",)]
    assert asked_of("SELECT id, purpose FROM documents ORDER BY id") == documents
    assert asked_of(kinds) == [("received",), ("documents_asked",)]
    migrate_to(any_world.app, "0020")
    assert asked_of("SELECT count(*) FROM document_requests") == [(0,)]
    db.session.execute(text("UPDATE notices SET kind = 'withdrawn' WHERE kind = 'received'"))
    db.session.rollback()
