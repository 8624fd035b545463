"""What time bars of a titre (art. 14): five years after each payment; what was done in time and is learned later."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.recoveries.bars import bar_what_is, interrupt
from bonus.recoveries.deciding import confirm
from bonus.recoveries.drafting import add_finding, open_recovery
from bonus.recoveries.ending import cancel, waive
from bonus.recoveries.finding_forms import Found
from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.notifying import notify, open_notice
from bonus.recoveries.parts import claimable_of, claimed_of, times_of
from bonus.recoveries.repayments import repay
from bonus.recoveries.settlement import titre_numbered
from tests.support.bills import Item, bill
from tests.support.ledger import wrong
from tests.support.recoveries import FACTS, WHY, granted, lines_of, pay
from tests.support.registry import certification_of, learn
from tests.support.requests import at
from tests.support.settlements import CLAIMED, DAY, ISSUED, REASONS, titre, whole
from tests.support.world import NOW, ON, SUITE, Dossier, World, decided, draft, run_jobs

SAID = "La facture ne correspond à aucun achat."
BARRED = date(2031, 3, 16)
LAST = BARRED - DAY
"""The last of the five years after the payment of 15 March 2026."""


def barred_one(world: World) -> RecoveryOrder:
    one = titre(world)
    assert bar_what_is(at(BARRED)) == 1
    return titre_numbered(one.number)


def entered(kind: str) -> list[int]:
    query = select(LedgerEntry.amount_cents).where(LedgerEntry.kind == kind).order_by(LedgerEntry.id)
    return list(db.session.scalars(query))


def test_a_payment_of_the_last_day_is_booked_after_the_night_barred_it(
    any_world: World, any_session: Session
) -> None:
    one = barred_one(any_world)
    late = BARRED + 3 * DAY
    done = repay(one.number, 100_00, "VIR 1", LAST, any_world.accounting_officer, at(late))
    assert done.settlement is not None
    assert (done.settlement.amount_cents, done.overpayment) == (100_00, None)
    assert (one.status, one.remaining_cents) == ("barred", 0), "the rest stays barred"
    assert entered("unbarred") == [CLAIMED]
    assert entered("barred") == [CLAIMED, CLAIMED - 100_00]
    assert entered("repaid") == [100_00]
    assert whole(one)
    assert wrong() == []
    said = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert said is not None
    assert (said.action, said.facts["reopened_cents"]) == ("settlement.repaid", CLAIMED)


def test_a_payment_of_the_day_after_is_owed_to_who_paid_it(world: World, session: Session) -> None:
    one = barred_one(world)
    done = repay(one.number, 100_00, "VIR 1", BARRED, world.accounting_officer, at(BARRED))
    assert done.settlement is None
    assert done.overpayment is not None
    assert (one.status, entered("unbarred"), wrong()) == ("barred", [], [])


def test_all_of_it_paid_in_time_settles_it_and_a_cent_more_is_too_much(
    world: World, session: Session
) -> None:
    one = barred_one(world)
    done = repay(one.number, CLAIMED + 1, "VIR 1", LAST, world.accounting_officer, at(BARRED))
    assert done.overpayment is not None
    assert (one.status, one.remaining_cents, done.overpayment.amount_cents) == ("settled", 0, 1)
    assert wrong() == []


def test_two_late_bookings_of_one_barred_titre(world: World, session: Session) -> None:
    one = barred_one(world)
    for rank in (1, 2):
        repay(one.number, 100_00, f"VIR {rank}", LAST, world.accounting_officer, at(BARRED))
    assert (one.status, one.remaining_cents) == ("barred", 0)
    assert entered("barred")[-1] == CLAIMED - 200_00
    assert wrong() == []


def test_a_cancelled_titre_is_never_reopened(world: World, session: Session) -> None:
    one = titre(world)
    cancel(one.number, REASONS, world.other_officer, at(ISSUED))
    done = repay(one.number, 1_00, "VIR 1", ISSUED, world.accounting_officer, at(BARRED))
    assert done.settlement is None
    assert (one.status, wrong()) == ("cancelled", [])


def test_an_act_of_the_last_day_reopens_what_the_night_barred(world: World, session: Session) -> None:
    one, officer = barred_one(world), world.accounting_officer
    with pytest.raises(Refusal):
        interrupt(one.number, "court", "RG 31/00001", BARRED, officer, at(BARRED + DAY))
    db.session.rollback()
    kept = interrupt(one.number, "court", "RG 31/00001", LAST, officer, at(BARRED + DAY))
    assert kept.barred_on == date(2036, 3, 16)
    assert (one.status, one.remaining_cents, one.barred_on) == ("open", CLAIMED, date(2036, 3, 16))
    assert bar_what_is(at(date(2036, 3, 15))) == 0
    assert bar_what_is(at(date(2036, 3, 16))) == 1
    assert wrong() == []


# ---------------------------------------------------------------- several payments

FIRST_PAID, SECOND_PAID = ON + 2 * DAY, ON + 10 * DAY
FIRST_BARRED, SECOND_BARRED = date(2031, 11, 25), date(2031, 12, 3)
CLOUD, SUITE_BONUS = 4_500_00, 3_500_00
TITRE_ON = date(2027, 1, 20)


def two_decisions(world: World, *, paid: bool = True) -> Dossier:
    """A dossier decided and paid in two times: a line waited for its label; ``paid``: the second one too."""
    learn(certification_of(SUITE), "suspended", date(2026, 10, 1), NOW - 30 * DAY)
    items = (Item(10_000_00), Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN"))
    dossier = decided(world, draft(world, [bill(*items, issued_on=date(2026, 10, 15))]))
    run_jobs(world, NOW)
    pay(world, FIRST_PAID)
    later = NOW + 7 * DAY
    learn(certification_of(SUITE), "reinstated", date(2026, 11, 25), later)
    run_jobs(world, later)
    propose(dossier.id, "apply", "", world.reviewer, later)
    decide(dossier.id, "apply", "", world.officer, later)
    run_jobs(world, later)
    if paid:
        pay(world, SECOND_PAID)
    return dossier


def claimed(world: World, dossier: Dossier, *ranks: int, on: date = TITRE_ON) -> RecoveryOrder:
    """The titre that claims back these lines whole."""
    told = at(on - 31 * DAY)
    recovery = open_recovery(dossier.id, "false_statement", FACTS, world.reviewer, told)
    for rank in ranks:
        line = lines_of(dossier)[rank]
        add_finding(recovery.id, Found("refused", line.id, said=SAID), world.reviewer, told)
    notify(recovery.id, world.reviewer, told)
    open_notice(recovery, world.owner, told)
    confirm(recovery.id, WHY, world.other_officer, at(on))
    assert recovery.order is not None
    return recovery.order


def test_each_payment_has_its_own_five_years(any_world: World, any_session: Session) -> None:
    one = claimed(any_world, two_decisions(any_world), 0, 1)
    assert times_of(one) == [(FIRST_BARRED, CLOUD), (SECOND_BARRED, SUITE_BONUS)]
    assert one.barred_on == SECOND_BARRED
    number, officer = one.number, any_world.accounting_officer
    assert bar_what_is(at(FIRST_BARRED - DAY)) == 0
    assert bar_what_is(at(FIRST_BARRED)) == 1
    one = titre_numbered(number)
    assert (one.status, one.remaining_cents) == ("open", SUITE_BONUS)
    assert bar_what_is(at(FIRST_BARRED)) == 0
    assert wrong() == []
    # What is left is claimed as before, and nothing of what is barred.
    with pytest.raises(InvalidInput):
        waive(number, SUITE_BONUS + 1, REASONS, any_world.other_officer, at(FIRST_BARRED))
    db.session.rollback()
    repay(number, 500_00, "VIR 1", FIRST_BARRED, officer, at(FIRST_BARRED))
    assert bar_what_is(at(SECOND_BARRED - DAY)) == 0
    assert bar_what_is(at(SECOND_BARRED)) == 1
    one = titre_numbered(number)
    assert (one.status, one.remaining_cents) == ("barred", 0)
    assert entered("barred") == [CLOUD, SUITE_BONUS - 500_00]
    assert wrong() == []


def test_what_is_barred_is_not_claimed_though_no_night_has_passed(world: World, session: Session) -> None:
    one = claimed(world, two_decisions(world), 0, 1)
    done = repay(one.number, 8_000_00, "VIR 1", FIRST_BARRED, world.accounting_officer, at(FIRST_BARRED))
    assert done.settlement is not None
    assert done.overpayment is not None
    assert (done.settlement.amount_cents, done.overpayment.amount_cents) == (SUITE_BONUS, CLOUD)
    assert [part.cents for part in claimable_of(one, FIRST_BARRED)] == []
    assert bar_what_is(at(FIRST_BARRED)) == 1
    assert wrong() == []


def test_an_act_leaves_barred_what_had_its_time(world: World, session: Session) -> None:
    one = claimed(world, two_decisions(world), 0, 1)
    bar_what_is(at(FIRST_BARRED))
    kept = interrupt(
        one.number, "court", "RG 31/00001", FIRST_BARRED, world.accounting_officer, at(FIRST_BARRED)
    )
    assert (kept.former_barred_on, kept.barred_on) == (SECOND_BARRED, date(2036, 11, 26))
    assert times_of(titre_numbered(one.number)) == [(date(2036, 11, 26), SUITE_BONUS)]
    # Another of the day before revives the first part, which the first act then interrupts too.
    interrupt(
        one.number,
        "enforcement",
        "Saisie 12",
        FIRST_BARRED - DAY,
        world.accounting_officer,
        at(FIRST_BARRED),
    )
    one = titre_numbered(one.number)
    assert (one.remaining_cents, {part.barred_on for part in one.parts}) == (8_000_00, {date(2036, 11, 26)})
    assert wrong() == []


def test_a_second_titre_of_a_decision_claims_other_lines(world: World, session: Session) -> None:
    """The second line first: the first one is then the second titre's, whatever their order in the dossier."""
    dossier = granted(world, Item(10_000_00), Item(10_000_00), day=ON)
    first = claimed(world, dossier, 1)
    second = claimed(world, dossier, 0, on=TITRE_ON + 60 * DAY)
    lines = [line.id for line in lines_of(dossier)]
    assert [one.part.line_id for one in claimed_of(first)] == [lines[1]]
    assert [one.part.line_id for one in claimed_of(second)] == [lines[0]]
    cancel(first.number, REASONS, world.other_officer, at(TITRE_ON + 61 * DAY))
    assert [one.part.line_id for one in claimed_of(second)] == [lines[0]], "kept for good"
    assert wrong() == []


def test_a_titre_issued_before_its_parts_were_kept(world: World, session: Session) -> None:
    one = titre(world)
    kept = claimed_of(one)
    for part in one.parts:
        db.session.delete(part)
    db.session.commit()
    assert claimed_of(titre_numbered(one.number)) == kept
    assert bar_what_is(at(LAST)) == 0
    assert bar_what_is(at(BARRED)) == 1
    assert wrong() == []
