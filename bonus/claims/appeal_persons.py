"""Who may act on an appeal: someone who did nothing on its dossier before, in one of the State's roles (art. 12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.accounts.models import CompanyMember
from bonus.audit.service import Actor
from bonus.errors import Forbidden
from bonus.extensions import db

from .appeal_models import Appeal, AppealChange
from .change_models import StatusChange
from .models import Claim
from .proposal_models import Proposal
from .roles import require_only_role, role_of, take_role


def is_someone_else(appeal: Appeal, person_id: int | None) -> bool:
    """Whether a person did nothing on the dossier, nor on another appeal of it, and is nobody of its company. What they
    did on this very appeal is none of that: its examiner goes on with it."""
    claim: Claim = appeal.claim
    if person_id in (appeal.first_proposer_id, appeal.first_officer_id):
        return False
    own = select(AppealChange.id).where(AppealChange.person_id == person_id)
    acts = (
        select(StatusChange.id).where(StatusChange.claim_id == claim.id, StatusChange.person_id == person_id),
        select(Proposal.id).where(Proposal.claim_id == claim.id, Proposal.reviewer_id == person_id),
        select(CompanyMember.id).where(
            CompanyMember.company_id == claim.company_id, CompanyMember.person_id == person_id
        ),
        own.join(Appeal, AppealChange.appeal_id == Appeal.id).where(
            Appeal.claim_id == claim.id, Appeal.id != appeal.id
        ),
    )
    if any(db.session.scalars(act.limit(1)).first() for act in acts):
        return False
    # Whoever paid it, gave its reasons or proposed to take it back has a role on it, and no step of its status.
    acted = role_of(claim.id, person_id) is not None
    return (
        not acted
        or db.session.scalars(own.where(AppealChange.appeal_id == appeal.id).limit(1)).first() is not None
    )


def require_someone_else(appeal: Appeal, actor: Actor, role: str) -> None:
    """Raise Forbidden for whoever acted on the dossier before (``is_someone_else``), or acts on it in another role
    than this one (art. 12)."""
    if not is_someone_else(appeal, actor.person_id):
        raise Forbidden(
            "appeal.same_person",
            "Vous êtes déjà intervenu sur ce dossier : un recours est examiné et décidé par d’autres personnes "
            "(art. 11 et 12).",
        )
    require_only_role(appeal.claim, actor, role)


def acts_on(appeal: Appeal, actor: Actor, role: str, now: datetime) -> None:
    """Note, in the caller's transaction, that someone acts on an appeal's dossier in a role. The appeal is written
    first: the database looks there at who acted before."""
    assert actor.person_id is not None  # a role is a person's
    db.session.flush()
    take_role(appeal.claim_id, actor.person_id, role, now)
