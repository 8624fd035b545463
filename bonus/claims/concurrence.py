"""The second reviewer: above a threshold, someone else agrees with the proposal, or sends it back (art. 12)."""

from __future__ import annotations

from datetime import datetime

from bonus.audit.service import Actor, record
from bonus.errors import Forbidden, Refusal
from bonus.extensions import db

from .assessing import assess
from .changes import change_status, locked_claim
from .cuts import cuts_of
from .decision import require_as_seen
from .examination import OFFICER_ACTIONS, require_reasons, require_separation, unread
from .models import Claim
from .proposal_models import Proposal
from .status import transition


def concur(claim_id: int, actor: Actor, now: datetime, *, seen: str | None = None) -> Proposal:
    """A second reviewer agrees with the proposal to be decided. Another proposal will want another concurrence.

    ``seen``: the mark (``decision.shown``) of what was on the screen. Raises Forbidden for the proposer and under art.
    12, Refusal for a wrong status, below the threshold, when it was done, or when the computation changed.
    """
    claim, proposal = _second_reading(claim_id, "concur", actor, now)
    require_as_seen(assess(claim, now, cuts=cuts_of(claim)), seen)
    proposal.concurred_by_id, proposal.concurred_at = actor.person_id, now
    change_status(claim, "concur", actor, now)
    record("claim.concurred", f"claim:{claim.number}", actor, now, proposal=proposal.id)
    db.session.commit()
    return proposal


def object_to(claim_id: int, reasons: str, actor: Actor, now: datetime) -> None:
    """A second reviewer does not agree, and sends the proposal back, saying why. Raises what ``concur`` raises, and
    InvalidInput for reasons that say too little."""
    claim, proposal = _second_reading(claim_id, "object", actor, now)
    reasons = require_reasons(reasons)
    change_status(claim, "object", actor, now, reason=reasons)
    record("claim.objected", f"claim:{claim.number}", actor, now, proposal=proposal.id, reasons=reasons)
    db.session.commit()


def awaits_concurrence(claim: Claim, bonus_cents: int, now: datetime) -> bool:
    """Whether a second reviewer is still to read the proposal; ``bonus_cents``: what the law gives before any cut."""
    return (
        claim.status == "proposed" and bool(claim.proposals) and unread(claim.proposals[-1], bonus_cents, now)
    )


def _second_reading(claim_id: int, action: str, actor: Actor, now: datetime) -> tuple[Claim, Proposal]:
    claim = locked_claim(claim_id)
    transition(claim.status, action, actor.roles)
    require_separation(claim, actor, OFFICER_ACTIONS)
    proposal = claim.proposals[-1]
    if actor.person_id == proposal.reviewer_id:
        raise Forbidden(
            "claim.own_proposal",
            "C’est votre proposition : un autre instructeur doit la relire (art. 12).",
        )
    if proposal.concurred_by_id is not None:
        raise Refusal(
            "claim.already_concurred",
            "Un second instructeur a déjà confirmé cette proposition : l’ordonnateur peut décider.",
        )
    if not awaits_concurrence(claim, assess(claim, now).bonus_cents, now):
        raise Refusal(
            "claim.no_concurrence_needed",
            "Pour ce montant, aucun second instructeur n’a à confirmer la proposition : l’ordonnateur peut décider.",
        )
    return claim, proposal
