"""The people of a company: roles that change, people who leave, and one owner who always stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.invitations import invite, open_invitations
from bonus.accounts.models import CompanyMember, Person
from bonus.accounts.service import add_person
from bonus.accounts.team import change_role, member_of, remove_member, team_of
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.demo.cast import PASSWORD
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from tests.support.crew import Crew, Refused
from tests.support.world import NOW, World


def join(world: World, name: str, role: str) -> CompanyMember:
    """One more person of the company."""
    person = add_person(
        f"{name}@demo.example", name, PASSWORD, NOW, company_id=world.company_id, company_role=role
    )
    db.session.commit()
    return person.memberships[0]


def own(world: World) -> CompanyMember:
    return db.session.scalars(
        select(CompanyMember).where(CompanyMember.person_id == world.owner.person_id)
    ).one()


def as_actor(member: CompanyMember) -> Actor:
    return Actor(member.person.name, member.person_id)


def roles(world: World) -> dict[str, str]:
    return {member.person.name: member.role for member in team_of(world.company_id)}


def test_a_role_is_changed_and_traced(any_world: World, any_session: Session) -> None:
    member = join(any_world, "Zoe", "reader")
    change_role(any_world.company_id, member.id, "filer", any_world.owner, NOW)
    assert roles(any_world) == {"Camille Laurent": "owner", "Zoe": "filer"}
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "team.role_changed")).one()
    assert entry.facts == {"person": member.person_id, "before": "reader", "after": "filer"}
    change_role(any_world.company_id, member.id, "filer", any_world.owner, NOW)  # the same: nothing to write
    assert db.session.query(AuditEntry).filter(AuditEntry.action == "team.role_changed").count() == 1


def test_a_role_that_does_not_exist(world: World, session: Session) -> None:
    with pytest.raises(InvalidInput, match=r"team\.unknown_role"):
        change_role(world.company_id, own(world).id, "boss", world.owner, NOW)


def test_the_last_owner_is_neither_demoted_nor_removed(any_world: World, any_session: Session) -> None:
    join(any_world, "Zoe", "filer")
    for act in (
        lambda: change_role(any_world.company_id, own(any_world).id, "filer", any_world.owner, NOW),
        lambda: remove_member(any_world.company_id, own(any_world).id, any_world.owner, NOW),
    ):
        with pytest.raises(Refusal, match=r"team\.last_owner"):
            act()
        db.session.rollback()
    assert roles(any_world) == {"Camille Laurent": "owner", "Zoe": "filer"}


def test_an_owner_whose_account_is_closed_does_not_count(world: World, session: Session) -> None:
    other = join(world, "Zoe", "owner")
    db.session.get_one(Person, other.person_id).active = False
    db.session.commit()
    with pytest.raises(Refusal, match=r"team\.last_owner"):
        remove_member(world.company_id, own(world).id, world.owner, NOW)


def test_an_owner_leaves_when_there_is_another(world: World, session: Session) -> None:
    join(world, "Zoe", "owner")
    remove_member(world.company_id, own(world).id, world.owner, NOW)
    assert roles(world) == {"Zoe": "owner"}
    with pytest.raises(Forbidden):
        remove_member(world.company_id, team_of(world.company_id)[0].id, world.owner, NOW)


def test_who_leaves_takes_their_invitations_along(any_world: World, any_session: Session) -> None:
    """Else a link sent to an address of their own would bring them back."""
    for name, act in (
        ("Zoe", lambda member: remove_member(any_world.company_id, member, any_world.owner, NOW)),
        ("Max", lambda member: change_role(any_world.company_id, member, "filer", any_world.owner, NOW)),
    ):
        member = join(any_world, name, "owner")
        invite(any_world.company_id, f"{name}.bis@demo.example", "owner", as_actor(member), NOW)
        kept = invite(any_world.company_id, f"{name}.ter@demo.example", "reader", any_world.owner, NOW)
        act(member.id)
        assert kept.id in [one.id for one in open_invitations(any_world.company_id)]
    assert [one.invited_by_id for one in open_invitations(any_world.company_id)] == [
        any_world.owner.person_id
    ] * 2


@pytest.mark.parametrize("role", ["filer", "reader"])
def test_owners_alone_manage_the_team(world: World, session: Session, role: str) -> None:
    actor = as_actor(join(world, "Zoe", role))
    with pytest.raises(Forbidden):
        change_role(world.company_id, own(world).id, "reader", actor, NOW)
    db.session.rollback()
    with pytest.raises(Forbidden):
        remove_member(world.company_id, own(world).id, actor, NOW)


def test_another_company_s_people_are_not_found(world: World, session: Session) -> None:
    member = own(world).id
    with pytest.raises(NotFound):
        change_role(world.neighbour_id, member, "reader", world.neighbour_owner, NOW)
    db.session.rollback()
    with pytest.raises(NotFound):
        remove_member(world.neighbour_id, member, world.neighbour_owner, NOW)
    with pytest.raises(NotFound):
        member_of(world.neighbour_id, member)


# ---------------------------------------------------------------- at once


def demoting(company_id: int, member_id: int, actor: Actor) -> str:
    return change_role(company_id, member_id, "reader", actor, NOW).role


def removing(company_id: int, member_id: int, actor: Actor) -> str:
    remove_member(company_id, member_id, actor, NOW)
    return "removed"


def crossing(company_id: int, member_id: int, actor: Actor, how: str) -> str:
    return (demoting if how == "demote" else removing)(company_id, member_id, actor)


@pytest.mark.parametrize("how", ["demote", "remove"])
def test_owners_who_remove_each_other_leave_one(any_world: World, crew: Crew, how: str) -> None:
    """Each of four removes the next one, all at the same moment."""
    with any_world.app.app_context():
        owners = [own(any_world), *(join(any_world, name, "owner") for name in ("A", "B", "C"))]
        turns = [
            (any_world.company_id, other.id, as_actor(one), how)
            for one, other in zip(owners, [*owners[1:], owners[0]], strict=True)
        ]
        db.session.rollback()
    results = crew.race(any_world.app, crossing, turns)
    refused = [one.code for one in results if isinstance(one, Refused)]
    assert refused
    assert set(refused) <= {"team.last_owner", "company.owners_only"}
    with any_world.app.app_context():
        left = [member.role for member in team_of(any_world.company_id)].count("owner")
        assert left == len(refused) >= 1


def test_two_owners_who_both_step_down(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        owners = [own(any_world), join(any_world, "A", "owner")]
        turns = [(any_world.company_id, one.id, as_actor(one)) for one in owners]
        db.session.rollback()
    results = crew.race(any_world.app, demoting, turns)
    assert [one.code for one in results if isinstance(one, Refused)] == ["team.last_owner"]
    assert results.count("reader") == 1
