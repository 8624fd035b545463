"""An undue sum from its draft to its titre (art. 14): notified, thirty days to reply, another person decides."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.notice_models import Notice
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.payments.due import due_orders
from bonus.payments.models import PaymentOrder
from bonus.recoveries.deciding import confirm, drop
from bonus.recoveries.drafting import add_finding, open_recovery, remove_finding
from bonus.recoveries.finding_forms import Found
from bonus.recoveries.letter_content import UndueLetter
from bonus.recoveries.models import Recovery, RecoveryLetter, RecoveryOrder, RecoveryStep
from bonus.recoveries.notifying import contest_until, notify, open_notice
from tests.support.papers import plain_pdf
from tests.support.recoveries import (
    FACTS,
    FOUND,
    PAID,
    SAID,
    WHY,
    drafted,
    ended,
    granted,
    lines_of,
    replied,
    told,
)
from tests.support.requests import at
from tests.support.words import plain
from tests.support.world import World, run_jobs

DAY = timedelta(days=1)
JULY = date(2026, 7, 31)
# 10 000 € at 45 % for 365 days, 181 of them served, from 1 February to 31 July: half_up(10 000 × 181 / 365) = 4 958.90.
GRANTED, DUE = 4_500_00, 2_231_51


def test_from_draft_to_titre(any_world: World, any_session: Session) -> None:
    dossier = granted(any_world)
    recovery = told(any_world, dossier)
    assert (recovery.number, recovery.status) == ("IND-2026-000001", "notified")
    (line,) = recovery.lines
    assert (line.granted_cents, line.paid_cents, line.due_cents) == (GRANTED, GRANTED, DUE)
    assert line.undue_cents == recovery.amount_cents == GRANTED - DUE
    assert line.unpaid_cents == 0
    assert "181 jours servis sur 365" in plain(line.details[0]["why"])
    assert line.details[0]["trace"]
    replied(any_world, recovery, FOUND + 3 * DAY, [("pv.pdf", plain_pdf(words="PV"))])
    assert (recovery.status, recovery.reply, len(recovery.documents)) == ("replied", SAID, 1)
    confirm(recovery.id, WHY, any_world.other_officer, at(FOUND + 31 * DAY))
    order = db.session.scalars(select(RecoveryOrder)).one()
    assert (order.number, order.amount_cents, order.remaining_cents) == (
        "TP-2026-000001",
        GRANTED - DUE,
        GRANTED - DUE,
    )
    assert (order.status, order.issued_on) == ("open", FOUND + 31 * DAY)
    assert order.barred_on == date(2031, 3, 16), "five whole years after the payment of 15 March"
    entry = db.session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "claimed")).one()
    assert (entry.piece, entry.amount_cents, entry.year) == ("titre:TP-2026-000001", GRANTED - DUE, 2026)
    assert entry.key == f"claimed:titre:TP-2026-000001:decision:{line.decision_id}"
    steps = db.session.scalars(select(RecoveryStep.action).order_by(RecoveryStep.id)).all()
    assert steps == ["open", "change", "notify", "reply", "confirm"]
    acts = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.like("recovery.%")).order_by(AuditEntry.id)
    ).all()
    assert acts[-1] == "recovery.confirmed"
    kinds = set(db.session.scalars(select(Notice.kind)))
    assert {"undue_notified", "undue_claimed"} <= kinds


def test_letters_say_why_how_much_and_what_next(world: World, session: Session) -> None:
    recovery = told(world, granted(world))
    run_jobs(world, at(FOUND))
    confirm(recovery.id, WHY, world.other_officer, at(FOUND + 31 * DAY))
    run_jobs(world, at(FOUND + 31 * DAY))
    letters = {
        letter.kind: letter
        for letter in db.session.scalars(select(RecoveryLetter).order_by(RecoveryLetter.id))
    }
    said = {}
    for kind, letter in letters.items():
        assert letter.pdf is not None
        assert letter.pdf.startswith(b"%PDF")
        assert letter.content is not None
        content = UndueLetter.from_dict(letter.content)
        assert content.digest() == letter.content_sha256
        parts = [*content.opening, *(text for one in content.sections for text in one.paragraphs)]
        said[kind] = plain("\n".join(parts))
    for expected in (FACTS, "2 268,49 €", "30 jours", "181 jours servis", "art. 14"):
        assert expected in said["notice"], expected
    for expected in (WHY, "TP-2026-000001", "16 mars 2031", "tribunal administratif", "IBAN FR76"):
        assert expected in said["titre"], expected


@pytest.mark.parametrize("days", [0, 29, 30])
def test_never_before_the_thirty_days_are_over(world: World, session: Session, days: int) -> None:
    """A reply does not shorten them: they are the company's."""
    recovery = told(world, granted(world))
    replied(world, recovery, FOUND)
    with pytest.raises(Refusal) as refusal:
        confirm(recovery.id, WHY, world.other_officer, at(FOUND + days * DAY))
    assert refusal.value.code == "recovery.too_early"
    assert "3 juin 2026 inclus" in plain(refusal.value.sentence)


