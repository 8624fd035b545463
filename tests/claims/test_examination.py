"""Examination (art. 12): who may, in which order, never one person in two roles, never without reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.accounts.models import AgentRole, CompanyMember, Person
from bonus.accounts.service import actor_of
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.claims.decision import decide
from bonus.claims.examination import propose, send_back, start_review
from bonus.claims.models import Decision
from bonus.claims.proposal_models import Proposal
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from tests.claims.reading import claim_of, decision_of, status_of
from tests.support.words import plain
from tests.support.world import NOW, Dossier, Someone, World, filed, proposed

REASONS = "La facture n’est pas acquittée (art. 9)."


def with_role(person: Someone, role: str) -> Actor:
    """The same person, given one more of the State's roles."""
    found = db.session.get_one(Person, person.person_id)
    found.agent_roles.append(AgentRole(role=role))
    db.session.commit()
    return actor_of(found)


def test_review_then_proposal(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world)
    start_review(dossier.id, any_world.reviewer, NOW)
    assert status_of(dossier) == "under_review"
    proposal = propose(dossier.id, "apply", "  ", any_world.reviewer, NOW)
    assert (proposal.outcome, proposal.reasons, proposal.reviewer_id) == (
        "apply",
        "",
        any_world.reviewer.person_id,
    )
    assert status_of(dossier) == "proposed"
    assert [change.action for change in claim_of(dossier).changes] == ["file", "review", "propose"]


def test_a_refusal_needs_reasons_at_every_step(world: World, session: Session) -> None:
    too_little = ("", "   ", "Non.", " " * 30, "x" * 19, f"  {'x' * 19}  ")
    dossier = filed(world)
    for reasons in too_little:
        with pytest.raises(InvalidInput) as refusal:
            propose(dossier.id, "refuse", reasons, world.reviewer, NOW)
        assert (refusal.value.code, refusal.value.field) == ("claim.reasons_missing", "reasons")
        assert "en droit et en fait" in refusal.value.sentence
        db.session.rollback()
    assert status_of(dossier) == "filed"
    proposed(world, dossier)
    for reasons in too_little:
        with pytest.raises(InvalidInput, match=r"claim\.reasons_missing"):
            send_back(dossier.id, reasons, world.officer, NOW)
        db.session.rollback()
        with pytest.raises(InvalidInput, match=r"claim\.reasons_missing"):
            decide(dossier.id, "refuse", reasons, world.officer, NOW)
        db.session.rollback()
    assert (status_of(dossier), claim_of(dossier).decision) == ("proposed", None)


def test_twenty_characters_are_reasons(world: World, session: Session) -> None:
    dossier = proposed(world, outcome="refuse", reasons="x" * 20)
    assert claim_of(dossier).proposals[0].reasons == "x" * 20


def test_the_database_refuses_a_proposed_refusal_without_reasons(
    any_world: World, any_session: Session
) -> None:
    dossier = filed(any_world)
    db.session.add(
        Proposal(
            claim_id=dossier.id,
            reviewer_id=any_world.reviewer.person_id,
            proposed_at=NOW,
            outcome="refuse",
            reasons="",
        )
    )
    with pytest.raises(IntegrityError, match="refusal_has_reasons"):
        db.session.flush()


# ---------------------------------------------------------------- roles


def test_only_a_reviewer_examines(world: World, session: Session) -> None:
    dossier = filed(world)
    for who in ("owner", "officer", "accounting_officer", "registry_keeper", "administrator", "accountant"):
        with pytest.raises(Forbidden):
            start_review(dossier.id, getattr(world, who), NOW)
        db.session.rollback()
        with pytest.raises(Forbidden):
            propose(dossier.id, "apply", "", getattr(world, who), NOW)
        db.session.rollback()
    assert (status_of(dossier), claim_of(dossier).proposals) == ("filed", [])


def test_only_an_authorising_officer_decides(world: World, session: Session) -> None:
    dossier = proposed(world)
    for who in ("owner", "reviewer", "accounting_officer", "registry_keeper", "administrator", "accountant"):
        with pytest.raises(Forbidden):
            decide(dossier.id, "apply", "", getattr(world, who), NOW)
        db.session.rollback()
        with pytest.raises(Forbidden):
            send_back(dossier.id, REASONS, getattr(world, who), NOW)
        db.session.rollback()
    assert (status_of(dossier), claim_of(dossier).decision) == ("proposed", None)


def test_the_proposer_cannot_decide_even_with_both_roles(any_world: World, any_session: Session) -> None:
    both = with_role(any_world.reviewer, "authorising_officer")
    dossier = proposed(any_world)
    with pytest.raises(Forbidden) as refusal:
        decide(dossier.id, "apply", "", both, NOW)
    assert refusal.value.code == "claim.same_person"
    assert "art. 12" in plain(refusal.value.sentence)
    db.session.rollback()
    decide(dossier.id, "apply", "", any_world.officer, NOW)
    assert status_of(dossier) == "granted"


