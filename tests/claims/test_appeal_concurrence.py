"""A reform that adds more than the threshold is read by a second reviewer who never acted on the dossier (art. 12)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bonus.accounts.service import add_person
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor, first_fault
from bonus.claims.appeal_concurrence import concur_with_appeal, object_to_appeal
from bonus.claims.appeal_examining import answer_appeal, propose_answer, send_back_appeal
from bonus.claims.appeal_reform import mark_of, reform_of
from bonus.claims.role_models import REVIEWER, ClaimRole
from bonus.demo.cast import PASSWORD
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from tests.claims.reading import claim_of
from tests.support.appeals import LARGE, REASONS, appealed, examined, get, large_reform
from tests.support.bills import Item, bill
from tests.support.world import NOW, World, decided, draft

EXACT = 142_857_14
"""At 35 % for the suite, 50 000.00 €."""


def proposed_reform(world: World, net_cents: int = LARGE) -> tuple[str, dict[str, str]]:
    _, reference, lines = large_reform(world, net_cents)
    return reference, lines


def another_reviewer() -> Actor:
    person = add_person("troisieme@demo.example", "Troisième", PASSWORD, NOW, agent_roles=(REVIEWER,))
    db.session.commit()
    return Actor(person.name, person.id, roles=frozenset({"reviewer"}))


def test_at_the_threshold_the_officer_answers_alone(world: World, session: Session) -> None:
    reference, lines = proposed_reform(world, EXACT)
    assert reform_of(get(reference), lines, NOW).added_cents == 50_000_00
    with pytest.raises(Refusal, match=r"appeal\.no_concurrence_needed"):
        concur_with_appeal(reference, world.second_reader, NOW)
    db.session.rollback()
    answer_appeal(reference, world.other_officer, NOW)
    assert get(reference).status == "reformed"


def test_a_cent_above_it_waits_for_a_second_reviewer(any_world: World, any_session: Session) -> None:
    reference, lines = proposed_reform(any_world)
    reform = reform_of(get(reference), lines, NOW)
    assert reform.added_cents == 50_000_01
    with pytest.raises(Refusal, match=r"appeal\.concurrence_missing"):
        answer_appeal(reference, any_world.other_officer, NOW)
    db.session.rollback()
    with pytest.raises(Refusal, match=r"claim\.changed_since_shown"):
        concur_with_appeal(reference, any_world.second_reader, NOW, seen="another amount")
    db.session.rollback()
    concur_with_appeal(reference, any_world.second_reader, NOW, seen=mark_of(reform))
    with pytest.raises(Refusal, match=r"appeal\.already_concurred"):
        concur_with_appeal(reference, another_reviewer(), NOW)
    db.session.rollback()
    answer_appeal(reference, any_world.other_officer, NOW)
    appeal = get(reference)
    assert (appeal.status, appeal.concurred_by_id) == ("reformed", any_world.second_reader.person_id)
    assert [change.action for change in appeal.changes] == ["take", "propose", "concur", "reform"]
    role = db.session.get_one(ClaimRole, (appeal.claim_id, any_world.second_reader.person_id))
    assert role.role == REVIEWER
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "appeal.concurred")).one()
    assert entry.facts == {"added_cents": 50_000_01}
    assert first_fault() is None


def test_only_who_never_acted(any_world: World, any_session: Session) -> None:
    reference, _ = proposed_reform(any_world)
    for who, words in (
        (any_world.other_reviewer, "votre proposition"),
        (any_world.reviewer, "d’autres personnes"),
        (any_world.other_officer, "rôle"),
        (any_world.owner, "rôle"),
    ):
        for act in (
            lambda who=who: concur_with_appeal(reference, who, NOW),
            lambda who=who: object_to_appeal(reference, REASONS, who, NOW),
        ):
            with pytest.raises(Forbidden, match=words):
                act()
            db.session.rollback()
    both = Actor(
        "Deux rôles", any_world.second_reader.person_id, roles=frozenset({"reviewer", "authorising_officer"})
    )
    concur_with_appeal(reference, both, NOW)
    with pytest.raises(Forbidden):
        answer_appeal(reference, both, NOW)
    db.session.rollback()
    set_to = text("UPDATE appeals SET concurred_by_id = :person, concurred_at = :at")
    for person in (any_world.other_reviewer, any_world.reviewer, any_world.officer):
        with pytest.raises(DBAPIError):
            db.session.execute(set_to, {"person": person.person_id, "at": NOW})
        db.session.rollback()


def test_it_falls_with_the_proposal(world: World, session: Session) -> None:
    reference, lines = proposed_reform(world)
    concur_with_appeal(reference, world.second_reader, NOW)
    send_back_appeal(reference, REASONS, world.other_officer, NOW)
    propose_answer(reference, "reform", REASONS, lines, world.other_reviewer, NOW)
    with pytest.raises(Refusal, match=r"appeal\.concurrence_missing"):
        answer_appeal(reference, world.other_officer, NOW)
    db.session.rollback()
    concur_with_appeal(reference, world.second_reader, NOW)
    answer_appeal(reference, world.other_officer, NOW)
    assert claim_of_appeal(reference) == 450_00 + 50_000_01


def claim_of_appeal(reference: str) -> int:
    return get(reference).claim.granted_cents


def test_who_does_not_agree_sends_it_back(world: World, session: Session) -> None:
    reference, lines = proposed_reform(world)
    with pytest.raises(InvalidInput):
        object_to_appeal(reference, "Non.", world.second_reader, NOW)
    db.session.rollback()
    object_to_appeal(reference, REASONS, world.second_reader, NOW)
    assert get(reference).status == "under_examination"
    propose_answer(reference, "reform", REASONS, lines, world.other_reviewer, NOW)
    concur_with_appeal(reference, world.second_reader, NOW)
    answer_appeal(reference, world.other_officer, NOW)
    assert get(reference).status == "reformed"


def test_a_confirmation_wants_none(world: World, session: Session) -> None:
    wrong = Item(LARGE, "Bureautique du fournisseur", "INCONNUE")
    dossier = decided(world, draft(world, [bill(Item(1_000_00), wrong)]))
    reference = appealed(world, dossier)
    examined(world, reference, "confirm")
    with pytest.raises(Refusal, match=r"appeal\.no_concurrence_needed"):
        concur_with_appeal(reference, world.second_reader, NOW)
    db.session.rollback()
    answer_appeal(reference, world.other_officer, NOW)
    assert claim_of(dossier).granted_cents == 450_00
