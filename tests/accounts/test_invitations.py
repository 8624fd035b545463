"""Invitations: a link nobody guesses, for one address, that serves once and for fourteen days."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.accounts import invitations
from bonus.accounts.invitations import (
    LASTS,
    MOST_SENT,
    accept,
    accept_as_newcomer,
    cancel_invitation,
    invitation_of,
    invite,
    open_invitations,
    send_again,
)
from bonus.accounts.models import Invitation, Person
from bonus.accounts.service import add_person, authenticate
from bonus.adapters.mail import Letter
from bonus.audit.service import Actor
from bonus.demo.cast import PASSWORD
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.parts import mailer
from tests.support.crew import Crew, Refused
from tests.support.space import secret_of
from tests.support.words import plain
from tests.support.world import NOW, World, run_jobs

EMAIL = "nouvelle@entreprise.example"
LATER = NOW + timedelta(hours=1)


def invited(world: World, role: str = "filer", email: str = EMAIL) -> tuple[Invitation, str]:
    invitation = invite(world.company_id, email, role, world.owner, NOW)
    return invitation, secret_of(invitation.email)


def test_a_newcomer_creates_an_account_and_joins(any_world: World, any_session: Session) -> None:
    invitation, secret = invited(any_world, email="  Nouvelle@Entreprise.Example ")
    assert invitation_of(secret, LATER).id == invitation.id
    person = accept_as_newcomer(secret, "  Noa   Neuf ", PASSWORD, "192.0.2.1", LATER)
    assert (person.email, person.name) == (EMAIL, "Noa Neuf")
    assert [(one.company_id, one.role) for one in person.memberships] == [(any_world.company_id, "filer")]
    assert authenticate(EMAIL, PASSWORD, None, LATER).id == person.id
    assert open_invitations(any_world.company_id) == []


def test_the_secret_is_kept_nowhere_once_the_mail_has_left(any_world: World, any_session: Session) -> None:
    invitation, secret = invited(any_world)
    assert len(secret) == 43
    assert invitation.secret_sha256 == hashlib.sha256(secret.encode()).hexdigest()
    letters: list[Letter] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mailer(), "send", letters.append)
        run_jobs(any_world)
    [letter] = letters
    assert letter.to == EMAIL
    assert f"/invitation/{secret}" in letter.text
    mail = db.session.scalars(select(MailMessage)).one()
    assert (mail.secret, mail.sent_at) == (None, NOW)
    assert secret not in mail.text
    assert "Atelier" not in mail.subject
    assert "Camille" not in mail.subject
    text = plain(letter.text)
    assert "Camille Laurent vous invite à rejoindre l’espace de l’entreprise Atelier Fictif SAS" in text
    assert "jusqu’au 6 décembre 2026" in text
    assert "Vous recevez ce message parce qu’un responsable de l’entreprise Atelier Fictif SAS" in text


def test_two_secrets_are_never_alike(world: World, session: Session) -> None:
    secrets = {invited(world, email=f"p{number}@entreprise.example")[1] for number in range(5)}
    assert len(secrets) == 5


@pytest.mark.parametrize("email", ["", "x", "a@b", "a b@c.fr", "a@c.fr\nBcc: z@z.fr", f"{'a' * 65}@c.fr"])
def test_an_address_that_is_none(world: World, session: Session, email: str) -> None:
    with pytest.raises(InvalidInput, match=r"invitation\.wrong_address"):
        invite(world.company_id, email, "reader", world.owner, NOW)


def test_who_is_there_already(world: World, session: Session) -> None:
    with pytest.raises(InvalidInput, match=r"invitation\.already_there"):
        invite(world.company_id, world.owner.email.upper(), "reader", world.owner, NOW)
    with pytest.raises(InvalidInput, match=r"team\.unknown_role"):
        invite(world.company_id, EMAIL, "boss", world.owner, NOW)


def test_one_open_invitation_an_address(any_world: World, any_session: Session) -> None:
    invitation, first = invited(any_world)
    with pytest.raises(InvalidInput, match=r"invitation\.already_sent"):
        invite(any_world.company_id, EMAIL, "reader", any_world.owner, NOW + LASTS - timedelta(seconds=1))
    db.session.rollback()
    again = invite(any_world.company_id, EMAIL, "reader", any_world.owner, NOW + LASTS)  # the former expired
    assert (again.id, again.role, again.expires_at) == (invitation.id, "reader", NOW + 2 * LASTS)
    with pytest.raises(NotFound):
        invitation_of(first, NOW + LASTS)
    # Another company may ask the same person.
    assert invite(any_world.neighbour_id, EMAIL, "owner", any_world.neighbour_owner, NOW).id != again.id
    same = {"company_id": any_world.company_id, "email": EMAIL, "role": "reader", "sent_at": NOW}
    same |= {"secret_sha256": "x", "invited_by_id": any_world.owner.person_id, "expires_at": NOW}
    db.session.add(Invitation(**same))
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_it_expires_after_fourteen_days(world: World, session: Session) -> None:
    _, secret = invited(world)
    end = NOW + timedelta(days=14)
    assert invitation_of(secret, end - timedelta(microseconds=1)).expires_at == end
    with pytest.raises(Refusal, match=r"invitation\.expired"):
        invitation_of(secret, end)
    with pytest.raises(Refusal, match=r"invitation\.expired"):
        accept_as_newcomer(secret, "Noa", PASSWORD, None, end)
    assert db.session.query(Person).filter(Person.email == EMAIL).count() == 0


def test_it_serves_once(world: World, session: Session) -> None:
    _, secret = invited(world)
    person = accept_as_newcomer(secret, "Noa", PASSWORD, None, NOW)
    with pytest.raises(Refusal, match=r"invitation\.used"):
        accept(secret, person, None, NOW)
    with pytest.raises(Refusal, match=r"invitation\.used"):
        accept_as_newcomer(secret, "Noa", PASSWORD, None, NOW)


def test_cancelled_it_opens_nothing(world: World, session: Session) -> None:
    invitation, secret = invited(world)
    cancel_invitation(world.company_id, invitation.id, world.owner, NOW)
    with pytest.raises(Refusal, match=r"invitation\.cancelled"):
        invitation_of(secret, NOW)
    with pytest.raises(NotFound):
        cancel_invitation(world.company_id, invitation.id, world.owner, NOW)
    db.session.rollback()
    assert invite(world.company_id, EMAIL, "filer", world.owner, NOW).id != invitation.id


def test_sent_again_the_former_link_is_dead(any_world: World, any_session: Session) -> None:
    invitation, first = invited(any_world)
    send_again(any_world.company_id, invitation.id, any_world.owner, LATER)
    second = secret_of(EMAIL)
    assert invitation_of(second, LATER).expires_at == LATER + LASTS
    with pytest.raises(NotFound, match=r"invitation\.unknown"):
        invitation_of(first, LATER)
    assert db.session.query(MailMessage).filter(MailMessage.to == EMAIL).count() == 2


def test_one_invitation_is_not_sent_for_ever(world: World, session: Session) -> None:
    invitation, _ = invited(world)
    for _ in range(MOST_SENT - 1):
        send_again(world.company_id, invitation.id, world.owner, NOW)
    with pytest.raises(Refusal, match=r"invitation\.sent_too_often"):
        send_again(world.company_id, invitation.id, world.owner, NOW)


def test_open_invitations_are_bounded(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_OPEN", 1)
    invited(world)
    with pytest.raises(InvalidInput, match=r"invitation\.too_many"):
        invite(world.company_id, "autre@entreprise.example", "reader", world.owner, NOW)


def test_someone_with_an_account_joins_with_it(world: World, session: Session) -> None:
    _, secret = invited(world, email=world.neighbour_owner.email)
    with pytest.raises(Refusal, match=r"invitation\.account_exists"):
        accept_as_newcomer(secret, "Someone else", PASSWORD, None, NOW)
    db.session.rollback()
    person = db.session.get_one(Person, world.neighbour_owner.person_id)
    accept(secret, person, None, NOW)
    assert {(one.company_id, one.role) for one in person.memberships} == {
        (world.neighbour_id, "owner"),
        (world.company_id, "filer"),
    }


def test_it_is_tied_to_its_address(world: World, session: Session) -> None:
    _, secret = invited(world)
    person = db.session.get_one(Person, world.neighbour_owner.person_id)
    with pytest.raises(Refusal, match=r"invitation\.other_address"):
        accept(secret, person, None, NOW)
    db.session.rollback()
    assert len(db.session.get_one(Person, world.neighbour_owner.person_id).memberships) == 1


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [
        ("", PASSWORD, "name"),
        ("   ", PASSWORD, "name"),
        ("x" * 121, PASSWORD, "name"),
        ("Noa", "short", "password"),
    ],
)
def test_an_account_that_cannot_be(
    world: World, session: Session, name: str, password: str, field: str
) -> None:
    _, secret = invited(world)
    with pytest.raises(InvalidInput) as refusal:
        accept_as_newcomer(secret, name, password, None, NOW)
    assert refusal.value.field == field
    assert invitation_of(secret, NOW).accepted_at is None


@pytest.mark.parametrize("secret", ["", "x", "é", "x" * 5_000])
def test_a_link_of_no_invitation(world: World, session: Session, secret: str) -> None:
    invited(world)
    with pytest.raises(NotFound):
        invitation_of(secret, NOW)


def test_owners_alone_invite(world: World, session: Session) -> None:
    invitation, _ = invited(world)
    filer = add_person(
        "f@demo.example", "F", PASSWORD, NOW, company_id=world.company_id, company_role="filer"
    )
    db.session.commit()
    for actor in (Actor("F", filer.id), world.neighbour_owner, world.reviewer):
        for act in (
            lambda who: invite(world.company_id, "z@demo.example", "reader", who, NOW),
            lambda who: send_again(world.company_id, invitation.id, who, NOW),
            lambda who: cancel_invitation(world.company_id, invitation.id, who, NOW),
        ):
            with pytest.raises(Forbidden):
                act(actor)
            db.session.rollback()
    for other in (send_again, cancel_invitation):
        with pytest.raises(NotFound):
            other(world.neighbour_id, invitation.id, world.neighbour_owner, NOW)
        db.session.rollback()


def accepting(secret: str, name: str) -> str:
    return accept_as_newcomer(secret, name, PASSWORD, None, NOW).name


@pytest.mark.slow
def test_the_link_opened_twice_at_once_makes_one_account(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        _, secret = invited(any_world)
        db.session.rollback()
    results = crew.race(any_world.app, accepting, [(secret, name) for name in "ABC"])
    refused = [one.code for one in results if isinstance(one, Refused)]
    assert refused == ["invitation.used"] * 2
    with any_world.app.app_context():
        assert db.session.query(Person).filter(Person.email == EMAIL).count() == 1


def test_two_companies_at_once_make_one_account(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        _, first = invited(any_world)
        invite(any_world.neighbour_id, EMAIL, "owner", any_world.neighbour_owner, NOW)
        second = secret_of(EMAIL)
        db.session.rollback()
    results = crew.race(any_world.app, accepting, [(first, "A"), (second, "B")])
    assert [one.code for one in results if isinstance(one, Refused)] == ["invitation.account_exists"]


def test_an_agent_of_the_state_joins_no_company(any_world: World, any_session: Session) -> None:
    """Art. 12: whoever examines and pays acts for nobody, however they are invited."""
    _, secret = invited(any_world, email=any_world.reviewer.email)
    agent = db.session.get_one(Person, any_world.reviewer.person_id)
    with pytest.raises(Refusal) as refusal:
        accept(secret, agent, None, LATER)
    assert refusal.value.code == "invitation.agent"
    db.session.rollback()
    assert db.session.get_one(Person, any_world.reviewer.person_id).memberships == []
