"""Who acts on an appeal, a withdrawal or the reasons of a refusal acts in one role on the dossier (art. 12)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bonus.accounts.models import AgentRole, Person
from bonus.accounts.service import actor_of
from bonus.audit.service import Actor, first_fault
from bonus.calendar import silence_day, start_of_day
from bonus.claims.appeal_examining import answer_appeal, propose_answer, send_back_appeal, take_appeal
from bonus.claims.appeal_persons import is_someone_else
from bonus.claims.reasons_requests import ask_reasons, give_reasons
from bonus.claims.revocations import decide_revocation, open_revocation
from bonus.claims.role_models import ACCOUNTANT, OFFICER, REVIEWER, ROLES, ClaimRole
from bonus.claims.roles import take_role
from bonus.claims.silence import record_silences
from bonus.errors import Forbidden, Refusal
from bonus.extensions import db
from tests.claims.reading import claim_of
from tests.support.appeals import (
    DAY,
    REASONS,
    appealed,
    get,
    lines_of,
    refused_by_officer,
    refused_in_part,
)
from tests.support.bills import Item, bill
from tests.support.payments import sent_batch
from tests.support.revocations import FACTS, WHY
from tests.support.world import NOW, ON, Dossier, Someone, World, decided, draft, filed, run_jobs


def roles_of(dossier: Dossier) -> dict[int, str]:
    rows = db.session.scalars(select(ClaimRole).where(ClaimRole.claim_id == dossier.id))
    return {row.person_id: row.role for row in rows}


def with_every_role(person: Someone) -> Actor:
    found = db.session.get_one(Person, person.person_id)
    held = {role.role for role in found.agent_roles}
    found.agent_roles += [AgentRole(role=role) for role in ROLES if role not in held]
    db.session.commit()
    return actor_of(found)


def test_each_act_on_an_appeal_notes_its_role(any_world: World, any_session: Session) -> None:
    dossier = refused_in_part(any_world)
    reference = appealed(any_world, dossier)
    first = roles_of(dossier)
    examiner, officer = any_world.other_reviewer, any_world.other_officer
    take_appeal(reference, examiner, NOW)
    assert roles_of(dossier) == first | {examiner.person_id: REVIEWER}
    propose_answer(reference, "confirm", REASONS, {}, examiner, NOW)
    send_back_appeal(reference, REASONS, officer, NOW)
    assert roles_of(dossier) == first | {examiner.person_id: REVIEWER, officer.person_id: OFFICER}
    propose_answer(reference, "confirm", REASONS, {}, examiner, NOW)
    answer_appeal(reference, officer, NOW)
    assert get(reference).status == "confirmed"
    assert first_fault() is None
    for person, other in ((examiner, OFFICER), (officer, REVIEWER), (officer, ACCOUNTANT)):
        assert person.person_id is not None
        with pytest.raises(Forbidden):
            take_role(dossier.id, person.person_id, other, NOW)
        db.session.rollback()


@pytest.mark.parametrize("outcome", ["confirm", "reject_late"])
def test_who_answers_an_appeal_pays_nothing_of_it(world: World, session: Session, outcome: str) -> None:
    """The dossier's order is paid by someone who did not answer the company's appeal."""
    dossier, later = refused_in_part(world), NOW + 90 * DAY
    run_jobs(world)
    claim_of(dossier).decisions[0].opened_at = NOW
    db.session.commit()
    reference = appealed(world, dossier, now=later)
    take_appeal(reference, world.other_reviewer, later)
    propose_answer(reference, outcome, REASONS, {}, world.other_reviewer, later)
    both = with_every_role(world.other_officer)
    answer_appeal(reference, both, later)
    with pytest.raises(Refusal, match="déjà intervenu sur le dossier"):
        sent_batch(ON, ON, both, later)


def test_a_withdrawal_proposed_and_dropped_is_two_acts(any_world: World, any_session: Session) -> None:
    dossier = decided(any_world)
    open_revocation(dossier.id, "fraud", FACTS, any_world.other_reviewer, NOW)
    assert roles_of(dossier)[any_world.other_reviewer.person_id or 0] == REVIEWER
    decide_revocation(dossier.id, "drop", WHY, any_world.other_officer, NOW)
    assert roles_of(dossier)[any_world.other_officer.person_id or 0] == OFFICER
    # Who proposed it as a reviewer drops no later one as an officer.
    open_revocation(dossier.id, "fraud", FACTS, any_world.second_reader, NOW + DAY)
    with pytest.raises(Forbidden):
        decide_revocation(dossier.id, "drop", WHY, with_every_role(any_world.other_reviewer), NOW + DAY)


def silent(world: World) -> Dossier:
    dossier = filed(world, draft(world, [bill(Item(8_000_00))]))
    due_on = claim_of(dossier).decision_due_on
    assert due_on is not None
    record_silences(start_of_day(silence_day(due_on)))
    return dossier


def test_who_gives_the_reasons_acted_and_examines_no_appeal(any_world: World, any_session: Session) -> None:
    dossier = silent(any_world)
    later = NOW + 65 * DAY
    ask_reasons(dossier.id, any_world.owner, later)
    give_reasons(dossier.id, REASONS, any_world.other_reviewer, later)
    assert roles_of(dossier) == {any_world.other_reviewer.person_id: REVIEWER}
    reference = appealed(any_world, dossier, now=later)
    with pytest.raises(Forbidden, match="d’autres personnes"):
        take_appeal(reference, any_world.other_reviewer, later)
    db.session.rollback()
    take_appeal(reference, any_world.reviewer, later)


def test_who_paid_examines_and_answers_no_appeal(any_world: World, any_session: Session) -> None:
    dossier = refused_in_part(any_world)
    run_jobs(any_world)
    payer = with_every_role(any_world.accounting_officer)
    sent_batch(ON, ON, payer, NOW)
    reference = appealed(any_world, dossier)
    assert not is_someone_else(get(reference), payer.person_id)
    with pytest.raises(Forbidden, match="d’autres personnes"):
        take_appeal(reference, payer, NOW)
    db.session.rollback()
    take_appeal(reference, any_world.other_reviewer, NOW)
    propose_answer(reference, "confirm", REASONS, {}, any_world.other_reviewer, NOW)
    for act in (
        lambda: send_back_appeal(reference, REASONS, payer, NOW),
        lambda: answer_appeal(reference, payer, NOW),
    ):
        with pytest.raises(Forbidden, match="d’autres personnes"):
            act()
        db.session.rollback()
    for column in ("examiner_id", "decided_by_id", "concurred_by_id"):
        with pytest.raises(DBAPIError, match="did not act"):
            db.session.execute(
                text(f"UPDATE appeals SET {column} = :person"),  # noqa: S608 - a name of ours
                {"person": payer.person_id},
            )
        db.session.rollback()


def test_its_examiner_goes_on_and_a_step_on_waking_lines_stops_nobody(
    any_world: World, any_session: Session
) -> None:
    """What its examiner does elsewhere on the dossier meanwhile does not leave the appeal without an answer."""
    dossier = refused_by_officer(any_world)
    reference = appealed(any_world, dossier)
    examiner = any_world.other_reviewer
    take_appeal(reference, examiner, NOW)
    assert is_someone_else(get(reference), examiner.person_id)
    open_step = (
        "INSERT INTO status_changes (claim_id, at, action, old_status, new_status, person_id, role) "
        "VALUES (:claim, :at, 'review', 'filed', 'under_review', :person, 'reviewer')"
    )
    db.session.execute(text(open_step), {"claim": dossier.id, "at": NOW, "person": examiner.person_id})
    db.session.commit()
    lines = {str(line): None for line in lines_of(dossier)}
    propose_answer(reference, "reform", REASONS, lines, examiner, NOW)
    answer_appeal(reference, any_world.other_officer, NOW)
    assert get(reference).status == "reformed"
