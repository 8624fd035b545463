"""The authorising officer's decision on a proposed dossier (arts. 11 and 12)."""

from __future__ import annotations

from datetime import datetime

from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date
from bonus.companies.links import lock_undertaking
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.register.reading import read_before_grant
from bonus.regulation.wording import french

from .assessing import Assessment, assess
from .changes import locked_claim
from .cuts import cuts_of
from .examination import (
    OUTCOMES,
    REVIEWER_ACTIONS,
    require_ground,
    require_reasons,
    require_separation,
    unread,
)
from .facts import canonical_sha256
from .holders import lock_invoices
from .models import Claim
from .proposal_models import Proposal
from .replay import REFUSED_BY_OFFICER
from .sealing import Taken, applied, refused, require_no_open_holder, seal_decision
from .status import transition


def shown(assessment: Assessment) -> str:
    """A mark of what an officer sees: outcome, each line's status, reason and bonus, and what the examiner takes away,
    with his words."""
    found = assessment.evaluated
    rows = [found.statuses, found.reasons, found.bonuses] if found else []
    cuts = {"examination": assessment.examination} if assessment.examination else {}
    return canonical_sha256({"outcome": assessment.outcome, "lines": rows} | cuts)


def decide(
    claim_id: int,
    outcome: str,
    reasons: str,
    actor: Actor,
    now: datetime,
    *,
    seen: str | None = None,
    ground: str = "",
) -> Claim:
    """Decide a proposed dossier: ``apply`` the law as computed today, less what the proposal takes from some lines, or
    ``refuse`` all of it on a ``ground`` of the regulation (by default, the proposal's own), with the facts in
    ``reasons``. One decided before, whose lines waited for their label, gets one more decision, on these lines alone
    (art. 11).

    ``seen`` is the mark (``shown``) of what the officer had on the screen: nobody signs another amount.
    When the credits are short the dossier joins the waiting list, and no right to payment is born (art. 10).
    Raises InvalidInput for a refusal without ground or facts, Forbidden under art. 12, Refusal for a wrong status,
    while a second reviewer has not concurred, when a dossier filed before, still open, holds one of the invoices, or
    while the central register cannot be read (art. 7).
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"not something an officer decides: {outcome!r}")
    reading = read_before_grant(claim_id, now) if outcome == "apply" else None
    claim = locked_claim(claim_id)
    transition(claim.status, "decide", actor.roles)  # another officer may have decided a moment ago
    require_separation(claim, actor, REVIEWER_ACTIONS)
    lock_undertaking(claim.company)
    lock_invoices(claim.id)
    proposal = claim.proposals[-1]
    assessment = assess(claim, now)
    _require_concurrence(proposal, assessment, now)
    if outcome == "refuse":
        reasons = require_reasons(reasons)
        result, reasons = refused(assessment, REFUSED_BY_OFFICER), _in_law(ground, proposal, reasons, now)
    else:
        if cuts := cuts_of(claim):
            assessment = assess(claim, now, cuts=cuts)
        require_no_open_holder(assessment)
        require_as_seen(assessment, seen)
        result = applied(assessment)
    taken = Taken("officer", "decide", actor, proposed_by_id=proposal.reviewer_id, reading=reading)
    seal_decision(claim, assessment, result, taken, now, said=reasons, explained=outcome == "apply")
    db.session.commit()
    return claim


def require_as_seen(assessment: Assessment, seen: str | None) -> None:
    """Raise Refusal when what the law gives is no longer what someone had on the screen (``shown``)."""
    if seen is not None and seen != shown(assessment):
        raise Refusal(
            "claim.changed_since_shown",
            "Le calcul a changé depuis l’affichage de la page : relisez le dossier, puis décidez.",
        )


def _in_law(ground: str, proposal: Proposal, reasons: str, now: datetime) -> str:
    """The reasons of a refusal in law, then in fact: on the ground chosen, or on the one proposed, as it was worded
    then."""
    wording, article = proposal.ground_wording, proposal.ground_article
    if proposal.ground is None or ground not in ("", proposal.ground):
        chosen = require_ground(ground, civil_date(now))
        wording, article = chosen.wording, chosen.article
    return french(f"{wording} ({article}). En fait : {reasons}")


def _require_concurrence(proposal: Proposal, assessment: Assessment, now: datetime) -> None:
    if unread(proposal, assessment.bonus_cents, now):
        if not proposal.second_reading:
            # Proposed below the threshold, and above it today: it goes to the second reviewers' queue.
            proposal.second_reading = True
            number, cents = proposal.claim.number, assessment.bonus_cents
            record("claim.second_reading", f"claim:{number}", SERVICE, now, bonus_cents=cents)
            db.session.commit()
        raise Refusal(
            "claim.concurrence_missing",
            "Pour ce montant, un second instructeur doit d’abord confirmer la proposition (art. 12).",
        )
