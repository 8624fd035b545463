"""One invoice in two companies' dossiers, reformed in one while the other is decided: granted once (art. 5.3)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bonus.audit.service import Actor
from bonus.claims.appeal_examining import answer_appeal
from bonus.claims.decision import decide
from bonus.claims.models import DecidedLine, Decision
from bonus.errors import Refusal
from bonus.extensions import db
from tests.claims.reading import claim_of
from tests.support.appeals import REASONS, appealed, examined, lines_of
from tests.support.bills import Item, bill
from tests.support.crew import Crew
from tests.support.world import NOW, World, decided, draft, filed, proposed

pytestmark = pytest.mark.slow


def act(kind: str, what: str, actor: Actor) -> str:
    try:
        if kind == "appeal":
            return answer_appeal(what, actor, NOW).status
        return decide(int(what), "apply", "", actor, NOW).status
    except Refusal as refusal:
        db.session.rollback()
        return refusal.code


@pytest.mark.parametrize("turn", range(2))
def test_a_reform_and_the_decision_of_another_company(any_world: World, crew: Crew, turn: int) -> None:
    with any_world.app.app_context():
        # One seller's invoice, to a group of which two companies file it: their dossiers share no lock but the invoice.
        files = [bill(Item(10_000_00), number=f"F-{turn}")]
        first = decided(any_world, draft(any_world, files), outcome="refuse", reasons=REASONS)
        reference = appealed(any_world, first)
        examined(any_world, reference, "reform", {str(line): None for line in lines_of(first)})
        second = draft(any_world, files, company_id=any_world.neighbour_id)
        proposed(any_world, filed(any_world, second))
    found = crew.race(
        any_world.app,
        act,
        [
            ("appeal", reference, any_world.other_officer),
            ("claim", str(second.id), any_world.officer),
        ],
    )
    with any_world.app.app_context():
        granted = [claim_of(one).granted_cents for one in (first, second)]
        rows = db.session.scalars(
            select(DecidedLine.bonus_cents).join(Decision).where(DecidedLine.bonus_cents > 0)
        ).all()
    assert sorted(granted) == [0, 4_500_00], found
    assert list(rows) == [4_500_00]
