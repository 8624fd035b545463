"""What an answer does to a transfer: applied when it is certain, kept for a person when it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bonus.adapters.bank_messages import read_bank_message
from bonus.payments.answer_matching import KEEP, NOTE, Outcome, SentTransfer, match
from tests.adapters.bank_samples import (
    ELSEWHERE,
    FILE,
    ORDER,
    OURS,
    PAYEE,
    PAYMENT,
    Entry,
    account,
    balance,
    batch_booked,
    line,
    reason,
    report,
    returned,
)

SENT = SentTransfer(ORDER, FILE, PAYMENT, 10_001, PAYEE)
SAID_AT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
BEFORE, AFTER = "2026-11-23T17:59:59+01:00", "2026-11-23T18:00:01+01:00"
SECOND = "LOT-2026-000002-01"


def was(state: str, **changes: object) -> SentTransfer:
    return replace(SENT, state=state, order_status=state, said_at=SAID_AT, **changes)  # type: ignore[arg-type]


def outcomes(content: bytes, *known: SentTransfer) -> list[Outcome]:
    return match(read_bank_message(content), known or (SENT,), OURS)


def one(content: bytes, *known: SentTransfer) -> tuple[str, str]:
    (found,) = outcomes(content, *known)
    return found.kind, found.why


DEBIT, CREDIT = account(Entry()), account(Entry(direction="CRDT", back="AC04"))
ACCEPTED, EXECUTED = report(line("ACCP"), created=AFTER), report(line("ACSC"))
REJECTED = report(line("RJCT", inside=reason("AC04")))


@pytest.mark.parametrize(
    ("state", "content", "expected"),
    [
        ("sent", ACCEPTED, (NOTE, "")),
        ("sent", EXECUTED, ("execute", "")),
        ("sent", DEBIT, ("execute", "")),
        ("sent", REJECTED, ("reject", "")),
        ("sent", CREDIT, ("return", "")),
        ("sent", returned(), ("return", "")),
        ("executed", ACCEPTED, (NOTE, "late")),
        ("executed", EXECUTED, (NOTE, "already")),
        ("executed", DEBIT, (NOTE, "already")),
        ("executed", REJECTED, (KEEP, "goes_back")),
        ("executed", returned(), ("return", "")),
        ("executed", CREDIT, ("return", "")),
        ("rejected", ACCEPTED, (KEEP, "goes_back")),
        ("rejected", report(line("ACCP"), created=BEFORE), (NOTE, "late")),
        ("rejected", EXECUTED, (KEEP, "paid_after_rejection")),
        ("rejected", DEBIT, (KEEP, "paid_after_rejection")),
        ("rejected", REJECTED, (NOTE, "already")),
        ("rejected", returned(), (KEEP, "paid_after_rejection")),
        ("returned", ACCEPTED, (NOTE, "late")),
        ("returned", DEBIT, (NOTE, "already")),
        ("returned", REJECTED, (KEEP, "goes_back")),
        ("returned", CREDIT, (NOTE, "already")),
        ("returned", returned(), (NOTE, "already")),
    ],
)
def test_each_answer_in_each_state(state: str, content: bytes, expected: tuple[str, str]) -> None:
    assert one(content, was(state)) == expected


def test_a_return_told_before_its_debit_means_both() -> None:
    (found,) = outcomes(returned())
    assert found.steps == ("execute", "return")
    (found,) = outcomes(returned(), was("executed"))
    assert found.steps == ("return",)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (account(Entry(order="OP-2026-999999")), "unknown_order"),
        (report(line("RJCT", "OP-2026-999999")), "unknown_order"),
        (report(line("RJCT").replace(ORDER, "NOTPROVIDED")), "unknown_order"),
        (report(line("RJCT"), file="LOT-2026-000009-01"), "unknown_file"),
        (report(group="<GrpSts>RJCT</GrpSts>", file="LOT-2026-000009-01"), "unknown_file"),
        (account(Entry(file="LOT-2026-000009-01")), "unknown_file"),
        (account(Entry(amount="100.00")), "wrong_amount"),
        (account(Entry(amount="100.02")), "wrong_amount"),
        (account(Entry(amount="100.011")), "wrong_amount"),
        (account(Entry()).replace(b'"EUR"', b'"USD"'), "wrong_amount"),
        (returned([(ORDER, "99.01", "AC04")]), "wrong_amount"),
        (account(Entry(payee=ELSEWHERE)), "other_payee"),
        (account(Entry(direction="CRDT")), "unexplained_credit"),
        (account(Entry(direction="CRDT", reversal=True)), "reversal"),
        (account(Entry(order="", details="", direction="CRDT")), "unexplained_credit"),
        (account(Entry(order="", details="")), "unexplained_debit"),
        (report(line("CANC")), "unknown_status"),
        (report(group="<GrpSts>CANC</GrpSts>"), "unknown_status"),
        (report(line("RVNM")), "no_match"),
        (report(line("RJCT", inside=reason("AM05"))), "sent_twice"),
        (report(group="<GrpSts>RJCT</GrpSts>" + reason("DUPL")), "sent_twice"),
    ],
)
def test_what_is_not_certain_is_kept(content: bytes, why: str) -> None:
    found = outcomes(content)
    assert [outcome.why for outcome in found if outcome.kind == KEEP] == [why]
    assert all(not outcome.steps for outcome in found)


def test_a_return_may_name_us_as_who_is_paid() -> None:
    assert one(account(Entry(direction="CRDT", back="AC04", payee=OURS)), was("executed"))[0] == "return"


def test_another_account_is_kept_once_and_nothing_of_it_applied() -> None:
    found = outcomes(account(Entry(), Entry(order="OP-2"), iban=ELSEWHERE))
    assert [(outcome.kind, outcome.why, outcome.words) for outcome in found] == [
        (KEEP, "other_account", ELSEWHERE)
    ]
    assert one(returned(iban=ELSEWHERE)) == (KEEP, "other_account")


def test_a_file_about_two_accounts_is_applied_for_ours_alone() -> None:
    end = b"</BkToCstmrDbtCdtNtfctn>"
    other = account(Entry(order="OP-2"), iban=ELSEWHERE).partition(b"</GrpHdr>")[2].partition(end)[0]
    both = account(Entry()).replace(end, other + end)
    assert [(outcome.kind, outcome.why) for outcome in outcomes(both)] == [
        (KEEP, "other_account"),
        ("execute", ""),
    ]


FIRST = replace(was("returned"), latest=False, order_status="sent")
AGAIN = replace(SENT, message_id=SECOND, payment_id=f"{SECOND}-001")


def test_the_file_tells_attempts_apart() -> None:
    assert one(account(Entry(file=SECOND)), FIRST, AGAIN) == ("execute", "")
    assert one(account(Entry(file=FILE)), FIRST, AGAIN) == (NOTE, "already")
    assert one(report(line("RJCT"), file=FILE), FIRST, AGAIN) == (KEEP, "goes_back")


def test_the_payment_tells_them_too() -> None:
    details = (
        f"<TxDtls><Refs><PmtInfId>{SECOND}-001</PmtInfId><EndToEndId>{ORDER}</EndToEndId></Refs></TxDtls>"
    )
    assert one(account(Entry(details=details)), FIRST, AGAIN) == ("execute", "")


def test_without_a_file_nothing_tells_them_apart() -> None:
    assert one(account(Entry(file="")), FIRST, AGAIN) == (KEEP, "which_attempt")
    assert one(account(Entry(file=""))) == ("execute", "")


def test_an_older_attempt_changes_nothing_by_itself() -> None:
    older = replace(was("executed"), latest=False, order_status="sent")
    assert one(returned(), older, AGAIN) == (KEEP, "older_attempt")


@pytest.mark.parametrize("status", ["cancelled", "to_pay_again", "offset", "in_batch"])
def test_an_order_moved_by_someone_is_left_as_it_is(status: str) -> None:
    assert one(EXECUTED, replace(SENT, order_status=status)) == (KEEP, "order_moved")


def test_the_same_twice_in_one_file() -> None:
    found = outcomes(account(Entry(), Entry()))
    assert [(outcome.kind, outcome.why) for outcome in found] == [("execute", ""), (KEEP, "twice_in_file")]


def test_a_second_debit_by_another_statement_is_seen_by_its_reference() -> None:
    paid = was("executed", debits=frozenset({("camt.053", "REF-1")}))
    statement = "camt.053.001.08"
    assert one(account(Entry(), version=statement), paid) == (NOTE, "already")
    assert one(account(Entry(reference="REF-2"), version=statement), paid) == (KEEP, "debited_twice")
    assert one(account(Entry(reference="REF-2")), paid) == (
        NOTE,
        "already",
    )  # the notification of the same debit


THREE = tuple(replace(SENT, order=f"OP-2026-00000{rank}", amount_cents=10_000 + rank) for rank in (1, 2, 3))
WHOLE = "<OrgnlNbOfTxs>3</OrgnlNbOfTxs><OrgnlCtrlSum>300.06</OrgnlCtrlSum>"


def kinds(content: bytes, *known: SentTransfer) -> list[tuple[str, str]]:
    return [
        (outcome.transfer.order[-1] if outcome.transfer else "", outcome.why or outcome.kind)
        for outcome in outcomes(content, *known)
    ]


def test_a_file_refused_as_a_whole_rejects_each() -> None:
    group = WHOLE + "<GrpSts>RJCT</GrpSts>" + reason("FF01")
    assert kinds(report(group=group), *THREE) == [("1", "reject"), ("2", "reject"), ("3", "reject")]


def test_a_payment_refused_leaves_the_others() -> None:
    other = replace(THREE[2], payment_id=f"{FILE}-002")
    assert kinds(report(payment="<PmtInfSts>RJCT</PmtInfSts>"), *THREE[:2], other) == [
        ("1", "reject"),
        ("2", "reject"),
    ]


@pytest.mark.parametrize("whole", ["<OrgnlNbOfTxs>4</OrgnlNbOfTxs>", "<OrgnlCtrlSum>300.05</OrgnlCtrlSum>"])
def test_a_file_refused_for_another_sum_is_kept(whole: str) -> None:
    assert kinds(report(group=whole + "<GrpSts>RJCT</GrpSts>"), *THREE) == [("", "wrong_sum")]


def test_a_file_refused_whose_lines_say_otherwise_is_kept() -> None:
    content = report(line("ACCP"), group="<GrpSts>RJCT</GrpSts>")
    assert kinds(content, *THREE) == [("", "goes_back"), ("1", "note")]


def test_a_line_of_its_own_gives_the_reason() -> None:
    content = report(line("RJCT", inside=reason("AC04")), group="<GrpSts>RJCT</GrpSts>" + reason("FF01"))
    found = {
        outcome.transfer.order[-1]: outcome.item.reason
        for outcome in outcomes(content, *THREE)
        if outcome.transfer and outcome.item
    }
    assert found == {"1": "AC04", "2": "FF01", "3": "FF01"}


def test_one_debit_for_all() -> None:
    assert kinds(account(batch_booked("300.06", 3)), *THREE) == [
        ("1", "execute"),
        ("2", "execute"),
        ("3", "execute"),
    ]


def test_one_debit_for_those_that_were_not_rejected() -> None:
    known = (replace(THREE[0], state="rejected", order_status="rejected"), *THREE[1:])
    assert kinds(account(batch_booked("200.05", 2)), *known) == [("2", "execute"), ("3", "execute")]
    assert kinds(account(batch_booked("300.06", 3)), *known) == [("", "wrong_sum")]


@pytest.mark.parametrize(("amount", "count"), [("300.05", 3), ("300.07", 3), ("300.06", 2), ("300.06", 4)])
def test_one_debit_of_another_sum_is_kept(amount: str, count: int) -> None:
    assert kinds(account(batch_booked(amount, count)), *THREE) == [("", "wrong_sum")]


def test_a_balance_that_its_entries_do_not_explain() -> None:
    balances = balance("OPBD", "1000.00") + balance("CLBD", "899.98")
    found = outcomes(account(Entry(), version="camt.053.001.08", balances=balances))
    assert [(outcome.why or outcome.kind, outcome.amount_cents) for outcome in found] == [
        ("execute", 10_001),
        ("balance", -1),
    ]


def test_what_waits_on_the_account_is_noted() -> None:
    assert one(account(Entry(booked=False))) == (NOTE, "")
    assert one(account(Entry(order="", details="", booked=False))) == (NOTE, "")


def test_a_verified_payee_is_noted() -> None:
    (found,) = outcomes(report(line("RVMC", inside=reason("ANNM", "Atelier"))))
    assert found.kind == NOTE
    assert found.item is not None
    assert found.item.check is not None
    assert (found.item.check.result, found.item.check.name) == ("close_match", "Atelier")
