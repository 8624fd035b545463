"""Asking someone by e-mail to join a company: a link that serves once, for fourteen days, for that address alone."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bonus.adapters.mail import is_address
from bonus.audit.service import Actor, record
from bonus.calendar import civil_date, format_date
from bonus.companies.models import Company
from bonus.companies.proof import require_proven
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import SECRET, NewMail, post_mail
from bonus.money import NBSP
from bonus.parts import public_url
from bonus.regulation.wording import french

from .acting import locked_as_owner, person_acting
from .models import COMPANY_ROLES, CompanyMember, Invitation, Person
from .service import actor_of, hash_password
from .team import ROLE_WORDS, check_role

LASTS = timedelta(days=14)
MOST_OPEN = 50
MOST_SENT = 5
"""Times one invitation is sent: nobody's box is filled from here."""
MOST_NAME = 120


def invite(company_id: int, email: str, role: str, actor: Actor, now: datetime) -> Invitation:
    """Ask the owner of an address to join, by a link sent there. One that expired is taken up again.

    Raises InvalidInput (address, role, already there, already asked), Forbidden, Refusal for a company not proven.
    """
    email = email.strip().lower()
    if not is_address(email):
        raise InvalidInput(
            "invitation.wrong_address",
            "Écrivez une adresse électronique, par exemple prenom.nom@entreprise.fr.",
            field="email",
        )
    check_role(role)
    company = locked_as_owner(company_id, actor)
    require_proven(company)
    there = (
        select(CompanyMember.id)
        .join(CompanyMember.person)
        .where(CompanyMember.company_id == company_id, Person.email == email)
    )
    if db.session.scalars(there).first() is not None:
        raise InvalidInput(
            "invitation.already_there", "Cette personne est déjà dans l’équipe.", field="email"
        )
    opened = open_invitations(company_id)
    former = next((one for one in opened if one.email == email), None)
    if former is not None and now < former.expires_at:
        raise InvalidInput(
            "invitation.already_sent",
            f"Une invitation est déjà partie à cette adresse{NBSP}: renvoyez-la, ou annulez-la.",
            field="email",
        )
    if former is None and len(opened) >= MOST_OPEN:
        raise InvalidInput(
            "invitation.too_many",
            f"{MOST_OPEN} invitations attendent déjà une réponse{NBSP}: annulez-en, puis recommencez.",
            field="email",
        )
    invitation = former or Invitation(company_id=company_id, company=company, email=email, times_sent=0)
    invitation.role, invitation.invited_by_id = role, person_acting(actor)
    _send(invitation, actor, now)
    record("team.invited", f"company:{company.siren}", actor, now, invitation=invitation.id, role=role)
    db.session.commit()
    return invitation


def send_again(company_id: int, invitation_id: int, actor: Actor, now: datetime) -> Invitation:
    """Send a new link, good for fourteen days more; the former one opens nothing any more.

    Raises NotFound, Forbidden, Refusal when it was sent too often.
    """
    company = locked_as_owner(company_id, actor)
    invitation = _own(company_id, invitation_id)
    if invitation.times_sent >= MOST_SENT:
        raise Refusal(
            "invitation.sent_too_often",
            f"Cette invitation est déjà partie {MOST_SENT} fois. Vérifiez l’adresse avec la personne, ou annulez "
            "l’invitation.",
        )
    invitation.invited_by_id = person_acting(actor)
    _send(invitation, actor, now)
    record("team.invited_again", f"company:{company.siren}", actor, now, invitation=invitation.id)
    db.session.commit()
    return invitation


def cancel_invitation(company_id: int, invitation_id: int, actor: Actor, now: datetime) -> None:
    """Take an invitation back: its link opens nothing any more. Raises NotFound, Forbidden."""
    company = locked_as_owner(company_id, actor)
    invitation = _own(company_id, invitation_id)
    invitation.cancelled_at = now
    record("team.invitation_cancelled", f"company:{company.siren}", actor, now, invitation=invitation.id)
    db.session.commit()


def open_invitations(company_id: int) -> Sequence[Invitation]:
    """Those neither accepted nor cancelled, expired ones too, the latest first."""
    return db.session.scalars(
        select(Invitation)
        .where(
            Invitation.company_id == company_id,
            Invitation.accepted_at.is_(None),
            Invitation.cancelled_at.is_(None),
        )
        .order_by(Invitation.sent_at.desc(), Invitation.id.desc())
    ).all()


def invitation_of(secret: str, now: datetime, *, lock: bool = False) -> Invitation:
    """The invitation a link opens. Raises NotFound for a link of none, and Refusal when it is over."""
    query = select(Invitation).where(Invitation.secret_sha256 == _digest(secret))
    if lock:
        query = query.with_for_update(of=Invitation).execution_options(populate_existing=True)
    invitation = db.session.scalars(query).one_or_none()
    if invitation is None:
        raise NotFound("invitation.unknown", "Ce lien d’invitation n’existe pas, ou un autre l’a remplacé.")
    if invitation.accepted_at is not None:
        raise Refusal(
            "invitation.used", "Cette invitation a déjà servi. Connectez-vous pour ouvrir votre espace."
        )
    if invitation.cancelled_at is not None:
        raise Refusal("invitation.cancelled", "Cette invitation a été annulée.")
    if now >= invitation.expires_at:
        raise Refusal(
            "invitation.expired",
            f"Cette invitation a expiré le {format_date(civil_date(invitation.expires_at))}. Demandez-en une autre à "
            "la personne qui vous a invité.",
        )
    return invitation


