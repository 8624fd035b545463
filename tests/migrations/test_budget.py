"""Revision 0039: envelopes have their opening act, dossiers that wait their place; it goes away and comes back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from bonus.extensions import db
from tests.support.application import migrate_to
from tests.support.waiting import MICRO, SME, dossier_of, joined
from tests.support.world import NOW, World, decided, set_envelope

ENTRIES = (
    "SELECT claim_id, kind, officer_id, proposed_by_id, reserved, amount_cents, complete_at, joined_at "
    "FROM waiting_entries ORDER BY complete_at"
)
ACTS = "SELECT year, kind, delta_cents, signed_on FROM envelope_acts ORDER BY year"


def asked(query: str) -> list[str]:
    found = [str(tuple(row)) for row in db.session.execute(text(query))]
    db.session.rollback()
    return found


def test_what_stood_before(any_world: World, any_session: Session) -> None:
    decided(any_world)
    set_envelope(any_world, 0)
    later, earlier = (
        dossier_of(any_world, MICRO),
        dossier_of(any_world, SME, complete=NOW - timedelta(days=1)),
    )
    joined(any_world, [later, earlier])
    waiting = asked(ENTRIES)
    assert len(waiting) == 2
    any_session.close()
    migrate_to(any_world.app, "0038", down=True)
    migrate_to(any_world.app, "0039")
    assert asked(ENTRIES) == waiting
    acts = asked(ACTS)
    assert len(acts) == 2
    assert "'opening', 450000" in acts[0], "what it holds today"
    assert "'opening', 5000000000" in acts[1]
    assert asked("SELECT released_cents FROM commitments") == ["(0,)"]


def test_an_empty_database(any_world: World, any_session: Session) -> None:
    any_session.close()
    migrate_to(any_world.app, "0038", down=True)
    migrate_to(any_world.app, "0039")
    assert asked(ENTRIES) == []
