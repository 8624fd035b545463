"""Answers come late, twice and in any order: what became of a transfer is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.adapters.bank_messages import BankMessage, read_bank_message
from bonus.payments.answer_matching import KEEP, Outcome, SentTransfer, match
from tests.adapters.bank_samples import (
    FILE,
    ORDER,
    OURS,
    PAYEE,
    PAYMENT,
    Entry,
    account,
    batch_booked,
    line,
    reason,
    report,
    returned,
)

SENT = SentTransfer(ORDER, FILE, PAYMENT, 10_001, PAYEE)
STATES = {"execute": "executed", "reject": "rejected", "return": "returned"}


def read(content: bytes) -> BankMessage:
    return read_bank_message(content)


RECEIVED = read(report(line("ACTC"), group="<GrpSts>ACTC</GrpSts>", created="2026-11-20T10:00:00Z"))
ACCEPTED = read(report(line("ACSP"), created="2026-11-20T11:00:00Z"))
SETTLED = read(report(line("ACSC"), created="2026-11-23T09:00:00Z"))
REFUSED = read(report(line("RJCT", inside=reason("AC04")), created="2026-11-23T09:00:00Z"))
ALL_REFUSED = read(report(group="<GrpSts>RJCT</GrpSts>" + reason("FF01"), created="2026-11-23T09:00:00Z"))
DEBIT = read(account(Entry(), created="2026-11-23T20:00:00Z"))
BATCH = read(account(batch_booked("100.01", 1, reference="REF-1"), created="2026-11-23T20:00:00Z"))
STATEMENT = read(account(Entry(), version="camt.053.001.02", created="2026-11-23T23:00:00Z"))
BACK = read(returned(created="2026-11-25T09:00:00Z"))
CREDIT = read(account(Entry(direction="CRDT", back="AC04"), created="2026-11-25T20:00:00Z"))
CREDITED = read(account(Entry(direction="CRDT", back="AC04"), version="camt.053.001.08"))
PAID = [RECEIVED, ACCEPTED, SETTLED, DEBIT, BATCH, STATEMENT]
EVERYTHING = [*PAID, REFUSED, ALL_REFUSED, BACK, CREDIT, CREDITED]


def play(messages: Sequence[BankMessage]) -> tuple[SentTransfer, list[Outcome]]:
    """The transfer once every message was applied, one after the other, and all that came of them."""
    transfer, everything = SENT, []
    for message in messages:
        for outcome in match(message, [transfer], OURS):
            everything.append(outcome)
            if outcome.item and outcome.item.said == "executed" and outcome.kind != KEEP:
                debit = (message.kind, outcome.item.reference)
                transfer = replace(transfer, debits=transfer.debits | {debit})
            for step in outcome.steps:
                state = STATES[step]
                transfer = replace(transfer, state=state, order_status=state, said_at=message.created_at)
    return transfer, everything


def steps(found: Sequence[Outcome]) -> Counter[str]:
    return Counter(step for outcome in found for step in outcome.steps)


def repeated(messages: Sequence[BankMessage]) -> st.SearchStrategy[list[BankMessage]]:
    """Every one of them at least once, in any order, some twice."""
    return st.lists(st.sampled_from(messages), max_size=6).flatmap(
        lambda more: st.permutations([*messages, *more])
    )


@given(repeated(PAID))
def test_what_is_paid_is_executed_once(messages: list[BankMessage]) -> None:
    transfer, found = play(messages)
    assert (transfer.state, steps(found)) == ("executed", {"execute": 1})
    assert not [outcome for outcome in found if outcome.kind == KEEP]


@given(repeated([*PAID, BACK, CREDIT, CREDITED]))
def test_what_comes_back_is_executed_once_and_returned_once(messages: list[BankMessage]) -> None:
    transfer, found = play(messages)
    assert (transfer.state, steps(found)) == ("returned", {"execute": 1, "return": 1})
    assert not [outcome for outcome in found if outcome.kind == KEEP]


@given(repeated([RECEIVED, ACCEPTED, REFUSED, ALL_REFUSED]))
def test_what_is_refused_is_rejected_once(messages: list[BankMessage]) -> None:
    transfer, found = play(messages)
    assert (transfer.state, steps(found)) == ("rejected", {"reject": 1})
    assert not [outcome for outcome in found if outcome.kind == KEEP]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(EVERYTHING), max_size=12))
def test_whatever_the_bank_says_money_moves_once(messages: list[BankMessage]) -> None:
    transfer, found = play(messages)
    taken = steps(found)
    assert taken["execute"] + taken["reject"] <= 1
    assert taken["return"] <= taken["execute"]
    expected = {0: "sent", 1: "executed"}[taken["execute"]]
    if taken["return"]:
        expected = "returned"
    if taken["reject"]:
        expected = "rejected"
    assert transfer.state == expected
    assert all(outcome.why for outcome in found if outcome.kind == KEEP)
