"""The accounts of the State's agents, kept by administrators: never one's own, and one administrator always stays."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bonus.adapters.mail import is_address
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date, format_date
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import SECRET, NewMail, post_mail
from bonus.parts import factor_key, public_url
from bonus.regulation.wording import french

from .factor_models import SecondFactor
from .models import AGENT_ROLES, AgentRole, Person, new_session_stamp
from .second_factor import forget
from .service import actor_of, hash_password

LASTS = timedelta(days=3)
MOST_NAME = 120
MOST_SHOWN = 500
_OPENED = "Un administrateur vous ouvre le service Bonus Souveraineté."
_FORGOTTEN = "Un administrateur du Bonus Souveraineté vous envoie de quoi changer de mot de passe."
_RESET = (
    "Un administrateur du Bonus Souveraineté a réinitialisé votre double authentification. Votre ancien mot de passe "
    "ne sert plus. Vous n’avez rien demandé ? Prévenez-le tout de suite."
)


def agents() -> list[tuple[Person, bool]]:
    """Whoever holds a role of the State, or held one and was deactivated with it, by name; and whether their second
    factor is in place."""
    people = db.session.scalars(
        select(Person)
        .where(Person.id.in_(select(AgentRole.person_id)))
        .order_by(Person.name, Person.id)
        .limit(MOST_SHOWN)
    ).all()
    enrolled = set(
        db.session.scalars(select(SecondFactor.person_id).where(SecondFactor.confirmed_at.is_not(None)))
    )
    return [(person, person.id in enrolled) for person in people]


def agent(person_id: int) -> Person:
    """One of them. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None or not person.agent_roles:
        raise NotFound("agent.unknown", "Cet agent n’existe pas.")
    return person


def add_agent(email: str, name: str, roles: Collection[str], actor: Actor, now: datetime) -> Person:
    """Open an agent's account and send them the link by which they choose their password.

    Raises InvalidInput (address, name, roles, an account that exists), Forbidden.
    """
    _locked_administrators(actor)
    person = _new_agent(email, name, roles, now)
    _send_link(person, now, _OPENED)
    record("agent.added", f"person:{person.id}", actor, now, email=person.email, roles=sorted(roles))
    db.session.commit()
    return person


def add_first_administrator(email: str, name: str, now: datetime) -> str:
    """Open an administrator's account from the machine itself; the link by which they choose their password.

    Raises InvalidInput.
    """
    person = _new_agent(email, name, ("administrator",), now)
    record("agent.added", f"person:{person.id}", SERVICE, now, email=person.email, roles=["administrator"])
    db.session.commit()
    return f"{public_url()}/bienvenue/{link_for(person, now + LASTS)}"


def set_roles(person_id: int, roles: Collection[str], actor: Actor, now: datetime) -> None:
    """Give an agent these roles and no other. Raises InvalidInput, NotFound, Forbidden, Refusal."""
    person = _other(person_id, actor)
    _check_roles(roles)
    before = sorted(role.role for role in person.agent_roles)
    for role in [one for one in person.agent_roles if one.role not in roles]:
        person.agent_roles.remove(role)
        db.session.delete(role)
    person.agent_roles += [AgentRole(role=role) for role in sorted(set(roles) - set(before))]
    db.session.flush()
    record("agent.roles_changed", f"person:{person.id}", actor, now, before=before, after=sorted(roles))
    db.session.commit()


def set_active(person_id: int, *, active: bool, actor: Actor, now: datetime) -> None:
    """Let an agent's account sign in, or not any more: every session of it ends at once."""
    person = _other(person_id, actor)
    person.active, person.session_stamp = active, new_session_stamp()
    record("agent.activated" if active else "agent.deactivated", f"person:{person.id}", actor, now)
    db.session.commit()


def reset_factor(person_id: int, actor: Actor, now: datetime) -> None:
    """Take an agent's second factor, recovery codes and password away, end their sessions, and send them the link by
    which they choose another password: they then enrol anew.

    With the old password alone, whoever knows it could enrol a telephone of theirs first.
    """
    person = _other(person_id, actor)
    forget(person.id)
    person.password_hash, person.session_stamp = None, new_session_stamp()
    if person.active:
        _send_link(person, now, _RESET)
    record("agent.factor_reset", f"person:{person.id}", actor, now)
    db.session.commit()


def send_link(person_id: int, actor: Actor, now: datetime) -> None:
    """Send an agent a link by which they choose another password; the present one serves until then."""
    person = _other(person_id, actor)
    if not person.active:
        raise Refusal("agent.inactive", "Ce compte est désactivé : réactivez-le d’abord.")
    _send_link(person, now, _FORGOTTEN)
    record("agent.link_sent", f"person:{person.id}", actor, now)
    db.session.commit()


