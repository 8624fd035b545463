"""Above a threshold a second reviewer agrees, or sends the proposal back, before the officer decides (art. 12)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.accounts.models import AgentRole, Person
from bonus.accounts.service import actor_of
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.claims.assessing import assess
from bonus.claims.concurrence import concur, object_to
from bonus.claims.cuts import cuts_of
from bonus.claims.decision import decide, shown
from bonus.claims.examination import needs_concurrence, propose, send_back
from bonus.claims.line_proposals import LineProposal
from bonus.claims.models import PurchaseLine
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.regulation import load_parameters
from tests.claims.reading import claim_of, status_of
from tests.support.bills import Item, bill
from tests.support.words import plain
from tests.support.world import NOW, ON, Dossier, Someone, World, draft, filed, proposed

REASONS = "La part éligible du service est à revoir (art. 5.1)."
LARGE = 111_111_14  # of an sme in the cloud, at 45 %: 50 000.01 €
EXACT = 111_111_11  # 50 000.00 €


def large(world: World, net_cents: int = LARGE) -> Dossier:
    return proposed(world, draft(world, [bill(Item(net_cents))]))


def with_role(person: Someone, role: str) -> Actor:
    found = db.session.get_one(Person, person.person_id)
    found.agent_roles.append(AgentRole(role=role))
    db.session.commit()
    return actor_of(found)


def test_the_threshold_is_a_dated_parameter_with_its_article() -> None:
    parameter = load_parameters()["examination.concurrence_threshold"]
    assert (parameter.article, parameter.on(ON).value) == ("art. 12", 50_000_00)


@pytest.mark.parametrize(("cents", "needed"), [(49_999_99, False), (50_000_00, False), (50_000_01, True)])
def test_above_it_not_at_it(cents: int, needed: bool) -> None:
    assert needs_concurrence(cents, date(2026, 11, 22)) == needed


@pytest.mark.parametrize("net_cents", [111_111_09, EXACT])
def test_below_and_at_the_threshold_the_officer_decides_alone(
    world: World, session: Session, net_cents: int
) -> None:
    dossier = large(world, net_cents)
    assert assess(claim_of(dossier), NOW).bonus_cents in (49_999_99, 50_000_00)
    with pytest.raises(Refusal, match=r"claim\.no_concurrence_needed"):
        concur(dossier.id, world.other_reviewer, NOW)
    db.session.rollback()
    decide(dossier.id, "apply", "", world.officer, NOW)
    assert status_of(dossier) == "granted"


def test_a_cent_above_the_officer_waits_for_a_second_reviewer(any_world: World, any_session: Session) -> None:
    dossier = large(any_world)
    assert assess(claim_of(dossier), NOW).bonus_cents == 50_000_01
    for outcome in ("apply", "refuse"):
        with pytest.raises(Refusal) as refusal:
            decide(dossier.id, outcome, REASONS, any_world.officer, NOW, ground="not_paid")
        assert refusal.value.code == "claim.concurrence_missing"
        assert "un second instructeur" in plain(refusal.value.sentence)
        db.session.rollback()
    concur(dossier.id, any_world.other_reviewer, NOW)
    (proposal,) = claim_of(dossier).proposals
    assert (proposal.concurred_by_id, proposal.concurred_at) == (any_world.other_reviewer.person_id, NOW)
    assert status_of(dossier) == "proposed"
    decide(dossier.id, "apply", "", any_world.officer, NOW)
    assert [change.action for change in claim_of(dossier).changes] == ["file", "propose", "concur", "decide"]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.concurred")).one()
    assert entry.facts == {"proposal": proposal.id}


def test_a_cut_does_not_bring_a_dossier_below_it(world: World, session: Session) -> None:
    """The amount that counts is what the law gives before the reviewer's cuts: a refusal is read twice as well."""
    dossier = filed(world, draft(world, [bill(Item(LARGE))]))
    line = db.session.scalars(select(PurchaseLine.id)).one()
    cut = LineProposal(line, "reduce", "part_not_eligible", REASONS, 1_000_00)
    propose(dossier.id, "apply", "", world.reviewer, NOW, lines=[cut])
    with pytest.raises(Refusal, match=r"claim\.concurrence_missing"):
        decide(dossier.id, "apply", "", world.officer, NOW)
    db.session.rollback()
    concur(dossier.id, world.other_reviewer, NOW)
    decide(dossier.id, "apply", "", world.officer, NOW)
    assert claim_of(dossier).granted_cents == 450_00


