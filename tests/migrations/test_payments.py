"""Revision 0040: the orders of before, of three statuses and one file a batch, are carried over as what they were."""

from __future__ import annotations

from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.payments.acts import hold_order
from bonus.payments.batches import make_batch
from bonus.payments.models import PaymentOrder
from tests.support.answers import due
from tests.support.application import migrate_to
from tests.support.many_orders import many_due
from tests.support.payments import sent_batch
from tests.support.world import NOW, ON, World

WHY = "La société conteste le compte indiqué."
FORMER = "SELECT number, status, batch_id IS NOT NULL, held_reason FROM payment_orders ORDER BY number"


def rows(query: str) -> list[tuple[object, ...]]:
    found = [tuple(row) for row in db.session.execute(text(query))]
    db.session.rollback()
    return found


def test_former_orders_are_carried_over(any_world: World, any_session: Session) -> None:
    officer = any_world.accounting_officer
    due(any_world)
    batch = sent_batch(ON, ON, officer, NOW)
    many_due(any_world, 3)
    _, batched, held, insolvent = db.session.scalars(
        select(PaymentOrder.number).order_by(PaymentOrder.id)
    ).all()
    for number, reason in ((held, "by_hand"), (insolvent, "insolvency")):
        hold_order(number, reason, WHY, officer, NOW)
    make_batch(ON, ON, officer, NOW)  # neither signed nor sent: its order is to pay
    content, sha256 = batch.files[0].content, batch.files[0].sha256
    sent = batch.files[0].message_id
    any_session.close()
    migrate_to(any_world.app, "0039", down=True)
    first = "OP-2026-000001"
    revoked = "La décision a été retirée (art. 11)\u00a0: rien n’est payé."
    assert [(row[0], row[1], bool(row[2])) for row in rows(FORMER)] == [
        (first, "in_batch", True),
        (batched, "to_pay", False),
        (held, "held", False),
        (insolvent, "held", False),
    ]
    assert [row[3] for row in rows(FORMER)][:2] == [None, None]
    assert "payment_transfers" not in inspect(db.engine).get_table_names()
    any_session.close()
    db.session.execute(
        text("UPDATE payment_orders SET held_reason = :words WHERE number = :number"),
        [{"words": "Motif d’une autre époque.", "number": held}, {"words": revoked, "number": insolvent}],
    )
    db.session.commit()
    migrate_to(any_world.app, "0040")
    assert rows("SELECT number, status, attempts, offset_cents FROM payment_orders ORDER BY number") == [
        (first, "sent", 1, 0),
        (batched, "to_pay", 0, 0),
        (held, "held", 0, 0),
        (insolvent, "held", 0, 0),
    ]
    assert rows("SELECT reason, words FROM payment_holds ORDER BY id") == [
        ("by_hand", "Motif d’une autre époque."),
        ("revoked", ""),
    ]
    assert rows("SELECT end_to_end_id FROM payment_transfers") == [(first,)]
    ((message, kept, digest),) = rows("SELECT message_id, content, sha256 FROM payment_files")
    assert (bytes(kept), digest) == (content, sha256)  # type: ignore[call-overload]
    assert str(sent).startswith(str(message))
    entered = rows("SELECT piece, amount_cents FROM ledger_entries WHERE kind = 'sent'")
    assert {piece for piece, _ in entered} == {f"order:{first}"}
    migrate_to(any_world.app, "head")