def account_of(invitation: Invitation) -> Person | None:
    """Who already has an account at the address invited."""
    return db.session.scalars(select(Person).where(Person.email == invitation.email)).one_or_none()


def accept(secret: str, person: Person, address: str | None, now: datetime) -> Company:
    """Join, for someone signed in with the address invited. Raises NotFound, Refusal (also for an agent of the State:
    who examines and pays acts for no company, art. 12)."""
    invitation = invitation_of(secret, now, lock=True)
    if person.email != invitation.email:
        raise Refusal(
            "invitation.other_address",
            f"Cette invitation est pour une autre adresse que la vôtre{NBSP}: déconnectez-vous, puis rouvrez le lien.",
        )
    if person.agent_roles:
        raise Refusal(
            "invitation.agent",
            f"Un compte d’agent de l’État n’agit pas pour une entreprise (art. 12){NBSP}: demandez une invitation à "
            "une autre adresse électronique.",
        )
    return _join(invitation, person, address, now)


def accept_as_newcomer(secret: str, name: str, password: str, address: str | None, now: datetime) -> Person:
    """Create the account of who was invited, and join. The link proves that the address is theirs.

    Raises InvalidInput (name, password), NotFound, Refusal when the link is over or the account exists.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= MOST_NAME:
        raise InvalidInput(
            "account.name", f"Indiquez votre nom, en {MOST_NAME} caractères au plus.", field="name"
        )
    password_hash = hash_password(password)  # before the lock: it takes its time
    invitation = invitation_of(secret, now, lock=True)
    exists = Refusal(
        "invitation.account_exists",
        f"Un compte existe déjà à cette adresse{NBSP}: connectez-vous pour accepter l’invitation.",
    )
    if account_of(invitation) is not None:
        raise exists
    person = Person(email=invitation.email, name=name, password_hash=password_hash, created_at=now)
    db.session.add(person)
    try:
        db.session.flush()
    except IntegrityError:  # another company's invitation, accepted at the same moment
        db.session.rollback()
        raise exists from None
    _join(invitation, person, address, now)
    return person


def _join(invitation: Invitation, person: Person, address: str | None, now: datetime) -> Company:
    there = db.session.scalar(
        select(func.count())
        .select_from(CompanyMember)
        .where(CompanyMember.company_id == invitation.company_id, CompanyMember.person_id == person.id)
    )
    if not there:
        person.memberships.append(CompanyMember(company_id=invitation.company_id, role=invitation.role))
    invitation.accepted_at = now
    company = invitation.company
    db.session.flush()
    record(
        "team.joined",
        f"company:{company.siren}",
        actor_of(person, address),
        now,
        invitation=invitation.id,
        role=invitation.role,
    )
    db.session.commit()
    return company


def _own(company_id: int, invitation_id: int) -> Invitation:
    found = next((one for one in open_invitations(company_id) if one.id == invitation_id), None)
    if found is None:
        raise NotFound("invitation.unknown", "Cette invitation n’attend plus de réponse.")
    return found


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _send(invitation: Invitation, actor: Actor, now: datetime) -> None:
    secret = secrets.token_urlsafe(32)
    invitation.secret_sha256 = _digest(secret)
    invitation.sent_at, invitation.expires_at = now, now + LASTS
    invitation.times_sent += 1
    db.session.add(invitation)
    db.session.flush()
    name = invitation.company.name
    role = f"Votre rôle : {COMPANY_ROLES[invitation.role].lower()}. {ROLE_WORDS[invitation.role]}"
    paragraphs = [
        "Bonjour,",
        f"{actor.name} vous invite à rejoindre l’espace de l’entreprise {name} sur le Bonus Souveraineté. {role}",
        f"Pour accepter, ouvrez ce lien : {public_url()}/invitation/{SECRET}",
        f"Il sert une fois, jusqu’au {format_date(civil_date(invitation.expires_at))}. Ne le transmettez à personne.",
    ]
    why = (
        f"Vous recevez ce message parce qu’un responsable de l’entreprise {name} a donné cette adresse. Vous ne "
        "connaissez pas cette entreprise ? Ne faites rien : sans réponse, l’invitation s’éteint."
    )
    post_mail(
        NewMail(
            key=f"invitation:{invitation.id}:{invitation.times_sent}",
            to=invitation.email,
            subject=french("Bonus Souveraineté : une invitation à rejoindre l’espace d’une entreprise"),
            text=french("\n\n".join(paragraphs)),
            why=french(why),
            secret=secret,
        ),
        now,
    )
