"""Who is in charge of a dossier: by rule at its filing, by hand; never someone who may not examine it (art. 12)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.models import CompanyMember, Person
from bonus.accounts.service import add_person
from bonus.audit.models import AuditEntry
from bonus.claims.assignment import assign, assign_unassigned, choices, loads
from bonus.claims.assignment_rules import Typed, cover, remove_rule, rule_of, save_rule
from bonus.claims.card_models import ClaimCard
from bonus.claims.decision import decide
from bonus.claims.examination import propose, send_back
from bonus.claims.models import Claim
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from tests.support.bills import Item, bill
from tests.support.world import NOW, Dossier, Someone, World, draft, filed, proposed


def person(someone: Someone) -> int:
    assert someone.person_id is not None
    return someone.person_id


def in_charge(dossier: Dossier) -> int | None:
    db.session.expire_all()
    claim, card = db.session.get_one(Claim, dossier.id), db.session.get_one(ClaimCard, dossier.id)
    assert card.reviewer == (claim.assigned_to_id or 0)
    return claim.assigned_to_id


def rule(world: World, **typed: object) -> int:
    return save_rule(None, Typed(**({"name": "Règle", "rank": 1} | typed)), world.administrator, NOW).id  # type: ignore[arg-type]


def bought(world: World, cents: int, number: str) -> Dossier:
    return filed(world, draft(world, [bill(Item(cents), number=number)]))


def test_without_rules_nobody_is_in_charge(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world)
    assert in_charge(dossier) is None
    assert assign_unassigned(NOW) == 0
    assert in_charge(dossier) is None


def test_the_first_rule_that_fits_gives_to_the_least_loaded(any_world: World, any_session: Session) -> None:
    world = any_world
    one, other = person(world.reviewer), person(world.other_reviewer)
    rule(world, name="Gros", rank=1, from_cents=20_000_00, reviewer_ids=(other,))
    rule(world, name="Autres", rank=2, regions=("84", "11"), axes=("cloud",), reviewer_ids=(one, other))
    assert in_charge(bought(world, 20_000_00, "F-1")) == other
    assert in_charge(bought(world, 19_999_99, "F-2")) == one, "of the two, who has none"
    assert in_charge(bought(world, 1_000_00, "F-3")) == min(one, other), "as many each: the first entered"
    assert loads() == {one: 2, other: 1} if one < other else {one: 1, other: 2}
    last = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.assigned")).all()[-1]
    assert (last.facts["rule"], last.facts["person"], last.actor) == (
        "Autres",
        min(one, other),
        "service:worker",
    )


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ({}, True),
        ({"regions": ("84",)}, True),
        ({"regions": ("11",)}, False),
        ({"axes": ("cloud", "ai")}, True),
        ({"axes": ("ai",)}, False),
        ({"from_cents": 10_000_00}, True),
        ({"from_cents": 10_000_01}, False),
        ({"below_cents": 10_000_01}, True),
        ({"below_cents": 10_000_00}, False),
    ],
)
def test_what_a_rule_asks(world: World, session: Session, typed: dict[str, object], fits: bool) -> None:
    rule(world, reviewer_ids=(person(world.reviewer),), **typed)
    assert in_charge(filed(world)) == (person(world.reviewer) if fits else None)


def test_a_rule_without_reviewers_gives_to_those_who_cover_the_region(
    any_world: World, any_session: Session
) -> None:
    world = any_world
    rule(world)
    first = filed(world)
    assert in_charge(first) is None, "nobody covers it"
    cover(person(world.other_reviewer), ("84",), world.administrator, NOW)
    cover(person(world.reviewer), ("11",), world.administrator, NOW)
    assert in_charge(filed(world)) == person(world.other_reviewer)
    assert assign_unassigned(NOW) == 1
    assert in_charge(first) == person(world.other_reviewer)
    assert assign_unassigned(NOW) == 0


def test_who_may_not_examine_is_passed_over(any_world: World, any_session: Session) -> None:
    world = any_world
    one, other = person(world.reviewer), person(world.other_reviewer)
    rule(world, reviewer_ids=(one, other))
    db.session.add(CompanyMember(person_id=one, company_id=world.company_id, role="reader"))
    db.session.commit()
    assert [in_charge(filed(world)) for _ in range(2)] == [other, other]
    db.session.get_one(Person, other).active = False
    db.session.commit()
    left = filed(world)
    assert in_charge(left) is None
    with pytest.raises(Forbidden, match=r"\(art.\u00a012\)"):
        assign(left.id, one, world.other_reviewer, NOW)
    db.session.rollback()
    assert in_charge(left) is None


def test_whoever_acted_as_officer_is_kept_out(any_world: World, any_session: Session) -> None:
    world = any_world
    both = add_person(
        "deux@demo.example",
        "Deux Rôles",
        "demonstration-2026",
        NOW,
        agent_roles=("reviewer", "authorising_officer"),
    )
    db.session.commit()
    dossier = proposed(world)
    officer = Someone(both.name, both.id, None, both.roles)
    assert both.id in {one.id for one in choices(db.session.get_one(Claim, dossier.id))}
    send_back(dossier.id, "Il manque la preuve de paiement (art. 5).", officer, NOW)
    assert both.id not in {one.id for one in choices(db.session.get_one(Claim, dossier.id))}
    with pytest.raises(Forbidden, match="à un autre titre"):
        assign(dossier.id, both.id, world.reviewer, NOW)


def test_by_hand(any_world: World, any_session: Session) -> None:
    world = any_world
    one, other = person(world.reviewer), person(world.other_reviewer)
    dossier = filed(world)
    for whom in (one, other, None):
        assign(dossier.id, whom, world.reviewer, NOW)
        assert in_charge(dossier) == whom
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.assigned")).all()
    assert [(entry.facts["former"], entry.facts["person"]) for entry in entries] == [
        (None, one),
        (one, other),
        (other, None),
    ]
    assign(dossier.id, None, world.officer, NOW)
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.assigned")).all()) == 3
    for whom, wrong in ((person(world.officer), InvalidInput), (999_999, InvalidInput)):
        with pytest.raises(wrong):
            assign(dossier.id, whom, world.reviewer, NOW)
        db.session.rollback()
    with pytest.raises(Forbidden):
        assign(dossier.id, one, world.owner, NOW)
    with pytest.raises(NotFound):
        assign(draft(world).id, one, world.reviewer, NOW)
    db.session.rollback()
    propose(dossier.id, "apply", "", world.reviewer, NOW)
    decide(dossier.id, "apply", "", world.officer, NOW)
    with pytest.raises(Refusal, match="n’est plus à instruire"):
        assign(dossier.id, one, world.reviewer, NOW)


def test_rules_are_checked_changed_and_removed(any_world: World, any_session: Session) -> None:
    world = any_world
    wrong: list[dict[str, object]] = [
        {"name": "  "},
        {"regions": ("xx",)},
        {"axes": ("xx",)},
        {"reviewer_ids": (person(world.officer),)},
        {"from_cents": 100, "below_cents": 100},
    ]
    for typed in wrong:
        with pytest.raises(InvalidInput):
            rule(world, **typed)
        db.session.rollback()
    made = rule(world, regions=("84",), reviewer_ids=(person(world.reviewer),))
    save_rule(made, Typed("  Deux   mots ", 7), world.administrator, NOW)
    found = rule_of(made)
    assert (found.name, found.rank, found.regions, found.reviewers) == ("Deux mots", 7, [], [])
    remove_rule(made, world.administrator, NOW)
    for act in (lambda: rule_of(made), lambda: remove_rule(made, world.administrator, NOW)):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotFound):
        cover(person(world.officer), ("84",), world.administrator, NOW)
    with pytest.raises(InvalidInput):
        cover(person(world.reviewer), ("xx",), world.administrator, NOW)


def test_the_command(world: World, app: Flask) -> None:
    with app.app_context():
        dossier = filed(world)
        rule(world, reviewer_ids=(person(world.reviewer),))
    result = app.test_cli_runner().invoke(args=["claims", "assign"])
    assert (result.exit_code, result.output.strip()) == (0, "1 dossier(s) attribué(s).")
    with app.app_context():
        assert in_charge(dossier) == person(world.reviewer)
