"""The same invoice elsewhere, said while the dossier is prepared, without telling whose it is (art. 5.3)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from bonus.claims.duplicates import Twin, twins_of
from bonus.claims.filing import abandon
from bonus.claims.models import Claim
from bonus.demo.invoices import OTHER_SELLER
from bonus.extensions import db
from tests.support.bills import File, Item, bill
from tests.support.world import NOW, Dossier, World, decided, draft, filed

REASONS = "Motifs en droit et en fait (art. 4)."


def twins(dossier: Dossier) -> dict[str, list[Twin]]:
    """What looks like each invoice of a draft, by its number."""
    claim = db.session.get_one(Claim, dossier.id)
    numbers = {invoice.id: invoice.number for invoice in claim.invoices}
    return {numbers[key]: found for key, found in twins_of(claim).items()}


def theirs(world: World, *files: File) -> Dossier:
    return draft(world, files, company_id=world.neighbour_id)


def test_nothing_like_it(world: World, session: Session) -> None:
    assert twins(draft(world, [bill(number="F-1"), bill(number="F-2")])) == {}


@pytest.mark.parametrize("number", ["FA-1", "fa-1", "F A-1"])
def test_in_another_dossier_of_the_company(any_world: World, any_session: Session, number: str) -> None:
    one = filed(any_world, draft(any_world, [bill(number="FA-1")]))
    other = draft(any_world, [bill(number=number)])
    assert twins(other) == {number: [Twin("own", True, "FA-1", one.number, one.reference)]}


def test_in_another_draft_of_the_company(world: World, session: Session) -> None:
    one, other = draft(world, [bill(number="F-1")]), draft(world, [bill(number="F-1")])
    assert twins(other) == {"F-1": [Twin("own", True, "F-1", "un autre brouillon", one.reference)]}
    assert twins(one) == {"F-1": [Twin("own", True, "F-1", "un autre brouillon", other.reference)]}


def test_filed_by_another_company_nothing_of_it_is_told(any_world: World, any_session: Session) -> None:
    filed(any_world, theirs(any_world, bill(number="F-1")))
    assert twins(draft(any_world, [bill(number="f-1")])) == {"f-1": [Twin("theirs", True)]}


def test_a_draft_of_another_company_is_nobody_elses_business(world: World, session: Session) -> None:
    theirs(world, bill(number="F-1"))
    assert twins(draft(world, [bill(number="F-1")])) == {}


def test_a_number_without_punctuation_is_a_softer_word(world: World, session: Session) -> None:
    one = filed(world, draft(world, [bill(number="F/1")]))
    filed(world, theirs(world, bill(number="f.1")))
    found = twins(draft(world, [bill(number="F-1"), bill(number="F1")]))
    own, other = Twin("own", False, "F/1", one.number, one.reference), Twin("theirs", False)
    assert found == {
        "F-1": [Twin("here", False, "F1"), own, other],
        "F1": [Twin("here", False, "F-1"), own, other],
    }


def test_another_seller_year_or_kind_is_another_document(world: World, session: Session) -> None:
    filed(
        world,
        draft(
            world,
            [
                ("a.xml", bill(number="F-1", seller=OTHER_SELLER)[1]),
                ("b.xml", bill(number="F-1", issued_on=date(2025, 10, 15))[1]),
                ("c.xml", bill(Item(-1_00), number="F-1", corrects="F-0")[1]),
            ],
        ),
    )
    assert twins(draft(world, [bill(number="F-1")])) == {}


def test_what_was_given_up_or_wholly_refused_holds_nothing(any_world: World, any_session: Session) -> None:
    given_up = filed(any_world, draft(any_world, [bill(number="F-1")]))
    abandon(given_up.id, any_world.owner, NOW)
    decided(any_world, draft(any_world, [bill(number="F-1")]), outcome="refuse", reasons=REASONS)
    decided(any_world, theirs(any_world, bill(number="F-1")), outcome="refuse", reasons=REASONS)
    assert twins(draft(any_world, [bill(number="F-1")])) == {}


def test_one_line_kept_holds_the_invoice(world: World, session: Session) -> None:
    file = bill(Item(9_000_00), Item(1_000_00, "Chaise", "X"), number="F-1")
    one = decided(world, draft(world, [file]))
    [line] = [row for row in db.session.get_one(Claim, one.id).decisions[0].lines if row.status == "refused"]
    assert line.line.solution is None
    assert twins(draft(world, [bill(number="F-1")])) == {
        "F-1": [Twin("own", True, "F-1", one.number, one.reference)]
    }


def test_forty_invoices_ask_the_database_as_much_as_two(world: World, session: Session) -> None:
    decided(world, draft(world, [bill(number=f"F-{rank}") for rank in range(1, 6)]))
    counts = []
    for many in (2, 40):
        dossier = draft(world, [bill(number=f"F-{rank}") for rank in range(1, many + 1)])
        claim = db.session.get_one(Claim, dossier.id)
        assert len(claim.invoices) == many, "loaded before the count begins"
        asked: list[str] = []

        def note(*arguments: object, asked: list[str] = asked) -> None:
            asked.append(str(arguments[2]))

        event.listen(db.engine, "before_cursor_execute", note)
        found = twins_of(claim)
        event.remove(db.engine, "before_cursor_execute", note)
        assert len(found) >= min(many, 5)
        counts.append(len(asked))
        abandon(dossier.id, world.owner, NOW)
    assert counts == [2, 2]
