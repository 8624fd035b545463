"""A thousand orders played through a bank no one here wrote: each ends in its right place, and the sums are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.parts import document_store
from bonus.payments.answer_models import BankFile
from bonus.payments.answers import apply_file, our_account, take_file
from bonus.payments.holds import reopen
from bonus.payments.models import PaymentFile, PaymentOrder, PaymentTransfer
from tests.support.answers import entered, findings, orders
from tests.support.many_orders import many_due
from tests.support.mock_bank import MockBank, mock_bank
from tests.support.payments import sent_batch
from tests.support.world import NOW, ON, World

pytestmark = pytest.mark.slow
EACH = 200
BEGINNING = 1_000_000_000_00


@pytest.fixture
def bank() -> Iterator[MockBank]:
    with mock_bank("2026-11-20T09:00") as found:
        found.open_account("tresor", our_account(), BEGINNING)
        yield found


def send(world: World, bank: MockBank, behaviour: str, *, times: int = 1, **parameters: object) -> str:
    """Hand what is due to the bank, that behaves so; the file's identifier."""
    number = sent_batch(ON, ON, world.accounting_officer, NOW).number
    query = select(PaymentFile).where(PaymentFile.message_id.like(f"{number}-%"))
    (file,) = db.session.scalars(query).all()
    content, name = file.content, file.message_id
    db.session.rollback()
    bank.behave("tresor", behaviour, **parameters)
    for _ in range(times):
        bank.pay(content)
    return name


def take_all(world: World, bank: MockBank, done: set[int]) -> None:
    """Hand in every message of our account that was not yet, in the mailbox's order."""
    for one in bank.mailbox("tresor"):
        if one.id in done:
            continue
        done.add(one.id)
        taken = take_file(
            one.content, f"{one.id}.xml", "folder", document_store(), world.accounting_officer, NOW
        )
        apply_file(taken.id, NOW)


def ended(file: str) -> Counter[str]:
    """How many orders of a file are in each status today."""
    query = (
        select(PaymentOrder.status)
        .join(PaymentTransfer, PaymentTransfer.order_id == PaymentOrder.id)
        .join(PaymentFile, PaymentFile.id == PaymentTransfer.file_id)
        .where(PaymentFile.message_id == file)
    )
    return Counter(db.session.scalars(query))


def test_a_thousand_orders(world: World, session: Session, bank: MockBank) -> None:
    done: set[int] = set()
    many_due(world, EACH)
    for rank, order in enumerate(orders()[:20]):
        bank.open_account(f"closed-{rank}", str(order.iban))
        bank.behave(f"closed-{rank}", "closed-account")
    some_closed = send(world, bank, "accept")
    bank.advance(4)  # booked, before the bank behaves otherwise
    many_due(world, EACH)
    all_returned = send(world, bank, "return-later", days=2, reason="MD07")
    bank.advance(7)
    many_due(world, EACH)
    all_refused = send(world, bank, "reject-file")
    many_due(world, EACH)
    twice = send(world, bank, "duplicate-file", times=2)
    many_due(world, EACH)
    silent = send(world, bank, "silent")
    bank.advance(7)
    take_all(world, bank, done)

    assert ended(some_closed) == {"executed": EACH - 20, "rejected": 20}
    assert ended(all_returned) == {"returned": EACH}
    assert ended(all_refused) == {"rejected": EACH}
    assert ended(twice) == {"executed": EACH}
    assert ended(silent) == {"executed": EACH}
    assert [one.reason for one in findings("keep")] == ["sent_twice"]
    closed = [order for order in orders() if order.standing_holds]
    assert len(closed) == 20
    assert {order.status for order in closed} == {"rejected"}

    def paid() -> int:
        return sum(order.payable_cents for order in orders() if order.status == "executed")

    assert entered("executed") - entered("returned") == paid() == BEGINNING - bank.balance("tresor")
    assert (
        entered("sent")
        == entered("executed") + entered("rejected")
        == sum(one.payable_cents for one in orders())
    )

    # What the whole file's refusal gave back is paid again because a person says so, and only that.
    again = (
        select(PaymentOrder)
        .join(PaymentTransfer)
        .join(PaymentFile)
        .where(PaymentFile.message_id == all_refused)
    )
    for order in db.session.scalars(again).all():
        reopen(order, world.accounting_officer, NOW, "Fichier corrigé avec la banque")
    db.session.commit()
    second = send(world, bank, "accept")
    bank.advance(4)
    take_all(world, bank, done)
    assert ended(second) == ended(all_refused) == {"executed": EACH}
    assert [one.reason for one in findings("keep")] == ["sent_twice"]
    assert entered("executed") - entered("returned") == paid() == BEGINNING - bank.balance("tresor")
    assert len(orders()) == 5 * EACH
    assert set(db.session.scalars(select(BankFile.status))) == {"applied"}
