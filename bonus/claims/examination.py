"""What reviewer and authorising officer do with a filed dossier, short of deciding it (art. 12)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from bonus.accounts.models import CompanyMember
from bonus.audit.service import Actor, record
from bonus.errors import Forbidden, InvalidInput
from bonus.extensions import db

from .change_models import StatusChange
from .changes import change_status, locked_claim
from .models import Claim
from .proposal_models import Proposal

MINIMUM_REASONS_LENGTH = 20
REVIEWER_ACTIONS = frozenset({"review", "ask", "propose"})
OFFICER_ACTIONS = frozenset({"send_back", "decide"})
SENT_TWICE = timedelta(minutes=1)


def require_reasons(reasons: str) -> str:
    """The reasons, trimmed. Raises InvalidInput when they say too little to be reasons in law and in fact."""
    reasons = reasons.strip()
    if len(reasons) < MINIMUM_REASONS_LENGTH:
        raise InvalidInput(
            "claim.reasons_missing",
            "Un refus doit être motivé en droit et en fait (art. 11) : indiquez ce qui ne va pas "
            "et l’article appliqué.",
            field="reasons",
        )
    return reasons


def require_separation(claim: Claim, actor: Actor, other_role_actions: frozenset[str]) -> None:
    """Raise Forbidden when this person already acted on the dossier in another of the State's roles (art. 12)."""
    acted = db.session.scalars(
        select(StatusChange.id)
        .where(
            StatusChange.claim_id == claim.id,
            StatusChange.person_id == actor.person_id,
            StatusChange.action.in_(other_role_actions),
        )
        .limit(1)
    ).first()
    member = any(membership.person_id == actor.person_id for membership in _members(claim))
    if acted is not None or member:
        raise same_person()


def same_person() -> Forbidden:
    """What someone is told who acted on a dossier in another role, or belongs to its company."""
    return Forbidden(
        "claim.same_person",
        "Vous êtes déjà intervenu sur ce dossier à un autre titre : une autre personne doit le faire (art. 12).",
    )


def _members(claim: Claim) -> Iterable[CompanyMember]:
    return db.session.scalars(select(CompanyMember).where(CompanyMember.company_id == claim.company_id))


def done_just_now(claim_id: int, action: str, actor: Actor, now: datetime) -> bool:
    """Whether this person's own act is the last thing that happened to a dossier, a moment ago: a form sent twice by
    one double click is told what the first did, not that it is too late."""
    last = db.session.scalars(
        select(StatusChange)
        .where(StatusChange.claim_id == claim_id)
        .order_by(StatusChange.id.desc())
        .limit(1)
    ).first()
    return (
        last is not None
        and (last.action, last.person_id) == (action, actor.person_id)
        and now - last.at <= SENT_TWICE
    )


def start_review(claim_id: int, actor: Actor, now: datetime) -> None:
    """A reviewer takes a filed dossier up."""
    claim = locked_claim(claim_id)
    require_separation(claim, actor, OFFICER_ACTIONS)
    change_status(claim, "review", actor, now)
    record("claim.reviewed", f"claim:{claim.number}", actor, now)
    db.session.commit()


def propose(claim_id: int, outcome: str, reasons: str, actor: Actor, now: datetime) -> Proposal:
    """Propose to apply the law as computed (``apply``) or to refuse, with reasons (``refuse``).

    Raises InvalidInput for a refusal without reasons, Forbidden under art. 12, Refusal for a wrong status.
    """
    claim = locked_claim(claim_id)
    require_separation(claim, actor, OFFICER_ACTIONS)
    if outcome == "refuse":
        reasons = require_reasons(reasons)
    proposal = propose_locked(claim, outcome, reasons, actor, now)
    record("claim.proposed", f"claim:{claim.number}", actor, now, outcome=outcome, reasons=reasons)
    db.session.commit()
    return proposal


def propose_locked(claim: Claim, outcome: str, reasons: str, actor: Actor, now: datetime) -> Proposal:
    """Write a proposal that was checked, on a locked dossier, in the caller's transaction; the entry in the log is the
    caller's too."""
    change_status(claim, "propose", actor, now, reason=reasons or None)
    proposal = Proposal(
        claim_id=claim.id,
        reviewer_id=actor.person_id,
        proposed_at=now,
        outcome=outcome,
        reasons=reasons.strip(),
    )
    db.session.add(proposal)
    return proposal


def send_back(claim_id: int, reasons: str, actor: Actor, now: datetime) -> None:
    """The authorising officer sends a proposal back, saying why."""
    claim = locked_claim(claim_id)
    require_separation(claim, actor, REVIEWER_ACTIONS)
    reasons = require_reasons(reasons)
    change_status(claim, "send_back", actor, now, reason=reasons)
    record("claim.sent_back", f"claim:{claim.number}", actor, now, reasons=reasons)
    db.session.commit()
