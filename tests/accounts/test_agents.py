"""Agents' accounts: opened, changed and closed by an administrator, who is never the one concerned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.agents import (
    LASTS,
    add_agent,
    agents,
    choose_password,
    link_for,
    owner_of_link,
    reset_factor,
    send_link,
    set_active,
    set_roles,
)
from bonus.accounts.models import Person
from bonus.accounts.second_factor import is_enrolled
from bonus.accounts.service import authenticate
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from tests.support.crew import Crew
from tests.support.world import NOW, World

PASSWORD = "un mot de passe assez long"


def added(world: World, *roles: str) -> Person:
    return add_agent(
        " Nouvelle@Etat.example ", " Léa  Neuve ", roles or ("reviewer",), world.administrator, NOW
    )


def test_an_agent_is_added_and_chooses_a_password(any_world: World, any_session: Session) -> None:
    person = added(any_world, "reviewer", "administrator")
    assert (person.email, person.name, person.password_hash) == ("nouvelle@etat.example", "Léa Neuve", None)
    assert person.roles == {"reviewer", "administrator"}
    mail = db.session.scalars(select(MailMessage).where(MailMessage.to == person.email)).one()
    link = str(mail.secret)
    assert link not in mail.text
    assert owner_of_link(link, NOW + LASTS - timedelta(seconds=1)).id == person.id
    choose_password(link, PASSWORD, None, NOW)
    assert authenticate(person.email, PASSWORD, None, NOW).id == person.id
    with pytest.raises(NotFound):  # it served
        choose_password(link, PASSWORD + "!", None, NOW)
    assert (person, False) in agents()


def test_a_link_lasts_three_days_and_is_of_one_person(any_world: World, any_session: Session) -> None:
    person = added(any_world)
    link = link_for(person, NOW + LASTS)
    number, expires, digest = link.split(".")
    for wrong in (
        "",
        "x",
        "1.2",
        f"{number}.{expires}.{digest[:-1]}",
        f"{any_world.officer.person_id}.{expires}.{digest}",
        f"{number}.{int(expires) + 1}.{digest}",
        f"{number}²{expires}²{digest}",
    ):
        with pytest.raises(NotFound):
            owner_of_link(wrong, NOW)
    with pytest.raises(NotFound):
        owner_of_link(link, NOW + LASTS)
    with pytest.raises(InvalidInput):
        choose_password(link, "court", None, NOW)
    set_active(person.id, active=False, actor=any_world.administrator, now=NOW)
    with pytest.raises(NotFound):
        owner_of_link(link, NOW)


@pytest.mark.parametrize(
    ("email", "name", "roles", "field"),
    [
        ("pas une adresse", "Léa", ("reviewer",), "email"),
        ("a@etat.example", "  ", ("reviewer",), "name"),
        ("a@etat.example", "L" * 121, ("reviewer",), "name"),
        ("a@etat.example", "Léa", (), "roles"),
        ("a@etat.example", "Léa", ("company",), "roles"),
        ("ENTREPRISE@demo.example", "Camille", ("reviewer",), "email"),  # a company's person is no agent
    ],
)
def test_what_is_not_added(
    world: World, session: Session, email: str, name: str, roles: tuple[str, ...], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add_agent(email, name, roles, world.administrator, NOW)
    assert refusal.value.field == field


def test_roles_given_and_taken(any_world: World, any_session: Session) -> None:
    person_id = any_world.reviewer.person_id or 0
    set_roles(person_id, ("authorising_officer", "reviewer"), any_world.administrator, NOW)
    set_roles(person_id, ("authorising_officer",), any_world.administrator, NOW)
    db.session.expire_all()
    assert db.session.get_one(Person, person_id).roles == {"authorising_officer"}
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.facts == {"before": ["authorising_officer", "reviewer"], "after": ["authorising_officer"]}


def test_a_closed_account_ends_its_sessions(any_world: World, any_session: Session) -> None:
    person = db.session.get_one(Person, any_world.reviewer.person_id)
    stamp = person.session_stamp
    set_active(person.id, active=False, actor=any_world.administrator, now=NOW)
    assert (person.active, person.session_stamp == stamp) == (False, False)
    with pytest.raises(Refusal):
        send_link(person.id, any_world.administrator, NOW)
    set_active(person.id, active=True, actor=any_world.administrator, now=NOW)
    assert person.active


def test_a_factor_is_reset_and_its_sessions_end(any_world: World, any_session: Session) -> None:
    person = db.session.get_one(Person, any_world.reviewer.person_id)
    stamp = person.session_stamp
    assert is_enrolled(person.id)
    reset_factor(person.id, any_world.administrator, NOW)
    assert not is_enrolled(person.id)
    assert person.session_stamp != stamp


ACTS: list[Callable[[int, Actor], None]] = [
    lambda person_id, actor: set_roles(person_id, ("reviewer",), actor, NOW),
    lambda person_id, actor: set_active(person_id, active=False, actor=actor, now=NOW),
    lambda person_id, actor: reset_factor(person_id, actor, NOW),
    lambda person_id, actor: send_link(person_id, actor, NOW),
]


@pytest.mark.parametrize("act", ACTS)
def test_never_oneself_nor_by_another_role(
    world: World, session: Session, act: Callable[[int, Actor], None]
) -> None:
    for actor, person_id in (
        (world.administrator, world.administrator.person_id),
        (world.reviewer, world.officer.person_id),
    ):
        with pytest.raises(Forbidden):
            act(person_id or 0, actor)
        db.session.rollback()
    for person_id in (world.owner.person_id, 9999):  # a company's person is no agent
        with pytest.raises(NotFound):
            act(person_id or 0, world.administrator)
        db.session.rollback()


def dismiss(person_id: int, actor: Actor) -> str:
    try:
        set_active(person_id, active=False, actor=actor, now=NOW)
    except Refusal as refusal:
        return refusal.code
    return "done"


@pytest.mark.slow
def test_two_administrators_do_not_dismiss_each_other(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        other = added(any_world, "administrator")
        actor = Actor(other.name, other.id, None, other.roles)
        db.session.rollback()
    first = any_world.administrator
    found = crew.race(any_world.app, dismiss, [(actor.person_id, first), (first.person_id, actor)])
    assert sorted(found) == ["agent.administrator_needed", "done"]


def test_the_first_administrator_by_the_command(world: World) -> None:
    runner = world.app.test_cli_runner()
    result = runner.invoke(args=["accounts", "add-administrator", "chef@etat.example", "Ada Chef"])
    assert result.exit_code == 0, result.output
    link = result.output.strip().rsplit("/bienvenue/", 1)[1]
    with world.app.app_context():
        assert owner_of_link(link, NOW).roles == {"administrator"}
        db.session.rollback()
    again = runner.invoke(args=["accounts", "add-administrator", "chef@etat.example", "Ada Chef"])
    assert again.exit_code == 1
    assert "existe déjà" in again.output
