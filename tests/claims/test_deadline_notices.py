"""Three days before the last day to file an invoice of a draft (art. 5.5), its company is told, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.deadline_notices import remind
from bonus.claims.filing import abandon
from bonus.claims.notice_models import Notice
from bonus.companies.models import Company
from bonus.extensions import db
from tests.support.bills import Item, bill
from tests.support.crew import Crew
from tests.support.ends import mails
from tests.support.words import plain
from tests.support.world import NOW, World, draft, filed, party_of

BOUGHT = date(2026, 5, 20)
LAST = date(2026, 11, 20)  # a Friday
DAY = timedelta(days=1)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 8, 0, tzinfo=UTC)


def sentences() -> list[str]:
    return [plain(one) for one in db.session.scalars(select(Notice.sentence).order_by(Notice.id))]


def only_deadlines(found: list[str]) -> list[str]:
    return [one for one in found if "au plus tard" in one and "brouillon" in one]


@pytest.mark.parametrize(
    ("issued_on", "last", "today", "expected"),
    [
        (BOUGHT, LAST, LAST - 4 * DAY, 0),
        (BOUGHT, LAST, LAST - 3 * DAY, 1),
        (BOUGHT, LAST, LAST, 1),
        (BOUGHT, LAST, LAST + DAY, 0),
        # A Sunday: the next working day counts.
        (date(2026, 5, 22), date(2026, 11, 23), date(2026, 11, 19), 0),
        (date(2026, 5, 22), date(2026, 11, 23), date(2026, 11, 20), 1),
        (date(2026, 5, 22), date(2026, 11, 23), date(2026, 11, 23), 1),
        # 31 August: 28 February, a Sunday, then 1 March.
        (date(2026, 8, 31), date(2027, 3, 1), date(2027, 2, 25), 0),
        (date(2026, 8, 31), date(2027, 3, 1), date(2027, 2, 26), 1),
        (date(2026, 8, 31), date(2027, 3, 1), date(2027, 3, 2), 0),
        # Christmas, a Friday: the Monday.
        (date(2026, 6, 25), date(2026, 12, 28), date(2026, 12, 24), 0),
        (date(2026, 6, 25), date(2026, 12, 28), date(2026, 12, 28), 1),
    ],
)
def test_from_three_days_before_to_the_day_itself(
    world: World, session: Session, issued_on: date, last: date, today: date, expected: int
) -> None:
    draft(world, [bill(issued_on=issued_on, number="F-1")])
    assert remind(at(today)) == expected
    assert len(mails()) == expected
    if expected:
        (notice,) = db.session.scalars(select(Notice)).all()
        assert (notice.kind, notice.key.rpartition(":")[2]) == ("filing_deadline", last.isoformat())


def test_once_however_often_it_runs(any_world: World, any_session: Session) -> None:
    draft(any_world, [bill(issued_on=BOUGHT, number="F-1")])
    assert [remind(at(LAST - days * DAY)) for days in (3, 3, 2, 1, 0)] == [1, 0, 0, 0, 0]
    assert sentences() == [
        "La facture F-1 de votre brouillon doit être déposée au plus tard le 20 novembre 2026 (art. 5.5)."
    ]
    [(to, subject)] = mails()
    assert to == any_world.owner.email
    assert plain(subject) == "Bonus Souveraineté : une date limite de dépôt approche"
    told = db.session.scalars(
        select(AuditEntry.facts).where(AuditEntry.action == "claims.deadlines_told")
    ).all()
    assert [facts["count"] for facts in told] == [1]


def test_several_runs_at_once_tell_once(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        for number in ("F-1", "F-2"):
            draft(any_world, [bill(issued_on=BOUGHT, number=number)])
    crew.race(any_world.app, remind, [(at(LAST),)] * 4)
    with any_world.app.app_context():
        assert len(sentences()) == len(mails()) == 2


def test_invoices_of_one_last_day_make_one_notice(world: World, session: Session) -> None:
    files = [bill(issued_on=BOUGHT, number=f"F-{n}") for n in range(1, 5)]
    other = bill(issued_on=BOUGHT - DAY, number="G-1")
    credit = bill(Item(-90_00), issued_on=BOUGHT, number="AV-1", corrects="F-1")
    draft(world, [*files, other, credit])
    assert remind(at(LAST - 3 * DAY)) == 2
    day = "20 novembre 2026"
    assert sentences() == [
        "La facture G-1 de votre brouillon doit être déposée au plus tard le 19 novembre 2026 (art. 5.5).",
        f"4 factures de votre brouillon doivent être déposées au plus tard le {day} : F-1, F-2, F-3, … (art. 5.5).",
    ]


def test_a_dossier_filed_or_given_up_is_left_alone(world: World, session: Session) -> None:
    filed(world, draft(world, [bill(issued_on=BOUGHT)]), now=at(LAST - 3 * DAY))
    abandon(draft(world, [bill(issued_on=BOUGHT)]).id, world.owner, NOW)
    assert remind(at(LAST - DAY)) == 0
    assert only_deadlines(sentences()) == []


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_batches_of_any_size_give_the_same(world: World, session: Session, batch: int) -> None:
    for company in (world.company_id, world.neighbour_id, world.company_id):
        draft(world, [bill_for(world, company)], company_id=company)
    assert remind(at(LAST), batch=batch) == 3
    assert len(sentences()) == len(mails()) == 3


def bill_for(world: World, company_id: int) -> tuple[str, bytes]:
    return bill(issued_on=BOUGHT, buyer=party_of(db.session.get_one(Company, company_id)))


def test_a_long_number_does_not_make_a_long_sentence(world: World, session: Session) -> None:
    draft(world, [bill(issued_on=BOUGHT, number="F" * 100)])
    assert remind(at(LAST)) == 1
    (sentence,) = sentences()
    assert "F" * 59 + "…" in sentence
    assert len(sentence) < 200
