"""People whom ProConnect identifies: accounts opened, joined and created, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.accounts import identities as service
from bonus.accounts.identities import (
    PasswordNeeded,
    latest_identity,
    link_by_password,
    link_to,
    sign_in,
    space_of,
)
from bonus.accounts.models import Person, PersonIdentity
from bonus.accounts.service import add_person, authenticate
from bonus.adapters.proconnect.identity import ProConnectIdentity
from bonus.audit.models import AuditEntry
from bonus.demo.invoices import BUYER
from bonus.errors import Forbidden, Refusal
from bonus.extensions import db
from tests.support.world import NEIGHBOUR, NOW, World

ADDRESS = "192.0.2.7"
PASSWORD = "une phrase bien à moi"
TOLD = ProConnectIdentity(
    issuer="https://proconnect.example/api/v2",
    subject="s-1",
    email="camille@exemple.fr",
    given_name="Camille",
    usual_name="Durand",
    siret="73282932000074",
    acr="eidas1",
    amr=("pwd",),
)


def log() -> list[tuple[str, str]]:
    return [
        (entry.action, entry.subject)
        for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    ]


def test_someone_new_then_again(any_session: Session) -> None:
    first = sign_in(TOLD, ADDRESS, NOW)
    assert (first.newcomer, first.person.email, first.person.name) == (True, TOLD.email, "Camille Durand")
    assert first.person.password_hash is None
    assert first.person.roles == frozenset()
    later = NOW + timedelta(days=40)
    again = sign_in(replace(TOLD, siret=None, email="c@autre.fr"), ADDRESS, later)
    assert (again.newcomer, again.person.id, again.person.email) == (False, first.person.id, TOLD.email)
    kept = latest_identity(first.person)
    assert kept is not None
    assert (kept.email, kept.siret, kept.first_seen_at, kept.last_seen_at) == ("c@autre.fr", None, NOW, later)
    who = f"person:{first.person.id}"
    assert log() == [("account.created", who), ("account.signed_in", who), ("account.signed_in", who)]


def test_the_same_subject_at_another_issuer_is_somebody_else(any_session: Session) -> None:
    first = sign_in(TOLD, ADDRESS, NOW).person.id
    other = replace(TOLD, issuer="https://other.example", email="autre@exemple.fr")
    assert sign_in(other, ADDRESS, NOW).person.id != first


def test_no_password_opens_an_account_without_one(any_session: Session) -> None:
    sign_in(TOLD, ADDRESS, NOW)
    for password in ("", "!", "None", "nobody has this password", PASSWORD):
        with pytest.raises(Refusal) as refusal:
            authenticate(TOLD.email, password, ADDRESS, NOW)
        assert refusal.value.code == "account.wrong_credentials"


def test_an_account_with_a_password_asks_for_it(any_session: Session) -> None:
    person = add_person(TOLD.email, "Camille", PASSWORD, NOW)
    db.session.commit()
    with pytest.raises(PasswordNeeded):
        sign_in(TOLD, ADDRESS, NOW)
    with pytest.raises(Refusal):
        link_by_password(TOLD, "another", ADDRESS, NOW)
    assert latest_identity(person) is None
    assert link_by_password(TOLD, PASSWORD, ADDRESS, NOW).id == person.id
    assert sign_in(TOLD, ADDRESS, NOW).person.id == person.id


def test_a_closed_account_is_neither_opened_nor_joined(any_session: Session) -> None:
    person = sign_in(TOLD, ADDRESS, NOW).person
    person.active = False
    db.session.commit()
    with pytest.raises(Forbidden) as closed:
        sign_in(TOLD, ADDRESS, NOW)
    assert closed.value.code == "account.closed"
    owner = add_person("p@exemple.fr", "P", PASSWORD, NOW)
    owner.active = False
    db.session.commit()
    other = replace(TOLD, subject="s-2", email="p@exemple.fr")
    with pytest.raises(Refusal):
        link_by_password(other, PASSWORD, ADDRESS, NOW)
    assert db.session.scalar(select(func.count(PersonIdentity.id))) == 1


def test_one_person_may_have_several_identities(any_session: Session) -> None:
    person = sign_in(TOLD, ADDRESS, NOW).person
    second = replace(TOLD, subject="s-2", siret="90040050800011")
    link_to(second, person, ADDRESS, NOW + timedelta(hours=1))
    link_to(second, person, ADDRESS, NOW + timedelta(hours=2))
    assert sign_in(second, ADDRESS, NOW + timedelta(hours=3)).person.id == person.id
    kept = latest_identity(person)
    assert kept is not None
    assert (kept.subject, kept.siret) == ("s-2", "90040050800011")
    assert [action for action, _ in log()].count("account.identity_linked") == 1


def test_an_identity_is_of_one_person(any_session: Session) -> None:
    sign_in(TOLD, ADDRESS, NOW)
    other = add_person("p@exemple.fr", "P", PASSWORD, NOW)
    db.session.commit()
    with pytest.raises(Refusal) as refusal:
        link_to(TOLD, other, ADDRESS, NOW)
    assert refusal.value.code == "identity.other_person"
    with pytest.raises(Refusal) as refusal:
        link_to(replace(TOLD, subject="s-2"), other, ADDRESS, NOW)
    assert refusal.value.code == "identity.other_account"
    assert log()[-2:] == [("account.link_refused", f"person:{other.id}")] * 2


def test_one_who_comes_by_two_windows_at_once_is_created_once(
    any_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first window's work is done between the second one's look and its writing."""
    sign_in(TOLD, ADDRESS, NOW)
    monkeypatch.setattr(service, "_known", lambda _: None)
    monkeypatch.setattr(service, "_account_at", lambda _: None)
    with pytest.raises(Refusal) as refusal:
        sign_in(TOLD, ADDRESS, NOW)
    assert refusal.value.code == "identity.at_once"
    assert db.session.scalar(select(func.count(Person.id))) == 1


@pytest.mark.parametrize(
    ("siret", "name"),
    [
        (BUYER.siret, BUYER.name),
        (BUYER.siren + "99999", BUYER.name),
        (NEIGHBOUR.siret, NEIGHBOUR.name),
        ("73282932000074", None),
        (None, None),
    ],
)
def test_a_company_has_a_space_once_people_act_for_it(
    world: World, session: Session, siret: str | None, name: str | None
) -> None:
    found = space_of(siret)
    assert (found.name if found else None) == name
