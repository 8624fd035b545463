"""What is received beyond what a titre claims (art. 14): owed to whoever paid it, in an account of its own."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.claims.notice_models import Notice
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.ledger.reading import balances
from bonus.recoveries.repayments import handle_overpayment, repay
from bonus.recoveries.settlement_models import Overpayment
from tests.support.application import migrate_to
from tests.support.ledger import by_hand, without_guards, wrong
from tests.support.requests import at
from tests.support.settlements import CLAIMED, DAY, ISSUED, titre
from tests.support.words import plain
from tests.support.world import World


def held(account: str) -> int:
    """What an account holds, in cents: positive for a debit."""
    return next(one.cents for one in balances() if one.account == account)


def too_much(world: World, cents: int) -> Overpayment:
    one = titre(world)
    found = repay(one.number, CLAIMED + cents, "VIR 1", ISSUED, world.accounting_officer, at(ISSUED))
    assert found.overpayment is not None
    return found.overpayment


def test_it_is_owed_until_it_is_given_back(any_world: World, any_session: Session) -> None:
    kept, officer = too_much(any_world, 12_34), any_world.accounting_officer
    assert held("refundable") == -12_34
    bank = held("bank")
    assert wrong() == []
    day = ISSUED + 3 * DAY
    handle_overpayment(kept.id, " VIR  99 ", day, officer, at(day))
    assert (kept.given_back_reference, kept.given_back_on) == ("VIR 99", day)
    assert (held("refundable"), held("bank")) == (0, bank - 12_34)
    assert wrong() == []
    said = db.session.scalars(select(Notice.sentence).order_by(Notice.id.desc())).first()
    assert "12,34 € reçus de trop" in plain(said or "")
    with pytest.raises(Refusal, match="déjà réglé"):
        handle_overpayment(kept.id, "VIR 99", day, officer, at(day))


@pytest.mark.parametrize(
    ("reference", "days", "code"),
    [
        ("VI", 1, "settlement.reference"),
        ("V" * 61, 1, "settlement.reference"),
        ("VIR 99", -1, "settlement.given_back_on"),
        ("VIR 99", 2, "settlement.given_back_on"),
        ("VIR 99", 0, ""),
        ("VIR 99", 1, ""),
    ],
)
def test_a_transfer_that_cannot_have_given_it_back(
    world: World, session: Session, reference: str, days: int, code: str
) -> None:
    kept, officer, today = too_much(world, 1), world.accounting_officer, ISSUED + DAY
    if not code:
        handle_overpayment(kept.id, reference, ISSUED + days * DAY, officer, at(today))
        return
    with pytest.raises(InvalidInput) as refused:
        handle_overpayment(kept.id, reference, ISSUED + days * DAY, officer, at(today))
    assert refused.value.code == code


def test_by_an_accounting_officer_alone(world: World, session: Session) -> None:
    kept = too_much(world, 1)
    for actor in (world.reviewer, world.other_officer, world.owner):
        with pytest.raises(Forbidden):
            handle_overpayment(kept.id, "VIR 99", ISSUED, actor, at(ISSUED))
        db.session.rollback()
    with pytest.raises(NotFound):
        handle_overpayment(999, "VIR 99", ISSUED, world.accounting_officer, at(ISSUED))


def test_what_was_received_before_this_account_is_entered(any_world: World, any_session: Session) -> None:
    kept = too_much(any_world, 5_00)
    handle_overpayment(kept.id, "VIR 99", ISSUED, any_world.accounting_officer, at(ISSUED))
    later = repay(kept.order.number, 7_00, "VIR 2", ISSUED, any_world.accounting_officer, at(ISSUED))
    assert later.overpayment is not None
    without_guards()
    by_hand("DELETE FROM ledger_entries WHERE kind IN ('overpaid', 'given_back')")
    db.session.commit()
    any_session.close()
    migrate_to(any_world.app, "0046", down=True)
    migrate_to(any_world.app, "head")
    count = select(func.count()).select_from(LedgerEntry)
    assert db.session.scalar(count.where(LedgerEntry.kind == "overpaid")) == 2, "once each"
    assert (held("refundable"), wrong()) == (-7_00, [])