def test_the_thirty_first_day(world: World, session: Session) -> None:
    recovery = told(world, granted(world))
    confirm(recovery.id, WHY, world.other_officer, at(FOUND + 31 * DAY))
    assert recovery.status == "confirmed"


@pytest.mark.parametrize(
    ("opened", "until"),
    [(0, 30), (15, 45), (16, 30), (None, 30)],
    ids=["at once", "fifteenth day", "too late: the day it was sent", "never"],
)
def test_days_run_from_the_notification(
    world: World, session: Session, opened: int | None, until: int
) -> None:
    on = None if opened is None else FOUND + opened * DAY
    assert told(world, granted(world), opened=on).reply_until == FOUND + until * DAY


def test_a_titre_is_contested_within_two_clear_months_of_its_notification(
    world: World, session: Session
) -> None:
    """Issued on 4 June, opened on the 10th: until 11 August included; never opened, from the 4th, as known later."""
    recovery = told(world, granted(world))
    issued = FOUND + 31 * DAY
    confirm(recovery.id, WHY, world.other_officer, at(issued))
    assert contest_until(recovery, issued + 15 * DAY) is None
    assert contest_until(recovery, issued + 16 * DAY) == date(2026, 8, 5)
    open_notice(recovery, world.owner, at(date(2026, 6, 10)))
    assert contest_until(recovery, issued + 16 * DAY) == date(2026, 8, 11)
    assert recovery.reply_until == FOUND + 30 * DAY, "what is decided has no days to reply any more"


def test_who_may(world: World, session: Session) -> None:
    dossier = granted(world)
    for wrong in (world.officer, world.accounting_officer):
        with pytest.raises(Forbidden):
            open_recovery(dossier.id, "control", FACTS, wrong, at(FOUND))
        db.session.rollback()
    recovery = told(world, dossier)
    for wrong in (
        world.reviewer,
        world.other_reviewer,
        world.accounting_officer,
        world.other_accounting_officer,
    ):
        with pytest.raises(Forbidden):
            confirm(recovery.id, WHY, wrong, at(FOUND + 31 * DAY))
        db.session.rollback()
        with pytest.raises(Forbidden):
            drop(recovery.id, WHY, wrong, at(FOUND + 31 * DAY))
        db.session.rollback()


def test_one_at_a_time_and_nothing_out_of_turn(world: World, session: Session) -> None:
    dossier = granted(world)
    recovery = told(world, dossier)
    with pytest.raises(Refusal) as refusal:
        open_recovery(dossier.id, "control", FACTS, world.reviewer, at(FOUND))
    assert refusal.value.code == "recovery.open_already"
    db.session.rollback()
    for act in (
        lambda: notify(recovery.id, world.reviewer, at(FOUND)),
        lambda: add_finding(recovery.id, ended(dossier, JULY), world.reviewer, at(FOUND)),
        lambda: remove_finding(recovery.id, 1, world.reviewer, at(FOUND)),
    ):
        with pytest.raises(Refusal) as refusal:
            act()
        assert refusal.value.code == "recovery.wrong_status"
        db.session.rollback()
    replied(world, recovery, FOUND)
    with pytest.raises(Refusal):
        replied(world, recovery, FOUND)


def test_a_draft_that_comes_to_nothing_is_not_notified(world: World, session: Session) -> None:
    recovery = open_recovery(granted(world).id, "control", FACTS, world.reviewer, at(FOUND))
    with pytest.raises(Refusal) as refusal:
        notify(recovery.id, world.reviewer, at(FOUND))
    assert refusal.value.code == "recovery.nothing_undue"
    db.session.rollback()
    assert db.session.scalars(select(Notice).where(Notice.kind == "undue_notified")).all() == []


