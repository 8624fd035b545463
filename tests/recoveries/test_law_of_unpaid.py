"""What was granted and is not paid, to the cent and the day (arts. 6, 7 and 14), when several undue sums follow."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.claims.annual_room import annual_room
from bonus.claims.room import undertaking_room
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.ledger.check import failing
from bonus.payments.models import PaymentOrder
from bonus.recoveries.allocation import Part
from bonus.recoveries.deciding import confirm
from bonus.recoveries.ending import cancel
from bonus.recoveries.finding_forms import Found
from bonus.recoveries.notifying import notify
from bonus.recoveries.offsets import offset
from bonus.recoveries.paid import paid_of
from bonus.recoveries.parts import claimed_of
from tests.support.bills import Item
from tests.support.recoveries import FOUND, WHY, YEAR, claim_of, drafted, granted, lines_of, pay, told
from tests.support.requests import at
from tests.support.settlements import DAY, ISSUED, REASONS, titre
from tests.support.world import Dossier, World

LATER = at(FOUND + 31 * DAY)
SAID = "Une partie de la facture n’ouvre pas droit au bonus."


def retained(dossier: Dossier, rank: int, cents: int) -> Found:
    return Found("retained", lines_of(dossier)[rank].id, said=SAID, net_cents=cents)


def order_of(dossier: Dossier) -> PaymentOrder:
    query = select(PaymentOrder).where(PaymentOrder.decision_id == claim_of(dossier).decisions[0].id)
    return db.session.scalars(query.where(PaymentOrder.restores_id.is_(None))).one()


def reduced_then_paid(world: World) -> Dossier:
    """Two lines of 4 500 € each; 8 000 € of the first one's 10 000 € count: 900 € are not paid, 8 100 € are."""
    dossier = granted(world, Item(10_000_00), Item(10_000_00), paid=False)
    recovery = told(world, dossier, retained(dossier, 0, 8_000_00))
    assert (recovery.amount_cents, recovery.unpaid_cents) == (0, 900_00)
    confirm(recovery.id, WHY, world.other_officer, LATER)
    pay(world, FOUND + 32 * DAY)
    assert paid_of(dossier.id)[claim_of(dossier).decisions[0].id].cents == 8_100_00
    return dossier


def test_what_an_order_lost_is_known_to_the_next_undue_sum(world: World, session: Session) -> None:
    dossier = reduced_then_paid(world)
    second = drafted(world, dossier, retained(dossier, 1, 9_000_00))
    assert (second.amount_cents, second.unpaid_cents) == (450_00, 0), "nothing of it is forgotten"


def test_what_an_order_lost_is_not_told_twice(world: World, session: Session) -> None:
    dossier = reduced_then_paid(world)
    second = drafted(world, dossier, retained(dossier, 0, 8_000_00))
    with pytest.raises(Refusal, match=r"recovery\.nothing_undue"):
        notify(second.id, world.reviewer, at(FOUND))


def test_what_is_not_paid_frees_the_ceilings_with_the_credits(any_world: World, any_session: Session) -> None:
    dossier = granted(any_world, Item(10_000_00), Item(10_000_00), paid=False)
    company = claim_of(dossier).company
    before = undertaking_room(company, FOUND)
    recovery = told(any_world, dossier, retained(dossier, 0, 8_000_00))
    assert annual_room(company, FOUND).granted_cents == 9_000_00
    confirm(recovery.id, WHY, any_world.other_officer, LATER)
    assert annual_room(company, FOUND).granted_cents == 8_100_00, "art. 6"
    after = undertaking_room(company, FOUND + 31 * DAY)
    assert before is not None
    assert after is not None
    assert after.room.left - before.room.left == 900_00, "art. 7"


def test_what_is_claimed_later_is_of_another_line_than_what_an_order_lost(
    world: World, session: Session
) -> None:
    dossier = reduced_then_paid(world)
    line = lines_of(dossier)[1]
    second = drafted(world, dossier, Found("retained", line.id, said=SAID, net_cents=9_000_00))
    notify(second.id, world.reviewer, at(ISSUED))
    confirm(second.id, WHY, world.other_officer, at(ISSUED + 31 * DAY))
    assert second.order is not None
    assert [one.part for one in claimed_of(second.order)] == [
        Part(second.lines[0].decision_id, line.id, 450_00)
    ]


def test_the_rest_of_an_order_offset_in_part_is_not_paid_when_it_is_undue(
    any_world: World, any_session: Session
) -> None:
    one = titre(any_world)
    later = granted(any_world, Item(10_000_00, service=YEAR), paid=False, day=ISSUED)
    order = order_of(later)
    offset(order.number, one.number, 1_000_00, any_world.accounting_officer, at(ISSUED))
    found = Found("refused", lines_of(later)[0].id, said=SAID)
    recovery = drafted(any_world, later, found, origin="false_statement")
    notify(recovery.id, any_world.reviewer, at(ISSUED))
    assert (recovery.amount_cents, recovery.unpaid_cents) == (1_000_00, 3_500_00)
    confirm(recovery.id, WHY, any_world.other_officer, at(ISSUED + 31 * DAY))
    assert (order.status, order.amount_cents, order.payable_cents) == ("offset", 1_000_00, 0)
    assert failing() == []


def test_what_is_offset_is_paid_on_the_day_of_the_offset(world: World, session: Session) -> None:
    """The five years of art. 14 run from the payment: the order was made before it."""
    one = titre(world)
    later = granted(world, Item(1_000_00, service=YEAR), paid=False, day=ISSUED)
    day = ISSUED + 20 * DAY
    offset(order_of(later).number, one.number, None, world.accounting_officer, at(day))
    assert paid_of(later.id)[claim_of(later).decisions[0].id].on == day


def test_what_was_offset_then_given_back_is_paid_on_the_day_of_its_transfer(
    world: World, session: Session
) -> None:
    one = titre(world)
    later = granted(world, Item(1_000_00, service=YEAR), paid=False, day=ISSUED)
    offset(order_of(later).number, one.number, None, world.accounting_officer, at(ISSUED))
    cancel(one.number, REASONS, world.other_officer, at(ISSUED))
    assert paid_of(later.id) == {}
    day: date = ISSUED + 20 * DAY
    pay(world, day)
    paid = paid_of(later.id)[claim_of(later).decisions[0].id]
    assert (paid.cents, paid.on) == (450_00, day)
