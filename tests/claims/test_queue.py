"""The agents' lists: mine, then nobody's, then others', what is due first on top; the same on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.claims import queue_walk
from bonus.claims.card_models import ClaimCard
from bonus.claims.card_queues import QUEUE_OF, QUEUES
from bonus.claims.examination import start_review
from bonus.claims.models import Claim
from bonus.claims.queue import PAGE_SIZE, QueuePage, exported, held, queue_page
from bonus.claims.queue_filters import MINE, NOBODYS, OTHERS, SOMEBODYS, Filters
from bonus.claims.status import STATUSES
from bonus.demo.invoices import OTHER_SELLER, SELLER
from bonus.extensions import db
from tests.support.bills import demo_files
from tests.support.world import NOW, ON, World, decided, draft, filed, proposed


def test_every_status_but_a_draft_is_in_one_queue() -> None:
    listed = [status for queue in QUEUES.values() for status in queue.statuses]
    assert len(listed) == len(set(listed))
    assert set(STATUSES) - set(listed) == {"draft", "abandoned"}
    assert set(STATUSES) - set(QUEUE_OF) == {"draft"}


def test_what_is_due_first_comes_first(any_world: World, any_session: Session) -> None:
    late = filed(any_world, draft(any_world, demo_files(ON)))
    soon = filed(any_world, draft(any_world, now=NOW - timedelta(days=3)), now=NOW - timedelta(days=3))
    taken_up = filed(any_world)
    start_review(taken_up.id, any_world.reviewer, NOW)
    draft(any_world)
    proposed(any_world)
    granted = decided(any_world)
    found = held(None)
    assert {key: one.total for key, one in found.items()} == {
        "a-verifier": 2,
        "pieces-attendues": 0,
        "a-proposer": 1,
        "a-relire": 0,
        "a-decider": 1,
        "liste-d-attente": 0,
        "decides": 1,
    }
    assert found["a-verifier"].oldest == date(2027, 1, 19)
    assert (found["pieces-attendues"].oldest, found["decides"].oldest) == (None, None)
    page = queue_page("a-verifier", ON)
    assert [row.number for row in page.rows] == [soon.number, late.number]
    row = page.rows[1]
    assert (row.company, row.siren, row.invoices, row.net_cents) == (
        "Atelier Fictif SAS",
        "900300401",
        3,
        22_957_00,  # the credit note taken off
    )
    assert type(row.net_cents) is int
    assert (row.filed_on, row.due_on, row.whose, row.reviewer) == (ON, date(2027, 1, 22), NOBODYS, None)
    [done] = queue_page("decides", ON).rows
    assert (done.number, done.bonus_cents, done.sort_on) == (granted.number, 4_500_00, ON)


def enter(world: World, count: int, **values: object) -> list[str]:
    """So many filed dossiers without purchases, due one day after the other; their numbers."""
    first = db.session.scalar(select(Claim.id).order_by(Claim.id.desc()).limit(1)) or 0
    claims = [
        Claim(
            reference=f"r{first + rank}",
            number=f"BS-2026-{first + rank:06d}",
            company_id=world.company_id,
            created_at=NOW,
            filed_at=NOW,
            **({"status": "filed", "decision_due_on": ON + timedelta(days=rank)} | values),
        )
        for rank in range(1, count + 1)
    ]
    db.session.add_all(claims)
    db.session.commit()
    return [str(claim.number) for claim in claims]


def numbers(page: QueuePage) -> list[str]:
    return [row.number for row in page.rows]


def test_mine_then_nobodys_then_others(any_world: World, any_session: Session) -> None:
    me, other = any_world.reviewer.person_id, any_world.other_reviewer.person_id
    others = enter(any_world, 2, assigned_to_id=other)
    nobodys = enter(any_world, 2)
    mine = enter(any_world, 2, assigned_to_id=me)
    page = queue_page("a-verifier", ON, me=me)
    assert numbers(page) == mine + nobodys + others
    assert [row.whose for row in page.rows] == [MINE] * 2 + [NOBODYS] * 2 + [OTHERS] * 2
    assert [row.reviewer for row in page.rows[::2]] == [
        any_world.reviewer.name,
        None,
        any_world.other_reviewer.name,
    ]
    assert held(me)["a-verifier"].by == {MINE: 2, NOBODYS: 2, OTHERS: 2, SOMEBODYS: 4, None: 6}
    for assigned, expected in ((MINE, mine), (NOBODYS, nobodys), (SOMEBODYS, sorted(mine + others))):
        found = queue_page("a-verifier", ON, me=me, filters=Filters(assigned=assigned))
        assert (sorted(numbers(found)), found.total) == (expected, len(expected))


@pytest.mark.parametrize("filters", [Filters(), Filters(size="sme"), Filters(from_cents=0)])
def test_pages_there_and_back(any_world: World, any_session: Session, filters: Filters) -> None:
    me, other = any_world.reviewer.person_id, any_world.other_reviewer.person_id
    expected = [
        number
        for count, whose in ((30, me), (PAGE_SIZE + 5, None), (40, other))
        for number in enter(any_world, count, assigned_to_id=whose)
    ]
    first = queue_page("a-verifier", ON, me=me, filters=filters)
    second = queue_page("a-verifier", ON, me=me, filters=filters, after=first.after)
    third = queue_page("a-verifier", ON, me=me, filters=filters, after=second.after)
    assert [len(page.rows) for page in (first, second, third)] == [50, 50, 25]
    assert numbers(first) + numbers(second) + numbers(third) == expected
    assert (first.before, third.after) == (None, None)
    assert {page.total for page in (first, second, third)} == {len(expected)}
    back = queue_page("a-verifier", ON, me=me, filters=filters, before=third.before)
    assert numbers(back) == numbers(second)
    start = queue_page("a-verifier", ON, me=me, filters=filters, before=back.before)
    assert (numbers(start), start.before) == (numbers(first), None)
    for strange in ("", "x", "1.2026-13-01.5", "0.2026-01-01.x", "9.9.9", "." * 30):
        assert numbers(queue_page("a-verifier", ON, me=me, filters=filters, after=strange)) == numbers(first)


def test_what_is_decided_the_latest_first(any_world: World, any_session: Session) -> None:
    done = enter(any_world, PAGE_SIZE + 1, status="refused")
    first = queue_page("decides", ON)
    last = queue_page("decides", ON, after=first.after)
    assert numbers(first) + numbers(last) == done[::-1]
    assert numbers(queue_page("decides", ON, before=last.before)) == numbers(first)


def test_filters(any_world: World, any_session: Session) -> None:
    plain = filed(any_world)  # cloud, 10 000 €
    mixed = filed(any_world, draft(any_world, demo_files(ON)))  # three invoices of two sellers
    both = {plain.number, mixed.number}
    for dossier, weight in ((plain, 0), (mixed, 50)):
        db.session.get_one(Claim, dossier.id).risk_weight = weight
    db.session.commit()
    asked: dict[Filters, set[str | None]] = {
        Filters(axis="cloud"): both,
        Filters(axis="data"): {mixed.number},
        Filters(axis="quantum"): set(),
        Filters(seller=SELLER.siren): both,
        Filters(seller=OTHER_SELLER.siren): {mixed.number},
        Filters(size="sme"): both,
        Filters(size="large"): set(),
        Filters(region="84"): both,
        Filters(region="11"): set(),
        Filters(from_cents=10_000_00, to_cents=10_000_00): {plain.number},
        Filters(from_cents=10_000_01): {mixed.number},
        Filters(to_cents=9_999_99): set(),
        Filters(older_than=1): set(),
        Filters(older_than=0): both,
        Filters(axis="data", region="84", size="sme", from_cents=1): {mixed.number},
        Filters(axis="data", to_cents=10_000_00): set(),
        Filters(risk=50): {mixed.number},
        Filters(risk=51): set(),
    }
    for filters, expected in asked.items():
        page = queue_page("a-verifier", ON, me=1, filters=filters)
        assert (set(numbers(page)), page.total) == (expected, len(expected)), filters
        assert {row.number for row in exported("a-verifier", ON, me=1, filters=filters)} == expected


def test_many_and_rare(any_world: World, any_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where very many have what is asked, the list goes along an index; it stops when it finds too few, and says so."""
    wanted = dict.fromkeys((3, 90, 110), 500000)
    enter(any_world, 119)
    cards = db.session.scalars(select(ClaimCard).order_by(ClaimCard.claim_id)).all()
    for row, cents in wanted.items():
        cards[row].net_cents = cents
    db.session.commit()
    expected = [cards[row].number for row in wanted]
    db.session.rollback()
    monkeypatch.setattr(queue_walk, "RARE", -1)
    monkeypatch.setattr(queue_walk, "FIRST_READ", 20)
    filters = Filters(from_cents=1, size="sme", region="84")
    page = queue_page("a-verifier", ON, filters=filters)
    assert (numbers(page), page.total, page.stopped) == (expected, None, False)
    monkeypatch.setattr(queue_walk, "READ", 60)
    first = queue_page("a-verifier", ON, filters=filters)
    assert (numbers(first), first.stopped) == (expected[:1], True)
    second = queue_page("a-verifier", ON, filters=filters, after=first.after)
    assert (numbers(second), second.after) == (expected[1:], None)
    assert [row.number for row in exported("a-verifier", ON, me=None, filters=filters)] == expected


def test_an_empty_queue(session: Session) -> None:
    page = queue_page("a-decider", ON)
    assert (page.rows, page.total, page.after, page.before) == ([], 0, None, None)
