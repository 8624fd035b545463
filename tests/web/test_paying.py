"""What a company reads of the payment of its dossier, as its orders go to the bank and come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from bonus.claims.payment_words import Payment, payment_step
from bonus.extensions import db
from bonus.parts import document_store
from bonus.payments.accounts import ask_for_change
from bonus.payments.models import PaymentOrder
from bonus.recoveries.offsets import offset
from bonus.web.company.paying import payments_of
from tests.support.answers import debit, giving_back, orders, rejection, sent, take
from tests.support.bills import Item
from tests.support.recoveries import YEAR, claim_of, granted
from tests.support.requests import at
from tests.support.settlements import CLAIMED, ISSUED, titre
from tests.support.space import account_input
from tests.support.world import NOW, ON, World, decided


def told(order: PaymentOrder) -> Payment:
    """The one payment of the dossier of an order."""
    db.session.expire_all()
    (payment,) = payments_of(order.decision.claim, ON)
    return payment


def test_nothing_is_due_before_the_order(world: World, session: Session) -> None:
    assert payments_of(claim_of(decided(world)), ON) == [Payment(4_500_00, "preparing")]


def test_paid_once_the_bank_says_so(world: World, session: Session) -> None:
    (order,) = sent(world)
    assert (told(order).state, told(order).amount_cents) == ("sent", 4_500_00)
    take(debit(order), world)
    assert told(orders()[0]).state == "paid"


@pytest.mark.parametrize("answer", [rejection, giving_back])
def test_an_account_at_fault_is_for_the_company_to_replace(
    world: World, session: Session, answer: Callable[..., bytes]
) -> None:
    (order,) = sent(world)
    if answer is giving_back:
        take(debit(order), world)
        (order,) = orders()
    take(answer(order), world)
    assert told(orders()[0]).state == "account"
    ask_for_change(world.company_id, account_input(), document_store(), world.owner, NOW)
    waits = told(orders()[0])
    assert (waits.state, waits.reason) == (
        "held",
        "Un changement de compte bancaire attend d’être vérifié (art. 13).",
    )


def test_what_is_no_fault_of_the_company_asks_it_nothing(world: World, session: Session) -> None:
    (order,) = sent(world)
    take(rejection(order, "AC05"), world)
    assert (told(orders()[0]).state, told(orders()[0]).reason.split(" :")[0]) == (
        "held",
        "La banque n’a pas fait ce virement",
    )


def test_what_a_titre_kept(world: World, session: Session) -> None:
    one = titre(world)
    wholly, partly = (
        granted(world, Item(cents, service=YEAR), paid=False, day=ISSUED) for cents in (1_000_00, 10_000_00)
    )
    for order in orders()[-2:]:
        offset(order.number, one.number, None, world.accounting_officer, at(ISSUED))
    assert payments_of(claim_of(wholly), ON) == [Payment(0, "offset", kept_cents=450_00)]
    (left,) = payments_of(claim_of(partly), ON)
    assert (left.state, left.amount_cents, left.kept_cents) == (
        "due",
        4_500_00 - CLAIMED + 450_00,
        CLAIMED - 450_00,
    )


def test_in_its_last_year_it_is_said_when_it_can_no_longer_be_paid(world: World, session: Session) -> None:
    """Art. 14: four years after 31 December of its year."""
    claim = claim_of(granted(world, paid=False))
    for day, barred in ((date(2029, 12, 31), None), (date(2030, 1, 1), date(2031, 1, 1))):
        (payment,) = payments_of(claim, day)
        assert (payment.state, payment.barred_on) == ("due", barred)
        assert ("1er janvier 2031" in payment_step(payment, "")[3]) == (barred is not None)
