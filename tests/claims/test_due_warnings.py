"""Reviewers are warned 15, 5 and 1 day before the last day to decide (art. 11), once each, by one mail a person."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bonus.accounts.models import AgentRole, Person
from bonus.audit.service import first_fault
from bonus.calendar import start_of_day
from bonus.claims.due_list import due_page
from bonus.claims.due_warnings import MOST_LISTED, warn, warned_at
from bonus.claims.examination import start_review
from bonus.claims.models import Claim
from bonus.claims.requests import Asked, ask_documents
from bonus.extensions import db
from bonus.mail import MailMessage
from tests.support.bills import Item, bill
from tests.support.crew import Crew
from tests.support.words import plain
from tests.support.world import NOW, Dossier, World, decided, draft, filed, proposed

DUE = date(2027, 1, 22)
DAY = timedelta(days=1)


def on(day: date) -> datetime:
    return start_of_day(day) + timedelta(hours=6)


def mails() -> list[tuple[str, str]]:
    rows = db.session.execute(
        select(MailMessage.to, MailMessage.text).where(MailMessage.key.like("due:%")).order_by(MailMessage.id)
    )
    return [(to, plain(text)) for to, text in rows]


def assign(dossier: Dossier, person_id: int | None) -> None:
    db.session.get_one(Claim, dossier.id).assigned_to_id = person_id
    db.session.commit()


@pytest.mark.parametrize(
    ("left", "expected"),
    [(16, None), (15, 15), (14, 15), (6, 15), (5, 5), (4, 5), (2, 5), (1, 1), (0, 1), (-1, None)],
)
def test_which_warning(left: int, expected: int | None) -> None:
    assert warned_at(left) == expected


def test_three_times_and_once_each(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world)
    assign(dossier, any_world.reviewer.person_id)
    sent = {left: warn(on(DUE - left * DAY)) for left in range(20, -2, -1)}
    assert {left for left, count in sent.items() if count} == {15, 5, 1}
    found = mails()
    assert [to for to, _ in found] == [any_world.reviewer.email] * 3
    assert "22 janvier 2027 (dans 15 jours)" in found[0][1]
    assert "(demain)" in found[2][1]
    assert all(str(dossier.number) in text for _, text in found)
    assert warn(on(DUE - DAY)) == 0
    assert first_fault() is None


def test_days_without_a_run_are_made_up_for_by_the_warning_of_the_time_left(
    world: World, session: Session
) -> None:
    filed(world)
    assert warn(on(DUE - 3 * DAY)) == 3  # nobody's: every reviewer
    assert warn(on(DUE - 2 * DAY)) == 0
    assert warn(on(DUE)) == 3
    assert "(aujourd’hui)" in mails()[-1][1]


@pytest.mark.parametrize("status", ["suspended", "decided"])
def test_a_clock_that_does_not_run_is_never_warned_of(world: World, session: Session, status: str) -> None:
    if status == "decided":
        decided(world)
    else:
        dossier = filed(world)
        ask_documents(dossier.id, [Asked("payment_proof")], world.reviewer, on(DUE - 17 * DAY))
    due_on = db.session.scalars(select(Claim.decision_due_on)).one()
    assert due_on is not None
    assert [warn(on(due_on - left * DAY)) for left in (15, 5, 1, 0)] == [0] * 4


def test_to_whom(world: World, session: Session) -> None:
    """Whoever it is assigned to; else whoever acted last; else every reviewer."""
    assigned, acted, nobodys = (
        filed(world, draft(world, [bill(Item(cents))])) for cents in (7_000_00, 8_000_00, 9_000_00)
    )
    start_review(assigned.id, world.reviewer, NOW)
    assign(assigned, world.other_reviewer.person_id)
    start_review(acted.id, world.reviewer, NOW)
    assert warn(on(DUE - 15 * DAY)) == 3
    said = dict(mails())
    mine, theirs = said[world.reviewer.email], said[world.other_reviewer.email]
    assert [str(one.number) in mine for one in (assigned, acted, nobodys)] == [False, True, True]
    assert [str(one.number) in theirs for one in (assigned, acted, nobodys)] == [True, False, True]
    assert "2 dossiers sont à décider bientôt" in mine
    third = said[world.second_reader.email]
    assert [str(one.number) in third for one in (assigned, acted, nobodys)] == [False, False, True]


def test_who_left_or_is_no_reviewer_any_more_is_not_in_charge(world: World, session: Session) -> None:
    dossier = proposed(world)
    assign(dossier, world.other_reviewer.person_id)
    db.session.get_one(Person, world.other_reviewer.person_id).active = False
    db.session.commit()
    warn(on(DUE - 15 * DAY))
    assert [to for to, _ in mails()] == [world.reviewer.email]
    db.session.execute(delete(AgentRole).where(AgentRole.role == "reviewer"))
    db.session.commit()
    assert warn(on(DUE - 5 * DAY)) == 0


def test_many_are_counted_and_the_most_pressing_listed(world: World, session: Session) -> None:
    filed(world)
    numbers = []
    for rank in range(MOST_LISTED + 4):
        copy = Claim(
            reference=f"copy-{rank}",
            number=f"C-{rank:03}",
            company_id=world.company_id,
            status="filed",
            created_at=NOW,
            filed_at=NOW,
            decision_due_on=DUE - DAY,
        )
        db.session.add(copy)
        numbers.append(copy.number)
    db.session.commit()
    assert warn(on(DUE - 3 * DAY), batch=7) == 3
    text = mails()[0][1]
    assert all(str(number) in text for number in numbers[:MOST_LISTED])
    assert "5 autres dossiers." in text
    page = due_page(world.reviewer.person_id, DUE - 3 * DAY, 1)
    assert (page.total, page.rows[0].number, page.rows[-1].due_on) == (25, "C-000", DUE)


def test_runs_at_once_write_one_mail(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        assign(filed(any_world), any_world.reviewer.person_id)
    crew.race(any_world.app, warn, [(on(DUE - 5 * DAY),)] * 3)
    with any_world.app.app_context():
        assert len(mails()) == 1


def test_mine_first(world: World, session: Session) -> None:
    other, mine = (filed(world, draft(world, [bill(Item(cents))])) for cents in (7_000_00, 8_000_00))
    assign(mine, world.reviewer.person_id)
    page = due_page(world.reviewer.person_id, DUE - 15 * DAY, 1)
    assert [(row.number, row.mine, row.reviewer) for row in page.rows] == [
        (mine.number, True, world.reviewer.name),
        (other.number, False, ""),
    ]
    assert due_page(world.reviewer.person_id, DUE - 16 * DAY, 1).total == 0
    assert due_page(None, DUE + 40 * DAY, 9).total == 2  # late ones stay, until silence is recorded
