"""Revision 0043: former grants of enterprises are asked into the register; what had failed says by what cause."""

from __future__ import annotations

from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bonus.calendar import add_working_days
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.register.models import RegisterEntry
from tests.support.application import migrate_to
from tests.support.world import NOW, ON, World, decided


def test_former_grants_are_asked_and_former_failures_sorted(any_world: World, any_session: Session) -> None:
    decided(any_world)
    db.session.execute(
        text("UPDATE outbox_messages SET attempts = 5, last_error = 'payment.x: Non.' WHERE kind = 'pay'")
    )
    db.session.execute(
        text("UPDATE outbox_messages SET attempts = 2, last_error = 'KeyError' WHERE kind = 'certify'")
    )
    db.session.commit()
    [before] = db.session.scalars(select(RegisterEntry)).all()
    granted = (before.decision_id, before.amount_cents)
    any_session.close()
    former = ScriptDirectory("migrations").get_revision("0043").down_revision
    migrate_to(any_world.app, str(former), down=True)
    migrate_to(any_world.app, "head")
    [entry] = db.session.scalars(select(RegisterEntry)).all()
    assert (entry.decision_id, entry.amount_cents) == granted
    assert (entry.kind, entry.about, entry.created_at) == ("entered", "grant", NOW)
    assert entry.due_on == add_working_days(ON, 20)
    messages = {message.kind: message for message in db.session.scalars(select(OutboxMessage))}
    assert messages["register"].subject_id == entry.id
    assert (messages["pay"].cause, messages["pay"].failures) == ("refused", 5)
    assert (messages["certify"].cause, messages["certify"].failures) == ("bug", 2)
    assert messages["letter"].cause is None
