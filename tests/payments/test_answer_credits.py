"""Credits of the bank that name a titre (art. 14): booked once; what is in doubt waits for a person."""

from __future__ import annotations

from datetime import date
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.adapters.bank_messages import read_bank_message
from bonus.extensions import db
from bonus.parts import document_store
from bonus.payments import kept_reasons as kept
from bonus.payments.answer_credits import book_credit
from bonus.payments.answer_models import BankFinding
from bonus.payments.answer_titres import titres_named
from bonus.payments.answers import apply_file, our_account, take_file
from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.repayments import repay
from bonus.recoveries.settlement_models import Overpayment, Settlement
from tests.adapters.bank_samples import Entry, account, balance
from tests.support.requests import at
from tests.support.settlements import CLAIMED, titre
from tests.support.world import World, run_jobs

RECEIVED = date(2026, 11, 23)
NOW = at(RECEIVED)
_files = count(1)


def credit(
    said: str, amount: str = "1000.00", reference: str = "CR-1", end_to_end: str = "NOTPROVIDED"
) -> Entry:
    words = f"<RmtInf><Ustrd>{said}</Ustrd></RmtInf>"
    details = f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{words}</TxDtls>"
    return Entry(order="", amount=amount, direction="CRDT", reference=reference, details=details)


def bank(world: World, *entries: Entry, version: str = "camt.054.001.08", balances: str = "") -> None:
    """A file of these entries, received and followed to its end."""
    content = account(
        *entries,
        iban=our_account(),
        version=version,
        balances=balances,
        message_id=f"CR-{next(_files)}",
        created="2026-11-23T06:00:00+01:00",
    )
    file = take_file(content, "banque.xml", "upload", document_store(), world.accounting_officer, NOW)
    apply_file(file.id, NOW)
    run_jobs(world, NOW)


def findings() -> list[tuple[str, str]]:
    found = db.session.scalars(select(BankFinding).order_by(BankFinding.id))
    return [(one.kind, one.reason) for one in found]


def booked() -> list[tuple[int, str]]:
    found = db.session.scalars(select(Settlement).order_by(Settlement.id))
    return [(one.amount_cents, one.reference) for one in found]


def left(one: RecoveryOrder) -> int:
    db.session.refresh(one)
    return one.remaining_cents


@pytest.mark.parametrize("said", ["TP-{}", "tp {} remboursement", "Titre TP{}.", "IND-2026-000001 TP-{}"])
@pytest.mark.parametrize("end_to_end", ["NOTPROVIDED", "PAYER-12"])
def test_it_is_booked_for_its_titre(world: World, session: Session, said: str, end_to_end: str) -> None:
    one = titre(world)
    number = one.number.removeprefix("TP-")
    number = number if "-" in said else number.replace("-", "")
    bank(world, credit(said.format(number), end_to_end=end_to_end))
    assert booked() == [(1_000_00, "CR-1")]
    assert left(one) == CLAIMED - 1_000_00
    assert findings() == [("note", kept.TITRE_BOOKED)]
    settled = db.session.scalars(select(Settlement)).one()
    assert (settled.received_on, settled.by_id) == (RECEIVED, None)


def test_once_whatever_tells_it(any_world: World, any_session: Session) -> None:
    """By the day's notice, by the statement, by hand, by a job that runs again: one payment."""
    one = titre(any_world)
    bank(any_world, credit(one.number))
    bank(any_world, credit(one.number), version="camt.053.001.08")
    assert booked() == [(1_000_00, "CR-1")]
    assert findings() == [("note", kept.TITRE_BOOKED)] * 2
    for finding in db.session.scalars(select(BankFinding)).all():
        finding.reason = kept.TITRE  # killed before it was written down
        db.session.commit()
        book_credit(finding.id, NOW)
        book_credit(finding.id, NOW)
    assert booked() == [(1_000_00, "CR-1")]
    assert findings() == [("note", kept.TITRE_BOOKED)] * 2
    repay(one.number, 5_00, "CR-2", RECEIVED, any_world.accounting_officer, NOW)
    bank(any_world, credit(one.number, "5.00", "CR-2"))
    assert left(one) == CLAIMED - 1_005_00


def test_too_much_is_booked_and_the_rest_kept(world: World, session: Session) -> None:
    one = titre(world)
    bank(world, credit(one.number, "2268.50"))
    assert left(one) == 0
    assert db.session.scalars(select(Overpayment.amount_cents)).all() == [1]


