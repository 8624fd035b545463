"""Codes of a telephone: the RFC's own vectors, their time, their one use; recovery codes; secrets at rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.accounts.factor_models import RecoveryCode, SecondFactor
from bonus.accounts.models import Person
from bonus.accounts.second_factor import (
    begin_enrolment,
    check,
    codes_left,
    confirm_enrolment,
    forget,
    is_enrolled,
)
from bonus.adapters.second_factor import (
    SecretUnreadable,
    code_at,
    decrypt,
    derived_key,
    encrypt,
    enrolment_url,
    new_recovery_codes,
    recovery_hash,
    step_of,
    step_of_code,
    typed_secret,
)
from bonus.audit.models import AuditEntry
from bonus.errors import Refusal
from bonus.extensions import db
from tests.support.crew import Crew
from tests.support.world import NOW, World

RFC_SECRET = b"12345678901234567890"
STEP = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("seconds", "code"),
    # RFC 6238, appendix B, SHA-1: the last six of the eight digits it gives.
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_vectors_of_the_rfc(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert code_at(RFC_SECRET, step_of(moment)) == code
    assert step_of_code(RFC_SECRET, code, moment, None) == seconds // 30


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(steps: int, *, taken: bool) -> None:
    code = code_at(RFC_SECRET, step_of(NOW) + steps)
    assert (step_of_code(RFC_SECRET, code, NOW, None) is not None) is taken


def test_a_secret_opens_for_its_person_and_its_key_alone() -> None:
    key = derived_key("a secret of the service", "secret")
    kept = encrypt(key, RFC_SECRET, 7)
    assert RFC_SECRET.hex() not in kept
    assert encrypt(key, RFC_SECRET, 7) != kept
    assert decrypt(key, kept, 7) == RFC_SECRET
    elsewhere = (derived_key("another", "secret"), derived_key("a secret of the service", "recovery"))
    for other_key, person_id in ((key, 8), *((other, 7) for other in elsewhere)):
        with pytest.raises(SecretUnreadable):
            decrypt(other_key, kept, person_id)
    with pytest.raises(SecretUnreadable):
        decrypt(key, "!", 7)


def test_what_the_telephone_reads() -> None:
    url = enrolment_url(RFC_SECRET, "a@b.example", "Service du Bonus Souveraineté")
    assert url.isascii()
    assert url.startswith("otpauth://totp/Service%20du%20Bonus%20Souverainet%C3%A9%3Aa%40b.example?secret=")
    assert typed_secret(RFC_SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_recovery_codes_are_ten_and_read_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    code = codes[0]
    assert recovery_hash(b"k", 1, code) == recovery_hash(b"k", 1, f" {code.lower().replace('-', ' ')} ")
    assert recovery_hash(b"k", 1, code) != recovery_hash(b"k", 2, code)


@pytest.fixture
def person(any_world: World, any_session: Session) -> Person:
    """An agent who has put nothing in place."""
    forget(any_world.reviewer.person_id or 0)
    db.session.commit()
    return db.session.get_one(Person, any_world.reviewer.person_id)


def enrolled(person: Person) -> tuple[bytes, list[str]]:
    begun = begin_enrolment(person.id, None, NOW)
    code = code_at(begun.secret, step_of(NOW))
    return begun.secret, confirm_enrolment(person, code, begun.mark, None, NOW)


def refused(person: Person, code: str, now: datetime) -> str:
    with pytest.raises(Refusal) as refusal:
        check(person, code, None, now, act="test")
    return refusal.value.code


def test_it_is_put_in_place_with_a_code_of_it(person: Person) -> None:
    assert not is_enrolled(person.id)
    begun = begin_enrolment(person.id, None, NOW)
    secret = begun.secret
    assert begin_enrolment(person.id, begun.mark, NOW + STEP) == begun  # asked again, the page shows the same
    with pytest.raises(Refusal, match="pas le bon"):
        confirm_enrolment(person, "000000", begun.mark, None, NOW)
    assert not is_enrolled(person.id)
    assert refused(person, code_at(secret, step_of(NOW)), NOW) == "factor.missing"
    confirm_enrolment(person, code_at(secret, step_of(NOW)), begun.mark, None, NOW)
    assert is_enrolled(person.id)
    for again in (
        lambda: begin_enrolment(person.id, begun.mark, NOW),
        lambda: confirm_enrolment(person, code_at(secret, step_of(NOW) + 1), begun.mark, None, NOW),
    ):
        with pytest.raises(Refusal, match="déjà en place"):
            again()


def test_nothing_of_it_is_kept_in_clear(person: Person) -> None:
    secret, codes = enrolled(person)
    kept = db.session.get_one(SecondFactor, person.id).secret
    assert typed_secret(secret) not in kept
    hashes = set(db.session.scalars(select(RecoveryCode.code_hash)))
    assert len(hashes) == 10
    assert not hashes & set(codes)
    facts = str(list(db.session.scalars(select(AuditEntry.facts))))
    assert codes[0] not in facts


def test_a_code_serves_once(person: Person) -> None:
    secret, _ = enrolled(person)
    used = code_at(secret, step_of(NOW))
    assert refused(person, used, NOW) == "factor.served_code"  # it put the factor in place
    following = code_at(secret, step_of(NOW) + 1)
    check(person, f" {following[:3]} {following[3:]} ", None, NOW, act="test")
    assert refused(person, following, NOW + STEP) == "factor.served_code"
    assert (
        refused(person, code_at(secret, step_of(NOW)), NOW) == "factor.served_code"
    )  # an earlier one is over too
    assert refused(person, "123", NOW) == "factor.wrong_code"
    assert refused(person, "", NOW) == "factor.wrong_code"
    check(person, code_at(secret, step_of(NOW) + 4), None, NOW + 4 * STEP, act="test")


def test_a_recovery_code_serves_once(person: Person) -> None:
    _, codes = enrolled(person)
    check(person, codes[3].lower(), None, NOW, act="test")
    assert codes_left(person.id) == 9
    assert refused(person, codes[3], NOW) == "factor.wrong_code"
    db.session.expire_all()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "account.factor_given")).one()
    assert entry.facts == {"act": "test", "means": "recovery"}


def test_of_someone_else_it_opens_nothing(person: Person, any_world: World) -> None:
    _, codes = enrolled(person)
    other = db.session.get_one(Person, any_world.officer.person_id)
    assert refused(other, codes[0], NOW) == "factor.wrong_code"
    assert codes_left(person.id) == 10


def test_a_refusal_is_in_the_log(person: Person) -> None:
    enrolled(person)
    refused(person, "999999", NOW)
    count = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "account.factor_refused")
    assert db.session.scalar(count) == 1


def give(person_id: int, code: str) -> str:
    try:
        check(db.session.get_one(Person, person_id), code, None, NOW, act="race")
    except Refusal as refusal:
        return refusal.code
    return "taken"


@pytest.mark.slow
def test_of_four_who_give_it_at_once_one_is_taken(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        forget(any_world.reviewer.person_id or 0)
        db.session.commit()
        person = db.session.get_one(Person, any_world.reviewer.person_id)
        secret, codes = enrolled(person)
        person_id = person.id
        db.session.rollback()
    for code in (code_at(secret, step_of(NOW) + 1), codes[0]):
        found = crew.race(any_world.app, give, [(person_id, code)] * 4)
        assert sorted(found).count("taken") == 1
