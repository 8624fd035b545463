"""Revision 0045: what the budget did is changed by nobody, not even by SQL; it goes away without touching it."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bonus.budget.releases import release_credits
from bonus.extensions import db
from tests.claims.reading import decision_of
from tests.support.application import migrate_to
from tests.support.waiting import MICRO, dossier_of, joined
from tests.support.world import NOW, World, decided, set_envelope

REFUSED = [
    "UPDATE envelope_acts SET delta_cents = delta_cents + 1",
    "UPDATE envelope_acts SET reference = 'Décret 12'",
    "DELETE FROM envelope_acts",
    "UPDATE credit_releases SET amount_cents = amount_cents + 1",
    "DELETE FROM credit_releases",
    "DELETE FROM waiting_entries",
    "UPDATE waiting_entries SET complete_at = '2026-01-01 00:00:00+00:00'",
    "UPDATE waiting_entries SET amount_cents = amount_cents + 1",
]
LEAVES = "UPDATE waiting_entries SET left_at = joined_at, left_by = 'granted'"


@pytest.fixture
def done(any_world: World, any_session: Session) -> None:
    """A grant of which a cent was released, and a dossier that waits."""
    release_credits(decision_of(decided(any_world)).id, 1, "test", NOW)
    db.session.commit()
    set_envelope(any_world, 1_00)
    joined(any_world, [dossier_of(any_world, MICRO)])


def refused(statement: str) -> bool:
    try:
        with db.session.begin_nested():
            db.session.execute(text(statement))
    except DBAPIError as error:
        return "append-only" in str(error.orig)
    return False


@pytest.mark.usefixtures("done")
def test_what_the_budget_did_is_append_only() -> None:
    assert [one for one in REFUSED if not refused(one)] == []
    db.session.execute(text("UPDATE waiting_entries SET blocked = 'Autre chose.'"))
    db.session.execute(text(LEAVES))
    assert refused("UPDATE waiting_entries SET blocked = 'Encore.'"), "it left once for all"
    assert refused("UPDATE waiting_entries SET left_at = NULL, left_by = NULL")
    db.session.rollback()


@pytest.mark.usefixtures("done")
def test_down_and_up_again(any_world: World, any_session: Session) -> None:
    rows = "SELECT * FROM envelope_acts ORDER BY id"
    before = [tuple(row) for row in db.session.execute(text(rows))]
    any_session.close()
    migrate_to(any_world.app, "0044", down=True)
    assert not refused(REFUSED[1])
    db.session.rollback()
    any_session.close()
    migrate_to(any_world.app, "0045")
    assert refused(REFUSED[1])
    assert [tuple(row) for row in db.session.execute(text(rows))] == before