def owner_of_link(link: str, now: datetime) -> Person:
    """Whose link this is. Raises NotFound when it is none, has served, or is over."""
    unknown = NotFound(
        "agent.link_over",
        "Ce lien n’existe pas, a déjà servi, ou a expiré. Demandez-en un autre à un administrateur.",
    )
    number, _, rest = link.partition(".")
    expires = rest.partition(".")[0]
    # Nine digits: every number of a person, and none that the database cannot hold.
    if not all(part.isdecimal() and len(part) <= most for part, most in ((number, 9), (expires, 10))):
        raise unknown
    person = db.session.get(Person, int(number))
    if person is None or not person.active or not person.agent_roles:
        raise unknown
    end = datetime.fromtimestamp(int(expires), UTC)
    if now >= end or not hmac.compare_digest(link_for(person, end).encode(), link.encode()):
        raise unknown
    return person


def choose_password(link: str, password: str, address: str | None, now: datetime) -> Person:
    """Keep the password an agent chose; the link serves no more, and their sessions end.

    Raises InvalidInput (password), NotFound.
    """
    password_hash = hash_password(password)
    person_id = owner_of_link(link, now).id
    person = _locked(person_id)
    owner_of_link(link, now)  # looked at again under the lock: of two at once, one is taken
    person.password_hash, person.session_stamp = password_hash, new_session_stamp()
    record("agent.password_chosen", f"person:{person.id}", actor_of(person, address), now)
    db.session.commit()
    return person


def _new_agent(email: str, name: str, roles: Collection[str], now: datetime) -> Person:
    email, name = email.strip().lower(), " ".join(name.split())
    if not is_address(email) or len(email) > 254:
        raise InvalidInput("agent.wrong_address", "Écrivez une adresse électronique.", field="email")
    if not 0 < len(name) <= MOST_NAME:
        raise InvalidInput("agent.name", f"Indiquez un nom, en {MOST_NAME} caractères au plus.", field="name")
    _check_roles(roles)
    if db.session.scalars(select(Person.id).where(Person.email == email)).first() is not None:
        # A State agent's account acts for no company (art. 12): none is turned into one.
        raise InvalidInput("agent.exists", "Un compte existe déjà à cette adresse.", field="email")
    person = Person(email=email, name=name, created_at=now)
    person.agent_roles = [AgentRole(role=role) for role in sorted(set(roles))]
    db.session.add(person)
    db.session.flush()
    return person


def _check_roles(roles: Collection[str]) -> None:
    if not roles or set(roles) - AGENT_ROLES.keys():
        raise InvalidInput(
            "agent.roles",
            french("Choisissez au moins un rôle : sans rôle, désactivez le compte."),
            field="roles",
        )


def _other(person_id: int, actor: Actor) -> Person:
    """The agent, locked, for an administrator who is another: one always stays, since nobody removes themselves."""
    _locked_administrators(actor)
    if person_id == actor.person_id:
        raise Forbidden(
            "agent.oneself",
            "Vous ne pouvez pas changer votre propre compte : demandez à un autre administrateur.",
        )
    person = _locked(person_id)
    if not person.agent_roles:
        raise NotFound("agent.unknown", "Cet agent n’existe pas.")
    return person


def _locked(person_id: int) -> Person:
    person = db.session.scalars(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if person is None:
        raise NotFound("agent.unknown", "Cet agent n’existe pas.")
    return person


def _locked_administrators(actor: Actor) -> Sequence[Person]:
    """All administrators, locked in one order, so that two never remove each other. Raises Forbidden when who acts is
    one no more."""
    found = db.session.scalars(
        select(Person)
        .where(Person.id.in_(select(AgentRole.person_id).where(AgentRole.role == "administrator")))
        .order_by(Person.id)
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
    ).all()
    if actor.person_id not in {
        person.id for person in found if person.active and "administrator" in person.roles
    }:
        raise Forbidden("agent.administrator_needed", "Seul un administrateur peut faire cela.")
    return found


def link_for(person: Person, end: datetime) -> str:
    """A link that dies with the stamp of the person's sessions: once a password is chosen it opens nothing."""
    expires = int(end.timestamp())
    told = f"{person.id}.{expires}.{person.session_stamp}"
    digest = hmac.new(factor_key("agent link"), told.encode(), hashlib.sha256).digest()
    return f"{person.id}.{expires}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _send_link(person: Person, now: datetime, why: str) -> None:
    end = now + LASTS
    url = f"{public_url()}/bienvenue/{SECRET}"
    until = format_date(civil_date(end))
    phone = "À la connexion, votre téléphone donnera un code ; s’il n’est pas encore relié, vous le relierez alors."
    paragraphs = [
        "Bonjour,",
        f"{why} Choisissez votre mot de passe : {url}",
        f"Ce lien sert une fois, jusqu’au {until}. Ne le transmettez à personne. {phone}",
    ]
    post_mail(
        NewMail(
            key=f"agent:{person.id}:{int(now.timestamp())}",
            to=person.email,
            subject=french("Bonus Souveraineté : votre accès d’agent"),
            text=french("\n\n".join(paragraphs)),
            why=french(
                "Vous recevez ce message parce qu’un administrateur du service a donné cette adresse."
            ),
            secret=link_for(person, end),
        ),
        now,
    )
