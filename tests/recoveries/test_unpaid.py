"""What was granted and did not leave (art. 14): held while an undue sum is open, then brought down, or cancelled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.errors import Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.payments.batches import dismiss_batch, make_batch
from bonus.payments.models import PaymentOrder
from bonus.recoveries.deciding import confirm, drop
from bonus.recoveries.finding_forms import Found
from tests.support.bills import bill
from tests.support.recoveries import DECIDED, FOUND, WHY, drafted, granted, lines_of, told
from tests.support.requests import at
from tests.support.world import World, decided, draft, run_jobs

DAY = timedelta(days=1)
LATER = at(FOUND + 31 * DAY)
SAID = "Le service n’a pas été rendu du tout."


def the_order() -> PaymentOrder:
    return db.session.scalars(select(PaymentOrder)).one()


def test_nothing_is_left_of_it(any_world: World, any_session: Session) -> None:
    dossier = granted(any_world, paid=False)
    false = Found("refused", lines_of(dossier)[0].id, said=SAID)
    recovery = told(any_world, dossier, false, origin="false_statement")
    assert (recovery.amount_cents, recovery.unpaid_cents) == (0, 4_500_00)
    confirm(recovery.id, WHY, any_world.other_officer, LATER)
    assert the_order().status == "cancelled"
    entry = db.session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "cancelled")).one()
    assert entry.amount_cents == 4_500_00


def test_an_order_made_meanwhile_is_held(world: World, session: Session) -> None:
    dossier = decided(
        world, draft(world, [bill(issued_on=DECIDED - 18 * DAY)], now=at(DECIDED)), now=at(DECIDED)
    )
    false = Found("refused", lines_of(dossier)[0].id, said=SAID)
    recovery = drafted(world, dossier, false)
    run_jobs(world, at(FOUND))
    assert the_order().status == "held"
    drop(recovery.id, WHY, world.reviewer, at(FOUND))
    assert the_order().status == "to_pay"


def test_an_order_in_a_batch_waits_for_it_to_be_dismissed(world: World, session: Session) -> None:
    dossier = granted(world, paid=False)
    batch = make_batch(FOUND, FOUND, world.accounting_officer, at(FOUND))
    recovery = told(world, dossier)
    with pytest.raises(Refusal) as refusal:
        confirm(recovery.id, WHY, world.other_officer, LATER)
    assert refusal.value.code == "recovery.in_batch"
    db.session.rollback()
    dismiss_batch(batch.number, "Un ordre est retenu.", world.accounting_officer, LATER)
    confirm(recovery.id, WHY, world.other_officer, LATER)
    assert (the_order().status, the_order().amount_cents) == ("to_pay", 2_231_51)
