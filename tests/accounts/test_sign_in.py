"""Signing in: the same words and the same time whatever is wrong, every try in the log."""

from __future__ import annotations

import time

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.accounts import service
from bonus.accounts.models import AgentRole, CompanyMember, Person
from bonus.accounts.service import actor_of, add_person, authenticate, sign_out
from bonus.audit.models import AuditEntry
from bonus.errors import Refusal
from bonus.extensions import db
from tests.support.world import NOW, World

EMAIL, PASSWORD = "camille@demo.example", "une phrase bien à moi"


@pytest.fixture
def person(any_session: Session) -> Person:
    found = add_person(EMAIL, "Camille Laurent", PASSWORD, NOW, agent_roles=("reviewer", "registry_keeper"))
    db.session.commit()
    return found


def refused(email: str, password: str) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        authenticate(email, password, "192.0.2.7", NOW)
    return refusal.value


def log() -> list[tuple[str, str, str, str | None]]:
    rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(entry.action, entry.subject, entry.actor, entry.address) for entry in rows]


@pytest.mark.parametrize("typed", [EMAIL, "Camille@Demo.Example", f"  {EMAIL}\n"])
def test_with_the_right_password(person: Person, typed: str) -> None:
    assert authenticate(typed, PASSWORD, "192.0.2.7", NOW).id == person.id
    assert log() == [
        ("account.signed_in", f"person:{person.id}", f"Camille Laurent (n° {person.id})", "192.0.2.7")
    ]


def test_the_same_words_whatever_is_wrong(person: Person) -> None:
    inactive = add_person("paul@demo.example", "Paul Girard", PASSWORD, NOW)
    inactive.active = False
    db.session.commit()
    tries = [
        (EMAIL, PASSWORD + "x"),
        (EMAIL, ""),
        (EMAIL, PASSWORD.upper()),
        ("personne@demo.example", PASSWORD),
        ("", ""),
        ("x" * 10_000, "y" * 100_000),
        ("paul@demo.example", PASSWORD),  # the right one, of someone who left
        ("%", PASSWORD),
    ]
    refusals = [refused(*one) for one in tries]
    assert {(one.code, one.sentence, one.field) for one in refusals} == {
        (
            "account.wrong_credentials",
            "Adresse électronique ou mot de passe incorrect. Vérifiez votre saisie, puis recommencez.",
            "password",
        )
    }
    subjects = [subject for _, subject, _, _ in log()]
    nobody = "person:unknown"
    known = f"person:{person.id}"
    assert subjects == [known, known, known, nobody, nobody, nobody, f"person:{inactive.id}", nobody]
    assert {(action, actor) for action, _, actor, _ in log()} == {("account.sign_in_refused", "visitor")}


def test_the_log_holds_neither_passwords_nor_typed_addresses(person: Person) -> None:
    """A password typed in the place of the address must not be kept in clear."""
    refused("mot de passe secret", "autre secret")
    entry = db.session.scalars(select(AuditEntry)).one()
    assert entry.facts == {}
    assert "secret" not in f"{entry.subject}{entry.actor}{entry.action}"


def test_an_unknown_address_takes_as_long_as_a_wrong_password(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of this thread's own time, with a hash dear enough to be all of it."""
    monkeypatch.setattr(service, "_hasher", PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1))
    service._nobody.cache_clear()
    add_person(EMAIL, "Camille Laurent", PASSWORD, NOW)
    db.session.commit()

    def spent(email: str) -> float:
        taken = []
        for _ in range(4):
            before = time.thread_time()
            refused(email, "pas le bon mot de passe")
            taken.append(time.thread_time() - before)
        return min(taken)

    refused("personne@demo.example", "x")  # its hash is made once
    wrong, unknown = spent(EMAIL), spent("personne@demo.example")
    service._nobody.cache_clear()
    assert wrong / 2 < unknown < wrong * 2


def test_a_hash_that_cannot_be_read_lets_nobody_in(person: Person) -> None:
    person.password_hash = "-"
    db.session.commit()
    refused(EMAIL, "-")


def test_signing_out(person: Person) -> None:
    sign_out(person, None, NOW)
    assert [entry[0] for entry in log()] == ["account.signed_out"]


# ---------------------------------------------------------------- who they are


def test_what_the_guards_and_the_log_know_of_a_person(person: Person) -> None:
    actor = actor_of(person, "192.0.2.7")
    assert (actor.name, actor.person_id, actor.address) == ("Camille Laurent", person.id, "192.0.2.7")
    assert actor.roles == {"reviewer", "registry_keeper"}


def test_members_and_accountants(world: World, session: Session) -> None:
    roles = {name: getattr(world, name).roles for name in ("owner", "accountant", "administrator")}
    assert roles == {"owner": {"company"}, "accountant": {"accountant"}, "administrator": {"administrator"}}


def test_one_address_one_person(person: Person) -> None:
    with pytest.raises(IntegrityError, match="email"):
        add_person(EMAIL.upper(), "Autre", PASSWORD, NOW)


def test_the_database_wants_addresses_in_lower_case(person: Person) -> None:
    with pytest.raises(IntegrityError, match="email_lower_case"):
        db.session.execute(text("UPDATE persons SET email = 'Camille@demo.example'"))


def test_a_role_nobody_knows(person: Person) -> None:
    for role in ("owner", "company", "REVIEWER", ""):
        statement = text("INSERT INTO agent_roles (id, person_id, role) VALUES (99, :person, :role)")
        with pytest.raises(IntegrityError, match="role"), db.session.begin_nested():
            db.session.execute(statement, {"person": person.id, "role": role})


def test_a_role_once(person: Person) -> None:
    db.session.add(AgentRole(person_id=person.id, role="reviewer"))
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_a_membership_of_a_company_that_is_not_there(person: Person) -> None:
    """SQLite too checks its foreign keys."""
    db.session.add(CompanyMember(person_id=person.id, company_id=999, role="owner"))
    with pytest.raises(IntegrityError):
        db.session.flush()