def test_who_only_took_it_up_cannot_decide_either(world: World, session: Session) -> None:
    both = with_role(world.other_reviewer, "authorising_officer")
    dossier = filed(world)
    start_review(dossier.id, both, NOW)
    propose(dossier.id, "apply", "", world.reviewer, NOW)
    with pytest.raises(Forbidden, match=r"claim\.same_person"):
        decide(dossier.id, "apply", "", both, NOW)


def test_the_officer_who_sent_it_back_cannot_propose(any_world: World, any_session: Session) -> None:
    both = with_role(any_world.officer, "reviewer")
    dossier = proposed(any_world)
    send_back(dossier.id, REASONS, both, NOW)
    with pytest.raises(Forbidden, match=r"claim\.same_person"):
        propose(dossier.id, "apply", "", both, NOW)
    db.session.rollback()
    propose(dossier.id, "apply", "", any_world.reviewer, NOW)
    decide(dossier.id, "apply", "", both, NOW)
    assert status_of(dossier) == "granted"


def test_both_roles_on_different_dossiers_are_allowed(world: World, session: Session) -> None:
    both = with_role(world.reviewer, "authorising_officer")
    first, second = filed(world), filed(world)
    propose(first.id, "apply", "", both, NOW)
    propose(second.id, "apply", "", world.other_reviewer, NOW)
    decide(second.id, "apply", "", both, NOW)
    assert (status_of(first), status_of(second)) == ("proposed", "granted")


def test_the_database_refuses_one_person_for_both(any_world: World, any_session: Session) -> None:
    dossier = proposed(any_world)
    person = any_world.reviewer.person_id
    decision = Decision(
        claim_id=dossier.id,
        decided_at=NOW,
        decided_on=NOW.date(),
        decided_by_id=person,
        proposed_by_id=person,
        outcome="refused",
        bonus_cents=0,
        reasons=REASONS,
        facts={},
        facts_sha256="0" * 64,
        parameters_version="-",
        result={},
    )
    db.session.add(decision)
    with pytest.raises(IntegrityError, match="two_persons"):
        db.session.flush()


@pytest.mark.parametrize("who", ["reviewer", "officer"])
def test_a_member_of_the_company_stays_away_from_its_dossiers(
    world: World, session: Session, who: str
) -> None:
    actor = getattr(world, who)
    db.session.add(CompanyMember(person_id=actor.person_id, company_id=world.company_id, role="reader"))
    db.session.commit()
    act = propose if who == "reviewer" else decide
    dossier = filed(world) if who == "reviewer" else proposed(world)
    with pytest.raises(Forbidden, match=r"claim\.same_person"):
        act(dossier.id, "apply", "", actor, NOW)


# ---------------------------------------------------------------- there and back


def test_sent_back_and_proposed_again_the_last_proposal_counts(
    any_world: World, any_session: Session
) -> None:
    dossier = proposed(any_world)
    send_back(dossier.id, REASONS, any_world.officer, NOW)
    assert status_of(dossier) == "under_review"
    assert claim_of(dossier).changes[-1].reason == REASONS
    propose(dossier.id, "apply", "Vérifié.", any_world.other_reviewer, NOW)
    decide(dossier.id, "apply", "", any_world.officer, NOW)
    assert decision_of(dossier).proposed_by_id == any_world.other_reviewer.person_id
    assert [proposal.reasons for proposal in claim_of(dossier).proposals] == ["", "Vérifié."]


def test_an_act_out_of_turn_says_where_the_dossier_is(world: World, session: Session) -> None:
    dossier: Dossier = proposed(world)
    with pytest.raises(Refusal) as refusal:
        propose(dossier.id, "apply", "", world.other_reviewer, NOW)
    assert plain(refusal.value.sentence) == (
        "Ce dossier est « proposé à la décision » : cette action n’est plus possible. "
        "Rechargez la page pour voir où il en est."
    )
    db.session.rollback()
    with pytest.raises(Refusal, match=r"claim\.wrong_status"):
        start_review(dossier.id, world.reviewer, NOW)


def test_each_act_leaves_its_trace(world: World, session: Session) -> None:
    dossier = proposed(world, outcome="refuse", reasons=REASONS)
    send_back(dossier.id, REASONS + " Relire.", replace(world.officer, address="2001:db8::1"), NOW)
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject == f"claim:{dossier.number}").order_by(AuditEntry.id)
    ).all()
    assert [entry.action for entry in entries] == ["claim.filed", "claim.proposed", "claim.sent_back"]
    assert entries[1].facts == {"outcome": "refuse", "reasons": REASONS, "ground": "not_paid"}
    assert (entries[2].address, entries[2].facts) == ("2001:db8::1", {"reasons": REASONS + " Relire."})
