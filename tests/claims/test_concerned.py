"""How many dossiers a change to a solution would concern."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.claims.concerned import Concerned, concerned
from bonus.registry.models import Solution
from tests.support.bills import Item, bill
from tests.support.world import CLOUD, SUITE, World, decided, draft, filed

SUITE_ITEM = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")
BILLED = date(2026, 10, 15)


def test_dossiers_are_counted_once_by_what_is_left_to_decide(any_world: World, any_session: Session) -> None:
    suite = any_session.scalars(select(Solution).where(Solution.slug == SUITE)).one()
    cloud = any_session.scalars(select(Solution).where(Solution.slug == CLOUD)).one()
    assert concerned(suite) == Concerned(0, 0)
    draft(any_world, [bill(SUITE_ITEM, number="D-1")])
    assert concerned(suite) == Concerned(0, 0), "nobody filed it"
    two_lines = bill(SUITE_ITEM, SUITE_ITEM, number="F-1", issued_on=BILLED)
    filed(any_world, draft(any_world, [two_lines, bill(SUITE_ITEM, number="F-2", issued_on=BILLED)]))
    decided(any_world, draft(any_world, [bill(SUITE_ITEM, number="F-3", issued_on=BILLED)]))
    refusal = "La facture porte sur un matériel, qui n’est pas une solution (art. 4)."
    refused = draft(any_world, [bill(SUITE_ITEM, number="F-4", issued_on=date(2026, 9, 1))])
    decided(any_world, refused, outcome="refuse", reasons=refusal)
    assert concerned(suite) == Concerned(1, 2)
    assert concerned(suite, date(2026, 9, 2)) == concerned(suite, BILLED) == Concerned(1, 1)
    assert concerned(suite, date(2026, 10, 16)) == Concerned(0, 0)
    assert concerned(cloud) == Concerned(0, 0)