def test_nobody_reads_their_own_proposal_again(any_world: World, any_session: Session) -> None:
    dossier = large(any_world)
    with pytest.raises(Forbidden) as refusal:
        concur(dossier.id, any_world.reviewer, NOW)
    assert refusal.value.code == "claim.own_proposal"
    db.session.rollback()
    with pytest.raises(Forbidden, match=r"claim\.own_proposal"):
        object_to(dossier.id, REASONS, any_world.reviewer, NOW)
    db.session.rollback()
    with pytest.raises(IntegrityError, match="two_reviewers"), db.session.begin_nested():
        db.session.execute(
            text("UPDATE proposals SET concurred_by_id = reviewer_id, concurred_at = proposed_at")
        )


def test_the_officer_is_not_the_second_reviewer(any_world: World, any_session: Session) -> None:
    dossier = large(any_world)
    for who in ("officer", "accounting_officer", "administrator", "owner"):
        with pytest.raises(Forbidden):
            concur(dossier.id, getattr(any_world, who), NOW)
        db.session.rollback()
    both = with_role(any_world.other_reviewer, "authorising_officer")
    concur(dossier.id, both, NOW)
    with pytest.raises(Forbidden, match=r"claim\.same_person"):
        decide(dossier.id, "apply", "", both, NOW)


def test_it_falls_with_the_proposal(world: World, session: Session) -> None:
    dossier = large(world)
    concur(dossier.id, world.other_reviewer, NOW)
    send_back(dossier.id, REASONS, world.officer, NOW)
    propose(dossier.id, "apply", "", world.reviewer, NOW)
    with pytest.raises(Refusal, match=r"claim\.concurrence_missing"):
        decide(dossier.id, "apply", "", world.officer, NOW)
    db.session.rollback()
    concur(dossier.id, world.other_reviewer, NOW)
    decide(dossier.id, "apply", "", world.officer, NOW)
    assert status_of(dossier) == "granted"


def test_the_second_reviewer_sends_it_back_with_reasons(any_world: World, any_session: Session) -> None:
    dossier = large(any_world)
    with pytest.raises(InvalidInput, match=r"claim\.reasons_missing"):
        object_to(dossier.id, "Non.", any_world.other_reviewer, NOW)
    db.session.rollback()
    object_to(dossier.id, REASONS, any_world.other_reviewer, NOW)
    assert status_of(dossier) == "under_review"
    assert (claim_of(dossier).changes[-1].action, claim_of(dossier).changes[-1].reason) == ("object", REASONS)
    # The other one proposes in turn, and the first reads it.
    propose(dossier.id, "apply", "", any_world.other_reviewer, NOW)
    concur(dossier.id, any_world.reviewer, NOW)
    decide(dossier.id, "apply", "", any_world.officer, NOW)
    assert status_of(dossier) == "granted"


def test_it_is_done_once(world: World, session: Session) -> None:
    dossier = large(world)
    concur(dossier.id, world.other_reviewer, NOW)
    for act in (lambda: concur(dossier.id, world.other_reviewer, NOW), lambda: _object(world, dossier)):
        with pytest.raises(Refusal, match=r"claim\.already_concurred"):
            act()
        db.session.rollback()


def _object(world: World, dossier: Dossier) -> None:
    object_to(dossier.id, REASONS, world.other_reviewer, NOW)


def test_the_second_reviewer_agrees_with_what_was_shown(world: World, session: Session) -> None:
    dossier = large(world, 150_000_00)
    claim = claim_of(dossier)
    mark = shown(assess(claim, NOW, cuts=cuts_of(claim)))
    claim.company.headcount = 300  # no longer an sme: 35 %
    db.session.commit()
    with pytest.raises(Refusal, match=r"claim\.changed_since_shown"):
        concur(dossier.id, world.other_reviewer, NOW, seen=mark)
    db.session.rollback()
    concur(dossier.id, world.other_reviewer, NOW, seen=shown(assess(claim_of(dossier), NOW)))
    assert claim_of(dossier).proposals[0].concurred_by_id == world.other_reviewer.person_id


def test_only_what_is_proposed_is_read_again(world: World, session: Session) -> None:
    dossier = filed(world)
    with pytest.raises(Refusal, match=r"claim\.wrong_status"):
        concur(dossier.id, world.other_reviewer, NOW)
