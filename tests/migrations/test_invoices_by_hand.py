"""Revision 0017: what the invoices already kept say is read in their own terms; what nobody entered goes down."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from bonus.extensions import db
from tests.adapters.einvoice_samples import cii, line, terms
from tests.claims.test_entering import CREDIT, FILE
from tests.support.application import migrate_to
from tests.support.bills import bill
from tests.support.papers import scan
from tests.support.world import World, draft

ROUNDED = terms([line(10_000)], BT_1="F/7", BT_113="20.10", BT_114="0.05", BT_115="99.95")


def asked(query: str) -> list[tuple[object, ...]]:
    found = [tuple(row) for row in db.session.execute(text(query))]
    db.session.rollback()
    return found


def test_what_invoices_say_is_found_again(any_world: World, any_session: Session) -> None:
    files = [bill(number="F-1"), ("minimum.xml", FILE[1]), CREDIT, ("rounded.xml", cii(ROUNDED)), scan()]
    draft(any_world, files)
    query = "SELECT number, number_bare, prepaid_cents, due_cents, lines_entered FROM invoices ORDER BY id"
    before = asked(query)
    assert [row[:4] for row in before] == [
        ("F-1", "f1", 0, 12_000_00),
        ("M-1", "m1", 11_910_00, 90_00),
        ("A-1", "a1", -11_910_00, -90_00),
        ("F/7", "f7", 20_10, 99_95),
    ]
    any_session.close()
    migrate_to(any_world.app, "0016", down=True)
    assert asked("SELECT count(*) FROM documents") == [(4,)], "the plain one is no invoice there"
    migrate_to(any_world.app, "0017")
    assert asked(query) == before
