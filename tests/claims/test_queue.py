"""The agents' list: what is due first comes first, fifty a page, the same sums on both databases."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from bonus.claims.examination import start_review
from bonus.claims.models import Claim
from bonus.claims.queue import PAGE_SIZE, QUEUES, counts, queue_page
from bonus.claims.status import STATUSES
from bonus.extensions import db
from tests.support.bills import demo_files
from tests.support.world import NOW, ON, World, decided, draft, filed, proposed


def test_every_status_but_a_draft_or_given_up_is_in_one_queue() -> None:
    listed = [status for _, statuses in QUEUES.values() for status in statuses]
    assert len(listed) == len(set(listed))
    assert set(STATUSES) - set(listed) == {"draft", "abandoned"}


def test_what_is_due_first_comes_first(any_world: World, any_session: Session) -> None:
    late = filed(any_world, draft(any_world, demo_files(ON)))
    soon = filed(any_world, draft(any_world, now=NOW - timedelta(days=3)), now=NOW - timedelta(days=3))
    start_review(late.id, any_world.reviewer, NOW)
    draft(any_world)
    proposed(any_world)
    granted = decided(any_world)
    assert counts() == {
        "a-instruire": 2,
        "pieces-attendues": 0,
        "a-decider": 1,
        "liste-d-attente": 0,
        "decides": 1,
    }
    page = queue_page("a-instruire", 1)
    assert [(row.number, row.status) for row in page.rows] == [
        (soon.number, "filed"),
        (late.number, "under_review"),
    ]
    row = page.rows[1]
    assert (row.company, row.siren, row.invoices, row.net_cents, row.bonus_cents) == (
        "Atelier Fictif SAS",
        "900300401",
        3,
        22_957_00,  # the credit note taken off
        None,
    )
    assert type(row.net_cents) is int
    assert (row.filed_on, row.due_on) == (ON, date(2027, 1, 22))
    [done] = queue_page("decides", 1).rows
    assert (done.number, done.bonus_cents) == (granted.number, 4_500_00)


def test_pages(any_world: World, any_session: Session) -> None:
    for rank in range(PAGE_SIZE + 1):
        db.session.add(
            Claim(
                reference=f"r{rank}",
                number=f"BS-2026-{rank:06d}",
                company_id=any_world.company_id,
                status="filed",
                created_at=NOW,
                filed_at=NOW,
                decision_due_on=ON + timedelta(days=PAGE_SIZE - rank),
            )
        )
    db.session.commit()
    first, last = queue_page("a-instruire", 1), queue_page("a-instruire", 2)
    assert (first.total, first.pages, len(first.rows), len(last.rows)) == (PAGE_SIZE + 1, 2, PAGE_SIZE, 1)
    assert first.rows[0].number == f"BS-2026-{PAGE_SIZE:06d}"
    assert [row.number for row in last.rows] == ["BS-2026-000000"]
    for page, shown in ((0, 1), (-5, 1), (99, 2)):
        assert queue_page("a-instruire", page).page == shown


def test_an_empty_queue(session: Session) -> None:
    page = queue_page("a-decider", 1)
    assert (page.rows, page.total, page.pages, page.page) == ([], 0, 1, 1)
