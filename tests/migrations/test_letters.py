"""Revision 0027: what the former house does not know goes down, documents and certificates stay; it comes up again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from bonus.claims.revocations import decide_revocation, observe
from bonus.extensions import db
from bonus.parts import document_store
from tests.support.application import migrate_to
from tests.support.letters import OBSERVED
from tests.support.papers import plain_pdf
from tests.support.requests import at
from tests.support.revocations import DECIDED, WHY, heard
from tests.support.world import World, certified, close_year, run_jobs

LATER = at(DECIDED + timedelta(days=16))


def asked(query: str) -> list[tuple[object, ...]]:
    found = [tuple(row) for row in db.session.execute(text(query))]
    db.session.rollback()
    return found


def test_a_decision_taken_back_goes_down_and_up(any_world: World, any_session: Session) -> None:
    dossier = heard(any_world)
    close_year(any_world, end := DECIDED - timedelta(days=1))
    certified(any_world, end=end, now=at(DECIDED))
    run_jobs(any_world, at(DECIDED))
    files = [("pv.pdf", plain_pdf(words="PV"))]
    observe(dossier.id, OBSERVED, files, document_store(), any_world.owner, at(DECIDED))
    decide_revocation(dossier.id, "revoke", WHY, any_world.officer, LATER)
    run_jobs(any_world, LATER)
    purposes = "SELECT purpose FROM documents ORDER BY id"
    certificates = "SELECT count(*), count(replaces_id) FROM tax_certificates"
    kinds = "SELECT count(*) FROM notices WHERE kind IN ('hearing', 'revoked')"
    assert asked(purposes) == [("invoice",), ("observation",)]
    assert (asked(certificates), asked(kinds)) == ([(2, 1)], [(2,)])
    any_session.close()
    migrate_to(any_world.app, "0026", down=True)
    assert asked(purposes) == [("invoice",), ("answer",)]
    assert (asked(certificates), asked(kinds)) == ([(1, 0)], [(0,)])
    migrate_to(any_world.app, "0027")
    assert asked("SELECT count(*) FROM letters") == [(0,)]
    assert asked("SELECT status FROM claims") == [("revoked",)]
