"""Revision 0038: the ledger begins with what the tables hold, and goes away without touching them."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from bonus.extensions import db
from tests.support.application import migrate_to
from tests.support.world import World, decided

ENTRIES = (
    'SELECT kind, debit, credit, amount_cents, year, "on", decision_id, piece FROM ledger_entries ORDER BY id'
)


def asked() -> list[tuple[object, ...]]:
    found = [tuple(row) for row in db.session.execute(text(ENTRIES))]
    db.session.rollback()
    return found


def test_former_decisions_are_entered(any_world: World, any_session: Session) -> None:
    decided(any_world)
    decided(any_world)
    before = [row for row in asked() if row[0] != "authorised"]
    assert len(before) == 4
    any_session.close()
    migrate_to(any_world.app, "0037", down=True)
    migrate_to(any_world.app, "0038")
    after = asked()
    opened = [row for row in after if row[0] == "authorised"]
    assert [row[:3] for row in opened] == [("authorised", "open", "authorised")] * len(opened)
    assert {row[4] for row in opened} >= {2026}
    assert sorted(str(row) for row in after if row not in opened) == sorted(map(str, before))
