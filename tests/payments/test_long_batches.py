"""Batches of many orders: taken by slices, by a job that a kill does not undo, in memory that does not grow."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from bonus.adapters.sepa import MAXIMUM_TRANSFERS
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.tasks import perform
from bonus.outbox import OutboxMessage
from bonus.payments import batch_work, writing
from bonus.payments.acts import hold_order
from bonus.payments.batch_work import WORK, carry_on
from bonus.payments.batches import dismiss_batch, make_batch, sign_batch
from bonus.payments.files import send_batch, write_batch
from bonus.payments.models import PaymentBatch, PaymentFile, PaymentOrder, PaymentTransfer
from tests.support.crew import Crew
from tests.support.many_orders import many_due
from tests.support.payments import signer_for
from tests.support.world import NOW, ON, World

FEW = 12
FILES = 3
LATER = NOW + timedelta(minutes=5)
PEAK_KILOBYTES = 160_000
"""What the whole way of 30,000 orders, or 100,000, may add to a process: three files held whole would add more."""


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds of a long batch, at the size of a test: a job from four orders on, files of five."""
    monkeypatch.setattr(batch_work, "AT_ONCE", 3)
    monkeypatch.setattr(batch_work, "SLICE", 4)
    monkeypatch.setattr(writing, "MAXIMUM_TRANSFERS", 5)


def batch() -> PaymentBatch:
    db.session.expire_all()
    return db.session.scalars(select(PaymentBatch).order_by(PaymentBatch.id.desc()).limit(1)).one()


def statuses() -> dict[str, int]:
    query = select(PaymentOrder.status, func.count()).group_by(PaymentOrder.status)
    return {row[0]: row[1] for row in db.session.execute(query)}


def files() -> list[tuple[str, int, str]]:
    query = select(PaymentFile.message_id, PaymentFile.transfers_count, PaymentFile.sha256)
    return [
        (row[0], row[1], row[2])
        for row in db.session.execute(query.order_by(PaymentFile.batch_id, PaymentFile.part))
    ]


def works() -> None:
    """Do the works that wait, as the worker does."""
    query = select(OutboxMessage.id).where(OutboxMessage.kind == WORK, OutboxMessage.done_at.is_(None))
    ids = list(db.session.scalars(query.order_by(OutboxMessage.id)))
    db.session.rollback()
    for message_id in ids:
        perform(message_id, LATER)


def to_the_bank(world: World, after: Callable[[], None] = works) -> None:
    """The whole way of a batch; ``after`` does the work of each act."""
    officer = world.accounting_officer
    number = make_batch(ON, ON, officer, NOW).number
    after()
    sign_batch(number, signer_for(officer), NOW)
    write_batch(number, officer, NOW)
    after()
    send_batch(number, officer, NOW)
    after()


def test_the_whole_way_by_slices(any_world: World, any_session: Session, slices: None) -> None:
    many_due(any_world, FEW)
    officer = any_world.accounting_officer
    total = db.session.scalar(select(func.sum(PaymentOrder.amount_cents)))
    number = make_batch(ON, ON, officer, NOW).number
    assert (batch().status, batch().work, batch().progress_total, statuses()) == (
        "making",
        "make",
        FEW,
        {"to_pay": FEW},
    )
    with pytest.raises(Refusal):  # it is not made yet
        sign_batch(number, signer_for(officer), NOW)
    db.session.rollback()
    works()
    assert (batch().status, batch().work, batch().orders_count, batch().total_cents) == (
        "made",
        None,
        FEW,
        total,
    )
    sign_batch(number, signer_for(officer), NOW)
    write_batch(number, officer, NOW)
    assert (batch().work, files()) == ("write", [])
    write_batch(number, officer, NOW)  # asked twice, written once
    with pytest.raises(Refusal, match="en cours"):
        dismiss_batch(number, "Un ordre est contesté.", officer, NOW)
    db.session.rollback()
    works()
    assert [(name[-3:], count) for name, count, _ in files()] == [("-01", 5), ("-02", 5), ("-03", 2)]
    assert batch().status == "written"
    send_batch(number, officer, NOW)
    works()
    assert (batch().status, batch().sent_at, statuses()) == ("sent", LATER, {"sent": FEW})
    assert db.session.scalar(select(func.count()).select_from(PaymentTransfer)) == FEW


def test_dismissed_by_slices_those_held_stay_so(any_world: World, any_session: Session, slices: None) -> None:
    many_due(any_world, FEW)
    officer = any_world.accounting_officer
    number = make_batch(ON, ON, officer, NOW).number
    works()
    held = db.session.scalars(select(PaymentOrder.number).order_by(PaymentOrder.id.desc()).limit(1)).one()
    hold_order(held, "by_hand", "La société conteste le compte.", officer, NOW)
    dismiss_batch(number, "Un ordre est contesté.", officer, NOW)
    assert batch().work == "dismiss"
    works()
    assert (batch().status, batch().dismissed_at) == ("dismissed", LATER)
    assert statuses() == {"to_pay": FEW - 1, "held": 1}


