"""People whom ProConnect identifies: signing in, joining an identity to an account, accounts without a password.

An e-mail address alone never opens an account that exists: whoever has one shows its password once, or is signed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from bonus.adapters.proconnect.identity import ProConnectIdentity
from bonus.audit.service import Actor, record
from bonus.companies.models import Company
from bonus.errors import Forbidden, Refusal
from bonus.extensions import db
from bonus.money import NBSP

from .models import CompanyMember, Person, PersonIdentity
from .service import actor_of, authenticate

CLOSED = f"Ce compte est fermé. Si c’est une erreur, écrivez-nous{NBSP}: nous le rouvrirons avec vous."


class PasswordNeeded(Refusal):
    """The address has an account already: its password, once, shows that both are of the same person."""

    def __init__(self, email: str) -> None:
        super().__init__(
            "identity.password_needed",
            f"Un compte existe déjà à l’adresse {email}{NBSP}: donnez son mot de passe une fois.",
        )


@dataclass(frozen=True)
class Arrival:
    """Who signed in. ``newcomer``: the account was created at this moment, and belongs to no company yet."""

    person: Person
    newcomer: bool


def sign_in(told: ProConnectIdentity, address: str | None, now: datetime) -> Arrival:
    """Open the account of an identity; create it when neither the identity nor its address is known.

    Raises PasswordNeeded when the address has an account; Refusal when that account has no password, and is another
    identity's; Forbidden when it is closed.
    """
    known = _known(told)
    if known is not None:
        return Arrival(_opened(known, told, address, now), newcomer=False)
    account = _account_at(told.email)
    if account is None:
        return Arrival(_created(told, address, now), newcomer=True)
    if account.password_hash is not None:
        raise PasswordNeeded(told.email)
    _refused("account.sign_in_refused", account.id, address, now, told)
    raise Refusal(
        "identity.other_identity",
        f"Le compte de l’adresse {told.email} s’ouvre avec une autre identité ProConnect. Vous avez changé "
        f"d’organisation{NBSP}? Écrivez-nous{NBSP}: nous les relierons après vérification.",
    )


def link_by_password(told: ProConnectIdentity, password: str, address: str | None, now: datetime) -> Person:
    """Join a new identity to the account of its address, by the password of that account; it is then open.

    Raises Refusal for a wrong password (the try is logged, as one of signing in), and when somebody else took the
    identity meanwhile.
    """
    try:
        person = authenticate(told.email, password, address, now)
    except Refusal:
        # The address is not in doubt: ProConnect gave it.
        raise Refusal(
            "identity.wrong_password",
            "Mot de passe incorrect. Vérifiez votre saisie, puis recommencez.",
            field="password",
        ) from None
    link_to(told, person, address, now)
    return person


def link_to(told: ProConnectIdentity, person: Person, address: str | None, now: datetime) -> PersonIdentity:
    """Join an identity to the account of who is signed in, or find that it is theirs already.

    Raises Refusal when the identity, or the account of its address, is somebody else's.
    """
    known = _known(told)
    if known is not None and known.person_id != person.id:
        _refused("account.link_refused", person.id, address, now, told)
        raise Refusal(
            "identity.other_person",
            f"Cette identité ProConnect ouvre un autre compte que le vôtre{NBSP}: déconnectez-vous de ProConnect, puis "
            "recommencez avec la vôtre.",
        )
    if known is not None:
        _note(known, told, now)
        db.session.commit()
        return known
    account = _account_at(told.email)
    if account is not None and account.id != person.id:
        _refused("account.link_refused", person.id, address, now, told)
        raise Refusal(
            "identity.other_account",
            f"ProConnect donne l’adresse {told.email}, qui est celle d’un autre compte{NBSP}: connectez-vous avec ce "
            "compte, puis recommencez.",
        )
    identity = _new(told, person, now)
    record("account.identity_linked", f"person:{person.id}", actor_of(person, address), now, **_facts(told))
    db.session.commit()
    return identity


def latest_identity(person: Person) -> PersonIdentity | None:
    """What ProConnect told last of a person; None when they sign in by password alone."""
    return db.session.scalars(
        select(PersonIdentity)
        .where(PersonIdentity.person_id == person.id)
        .order_by(PersonIdentity.last_seen_at.desc(), PersonIdentity.id.desc())
        .limit(1)
    ).one_or_none()


def space_of(siret: str | None) -> Company | None:
    """The company of an establishment, when somebody has shown the right to act for it, and people do."""
    if siret is None:
        return None
    members = exists().where(CompanyMember.company_id == Company.id)
    proven = Company.proven_at.is_not(None)
    return db.session.scalars(
        select(Company).where(Company.siren == siret[:9], proven, members)
    ).one_or_none()


def _known(told: ProConnectIdentity) -> PersonIdentity | None:
    return db.session.scalars(
        select(PersonIdentity).where(
            PersonIdentity.issuer == told.issuer, PersonIdentity.subject == told.subject
        )
    ).one_or_none()


def _account_at(email: str) -> Person | None:
    return db.session.scalars(select(Person).where(Person.email == email)).one_or_none()


def _opened(known: PersonIdentity, told: ProConnectIdentity, address: str | None, now: datetime) -> Person:
    person = known.person
    if not person.active:
        _refused("account.sign_in_refused", person.id, address, now, told)
        raise Forbidden("account.closed", CLOSED)
    _note(known, told, now)
    _signed_in(person, told, address, now)
    return person


def _created(told: ProConnectIdentity, address: str | None, now: datetime) -> Person:
    person = Person(email=told.email, name=told.name, password_hash=None, created_at=now)
    db.session.add(person)
    _new(told, person, now)
    record("account.created", f"person:{person.id}", actor_of(person, address), now, by="proconnect")
    _signed_in(person, told, address, now)
    return person


def _new(told: ProConnectIdentity, person: Person, now: datetime) -> PersonIdentity:
    identity = PersonIdentity(
        person=person,
        issuer=told.issuer,
        subject=told.subject,
        siret=told.siret,
        email=told.email,
        first_seen_at=now,
        last_seen_at=now,
    )
    db.session.add(identity)
    try:
        db.session.flush()
    except IntegrityError:  # the same identity, come by two windows at the same moment
        db.session.rollback()
        raise Refusal(
            "identity.at_once", f"Une autre connexion se fait au même moment{NBSP}: recommencez."
        ) from None
    return identity


def _note(known: PersonIdentity, told: ProConnectIdentity, now: datetime) -> None:
    known.siret, known.email, known.last_seen_at = told.siret, told.email, now


def _signed_in(person: Person, told: ProConnectIdentity, address: str | None, now: datetime) -> None:
    record("account.signed_in", f"person:{person.id}", actor_of(person, address), now, **_facts(told))
    db.session.commit()


def _refused(
    action: str, person_id: int, address: str | None, now: datetime, told: ProConnectIdentity
) -> None:
    record(action, f"person:{person_id}", Actor("visitor", address=address), now, **_facts(told))
    db.session.commit()


def _facts(told: ProConnectIdentity) -> dict[str, str | list[str] | None]:
    """What the log keeps of an identification: how strong it was, never the subject nor a token."""
    return {"by": "proconnect", "acr": told.acr, "amr": list(told.amr), "siret": told.siret}
