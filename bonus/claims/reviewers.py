"""Who examines a dossier, and writing to them that something came on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.accounts.models import AgentRole, Person
from bonus.adapters.mail import is_address
from bonus.extensions import db
from bonus.mail import NewMail, post_mail
from bonus.parts import public_url

from .change_models import StatusChange
from .examination import REVIEWER_ACTIONS
from .models import Claim
from .reviewer_words import WHY, reviewer_mail


def reviewer_of(claim: Claim) -> Person | None:
    """The reviewer who acted last on a dossier, while their account is open and the role still theirs."""
    found = db.session.scalars(
        select(Person)
        .join(StatusChange, StatusChange.person_id == Person.id)
        .where(StatusChange.claim_id == claim.id, StatusChange.action.in_(REVIEWER_ACTIONS))
        .order_by(StatusChange.id.desc())
        .limit(1)
    ).one_or_none()
    return found if found is not None and found.active and "reviewer" in found.roles else None


def open_reviewers() -> list[Person]:
    """Everyone who may examine dossiers today, by name."""
    query = (
        select(Person)
        .join(AgentRole, AgentRole.person_id == Person.id)
        .where(AgentRole.role == "reviewer", Person.active)
        .order_by(Person.name, Person.id)
    )
    return list(db.session.scalars(query))


def write_to_reviewer(claim: Claim, kind: str, about: str, now: datetime) -> None:
    """Write to who examines a dossier, in the caller's transaction; nobody when none has taken it up.

    ``kind`` is one of ``reviewer_words``; ``about`` names what came: of one there is one mail.
    """
    person = reviewer_of(claim)
    if person is None or not is_address(person.email):
        return
    url = f"{public_url()}/agent/dossiers/{claim.number}"
    subject, text = reviewer_mail(kind, str(claim.number), url)
    post_mail(NewMail(f"reviewer:{about}:{person.id}", person.email, subject, text, WHY), now)
