"""Signing in: passwords are kept as argon2id hashes (memory-hard), every try is in the audit log."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select

from bonus.audit.service import Actor, record
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db

from .models import AgentRole, CompanyMember, FirmMember, Person, new_session_stamp

MINIMUM_PASSWORD_LENGTH = 12
MAXIMUM_PASSWORD_LENGTH = 200
_hasher = PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash no password matches: an unknown address then takes as long as a wrong password."""
    return _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The argon2id hash to keep. Raises InvalidInput when the password is too short or too long."""
    if not MINIMUM_PASSWORD_LENGTH <= len(password) <= MAXIMUM_PASSWORD_LENGTH:
        raise InvalidInput(
            "account.password_length",
            f"Le mot de passe doit compter de {MINIMUM_PASSWORD_LENGTH} à {MAXIMUM_PASSWORD_LENGTH} caractères.",
            field="password",
        )
    return _hasher.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def authenticate(email: str, password: str, address: str | None, now: datetime) -> Person:
    """Find who signs in. Raises Refusal, in the same words whether address or password is wrong."""
    email = email.strip().lower()
    person = db.session.scalars(select(Person).where(Person.email == email)).one_or_none()
    # An account that has no password takes as long as one whose password is wrong, and opens as little.
    kept = person.password_hash if person else None
    known = _matches(kept or _nobody(), password[:MAXIMUM_PASSWORD_LENGTH]) and kept is not None
    if person is None or not known or not person.active:
        subject = f"person:{person.id}" if person else "person:unknown"
        record("account.sign_in_refused", subject, Actor("visitor", address=address), now)
        db.session.commit()
        raise Refusal(
            "account.wrong_credentials",
            "Adresse électronique ou mot de passe incorrect. Vérifiez votre saisie, puis recommencez.",
            field="password",
        )
    record("account.signed_in", f"person:{person.id}", actor_of(person, address), now)
    db.session.commit()
    return person


def sign_out(person: Person, address: str | None, now: datetime) -> None:
    """End every session of someone who signs out: a cookie copied before opens nothing any more."""
    person.session_stamp = new_session_stamp()
    record("account.signed_out", f"person:{person.id}", actor_of(person, address), now)
    db.session.commit()


def actor_of(person: Person, address: str | None = None) -> Actor:
    """The person as the audit log and the status table know them."""
    return Actor(person.name, person.id, address, person.roles)


def add_person(
    email: str,
    name: str,
    password: str,
    now: datetime,
    *,
    agent_roles: tuple[str, ...] = (),
    company_id: int | None = None,
    company_role: str = "owner",
    firm_id: int | None = None,
) -> Person:
    """Create a person with their roles, in the caller's transaction."""
    person = Person(email=email.lower(), name=name, password_hash=hash_password(password), created_at=now)
    person.agent_roles = [AgentRole(role=role) for role in agent_roles]
    if company_id is not None:
        person.memberships = [CompanyMember(company_id=company_id, role=company_role)]
    if firm_id is not None:
        person.firm_memberships = [FirmMember(firm_id=firm_id)]
    db.session.add(person)
    db.session.flush()
    return person
