"""The dossiers before and after one follow the queue one came from: its order, its parts, its filters."""

from __future__ import annotations

from bonus.calendar import civil_date
from bonus.claims.assignment import assign
from bonus.claims.neighbours import Neighbours, neighbours_of
from bonus.claims.queue import queue_page
from bonus.claims.queue_filters import MINE, Filters
from tests.support.bills import Item, bill
from tests.support.requests import filed_on
from tests.support.world import NOW, Dossier, World, draft, filed, proposed

TODAY = civil_date(NOW)


def around(
    dossier: Dossier, world: World, queue: str = "a-verifier", filters: Filters | None = None
) -> Neighbours:
    return neighbours_of(dossier.id, queue, filters or Filters(), TODAY, me=world.reviewer.person_id)


def test_the_order_of_the_queue_mine_then_nobodys_then_others(any_world: World) -> None:
    world = any_world
    late, first, mine, theirs = filed_on(world), filed(world), filed(world), filed(world)
    with world.app.app_context():
        assign(mine.id, world.reviewer.person_id, world.reviewer, NOW)
        assign(theirs.id, world.other_reviewer.person_id, world.reviewer, NOW)
        shown = [row.number for row in queue_page("a-verifier", TODAY, me=world.reviewer.person_id).rows]
        assert shown == [mine.number, late.number, first.number, theirs.number]
        assert around(mine, world) == Neighbours(None, late.number)
        assert around(late, world) == Neighbours(mine.number, first.number)
        assert around(first, world) == Neighbours(late.number, theirs.number)
        assert around(theirs, world) == Neighbours(first.number, None)


def test_the_filters_of_the_queue(any_world: World) -> None:
    world = any_world
    before, small, here, after = (
        filed(world, draft(world, [bill(Item(cents), number=f"F-{cents}")]))
        for cents in (9_000_00, 900_00, 8_000_00, 7_000_00)
    )
    with world.app.app_context():
        assert around(here, world) == Neighbours(small.number, after.number)
        assert around(here, world, filters=Filters(from_cents=1_000_00)) == Neighbours(
            before.number, after.number
        )
        assert around(here, world, filters=Filters(axis="quantum")) == Neighbours(None, None)
        assign(after.id, world.reviewer.person_id, world.reviewer, NOW)
        assert around(before, world, filters=Filters(assigned=MINE)) == Neighbours(None, after.number)


def test_gone_from_the_queue_a_dossier_still_leads_to_the_next(world: World) -> None:
    before = filed(world)
    gone = proposed(world)
    after = filed(world)
    with world.app.app_context():
        assert around(gone, world) == Neighbours(before.number, after.number)
        assert around(gone, world, queue="a-decider") == Neighbours(None, None)
