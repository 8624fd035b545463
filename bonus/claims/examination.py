"""What reviewer and authorising officer do with a filed dossier, short of deciding it (art. 12)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from bonus.audit.service import Actor, record
from bonus.calendar import civil_date
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.regulation import REFUSE, Ground, grounds_on, load_parameters

from .assessing import assess
from .change_models import StatusChange
from .changes import change_status, locked_claim
from .line_proposals import LineProposal, cuts_proposed, trace_of
from .models import Claim, Invoice
from .proposal_models import LEAST_FACTS, Proposal, ProposalCut
from .role_models import OFFICER, REVIEWER
from .roles import require_only_role
from .unseen import plain_words

MINIMUM_REASONS_LENGTH = LEAST_FACTS
REVIEWER_ACTIONS = frozenset({"review", "ask", "propose"})
OFFICER_ACTIONS = frozenset({"send_back", "decide"})
SENT_TWICE = timedelta(minutes=1)
OUTCOMES = frozenset({"apply", "refuse"})


def require_reasons(reasons: str) -> str:
    """The reasons, trimmed. Raises InvalidInput when they say too little to be reasons in law and in fact, or hold what
    their reader would not see."""
    reasons = plain_words(reasons, "reasons")
    if len(reasons) < MINIMUM_REASONS_LENGTH:
        raise InvalidInput(
            "claim.reasons_missing",
            "Un refus doit être motivé en droit et en fait (art. 11) : indiquez ce qui ne va pas "
            "et l’article appliqué.",
            field="reasons",
        )
    return reasons


def require_ground(code: str, day: date) -> Ground:
    """The ground of the regulation on which a whole dossier may be refused on a day. Raises InvalidInput when it is
    none of them: a refusal says the law it applies (art. 11)."""
    found = next((one for one in grounds_on(day, load_parameters(), REFUSE) if one.code == code), None)
    if found is None:
        raise InvalidInput(
            "claim.ground_missing",
            "Choisissez dans la liste le motif du refus : il dit l’article appliqué (art. 11).",
            field="ground",
        )
    return found


def require_separation(claim: Claim, actor: Actor, other_role_actions: frozenset[str]) -> None:
    """Raise Forbidden when this person already acted on the dossier in another of the State's roles (art. 12).
    ``other_role_actions``: what those do whose part is not the actor's."""
    require_only_role(claim, actor, REVIEWER if other_role_actions & OFFICER_ACTIONS else OFFICER)


def needs_concurrence(bonus_cents: int, day: date) -> bool:
    """Whether a proposal on a dossier for which the law gives this bonus, in cents, before any cut, wants a second
    reviewer on that day: above the threshold, not at it (art. 12)."""
    return bonus_cents > load_parameters().integer("examination.concurrence_threshold", day)


def unread(proposal: Proposal, bonus_cents: int, now: datetime) -> bool:
    """Whether a second reviewer is still to read a proposal: he was asked to, or its bonus before any cut is above the
    threshold today."""
    asked = proposal.second_reading or needs_concurrence(bonus_cents, civil_date(now))
    return asked and proposal.concurred_by_id is None


def read_twice(claims: Collection[Claim], now: datetime) -> set[int]:
    """The ids of those dossiers whose proposal a second reviewer is to read, by what the law gives them now.

    No bonus is above what was paid: only where that is above the threshold is the law applied.
    """
    day = civil_date(now)
    paid = (
        select(Invoice.claim_id)
        .where(Invoice.claim_id.in_([claim.id for claim in claims]), Invoice.is_credit_note.is_(False))
        .group_by(Invoice.claim_id)
        .having(
            func.sum(Invoice.gross_cents)
            > load_parameters().integer("examination.concurrence_threshold", day)
        )
    )
    large = set(db.session.scalars(paid))
    return {
        claim.id
        for claim in claims
        if claim.id in large and needs_concurrence(assess(claim, now).bonus_cents, day)
    }


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


def propose(
    claim_id: int,
    outcome: str,
    reasons: str,
    actor: Actor,
    now: datetime,
    *,
    ground: str = "",
    lines: Sequence[LineProposal] = (),
) -> Proposal:
    """Propose to apply the law as computed (``apply``), but for what is said of some ``lines``; or to refuse all of it
    (``refuse``) on a ``ground`` of the regulation, with the facts in ``reasons``.

    Raises InvalidInput for a refusal or a reduction without its ground and its facts, or that the line does not allow;
    Forbidden under art. 12; Refusal for a wrong status.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"not something a reviewer proposes: {outcome!r}")
    claim = locked_claim(claim_id)
    require_separation(claim, actor, OFFICER_ACTIONS)
    reasons = require_reasons(reasons) if outcome == "refuse" else plain_words(reasons, "reasons")
    chosen = require_ground(ground, civil_date(now)) if outcome == "refuse" else None
    cuts = cuts_proposed(claim, lines, now) if outcome == "apply" else []
    twice = claim.id in read_twice([claim], now)
    proposal = propose_locked(claim, outcome, reasons, actor, now, ground=chosen, cuts=cuts, twice=twice)
    record("claim.proposed", f"claim:{claim.number}", actor, now, **proposed_facts(proposal))
    db.session.commit()
    return proposal


def propose_locked(
    claim: Claim,
    outcome: str,
    reasons: str,
    actor: Actor,
    now: datetime,
    *,
    ground: Ground | None = None,
    cuts: Sequence[ProposalCut] = (),
    twice: bool,
) -> Proposal:
    """Write a proposal that was checked, on a locked dossier, in the caller's transaction; the entry in the log
    (``proposed_facts``) is the caller's too. ``twice``: a second reviewer is to read it (``read_twice``)."""
    change_status(claim, "propose", actor, now, reason=reasons or None)
    proposal = Proposal(
        claim_id=claim.id,
        reviewer_id=actor.person_id,
        proposed_at=now,
        outcome=outcome,
        reasons=reasons,
        ground=ground.code if ground else None,
        ground_article=ground.article if ground else None,
        ground_wording=ground.wording if ground else None,
        cuts=list(cuts),
        second_reading=twice,
    )
    db.session.add(proposal)
    return proposal


def proposed_facts(proposal: Proposal) -> dict[str, Any]:
    """What the log says of a proposal."""
    said = {"ground": proposal.ground} if proposal.ground else {}
    return {
        "outcome": proposal.outcome,
        "reasons": proposal.reasons,
        **said,
        **trace_of(proposal.cuts),
    }


def send_back(claim_id: int, reasons: str, actor: Actor, now: datetime) -> None:
    """The authorising officer sends a proposal back, saying why."""
    claim = locked_claim(claim_id)
    require_separation(claim, actor, REVIEWER_ACTIONS)
    reasons = require_reasons(reasons)
    change_status(claim, "send_back", actor, now, reason=reasons)
    record("claim.sent_back", f"claim:{claim.number}", actor, now, reasons=reasons)
    db.session.commit()