def test_several_payers_in_one_sum(world: World, session: Session) -> None:
    one = titre(world)
    details = "".join(
        f"<TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs><Amt Ccy='EUR'>{amount}</Amt>"
        f"<RmtInf><Ustrd>{said}</Ustrd></RmtInf></TxDtls>"
        for reference, amount, said in (("A-1", "10.00", one.number), ("A-2", "5.00", "Divers"))
    )
    bank(world, Entry(order="", amount="15.00", direction="CRDT", details=details))
    assert booked() == [(10_00, "A-1")]
    assert findings() == [("note", kept.TITRE_BOOKED), ("keep", kept.UNEXPLAINED_CREDIT)]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ((credit("TP-2026-999999"),), kept.UNKNOWN_TITRE),
        ((credit("{} TP-2026-000002"),), kept.WHICH_TITRE),
        ((credit("{}", reference=""),), kept.NO_REFERENCE),
        ((credit("{}", reference="X"),), kept.TITRE_REFUSED),
        ((credit("remboursement"),), kept.UNEXPLAINED_CREDIT),
        ((credit("TP-2026-0000019"),), kept.UNEXPLAINED_CREDIT),
    ],
)
def test_what_is_in_doubt_waits_for_a_person(
    world: World, session: Session, entries: tuple[Entry, ...], reason: str
) -> None:
    one = titre(world)
    told = [Entry(**{**vars(entry), "details": str(entry.details).format(one.number)}) for entry in entries]
    bank(world, *told)
    assert findings() == [("keep", reason)]
    assert booked() == []


def test_two_credits_of_one_reference_are_not_told_apart(world: World, session: Session) -> None:
    one = titre(world)
    bank(world, credit(one.number), credit(one.number))
    assert findings() == [("keep", kept.NO_REFERENCE)] * 2
    assert booked() == []


def test_a_reference_of_another_payment_is_not_taken_for_this_one(world: World, session: Session) -> None:
    one = titre(world)
    repay(one.number, 5_00, "CR-1", RECEIVED, world.accounting_officer, NOW)
    bank(world, credit(one.number))
    assert findings() == [("keep", kept.TITRE_REFUSED)]
    assert left(one) == CLAIMED - 5_00


def test_a_credit_that_is_not_booked_yet_comes_again(world: World, session: Session) -> None:
    one = titre(world)
    bank(world, Entry(**{**vars(credit(one.number)), "booked": False}))
    assert booked() == []


@given(st.text())
def test_a_number_is_found_whatever_stands_around_it(words: str) -> None:
    assert all(len(one) == len("TP-2026-000001") for one in titres_named(words))
    assert titres_named(f"{words} TP-2026-000001 {words}").count("TP-2026-000001") == 1


def test_what_a_payer_wrote_is_read_in_all_its_places() -> None:
    free = "<Ustrd>Un</Ustrd><Ustrd>TP-2026-000001</Ustrd>"
    structured = "<Strd><CdtrRefInf><Ref>RF12</Ref></CdtrRefInf></Strd>"
    said = f"<RmtInf>{free}{structured}</RmtInf>"
    details = f"<TxDtls><Refs><EndToEndId>E2E</EndToEndId></Refs>{said}</TxDtls>"
    content = account(Entry(order="", direction="CRDT", details=details))
    (item,) = read_bank_message(content).items
    assert item.remittance == "Un TP-2026-000001 RF12 E2E"


# ---------------------------------------------------------------- one statement after the other


def statement(world: World, opening: str, closing: str, *, day: int) -> None:
    balances = balance("OPBD", opening) + balance("CLBD", closing)
    balances = balances.replace("2026-11-23", f"2026-11-{day:02d}")
    moved = float(closing) - float(opening)
    entry = Entry(
        order="",
        amount=f"{abs(moved):.2f}",
        direction="CRDT" if moved >= 0 else "DBIT",
        reference=f"S-{next(_files)}",
        details="",
    )
    bank(world, *([entry] if moved else []), version="camt.053.001.08", balances=balances)


def broken() -> list[int | None]:
    query = select(BankFinding.amount_cents).where(BankFinding.reason == kept.CONTINUITY)
    return list(db.session.scalars(query.order_by(BankFinding.id)))


def test_each_statement_opens_where_the_former_closed(any_world: World, any_session: Session) -> None:
    statement(any_world, "100.00", "100.00", day=2)
    statement(any_world, "100.00", "90.00", day=3)
    statement(any_world, "90.00", "95.00", day=6)
    assert broken() == []
    statement(any_world, "95.01", "95.01", day=7)
    assert broken() == [1]
    kept_one = db.session.scalars(select(BankFinding).where(BankFinding.reason == kept.CONTINUITY)).one()
    assert kept_one.kind == "keep"
    assert "95,01" in kept_one.words
    statement(any_world, "95.01", "95.01", day=8)
    assert broken() == [1], "said once"


def test_one_that_is_missing_is_noticed_by_the_next(world: World, session: Session) -> None:
    statement(world, "100.00", "100.00", day=2)
    statement(world, "80.00", "80.00", day=4)
    assert broken() == [20_00]
    statement(world, "100.00", "80.00", day=3)
    assert broken() == [20_00], "it comes at last, and follows the first"


def test_two_of_one_day_follow_each_other(world: World, session: Session) -> None:
    statement(world, "100.00", "100.00", day=2)
    statement(world, "100.00", "70.00", day=3)
    statement(world, "70.00", "60.00", day=3)
    statement(world, "60.00", "60.00", day=4)
    assert broken() == []


def test_a_notification_has_no_balance_to_follow(world: World, session: Session) -> None:
    statement(world, "100.00", "100.00", day=2)
    bank(world, credit("remboursement"))
    assert broken() == []
