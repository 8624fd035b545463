"""What forbids an act on many dossiers, found in a few queries for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from bonus.accounts.models import CompanyMember
from bonus.audit.service import Actor
from bonus.claims.models import Claim
from bonus.claims.role_models import REVIEWER
from bonus.claims.roles import acted_otherwise, same_person
from bonus.claims.status import transition
from bonus.errors import Refusal
from bonus.extensions import db


def refusals_of(claims: Sequence[Claim], action: str, actor: Actor) -> dict[int, Refusal]:
    """The dossiers whose status does not allow an action of a reviewer, or on which this person acted in another of
    the State's roles, or whose company is theirs (art. 12): by id, with what a single act would have said."""
    found: dict[int, Refusal] = {}
    kept_out = barred(claims, actor)
    for claim in claims:
        try:
            transition(claim.status, action, actor.roles)
        except Refusal as refusal:
            found[claim.id] = refusal
        else:
            if claim.id in kept_out:
                found[claim.id] = same_person()
    return found


def barred(claims: Sequence[Claim], actor: Actor) -> set[int]:
    """The dossiers that someone may not examine: they acted there in another role, or belong to the company."""
    own = set(
        db.session.scalars(select(CompanyMember.company_id).where(CompanyMember.person_id == actor.person_id))
    )
    otherwise = acted_otherwise([claim.id for claim in claims], actor.person_id, REVIEWER)
    return otherwise | {claim.id for claim in claims if claim.company_id in own}
