"""Titres settled (art. 14): repaid, reduced, cancelled, barred; what comes back frees ceilings and credits."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.budget.models import Commitment
from bonus.claims.annual_room import annual_room
from bonus.claims.notice_models import Notice
from bonus.claims.room import undertaking_room
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.outbox import OutboxMessage
from bonus.payments.models import PaymentOrder
from bonus.recoveries.bars import bar_what_is, interrupt
from bonus.recoveries.ending import cancel, waive
from bonus.recoveries.repayments import repay
from bonus.recoveries.settlement_models import Overpayment, Settlement
from tests.register.test_entries import register
from tests.support.ledger import wrong
from tests.support.recoveries import granted
from tests.support.requests import at
from tests.support.settlements import CLAIMED, DAY, ISSUED, REASONS, titre, whole
from tests.support.words import plain
from tests.support.world import World, run_jobs

BARRED = date(2031, 3, 16)


def entries(kind: str) -> list[tuple[int, str]]:
    query = select(LedgerEntry).where(LedgerEntry.kind == kind).order_by(LedgerEntry.id)
    return [(entry.amount_cents, entry.piece) for entry in db.session.scalars(query)]


def test_repaid_in_two_times_it_is_settled(any_world: World, any_session: Session) -> None:
    one = titre(any_world)
    assert one.remaining_cents == CLAIMED
    first = repay(one.number, 1_000_00, " VIR  1 ", ISSUED, any_world.accounting_officer, at(ISSUED))
    assert (first.settlement is not None, first.overpayment) == (True, None)
    assert (one.status, one.remaining_cents) == ("open", CLAIMED - 1_000_00)
    assert whole(one)
    repay(
        one.number, CLAIMED - 1_000_00, "VIR 2", ISSUED + DAY, any_world.accounting_officer, at(ISSUED + DAY)
    )
    assert (one.status, one.remaining_cents) == ("settled", 0)
    piece = f"titre:{one.number}"
    assert entries("repaid") == [(1_000_00, piece), (CLAIMED - 1_000_00, piece)]
    assert whole(one)
    assert {row.kind for row in db.session.scalars(select(Notice))} >= {"undue_settled"}
    posted = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "recovered")).all()
    assert len(posted) == 2
    run_jobs(any_world, at(ISSUED + DAY))


def test_a_cent_more_is_kept_for_a_person(world: World, session: Session) -> None:
    one = titre(world)
    told = repay(one.number, CLAIMED + 1, "VIR 1", ISSUED, world.accounting_officer, at(ISSUED))
    assert (one.status, one.remaining_cents) == ("settled", 0)
    assert told.overpayment is not None
    assert told.overpayment.amount_cents == 1
    sentence = db.session.scalars(select(Notice.sentence).where(Notice.kind == "undue_settled")).one()
    assert "0,01 € sont de trop" in plain(sentence)
    # On a closed titre the whole is.
    again = repay(one.number, 50_00, "VIR 2", ISSUED, world.accounting_officer, at(ISSUED))
    assert again.settlement is None
    kept = db.session.scalars(select(Overpayment).order_by(Overpayment.id)).all()
    assert [row.amount_cents for row in kept] == [1, 50_00]


@pytest.mark.parametrize(
    ("cents", "reference", "day", "code"),
    [
        (0, "VIR 1", 0, "settlement.amount"),
        (-1, "VIR 1", 0, "settlement.amount"),
        (1, "VI", 0, "settlement.reference"),
        (1, "V" * 61, 0, "settlement.reference"),
        (1, "VIR 1", 1, "settlement.not_yet"),
        (1, "VIR 1", -1, "settlement.before"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(
    world: World, session: Session, cents: int, reference: str, day: int, code: str
) -> None:
    one = titre(world)
    with pytest.raises(InvalidInput) as refused:
        repay(one.number, cents, reference, ISSUED + day * DAY, world.accounting_officer, at(ISSUED))
    assert refused.value.code == code
    assert one.remaining_cents == CLAIMED


def test_a_payment_is_booked_once(world: World, session: Session) -> None:
    one = titre(world)
    repay(one.number, 10_00, "VIR 1", ISSUED, world.accounting_officer, at(ISSUED))
    with pytest.raises(InvalidInput) as refused:
        repay(one.number, 10_00, "VIR 1", ISSUED, world.accounting_officer, at(ISSUED))
    assert refused.value.code == "settlement.reference_known"
    assert one.remaining_cents == CLAIMED - 10_00


def test_each_act_is_of_one_role(world: World, session: Session) -> None:
    one = titre(world)
    for actor in (world.reviewer, world.other_officer, world.owner):
        with pytest.raises(Forbidden):
            repay(one.number, 10_00, "VIR 1", ISSUED, actor, at(ISSUED))
        db.session.rollback()
    for actor in (world.reviewer, world.accounting_officer, world.owner):
        with pytest.raises(Forbidden):
            waive(one.number, 10_00, REASONS, actor, at(ISSUED))
        db.session.rollback()
        with pytest.raises(Forbidden):
            cancel(one.number, REASONS, actor, at(ISSUED))
        db.session.rollback()
    with pytest.raises(NotFound):
        repay("TP-2026-999999", 10_00, "VIR 1", ISSUED, world.accounting_officer, at(ISSUED))


def test_what_is_repaid_frees_the_ceilings_and_credits_from_that_day(
    any_world: World, any_session: Session
) -> None:
    dossier = granted(any_world)
    one = titre(any_world, dossier)
    company = one.recovery.claim.company
    decision = one.recovery.lines[0].decision
    before, year = undertaking_room(company, ISSUED), annual_room(company, ISSUED)
    assert before is not None
    commitment = db.session.scalars(select(Commitment).where(Commitment.decision_id == decision.id)).one()
    # A titre frees nothing: only what comes back does.
    assert commitment.released_cents == 0
    repay(one.number, 1_000_00, "VIR 1", ISSUED, any_world.accounting_officer, at(ISSUED))
    after = undertaking_room(company, ISSUED)
    assert after is not None
    assert after.room.left - before.room.left == 1_000_00
    assert year.granted_cents - annual_room(company, ISSUED).granted_cents == 1_000_00
    db.session.refresh(commitment)
    assert commitment.released_cents == 1_000_00
    assert entries("released") == [(1_000_00, f"decision:{decision.id}")]
    # After the budget year, nothing comes back to the envelope.
    new_year = date(2027, 1, 4)
    repay(one.number, 200_00, "VIR 2", new_year, any_world.accounting_officer, at(new_year))
    assert entries("released_late") == [(200_00, f"decision:{decision.id}")]


def test_a_titre_is_reduced_by_decision(world: World, session: Session) -> None:
    one = titre(world)
    with pytest.raises(InvalidInput):
        waive(one.number, 10_00, "trop court", world.other_officer, at(ISSUED))
    with pytest.raises(InvalidInput):
        waive(one.number, CLAIMED + 1, REASONS, world.other_officer, at(ISSUED))
    waive(one.number, 68_49, REASONS, world.other_officer, at(ISSUED))
    assert (one.status, one.remaining_cents) == ("open", 2_200_00)
    assert entries("waived") == [(68_49, f"titre:{one.number}")]
    assert not entries("released"), "nothing came back"
    waive(one.number, 2_200_00, REASONS, world.other_officer, at(ISSUED))
    assert one.status == "settled"
    assert whole(one)


def test_a_titre_that_is_cancelled_gives_back_what_was_repaid(any_world: World, any_session: Session) -> None:
    one = titre(any_world)
    decision = one.recovery.lines[0].decision
    company = one.recovery.claim.company
    used = annual_room(company, ISSUED).granted_cents
    repay(one.number, 1_000_00, "VIR 1", ISSUED, any_world.accounting_officer, at(ISSUED))
    (order,) = cancel(one.number, REASONS, any_world.other_officer, at(ISSUED))
    assert (one.status, one.remaining_cents) == ("cancelled", 0)
    assert (order.amount_cents, order.status, order.decision_id) == (1_000_00, "to_pay", decision.id)
    former = db.session.get_one(PaymentOrder, order.restores_id)
    assert former.decision_id == decision.id
    assert entries("restored") == [(1_000_00, f"order:{order.number}")]
    assert annual_room(company, ISSUED).granted_cents == used
    commitment = db.session.scalars(select(Commitment).where(Commitment.decision_id == decision.id)).one()
    assert commitment.released_cents == 0
    assert whole(one)
    with pytest.raises(Refusal, match="plus rien"):
        cancel(one.number, REASONS, any_world.other_officer, at(ISSUED))


def test_time_bars_a_titre_on_its_day_and_not_before(any_world: World, any_session: Session) -> None:
    one = titre(any_world)
    repay(one.number, 1_000_00, "VIR 1", ISSUED, any_world.accounting_officer, at(ISSUED))
    assert one.barred_on == BARRED
    assert bar_what_is(at(BARRED - DAY)) == 0
    assert bar_what_is(at(BARRED)) == 1
    db.session.refresh(one)
    assert (one.status, one.remaining_cents) == ("barred", 0)
    assert entries("barred") == [(CLAIMED - 1_000_00, f"titre:{one.number}")]
    assert bar_what_is(at(BARRED)) == 0
    assert whole(one)


def test_nothing_is_claimed_from_the_barring_day_though_no_job_has_run(
    world: World, session: Session
) -> None:
    one = titre(world)
    told = repay(one.number, 1_00, "VIR 1", BARRED, world.accounting_officer, at(BARRED))
    assert told.settlement is None
    with pytest.raises(Refusal, match="prescrit"):
        waive(one.number, 1_00, REASONS, world.other_officer, at(BARRED))


def test_an_act_interrupts_the_time_and_is_kept_with_its_reference(world: World, session: Session) -> None:
    one = titre(world)
    day = date(2030, 2, 28)
    officer = world.accounting_officer
    for kind, reference, on, code in (
        ("letter", "Courrier 12", day, "interruption.kind"),
        ("acknowledged", "C", day, "interruption.reference"),
        ("acknowledged", "Courrier 12", day + DAY, "interruption.on"),
        ("acknowledged", "Courrier 12", ISSUED - DAY, "interruption.on"),
    ):
        with pytest.raises(InvalidInput) as refused:
            interrupt(one.number, kind, reference, on, officer, at(day))
        assert refused.value.code == code
        db.session.rollback()
    kept = interrupt(one.number, "acknowledged", "Courrier 12", day, officer, at(day))
    assert (kept.former_barred_on, kept.barred_on) == (BARRED, date(2035, 3, 1))
    assert one.barred_on == date(2035, 3, 1)
    assert bar_what_is(at(BARRED)) == 0
    with pytest.raises(InvalidInput):
        interrupt(one.number, "acknowledged", "Courrier 12", day, officer, at(day))


def test_settlements_say_of_which_line_they_are(world: World, session: Session) -> None:
    one = titre(world)
    repay(one.number, 10_00, "VIR 1", ISSUED, world.accounting_officer, at(ISSUED))
    (settlement,) = db.session.scalars(select(Settlement)).all()
    (share,) = settlement.shares
    assert share.line_id == one.recovery.lines[0].details[0]["line_id"]
    assert share.amount_cents == 10_00


def test_what_was_received_in_time_settles_though_it_is_booked_late(world: World, session: Session) -> None:
    """Art. 14: on the last day of the five years it is still owed."""
    one = titre(world)
    told = repay(one.number, 1_00, "VIR 1", BARRED - DAY, world.accounting_officer, at(BARRED))
    assert told.settlement is not None
    assert one.remaining_cents == CLAIMED - 1_00


def test_an_act_made_in_time_interrupts_though_it_is_kept_late(world: World, session: Session) -> None:
    one, last = titre(world), BARRED - DAY
    with pytest.raises(Refusal, match="prescrit"):
        interrupt(one.number, "court", "RG 31/00001", BARRED, world.accounting_officer, at(BARRED))
    db.session.rollback()
    kept = interrupt(one.number, "court", "RG 31/00001", last, world.accounting_officer, at(BARRED))
    assert kept.barred_on == date(2036, 3, 16)
    assert bar_what_is(at(BARRED)) == 0


def test_the_register_is_told_of_the_day_the_money_came_back(any_world: World, any_session: Session) -> None:
    """Art. 7: what was repaid no longer counts from that day, whenever it is booked."""
    one, officer = titre(any_world), any_world.accounting_officer
    booked = ISSUED + 10 * DAY
    repay(one.number, 100_00, "VIR 1", ISSUED, officer, at(booked))
    repay(one.number, 100_00, "VIR 2", ISSUED + 5 * DAY, officer, at(booked))
    # Its amount has the second one in it: before that day it was not right.
    repay(one.number, 100_00, "VIR 3", ISSUED + DAY, officer, at(booked))
    run_jobs(any_world, at(booked))
    told = [line for line in register().lines() if line["kind"] == "corrected"]
    granted_cents = one.recovery.lines[0].granted_cents
    assert [(line["amount_cents"], line["corrected_on"]) for line in told] == [
        (granted_cents - 100_00, "2026-06-04"),
        (granted_cents - 200_00, "2026-06-09"),
        (granted_cents - 300_00, "2026-06-09"),
    ]
    assert wrong() == []
