"""What past decisions teach of the names on invoices: only what two agents examined, of the supplier itself."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.claims.lines import LineChoice, correct_lines
from bonus.demo.invoices import OTHER_SELLER
from bonus.extensions import db
from bonus.registry.models import SolutionAlias
from tests.claims.reading import claim_of
from tests.support.bills import Item, bill
from tests.support.world import CLOUD, NOW, Dossier, World, decided, draft

ODD = Item(10_000_00, "Infogérance NF-2 palier trois", "NF2P3")


def chosen(world: World, dossier: Dossier) -> Dossier:
    line = claim_of(dossier).invoices[0].lines[0]
    assert line.solution is None
    correct_lines(dossier.id, [LineChoice(line.id, CLOUD, False, 0)], world.owner, NOW)
    return dossier


def known() -> list[tuple[str, str, str]]:
    return [(one.kind, one.text, one.source) for one in db.session.scalars(select(SolutionAlias))]


def test_a_choice_that_was_granted_is_learnt_for_the_next(any_world: World, any_session: Session) -> None:
    decided(any_world, chosen(any_world, draft(any_world, [bill(ODD)])))
    assert known() == [
        ("reference", "NF2P3", "confirmed"),
        ("name", "Infogérance NF-2 palier trois", "confirmed"),
    ]
    line = claim_of(draft(any_world, [bill(ODD)])).invoices[0].lines[0]
    assert (line.solution.slug if line.solution else None, line.matched_by_person) == (CLOUD, False)


def test_a_choice_not_yet_decided_teaches_nothing(world: World, session: Session) -> None:
    chosen(world, draft(world, [bill(ODD)]))
    assert known() == []


def test_a_refused_choice_teaches_nothing(world: World, session: Session) -> None:
    reasons = "Ce n’est pas cette solution : la facture décrit une prestation (art. 4)."
    decided(world, chosen(world, draft(world, [bill(ODD)])), outcome="refuse", reasons=reasons)
    assert known() == []


def test_what_a_reseller_writes_names_nobodys_offer(world: World, session: Session) -> None:
    decided(world, chosen(world, draft(world, [bill(ODD, seller=OTHER_SELLER)])))
    assert known() == []


def test_what_was_matched_by_itself_is_not_learnt_again(world: World, session: Session) -> None:
    decided(world)
    assert known() == []
