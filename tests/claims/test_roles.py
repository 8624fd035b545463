"""Art. 12 held twice: by the service, for each pair of roles, and by the database, whatever the code forgets."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.accounts.models import AgentRole, Person
from bonus.accounts.service import actor_of
from bonus.audit.service import Actor
from bonus.claims.decision import decide
from bonus.claims.examination import propose, send_back, start_review
from bonus.claims.role_models import ACCOUNTANT, OFFICER, REVIEWER, ROLES, ClaimRole
from bonus.claims.roles import take_role
from bonus.errors import Forbidden
from bonus.extensions import db
from bonus.payments.batches import make_batch
from bonus.payments.models import PaymentOrder
from tests.claims.reading import claim_of
from tests.support.words import plain
from tests.support.world import NOW, ON, Dossier, Someone, World, filed, proposed, run_jobs, settled

REASONS = "La facture n’est pas acquittée (art. 9)."


def with_every_role(person: Someone) -> Actor:
    found = db.session.get_one(Person, person.person_id)
    held = {role.role for role in found.agent_roles}
    found.agent_roles += [AgentRole(role=role) for role in ROLES if role not in held]
    db.session.commit()
    return actor_of(found)


def pay(actor: Actor) -> None:
    make_batch(ON, ON, actor, NOW)


# What one person does in each role, on a dossier that someone else brought to that point.
def reviews(world: World, dossier: Dossier, actor: Actor) -> None:
    start_review(dossier.id, actor, NOW)


def sends_back(world: World, dossier: Dossier, actor: Actor) -> None:
    propose(dossier.id, "apply", "", world.reviewer, NOW)
    send_back(dossier.id, REASONS, actor, NOW)


def pays(world: World, dossier: Dossier, actor: Actor) -> None:
    claim = claim_of(dossier)
    if claim.status in ("filed", "under_review"):
        propose(dossier.id, "apply", "", world.reviewer, NOW)
    decide(dossier.id, "apply", "", world.officer, NOW)
    run_jobs(world)
    pay(actor)


ACTS: dict[str, Callable[[World, Dossier, Actor], None]] = {
    REVIEWER: reviews,
    OFFICER: sends_back,
    ACCOUNTANT: pays,
}


def second(role: str, world: World, dossier: Dossier, actor: Actor) -> None:
    """The same person, now in another role, wherever the dossier has come to."""
    if role == ACCOUNTANT:
        if claim_of(dossier).status in ("filed", "under_review"):
            propose(dossier.id, "apply", "", world.reviewer, NOW)
        decide(dossier.id, "apply", "", world.officer, NOW)
        run_jobs(world)
        pay(actor)
        return
    # After a payment, a line that waited may bring the dossier back: its status, for the test.
    claim_of(dossier).status = "filed" if role == REVIEWER else "proposed"
    db.session.commit()
    if role == REVIEWER:
        propose(dossier.id, "apply", "", actor, NOW)
    else:
        if not claim_of(dossier).proposals:
            claim_of(dossier).status = "filed"
            propose(dossier.id, "apply", "", world.reviewer, NOW)
        decide(dossier.id, "apply", "", actor, NOW)


@pytest.mark.parametrize(("first", "then"), list(permutations(ROLES, 2)))
def test_the_same_person_is_refused_at_the_second_act(
    world: World, session: Session, first: str, then: str
) -> None:
    actor, dossier = with_every_role(world.other_reviewer), filed(world)
    ACTS[first](world, dossier, actor)
    with pytest.raises(Forbidden) as refusal:
        second(then, world, dossier, actor)
    assert "Vous êtes déjà intervenu sur" in plain(refusal.value.sentence)
    assert "(art. 12)" in plain(refusal.value.sentence)
    db.session.rollback()
    assert roles_of(dossier)[actor.person_id] == first


def roles_of(dossier: Dossier) -> dict[int | None, str]:
    rows = db.session.scalars(select(ClaimRole).where(ClaimRole.claim_id == dossier.id))
    return {row.person_id: row.role for row in rows}


def test_each_act_notes_its_role(any_world: World, any_session: Session) -> None:
    dossier = settled(any_world)
    pay(any_world.accounting_officer)
    assert roles_of(dossier) == {
        any_world.reviewer.person_id: REVIEWER,
        any_world.officer.person_id: OFFICER,
        any_world.accounting_officer.person_id: ACCOUNTANT,
    }
    assert [(change.action, change.role) for change in claim_of(dossier).changes] == [
        ("file", None),
        ("propose", REVIEWER),
        ("decide", OFFICER),
    ]


def test_who_cannot_pay_is_told_which_dossiers(world: World, session: Session) -> None:
    both = with_every_role(world.officer)
    first, second_one = settled(world), settled(world)
    with pytest.raises(Forbidden) as refusal:
        pay(both)
    assert plain(refusal.value.sentence) == (
        f"Vous êtes déjà intervenu sur les dossiers {first.number}, {second_one.number} à un autre titre : "
        "un autre agent comptable doit payer (art. 12)."
    )
    db.session.rollback()
    assert {order.status for order in db.session.scalars(select(PaymentOrder))} == {"to_pay"}


def test_many_dossiers_are_not_all_named(world: World, session: Session) -> None:
    both = with_every_role(world.officer)
    numbers = [str(settled(world).number) for _ in range(6)]
    with pytest.raises(Forbidden) as refusal:
        pay(both)
    assert "et 1 autres" not in refusal.value.sentence
    assert f"{numbers[4]} et un autre" in plain(refusal.value.sentence)


def test_a_role_taken_twice_is_one(any_world: World, any_session: Session) -> None:
    dossier, person = filed(any_world), any_world.reviewer.person_id
    assert person is not None
    take_role(dossier.id, person, REVIEWER, NOW)
    take_role(dossier.id, person, REVIEWER, NOW)
    with pytest.raises(Forbidden, match=r"claim\.same_person"):
        take_role(dossier.id, person, OFFICER, NOW)
    assert roles_of(dossier) == {person: REVIEWER}


# ---------------------------------------------------------------- by the database alone

STEP = "INSERT INTO status_changes (claim_id, at, action, old_status, new_status, person_id, role) "
ROLE = "INSERT INTO claim_roles (claim_id, person_id, role, since) "
REVIEWERS = " FROM claim_roles WHERE role = 'reviewer'"
WRITTEN_BY_HAND = {
    "a second role": f"{ROLE}SELECT claim_id, person_id, 'authorising_officer', since{REVIEWERS}",
    "the payer who examined": f"{ROLE}SELECT claim_id, person_id, 'accounting_officer', since{REVIEWERS}",
    "a step in another role": f"{STEP}SELECT claim_id, since, 'decide', 'proposed', 'granted', person_id, "
    f"'authorising_officer'{REVIEWERS}",
    "a step in no role": f"{STEP}SELECT claim_id, since, 'decide', 'proposed', 'granted', person_id, NULL{REVIEWERS}",
    "a step by who has no role": f"{STEP}SELECT claim_id, since, 'decide', 'proposed', 'granted', person_id + 1, "
    f"'authorising_officer'{REVIEWERS}",
    "a role changed": "UPDATE claim_roles SET role = 'authorising_officer' WHERE role = 'reviewer'",
    "a role that nobody has": "UPDATE claim_roles SET role = 'friend' WHERE role = 'reviewer'",
    "a role taken away": "DELETE FROM claim_roles",
}


def test_what_is_written_by_hand_is_refused(any_world: World, any_session: Session) -> None:
    """Where the code forgot to ask."""
    dossier = proposed(any_world)
    for statement in WRITTEN_BY_HAND.values():
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(text(statement))
    assert roles_of(dossier) == {any_world.reviewer.person_id: REVIEWER}
    decide(dossier.id, "apply", "", any_world.officer, NOW)
    assert len(roles_of(dossier)) == 2
