"""Whose decision is served, and of what: an examiner's cut stays, a rule's is a rule's, an appeal waits its turn."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.budget.models import WaitingEntry
from bonus.budget.serving import serve
from bonus.calendar import PARIS
from bonus.claims.appeal_examining import answer_appeal
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.claims.line_proposals import LineProposal
from bonus.claims.models import Decision, PurchaseLine
from bonus.claims.replay import replay
from bonus.errors import Refusal
from bonus.extensions import db
from tests.claims.reading import decision_of, status_of
from tests.support import lane
from tests.support.appeals import appealed, examined, lines_of, refused_by_officer
from tests.support.books import check_books
from tests.support.waiting import MICRO, SME, dossier_of, joined, statuses
from tests.support.world import NOW, World, set_envelope

LATER = datetime(2026, 12, 7, 9, tzinfo=PARIS)
FACTS = "Le bon de commande montre que la moitié des postes est revendue."


def test_what_an_examiner_reduced_stays_reduced(any_world: World, any_session: Session) -> None:
    """10 000.00 of which 4 000.00 are kept: 45 % of these, on the list and when it is served."""
    set_envelope(any_world, 0)
    dossier = dossier_of(any_world, MICRO)
    line_id = db.session.scalars(
        select(PurchaseLine.id).where(PurchaseLine.invoice.has(claim_id=dossier.id))
    ).one()
    half = LineProposal(line_id, "reduce", "part_not_eligible", FACTS, 4_000_00)
    propose(dossier.id, "apply", "", any_world.reviewer, NOW, lines=[half])
    decide(dossier.id, "apply", "Vu.", any_world.officer, NOW)
    assert db.session.scalars(select(WaitingEntry.amount_cents)).one() == 1_800_00
    set_envelope(any_world, 1_800_00)
    assert serve(LATER) == 1
    decision = decision_of(dossier)
    assert (decision.outcome, decision.bonus_cents) == ("partly_granted", 1_800_00)
    assert decision.reasons.startswith("Vu.\n")
    assert FACTS in decision.reasons
    assert [one.differences for one in replay()] == [()]
    check_books()


def test_what_a_rule_decided_stays_a_rules(any_world: World) -> None:
    lane.opened(any_world)
    lane.known(any_world)
    dossier = lane.in_lane(any_world)
    set_envelope(any_world, 449_99)
    lane.day_of_lane(any_world)
    assert lane.entry(any_world, dossier).state == "listed"
    set_envelope(any_world, 450_00)
    with any_world.app.app_context():
        assert serve(LATER) == 1
        decision = db.session.scalars(select(Decision)).one()
        assert (decision.kind, decision.decided_by_id, decision.proposed_by_id) == ("rule", None, None)
        assert (decision.bonus_cents, decision.decided_on) == (450_00, date(2026, 12, 7))
        check_books()
    assert lane.entry(any_world, dossier).state == "decided"


def test_an_appeal_does_not_overtake(world: World, session: Session) -> None:
    """What a reform adds waits while a dossier complete before waits, even with room."""
    set_envelope(world, 0)
    first = dossier_of(world, SME, complete=NOW - timedelta(days=1))
    joined(world, [first])
    appellant = refused_by_officer(world)
    reference = appealed(world, appellant)
    examined(world, reference, "reform", {str(line): None for line in lines_of(appellant)})
    set_envelope(world, 8_999_99)
    with pytest.raises(Refusal, match="complets avant celui-ci"):
        answer_appeal(reference, world.other_officer, NOW)
    db.session.rollback()
    assert serve(NOW) == 1
    assert statuses([first]) == ["granted"]
    set_envelope(world, 4_500_00)
    answer_appeal(reference, world.other_officer, NOW)
    assert status_of(appellant) == "granted"
    check_books()
