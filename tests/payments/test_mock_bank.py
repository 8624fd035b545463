"""Files of a bank no one here wrote: read, and matched with what it was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bonus.adapters.bank_messages import BankMessage, read_bank_message
from bonus.adapters.sepa import Address, BankAccount, PaymentFile, Transfer, french_iban, payment_file
from bonus.payments.answer_matching import KEEP, SentTransfer, match
from tests.adapters.bank_samples import OURS
from tests.support.mock_bank import MockBank, mock_bank

pytestmark = pytest.mark.slow  # a process of its own
STATES = {"execute": "executed", "reject": "rejected", "return": "returned"}
MONDAY = date(2026, 11, 23)
FILE = "LOT-2026-000001-01"


def payee(rank: int) -> str:
    return french_iban("30001", "00794", f"{rank:011d}")


def sent(rank: int) -> SentTransfer:
    return SentTransfer(f"OP-2026-{rank:06d}", FILE, f"{FILE}-001", 10_000 + rank, payee(rank))


def pain_001(transfers: Sequence[SentTransfer], message_id: str = FILE) -> bytes:
    address = Address("Lyon", "FR", "69003", "12 rue des Forges")
    return payment_file(
        PaymentFile(
            message_id=message_id,
            created_at=datetime(2026, 11, 20, 8, tzinfo=UTC),
            debtor=BankAccount("Agence comptable", OURS, Address("Paris", "FR")),
            transfers=tuple(
                Transfer(
                    one.order,
                    "BS-2026-000001",
                    BankAccount("Atelier", one.iban, address),
                    one.amount_cents,
                    MONDAY,
                )
                for one in transfers
            ),
        )
    )


def messages(bank: MockBank) -> list[BankMessage]:
    return [read_bank_message(one.content) for one in bank.mailbox("tresor")]


def play(
    found: Sequence[BankMessage], known: Sequence[SentTransfer]
) -> tuple[dict[str, SentTransfer], list[str]]:
    """Each transfer as the messages leave it, and what is kept for a person."""
    after, kept = {one.order: one for one in known}, []
    for message in found:
        for outcome in match(message, list(after.values()), OURS):
            kept += [outcome.why] if outcome.kind == KEEP else []
            for step in outcome.steps:
                assert outcome.transfer is not None
                one, state = after[outcome.transfer.order], STATES[step]
                after[one.order] = replace(one, state=state, order_status=state, said_at=message.created_at)
    return after, kept


def test_accepted_rejected_returned_and_sent_twice() -> None:
    transfers = [sent(rank) for rank in range(1, 21)]
    with mock_bank() as bank:
        bank.open_account("tresor", OURS, 1_000_000_00)
        bank.open_account("closed", payee(3))
        bank.behave("closed", "closed-account")
        bank.behave("tresor", "return-later", days=2, end_to_end_id="OP-2026-000007", reason="MD07")
        bank.pay(pain_001(transfers))
        bank.pay(pain_001(transfers))  # the bank has it already
        bank.advance(7)
        found, left = messages(bank), bank.balance("tresor")
    assert {message.version for message in found} == {
        "pain.002.001.10",
        "camt.054.001.08",
        "camt.053.001.08",
        "pacs.004.001.09",
    }
    after, kept = play(found, transfers)
    assert Counter(one.state for one in after.values()) == {"executed": 18, "rejected": 1, "returned": 1}
    assert (after["OP-2026-000003"].state, after["OP-2026-000007"].state) == ("rejected", "returned")
    assert kept == ["sent_twice"]
    paid = sum(one.amount_cents for one in after.values() if one.state == "executed")
    assert 1_000_000_00 - left == paid
    again, kept = play(list(reversed(found)), list(after.values()))
    assert again == after, "told again in any order, nothing changes"


def test_a_refused_file_rejects_every_transfer() -> None:
    transfers = [sent(rank) for rank in range(1, 4)]
    with mock_bank() as bank:
        bank.open_account("tresor", OURS, 1_000_000_00)
        bank.behave("tresor", "reject-file")
        bank.pay(pain_001(transfers))
        after, kept = play(messages(bank), transfers)
    assert {one.state for one in after.values()} == {"rejected"}
    assert kept == []


def test_a_silent_bank_is_known_by_its_debits() -> None:
    transfers = [sent(rank) for rank in range(1, 4)]
    with mock_bank() as bank:
        bank.open_account("tresor", OURS, 1_000_000_00)
        bank.behave("tresor", "silent")
        bank.pay(pain_001(transfers))
        assert play(messages(bank), transfers)[0] == {one.order: one for one in transfers}
        bank.advance(4)
        after, kept = play(messages(bank), transfers)
    assert {one.state for one in after.values()} == {"executed"}
    assert kept == []


def test_a_statement_with_a_hole_is_seen() -> None:
    transfers = [sent(rank) for rank in range(1, 4)]
    with mock_bank() as bank:
        bank.open_account("tresor", OURS, 1_000_000_00)
        bank.behave("tresor", "statement-gap")
        bank.pay(pain_001(transfers))
        bank.advance(4)
        _, kept = play(messages(bank), transfers)
    assert kept == ["balance"]


def test_accounts_of_others_are_not_ours() -> None:
    with mock_bank() as bank:
        bank.advance(1)
        others = [read_bank_message(one.content) for one in bank.mailbox("ACME")]
    assert others
    for message in others:
        assert [outcome.why for outcome in match(message, [], OURS)] == ["other_account"]