def test_what_cannot_be_written_gives_the_work_up(world: World, session: Session, slices: None) -> None:
    many_due(world, FEW)
    officer = world.accounting_officer
    number = make_batch(ON, ON, officer, NOW).number
    works()
    sign_batch(number, signer_for(officer), NOW)
    write_batch(number, officer, NOW)
    last = db.session.scalars(select(PaymentOrder.number).order_by(PaymentOrder.number.desc()).limit(1)).one()
    hold_order(last, "by_hand", "La société conteste le compte.", officer, NOW)
    works()
    found = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.kind == WORK, OutboxMessage.done_at.is_(None))
    )
    assert "est retenu" in str(found.one().last_error)
    assert (batch().status, batch().work) == ("signed", None)
    dismiss_batch(number, "Un ordre est contesté.", officer, NOW)
    works()
    assert statuses() == {"to_pay": FEW - 1, "held": 1}


def test_of_one_that_has_nothing_left_to_take_nothing_is_made(
    world: World, session: Session, slices: None
) -> None:
    many_due(world, FEW)
    officer = world.accounting_officer
    make_batch(ON, ON, officer, NOW)
    for number in db.session.scalars(select(PaymentOrder.number)).all():
        hold_order(number, "by_hand", "La société conteste le compte.", officer, NOW)
    works()
    assert (batch().status, batch().work, batch().orders_count) == ("dismissed", None, 0)
    assert statuses() == {"held": FEW}


class Killed(BaseException):
    """A process that dies: no handler of ours may stop it."""


@pytest.fixture
def fuse(session: Session) -> Iterator[list[int]]:
    """At which commit from now the process dies: [0] never."""
    left = [0]

    def burn(_session: object) -> None:
        if left[0]:
            left[0] -= 1
            if not left[0]:
                raise Killed

    event.listen(db.session, "before_commit", burn)
    yield left
    event.remove(db.session, "before_commit", burn)


def test_dead_before_any_commit_it_ends_the_same(
    world: World, session: Session, slices: None, fuse: list[int]
) -> None:
    """Each work is done again and again, and dies one commit later each time: the files are those of no death."""
    many_due(world, FEW)
    to_the_bank(world)
    unkilled = files()

    def dying() -> None:
        for at in range(1, 12):
            fuse[0] = at
            try:
                carry_on(batch().id, LATER)
            except Killed:
                db.session.rollback()
                continue
            finally:
                fuse[0] = 0
            return
        raise AssertionError("it never ends")

    many_due(world, FEW)
    to_the_bank(world, dying)
    again = files()[len(unkilled) :]
    assert [count for _, count, _ in again] == [count for _, count, _ in unkilled]
    assert (batch().status, statuses()) == ("sent", {"sent": 2 * FEW})
    assert len({name for name, _, _ in files()}) == 6
    for content in db.session.scalars(select(PaymentFile.content)):
        assert b"<CreDtTm>2026-11-22T10:00:00+01:00</CreDtTm>" in content, "of the signature, not of the job"
    assert db.session.scalar(select(func.count()).select_from(PaymentTransfer)) == 2 * FEW


def carrying(batch_id: int) -> int:
    carry_on(batch_id, LATER)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.slow
@pytest.mark.postgresql
def test_many_files_and_a_kill_in_each_work(any_world: World, crew: Crew) -> None:
    """30,000 orders here. 100,000 in ten files (``FILES``) took 325 s on two busy cores, within the same memory."""
    if any_world.app.config["DATABASE_URL"].startswith("sqlite"):
        pytest.skip("the same steps, without another process: above")
    count = FILES * MAXIMUM_TRANSFERS
    with any_world.app.app_context():
        for _ in range(count // 5_000):
            many_due(any_world, 5_000)
        officer = any_world.accounting_officer
        number = make_batch(ON, ON, officer, NOW).number
        batch_id = batch().id
        db.session.rollback()
    (bare,) = crew.race(any_world.app, peak, [()])

    def progress(least: int) -> Callable[[], bool]:
        def seen() -> bool:
            with any_world.app.app_context():
                done = batch().progress_done
                db.session.rollback()
                return done >= least

        return seen

    with Crew(1) as victim:
        victim.kill_once(any_world.app, carrying, (batch_id,), progress(4_000))
    peaks = crew.race(any_world.app, carrying, [(batch_id,)], seconds=300)
    with any_world.app.app_context():
        assert (batch().status, batch().orders_count) == ("made", count)
        sign_batch(number, signer_for(officer), NOW)
        write_batch(number, officer, NOW)
        db.session.rollback()
    with Crew(1) as victim:
        victim.kill_once(any_world.app, carrying, (batch_id,), progress(MAXIMUM_TRANSFERS))
    peaks += crew.race(any_world.app, carrying, [(batch_id,)], seconds=300)
    with any_world.app.app_context():
        assert [transfers for _, transfers, _ in files()] == [MAXIMUM_TRANSFERS] * FILES
        send_batch(number, officer, NOW)
        db.session.rollback()
    with Crew(1) as victim:
        victim.kill_once(any_world.app, carrying, (batch_id,), progress(4_000))
    peaks += crew.race(any_world.app, carrying, [(batch_id,)], seconds=300)
    with any_world.app.app_context():
        assert (batch().status, statuses()) == ("sent", {"sent": count})
        assert db.session.scalar(select(func.count()).select_from(PaymentTransfer)) == count
    assert max(peaks) - bare < PEAK_KILOBYTES, (peaks, bare)
