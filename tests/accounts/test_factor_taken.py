"""Who knows a password and nothing else: no secret to learn beforehand, no code to find by trying."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.accounts.agents import choose_password, reset_factor
from bonus.accounts.factor_models import SecondFactor
from bonus.accounts.models import Person
from bonus.accounts.second_factor import (
    MOST_REFUSED,
    REFUSED_WITHIN,
    begin_enrolment,
    check,
    confirm_enrolment,
    forget,
    is_enrolled,
)
from bonus.accounts.service import authenticate
from bonus.adapters.second_factor import code_at, step_of
from bonus.demo.cast import PASSWORD
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from tests.support.crew import Crew
from tests.support.world import NOW, World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def person(any_world: World, any_session: Session) -> Person:
    """An agent who has put nothing in place."""
    forget(any_world.reviewer.person_id or 0)
    db.session.commit()
    return db.session.get_one(Person, any_world.reviewer.person_id)


def enrolled(person: Person) -> bytes:
    begun = begin_enrolment(person.id, None, NOW)
    confirm_enrolment(person, code_at(begun.secret, step_of(NOW)), begun.mark, None, NOW)
    return begun.secret


def mails(person: Person) -> list[str]:
    return [mail.subject for mail in mails_to(person)]


def mails_to(person: Person) -> list[MailMessage]:
    query = select(MailMessage).where(MailMessage.to == person.email).order_by(MailMessage.id)
    return list(db.session.scalars(query))


def test_a_secret_seen_before_is_not_the_one_put_in_place(person: Person) -> None:
    """A stranger with the password opened the page first, and waited."""
    seen = begin_enrolment(person.id, None, NOW)
    own = begin_enrolment(person.id, None, NOW + MINUTE)
    assert own.secret != seen.secret
    later = NOW + MINUTE
    with pytest.raises(Refusal) as refusal:
        confirm_enrolment(person, code_at(seen.secret, step_of(later)), seen.mark, None, later)
    assert refusal.value.code == "factor.begun_elsewhere"
    with pytest.raises(Refusal, match="pas le bon"):
        confirm_enrolment(person, code_at(seen.secret, step_of(later)), own.mark, None, later)
    confirm_enrolment(person, code_at(own.secret, step_of(later)), own.mark, None, later)
    with pytest.raises(Refusal):
        check(person, code_at(seen.secret, step_of(later) + 1), None, later, act="test")


def test_nobody_confirms_what_they_were_not_shown(person: Person) -> None:
    begun = begin_enrolment(person.id, None, NOW)
    with pytest.raises(Refusal, match="recommencée ailleurs"):
        confirm_enrolment(person, code_at(begun.secret, step_of(NOW)), None, None, NOW)
    assert not is_enrolled(person.id)


def test_its_owner_is_told_that_a_telephone_was_put_in_place(person: Person) -> None:
    secret = enrolled(person)
    (mail,) = mails_to(person)
    assert mail.subject == "Bonus Souveraineté\u00a0: votre double authentification est en place"
    assert "prévenez tout de suite un administrateur" in mail.text
    assert secret.hex() not in mail.text


def test_codes_are_not_found_by_trying_day_after_day(person: Person) -> None:
    secret = enrolled(person)
    for rank in range(MOST_REFUSED):
        with pytest.raises(Refusal, match="pas le bon"):
            check(person, f"{rank:05d}", None, NOW + rank * MINUTE, act="test")
    told = [subject for subject in mails(person) if "codes faux" in subject]
    assert len(told) == 1
    late = NOW + MOST_REFUSED * MINUTE
    right = code_at(secret, step_of(late))
    with pytest.raises(Refusal) as refusal:
        check(person, right, None, late, act="test")
    assert refusal.value.code == "factor.locked_out"
    # The first of them is a day old: one more may be tried, and the right one is taken.
    day_after = NOW + REFUSED_WITHIN
    check(person, code_at(secret, step_of(day_after)), None, day_after, act="test")
    with pytest.raises(Refusal, match="pas le bon"):
        check(person, "00000", None, day_after, act="test")
    with pytest.raises(Refusal) as refusal:
        check(person, code_at(secret, step_of(day_after) + 1), None, day_after, act="test")
    assert refusal.value.code == "factor.locked_out"


def test_a_factor_put_in_place_anew_starts_from_nothing(person: Person, any_world: World) -> None:
    enrolled(person)
    for _ in range(MOST_REFUSED):
        with pytest.raises(Refusal):
            check(person, "00000", None, NOW + MINUTE, act="test")
    later = NOW + 2 * MINUTE
    reset_factor(person.id, any_world.administrator, later)
    begun = begin_enrolment(person.id, None, later)
    confirm_enrolment(person, code_at(begun.secret, step_of(later)), begun.mark, None, later)
    check(person, code_at(begun.secret, step_of(later) + 1), None, later, act="test")


def test_a_reset_takes_the_password_with_it(person: Person, any_world: World) -> None:
    """Else whoever knows it would put a telephone of their own in place before the agent does."""
    enrolled(person)
    assert authenticate(person.email, PASSWORD, None, NOW).id == person.id
    reset_factor(person.id, any_world.administrator, NOW)
    with pytest.raises(Refusal, match="incorrect"):
        authenticate(person.email, PASSWORD, None, NOW)
    mail = mails_to(person)[-1]
    assert "réinitialisé votre double authentification" in mail.text
    choose_password(str(mail.secret), "un autre mot de passe", None, NOW)
    assert authenticate(person.email, "un autre mot de passe", None, NOW).id == person.id
    assert not is_enrolled(person.id)


def begin(person_id: int) -> str:
    return begin_enrolment(person_id, None, NOW).mark


@pytest.mark.slow
def test_two_windows_opened_at_once(any_world: World, crew: Crew) -> None:
    person_id = any_world.reviewer.person_id or 0
    with any_world.app.app_context():
        forget(person_id)
        db.session.commit()
    assert len(set(crew.race(any_world.app, begin, [(person_id,)] * 4))) == 4
    with any_world.app.app_context():
        mine = select(func.count()).select_from(SecondFactor).where(SecondFactor.person_id == person_id)
        assert db.session.scalar(mine) == 1
        db.session.rollback()
