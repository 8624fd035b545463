"""A titre of two payments, whatever is paid, noted, barred and given back, in any order, in time or late (art. 14)."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.errors import Refusal
from bonus.extensions import db
from bonus.recoveries.bars import bar_what_is, interrupt
from bonus.recoveries.ending import cancel, waive
from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.parts import cents_of, claimed_of, left_of
from bonus.recoveries.repayments import handle_overpayment, repay
from bonus.recoveries.settlement import titre_numbered
from bonus.recoveries.settlement_models import Overpayment
from tests.recoveries.test_bars import CLOUD, FIRST_BARRED, SUITE_BONUS, claimed, two_decisions
from tests.support.ledger import wrong
from tests.support.requests import at
from tests.support.settlements import REASONS, whole
from tests.support.world import World

ACTS = ("repay", "repay", "repay", "night", "night", "interrupt", "waive", "give_back", "cancel")


def play(world: World, number: str, chance: random.Random, today: date, rank: int) -> None:
    officer, now = world.accounting_officer, at(today)
    past = today - timedelta(days=chance.choice((0, 1, 3, 12)))
    cents = chance.choice((1, 40_000, 250_000, 900_000))
    act = chance.choice(ACTS)
    if act == "repay":
        repay(number, cents, f"VIR {rank}", past, officer, now)
    elif act == "night":
        bar_what_is(now)
    elif act == "interrupt":
        interrupt(number, "court", f"RG {rank}", past, officer, now)
    elif act == "waive":
        waive(number, cents, REASONS, world.other_officer, now)
    elif act == "give_back":
        kept = select(Overpayment.id).where(Overpayment.handled_at.is_(None)).limit(1)
        found = db.session.scalars(kept).first()
        if found is not None:
            handle_overpayment(found, f"VIR R{rank}", today, officer, now)
    elif chance.random() < 0.2:
        cancel(number, REASONS, world.other_officer, now)


def holds(one: RecoveryOrder) -> None:
    assert whole(one)
    assert cents_of([left.part for left in left_of(one)]) == one.remaining_cents
    assert (one.status == "open") == (one.remaining_cents > 0)
    assert cents_of([part.part for part in claimed_of(one)]) == one.amount_cents == CLOUD + SUITE_BONUS
    assert wrong() == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_the_accounts_hold_whatever_the_order(world: World, session: Session, seed: int) -> None:
    chance, number = random.Random(seed), claimed(world, two_decisions(world), 0, 1).number
    today = FIRST_BARRED - timedelta(days=4)
    for rank in range(14):
        try:
            play(world, number, chance, today, rank)
        except Refusal:
            db.session.rollback()
        db.session.expire_all()
        holds(titre_numbered(number))
        today += timedelta(days=chance.choice((0, 1, 1, 5)))
