"""The proofs of what undue sums leave on orders (art. 14): each is seen to fail, and names the piece."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.ledger.check import check
from bonus.ledger.proofs_undue import UNDUE_PROOFS
from bonus.payments.models import PaymentOrder
from bonus.recoveries.deciding import confirm
from bonus.recoveries.ending import cancel
from bonus.recoveries.finding_forms import Found
from bonus.recoveries.offsets import offset
from bonus.recoveries.repayments import repay
from tests.support.bills import Item
from tests.support.ledger import by_hand, without_guards, wrong
from tests.support.recoveries import FACTS, WHY, YEAR, granted, lines_of, told
from tests.support.requests import at
from tests.support.settlements import ISSUED, REASONS, accountant, titre
from tests.support.world import World

NEXT = ISSUED + timedelta(days=1)


def settled(world: World) -> dict[str, str]:
    """A titre repaid in part, kept from a later bonus in part, then cancelled: two orders give it back. A bonus that
    was not paid, reduced for another undue sum, and one of which nothing is left. The pieces, by what they are."""
    one = titre(world)
    repay(one.number, 100_00, "VIR-1", ISSUED, accountant(world), at(ISSUED))
    granted(world, Item(1_000_00, service=YEAR), paid=False, day=ISSUED)
    order = db.session.scalars(select(PaymentOrder).order_by(PaymentOrder.id.desc())).first()
    assert order is not None
    offset(order.number, one.number, 200_00, accountant(world), at(ISSUED))
    cancel(one.number, REASONS, world.other_officer, at(NEXT))
    back = db.session.scalars(select(PaymentOrder).where(PaymentOrder.restores_id == order.id)).one()
    for net, found in ((500_00, "retained"), (300_00, "refused")):
        unpaid = granted(world, Item(2 * net, service=YEAR), paid=False)
        cents = net if found == "retained" else None
        about = Found(found, line_id=lines_of(unpaid)[0].id, net_cents=cents, said=FACTS)
        sum_ = told(world, unpaid, about, origin="control")
        confirm(sum_.id, WHY, world.other_officer, at(NEXT))
        if found == "retained":
            reduced, number = sum_.lines[0].decision_id, sum_.number
    return {
        "order": f"order:{order.number}",
        "back": f"order:{back.number}",
        "back of": f"decision:{order.decision_id}",
        "titre": f"titre:{one.number}",
        "sum": f"recovery:{number}",
        "decision": f"decision:{reduced}",
    }


CHANGED: dict[str, tuple[str, dict[str, str]]] = {
    "what an order says is kept": (
        "UPDATE payment_orders SET offset_cents = offset_cents + 1 WHERE offset_cents > 0",
        {"kept": "order"},
    ),
    "an offset that is not undone": (
        "UPDATE settlements SET undone_at = NULL WHERE kind = 'offset'",
        {"undone": "titre", "given_back": "back of"},
    ),
    "an order that gives more back": (
        "UPDATE payment_orders SET amount_cents = amount_cents + 1 WHERE number = '{back}'",
        {"restored": "back"},
    ),
    "an entry of a sum": (
        "UPDATE ledger_entries SET amount_cents = amount_cents - 1 WHERE \"key\" LIKE 'cancelled:%:recovery:%'",
        {"taken": "decision", "named": "sum"},
    ),
    "an entry of another sum": (
        'UPDATE ledger_entries SET "key" = "key" || \'9\' WHERE "key" LIKE \'cancelled:%:recovery:%\'',
        {"named": "sum"},
    ),
}


@pytest.mark.slow
def test_changed_by_hand_it_is_named(any_world: World, any_session: Session) -> None:
    pieces = settled(any_world)
    assert wrong() == []
    mine = {proof.code for proof in UNDUE_PROOFS}
    for name, (statement, seen) in CHANGED.items():
        without_guards()
        by_hand(statement.format(back=pieces["back"].removeprefix("order:")))
        assert set(wrong()) & mine == seen.keys(), name
        for code, piece in seen.items():
            (outcome,) = check([code])
            assert outcome.measured.first[0].piece == pieces[piece], name
        db.session.rollback()
        assert wrong() == [], name
