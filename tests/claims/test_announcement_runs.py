"""The announcements of a day: in batches, killed in the middle, run twice or by two at once, 10 000 at a time."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bonus.audit.service import first_fault
from bonus.claims import announcements
from bonus.claims.announcement_models import EndAnnouncement, EndNotice
from bonus.claims.announcements import ANNOUNCE, Announced, announce, announce_ends
from bonus.claims.models import Invoice, PurchaseLine
from bonus.claims.telling import MOST_IN_A_MAIL
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.outbox import OutboxMessage
from bonus.registry.models import Solution
from tests.support.crew import Crew
from tests.support.ends import announced, mails, many_ending, noticed
from tests.support.world import NOW, ON, World, draft

LAST = ON + timedelta(days=90)
TODAY = ON.toordinal()


def counted(model: type[EndAnnouncement | EndNotice | MailMessage]) -> int:
    found = db.session.scalar(select(func.count()).select_from(model)) or 0
    db.session.rollback()
    return found


def buy_everything(dossier_id: int) -> None:
    """Give a draft one more line for each solution that ``many_ending`` made; committed."""
    invoice = db.session.scalars(select(Invoice).where(Invoice.claim_id == dossier_id)).one()
    ids = db.session.scalars(select(Solution.id).where(Solution.slug.startswith("offre-")))
    rows = [
        {
            "invoice_id": invoice.id,
            "position": 100 + solution_id,
            "name": "Offre",
            "net_cents": 100,
            "vat_cents": 20,
            "solution_id": solution_id,
        }
        for solution_id in ids
    ]
    db.session.execute(insert(PurchaseLine), rows)
    db.session.commit()


def test_in_batches_of_any_size_the_outcome_is_one(any_world: World, any_session: Session) -> None:
    many_ending(7, LAST, suppliers=3)
    buy_everything(draft(any_world).id)
    done = announce(NOW, batch=2)
    assert (done.ends, done.supplier_mails, done.notices, done.finished) == (7, 3, 7, True)
    assert (len(announced()), len(noticed()), len(mails())) == (7, 7, 4)
    assert announce(NOW, batch=3) == Announced(finished=True)


def test_a_supplier_or_a_company_with_very_many_gets_several_mails(world: World, session: Session) -> None:
    many_ending(MOST_IN_A_MAIL * 2 + 1, LAST, suppliers=1)
    buy_everything(draft(world).id)
    done = announce(NOW)
    assert (done.supplier_mails, done.notices) == (3, MOST_IN_A_MAIL * 2 + 1)
    assert Counter(to for to, _ in mails()) == {"contact@editeur-0.example": 3, world.owner.email: 3}
    listed = [text.count("\n- ") for text in db.session.scalars(select(MailMessage.text))]
    assert listed == [MOST_IN_A_MAIL, MOST_IN_A_MAIL, 1] * 2
    told = db.session.execute(
        select(EndAnnouncement.supplier_mail_id, func.count())
        .group_by(EndAnnouncement.supplier_mail_id)
        .order_by(EndAnnouncement.supplier_mail_id)
    ).all()
    assert [count for _, count in told] == [MOST_IN_A_MAIL, MOST_IN_A_MAIL, 1]


def test_what_one_job_may_not_take_the_next_one_does(
    any_world: World, any_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "BATCHES_A_JOB", 2)
    many_ending(250, LAST, suppliers=1)
    jobs = 0
    while jobs == 0 or _asked() == jobs:
        announce_ends(TODAY, NOW)
        jobs += 1
        assert jobs < 20
    assert jobs > 2
    keys = db.session.scalars(
        select(OutboxMessage.key).where(OutboxMessage.kind == ANNOUNCE).order_by(OutboxMessage.id)
    )
    assert list(keys) == [f"announce_ends:{TODAY}:{part}" for part in range(1, jobs)]
    assert (counted(EndAnnouncement), counted(MailMessage)) == (250, 2)


def _asked() -> int:
    query = select(func.count()).where(OutboxMessage.kind == ANNOUNCE)
    found = db.session.scalar(query) or 0
    db.session.rollback()
    return found


def announce_slowly() -> None:
    announce(NOW, batch=1)


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.parametrize("during", [EndAnnouncement, MailMessage], ids=["announcing", "telling"])
def test_killed_in_the_middle_the_next_run_ends_what_it_began(
    pg_world: World, during: type[EndAnnouncement | MailMessage]
) -> None:
    many = 800
    with pg_world.app.app_context():
        many_ending(many, LAST)
        buy_everything(draft(pg_world).id)
        if during is MailMessage:
            announce(NOW, batch=many, batches=1)
            assert (counted(EndAnnouncement), counted(MailMessage)) == (many, 0)
        with Crew(1) as mortal:
            mortal.kill_once(pg_world.app, announce_slowly, (), lambda: counted(during) > 3)
        assert 3 < counted(during) < many
        announce(NOW)
        assert counted(EndAnnouncement) == counted(EndNotice) == many
        to = Counter(one for one, _ in mails())
        assert to.pop(pg_world.owner.email) == many // MOST_IN_A_MAIL
        assert (len(to), set(to.values())) == (many, {1})
        untold = select(func.count()).where(EndAnnouncement.supplier_mail_id.is_(None))
        assert db.session.scalar(untold) == 0
        asked = select(func.count()).where(OutboxMessage.kind == "mail")
        assert db.session.scalar(asked) == counted(MailMessage)
        assert first_fault() is None


def announce_once() -> tuple[int, int, int]:
    done = announce(NOW, batch=3)
    return done.ends, done.supplier_mails, done.notices


@pytest.mark.slow
def test_several_at_once_tell_each_once(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        many_ending(40, LAST, suppliers=20)
        buy_everything(draft(any_world).id)
    done = crew.race(any_world.app, announce_once, [()] * 4)
    assert [sum(column) for column in zip(*done, strict=True)] == [40, 20, 40]
    with any_world.app.app_context():
        assert set(Counter(to for to, _ in mails() if to != any_world.owner.email).values()) == {1}
        assert counted(EndAnnouncement) == counted(EndNotice) == 40
        assert first_fault() is None


def peak_of_announcing(count: int, after: int) -> int:
    """The most bytes held at once while so many more ends are announced, beyond what was held before."""
    many_ending(count, LAST, after=after)
    gc.collect()
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    done = announce(NOW)
    _, peak = tracemalloc.get_traced_memory()
    assert (done.ends, done.supplier_mails) == (count, count)
    return peak - before


def peaks() -> tuple[int, int]:
    """(peak of five hundred ends, peak of ten thousand), in bytes."""
    gc.collect()
    gc.freeze()
    tracemalloc.start()
    peak_of_announcing(300, after=0)  # what is loaded and compiled once
    few = peak_of_announcing(500, after=300)
    return few, peak_of_announcing(10_000, after=800)


@pytest.mark.slow
def test_ten_thousand_ending_at_once_take_no_more_memory_than_a_few(world: World, session: Session) -> None:
    """A thousand bytes kept of each end would be 9.5 MB."""
    # In a process of its own: what the tests before left, or pytest keeps of this one, is not counted.
    with Crew(1) as alone:
        [(few, many)] = alone.race(world.app, peaks, [()], seconds=300)
    assert many - few < 3_000_000, f"{few / 1e6:.1f} MB, then {many / 1e6:.1f} MB"