def test_findings_are_added_and_taken_out(world: World, session: Session) -> None:
    dossier = granted(world)
    recovery = drafted(world, dossier)
    assert recovery.amount_cents == GRANTED - DUE
    remove_finding(recovery.id, 1, world.reviewer, at(FOUND))
    assert (recovery.amount_cents, recovery.lines, recovery.changes) == (0, [], [])
    said = "Le service n’a pas été rendu du tout."
    add_finding(recovery.id, Found("refused", lines_of(dossier)[0].id, said=said), world.reviewer, at(FOUND))
    assert recovery.amount_cents == GRANTED


@pytest.mark.parametrize("text", ["", "Trop court.", "x" * 5001])
def test_words_are_asked_for(world: World, session: Session, text: str) -> None:
    recovery = told(world, granted(world))
    for act in (confirm, drop):
        with pytest.raises(InvalidInput) as refusal:
            act(recovery.id, text, world.other_officer, at(FOUND + 31 * DAY))
        assert refusal.value.field == "reasons"
        db.session.rollback()


def test_dropped(world: World, session: Session) -> None:
    recovery = told(world, granted(world))
    drop(recovery.id, WHY, world.other_officer, at(FOUND))
    assert recovery.status == "dropped"
    assert db.session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "claimed")).all() == []
    assert db.session.scalars(select(Notice.kind).where(Notice.kind == "undue_dropped")).one()
    with pytest.raises(Refusal):
        confirm(recovery.id, WHY, world.other_officer, at(FOUND + 31 * DAY))


def test_what_is_not_paid_is_held_then_brought_down(world: World, session: Session) -> None:
    """Nothing is claimed back that did not leave: the order is reduced to what is due, and the ledger says so."""
    dossier = granted(world, paid=False)
    recovery = told(world, dossier)
    order = db.session.scalars(select(PaymentOrder)).one()
    assert order.status == "held"
    (line,) = recovery.lines
    assert (recovery.amount_cents, line.unpaid_cents) == (0, GRANTED - DUE)
    confirm(recovery.id, WHY, world.other_officer, at(FOUND + 31 * DAY))
    assert (order.status, order.amount_cents) == ("to_pay", DUE)
    assert [one.number for one in due_orders(world.accounting_officer).payable] == [order.number]
    assert db.session.scalars(select(RecoveryOrder)).all() == []
    entry = db.session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "cancelled")).one()
    assert (entry.amount_cents, entry.piece) == (GRANTED - DUE, f"order:{order.number}")


def test_a_dropped_sum_frees_what_it_held(world: World, session: Session) -> None:
    dossier = granted(world, paid=False)
    recovery = drafted(world, dossier)
    drop(recovery.id, WHY, world.other_reviewer, at(FOUND))
    order = db.session.scalars(select(PaymentOrder)).one()
    assert (order.status, order.amount_cents) == ("to_pay", GRANTED)
    assert db.session.scalars(select(Notice.kind).where(Notice.kind.like("undue%"))).all() == []


def test_barred_five_whole_years_after_the_payment(world: World, session: Session) -> None:
    """Paid on 15 March 2026: claimed on 15 March 2031 at the latest."""
    last = date(2031, 3, 15)
    for now, amount in ((last, GRANTED - DUE), (last + DAY, 0)):
        dossier = granted(world)
        recovery = open_recovery(dossier.id, "contract_ended", FACTS, world.reviewer, at(now))
        add_finding(recovery.id, ended(dossier, JULY), world.reviewer, at(now))
        assert recovery.amount_cents == amount


def test_a_control_within_three_years_of_the_payment(world: World, session: Session) -> None:
    limit = PAID.replace(year=2029)
    dossier = granted(world)
    with pytest.raises(Refusal) as refusal:
        open_recovery(dossier.id, "control", FACTS, world.reviewer, at(limit + DAY))
    assert refusal.value.code == "recovery.control_too_late"
    db.session.rollback()
    assert open_recovery(dossier.id, "control", FACTS, world.reviewer, at(limit)).status == "draft"


def test_an_officer_who_prepared_it_does_not_decide(world: World, session: Session) -> None:
    """The database refuses it, whatever the code does (art. 12)."""
    recovery = told(world, granted(world))
    recovery.decided_by_id = recovery.proposed_by_id
    with pytest.raises(Exception, match="ck_recoveries_"):
        db.session.flush()
    db.session.rollback()
    assert db.session.get_one(Recovery, recovery.id).status == "notified"
