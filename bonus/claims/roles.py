"""Separation of duties (art. 12): each person acts on a dossier in one of the State's roles, and no other.

``take_role`` notes it with the act, in its transaction; the key of ``claim_roles`` refuses a second role even where
nobody asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bonus.accounts.models import CompanyMember
from bonus.audit.service import Actor
from bonus.bulk import chunks
from bonus.errors import Forbidden
from bonus.extensions import db
from bonus.regulation.wording import french

from .models import Claim
from .role_models import ClaimRole

SAME_PERSON = french(
    "Vous êtes déjà intervenu sur ce dossier à un autre titre : une autre personne doit le faire (art. 12)."
)


def same_person() -> Forbidden:
    """What someone is told who already acted on a dossier in another role."""
    return Forbidden("claim.same_person", SAME_PERSON)


def role_of(claim_id: int, person_id: int | None) -> str | None:
    """The role in which someone acted on a dossier; None when they did not."""
    query = select(ClaimRole.role).where(ClaimRole.claim_id == claim_id, ClaimRole.person_id == person_id)
    return db.session.scalars(query).one_or_none()


def require_only_role(claim: Claim, actor: Actor, role: str) -> None:
    """Raise Forbidden when this person acted on the dossier in another role, or belongs to its company."""
    if other_role_of(claim, actor) not in (None, role):
        raise same_person()


def other_role_of(claim: Claim, actor: Actor) -> str | None:
    """Why the acts of some role are not this person's on a dossier: the role they acted in, or ``company`` when they
    belong to its company; None when nothing keeps them out."""
    member = select(CompanyMember.id).where(
        CompanyMember.company_id == claim.company_id, CompanyMember.person_id == actor.person_id
    )
    if db.session.scalars(member.limit(1)).first() is not None:
        return "company"
    return role_of(claim.id, actor.person_id)


def take_role(claim_id: int, person_id: int, role: str, now: datetime) -> None:
    """Note, in the caller's transaction, that someone acts on a dossier in a role. Raises Forbidden when they acted in
    another one before."""
    take_roles([(claim_id, person_id)], role, now)
    if role_of(claim_id, person_id) != role:
        raise same_person()


def take_roles(acts: Iterable[tuple[int, int]], role: str, now: datetime) -> None:
    """The same of many acts, (dossier's id, person's id) each, when the caller has checked who acted before: a role
    that someone has already is left as it is."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(ClaimRole).on_conflict_do_nothing()
    rows = [{"claim_id": claim, "person_id": person, "role": role, "since": now} for claim, person in acts]
    for some in chunks(rows):
        db.session.execute(statement, list(some))


def acted_otherwise(claim_ids: Sequence[int], person_id: int | None, role: str) -> set[int]:
    """Of these dossiers, those on which someone acted in another role than this one."""
    return {
        claim_id
        for some in chunks(claim_ids)
        for claim_id in db.session.scalars(
            select(ClaimRole.claim_id).where(
                ClaimRole.claim_id.in_(some), ClaimRole.person_id == person_id, ClaimRole.role != role
            )
        )
    }
