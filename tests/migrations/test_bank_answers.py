"""Revision 0041: the bank's files come and go; a notice of an account refused keeps its nearest in the former house."""

from __future__ import annotations

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from bonus.extensions import db
from tests.support.answers import orders, rejection, sent, take
from tests.support.application import migrate_to
from tests.support.world import World


def kinds() -> set[str]:
    found = set(db.session.scalars(text("SELECT kind FROM notices")))
    db.session.rollback()
    return found


def test_down_and_up_again(any_world: World, any_session: Session) -> None:
    sent(any_world)
    take(rejection(orders()[0]), any_world)
    assert "account_refused" in kinds()
    any_session.close()
    migrate_to(any_world.app, "0040", down=True)
    assert "account_refused" not in kinds()
    assert "bank_files" not in inspect(db.engine).get_table_names()
    any_session.close()
    migrate_to(any_world.app, "0041")
    assert {"bank_files", "bank_findings"} <= set(inspect(db.engine).get_table_names())
    migrate_to(any_world.app, "head")  # the software knows no other
    assert take(rejection(orders()[0]), any_world).status == "applied"
