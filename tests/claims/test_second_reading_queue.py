"""What a second reviewer is to read stands in a queue of its own, for those who may read it (art. 12)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import first_fault
from bonus.claims.assignment import assign
from bonus.claims.card_models import ClaimCard
from bonus.claims.card_queues import TO_READ
from bonus.claims.cards_rebuild import rebuild
from bonus.claims.concurrence import concur, object_to
from bonus.claims.decision import decide
from bonus.claims.examination import propose, send_back
from bonus.claims.filing import abandon
from bonus.claims.neighbours import Neighbours, neighbours_of
from bonus.claims.proposal_models import Proposal
from bonus.claims.queue import exported, held, queue_page
from bonus.claims.queue_filters import MINE, NOBODYS, OTHERS, SOMEBODYS, Filters
from bonus.claims.reporting_measures import measure
from bonus.claims.reporting_months import month_figures
from bonus.claims.reporting_today import Scope, today_figures
from bonus.errors import Refusal
from bonus.extensions import db
from tests.claims.reading import claim_of
from tests.claims.test_concurrence import EXACT, LARGE, REASONS, large
from tests.support.bills import Item, bill
from tests.support.cards import kept_cards
from tests.support.world import NOW, ON, Dossier, World, draft, filed, proposed

MONTH = ON.replace(day=1)


def place(dossier: Dossier) -> tuple[str, int]:
    """Its queue, and who is kept from reading it there."""
    db.session.expire_all()
    card = db.session.get_one(ClaimCard, dossier.id)
    return card.queue, card.proposer


def seen(world_person: int | None, **filters: str) -> list[str]:
    page = queue_page(TO_READ, ON, me=world_person, filters=Filters(**filters))  # type: ignore[arg-type]
    assert page.total == len(page.rows)
    return [row.number for row in page.rows]


def as_made_anew() -> bool:
    kept = kept_cards()
    db.session.rollback()
    rebuild(lambda _done: None)
    return kept_cards() == kept


def test_a_cent_above_the_threshold_it_stands_apart_until_it_is_read(
    any_world: World, any_session: Session
) -> None:
    world = any_world
    dossier = large(world)
    assert place(dossier) == (TO_READ, world.reviewer.person_id)
    assert held(None)["a-decider"].total == 0
    assert as_made_anew()
    concur(dossier.id, world.other_reviewer, NOW)
    assert place(dossier) == ("a-decider", 0)
    assert (held(None)[TO_READ].total, held(None)["a-decider"].total) == (0, 1)
    assert as_made_anew()
    decide(dossier.id, "apply", "", world.officer, NOW)
    assert place(dossier) == ("decides", 0)


@pytest.mark.parametrize("net_cents", [EXACT, 1_000_00])
def test_at_the_threshold_it_is_to_be_decided_at_once(world: World, session: Session, net_cents: int) -> None:
    assert place(large(world, net_cents)) == ("a-decider", 0)


def test_what_is_paid_above_but_gives_less_is_not_read_twice(world: World, session: Session) -> None:
    dossier = proposed(world, draft(world, [bill(Item(100_000_00))]))  # 45 000 €
    assert place(dossier) == ("a-decider", 0)


def test_when_he_does_not_agree_it_is_to_be_proposed_then_read_again(
    any_world: World, any_session: Session
) -> None:
    world = any_world
    dossier = large(world)
    object_to(dossier.id, REASONS, world.other_reviewer, NOW)
    assert place(dossier) == ("a-proposer", 0)
    propose(dossier.id, "apply", "", world.other_reviewer, NOW)
    assert place(dossier) == (TO_READ, world.other_reviewer.person_id)
    concur(dossier.id, world.reviewer, NOW)
    send_back(dossier.id, REASONS, world.officer, NOW)
    assert place(dossier) == ("a-proposer", 0)
    propose(dossier.id, "apply", "", world.reviewer, NOW)
    assert place(dossier) == (TO_READ, world.reviewer.person_id)
    abandon(dossier.id, world.owner, NOW)
    assert place(dossier) == ("abandonnes", 0)
    assert as_made_anew()


def test_it_keeps_the_day_silence_refuses_it(any_world: World, any_session: Session) -> None:
    dossier = large(any_world)
    card = db.session.get_one(ClaimCard, dossier.id)
    assert card.due_on == card.sort_on == claim_of(dossier).decision_due_on
    assert held(any_world.other_reviewer.person_id)[TO_READ].oldest == card.due_on
    assert held(any_world.reviewer.person_id)[TO_READ].oldest is None
    today = today_figures(Scope(), ON)
    assert (today.stock(TO_READ), today.stock("a-decider")) == (1, 0)


def test_proposed_below_it_and_above_it_the_day_of_the_decision(
    any_world: World, any_session: Session
) -> None:
    """What the law gives may have grown since: the officer is told, and the dossier goes to the second reviewers."""
    world = any_world
    dossier = large(world)
    db.session.execute(update(Proposal).values(second_reading=False))
    rebuild(lambda _done: None)
    assert place(dossier) == ("a-decider", 0)
    with pytest.raises(Refusal, match=r"claim\.concurrence_missing"):
        decide(dossier.id, "apply", "", world.officer, NOW)
    db.session.rollback()
    assert place(dossier) == (TO_READ, world.reviewer.person_id)
    asked = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.second_reading")).one()
    assert asked.facts["bonus_cents"] > 50_000_00
    assert first_fault() is None


def three(world: World) -> list[Dossier]:
    """Proposed by the reviewer, by the other one, and again by the reviewer; due a day apart, the first one first."""
    found = []
    for rank, who in enumerate((world.reviewer, world.other_reviewer, world.reviewer)):
        now = NOW - timedelta(days=3 - rank)
        dossier = filed(world, draft(world, [bill(Item(LARGE), number=f"G-{rank}")], now=now), now=now)
        propose(dossier.id, "apply", "", who, NOW)
        found.append(dossier)
    return found


def test_nobody_sees_his_own_proposals_there(any_world: World, any_session: Session) -> None:
    world = any_world
    first, second, third = (dossier.number for dossier in three(world))
    me, other, reader = (one.person_id for one in (world.reviewer, world.other_reviewer, world.second_reader))
    assert (seen(me), seen(other), seen(reader), seen(None)) == (
        [second],
        [first, third],
        [first, second, third],
        [first, second, third],
    )
    assert [held(one)[TO_READ].total for one in (me, other, reader, None)] == [1, 2, 3, 3]
    assert [row.number for row in exported(TO_READ, ON, me=me, filters=Filters())] == [second]
    assert seen(me, size="sme", region="84") == [second]
    with pytest.MonkeyPatch.context() as patch:  # many have what is asked: they are walked through
        patch.setattr("bonus.claims.queue_walk.RARE", 0)
        page = queue_page(TO_READ, ON, me=other, filters=Filters(size="sme"))
    assert [row.number for row in page.rows] == [first, third]


def test_mine_first_and_each_way_along_it(any_world: World, any_session: Session) -> None:
    world = any_world
    first, second, third = three(world)
    me, reader = world.reviewer.person_id, world.second_reader.person_id
    assert reader is not None
    assign(third.id, reader, world.second_reader, NOW)
    assign(first.id, me, world.reviewer, NOW)
    assert seen(reader) == [third.number, second.number, first.number]
    assert held(reader)[TO_READ].by == {MINE: 1, NOBODYS: 1, OTHERS: 1, SOMEBODYS: 2, None: 3}
    assert held(me)[TO_READ].by == {MINE: 0, NOBODYS: 1, OTHERS: 0, SOMEBODYS: 0, None: 1}
    assert (seen(reader, assigned=MINE), seen(me, assigned=MINE)) == ([third.number], [])
    assert (seen(reader, assigned=SOMEBODYS), seen(me, assigned=SOMEBODYS)) == (
        [first.number, third.number],
        [],
    )

    def around(dossier: Dossier, who: int | None) -> Neighbours:
        return neighbours_of(dossier.id, TO_READ, Filters(), ON, me=who)

    assert around(second, reader) == Neighbours(third.number, first.number)
    assert around(second, me) == Neighbours(None, None)
    concur(second.id, world.second_reader, NOW)
    assert around(third, reader) == Neighbours(None, first.number)


def test_the_months_count_it_apart(any_world: World, any_session: Session) -> None:
    world = any_world
    waits, agreed, sent_back = three(world)
    concur(agreed.id, world.second_reader, NOW)
    object_to(sent_back.id, REASONS, world.second_reader, NOW)
    large(world)  # given up unread
    abandon(db.session.get_one(ClaimCard, sent_back.id + 1).claim_id, world.owner, NOW)
    measure(NOW)
    (month,) = month_figures(Scope(), [MONTH]).months
    stock = {queue: count for queue, count in month.stock.items() if count}
    assert stock == {TO_READ: 1, "a-decider": 1, "a-proposer": 1}
    assert {queue: one.total for queue, one in held(None).items() if one.total} == stock
    assert (month.filed, month.given_up, month.decided, month.retaken) == (4, 1, 0, 0)
    assert place(waits)[0] == TO_READ
