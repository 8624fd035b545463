"""The authorising officer's decision on a proposed dossier (arts. 11 and 12)."""

from __future__ import annotations

from datetime import datetime

from bonus.audit.service import Actor
from bonus.errors import Refusal
from bonus.extensions import db

from .assessing import Assessment, assess
from .changes import locked_claim
from .examination import REVIEWER_ACTIONS, require_reasons, require_separation
from .facts import canonical_sha256
from .models import Claim
from .replay import REFUSED_BY_OFFICER
from .sealing import Taken, applied, lock_undertaking, refused, require_no_open_holder, seal_decision
from .status import transition

OUTCOMES = frozenset({"apply", "refuse"})


def shown(assessment: Assessment) -> str:
    """A mark of what an officer sees: outcome, and each line's status, reason and bonus."""
    found = assessment.evaluated
    rows = [found.statuses, found.reasons, found.bonuses] if found else []
    return canonical_sha256({"outcome": assessment.outcome, "lines": rows})


def decide(
    claim_id: int, outcome: str, reasons: str, actor: Actor, now: datetime, *, seen: str | None = None
) -> Claim:
    """Decide a proposed dossier: ``apply`` the law as computed today, or ``refuse`` with reasons. One decided
    before, whose lines waited for their label, gets one more decision, on these lines alone (art. 11).

    ``seen`` is the mark (``shown``) of what the officer had on the screen: nobody signs another amount.
    When the credits are short the dossier joins the waiting list, and no right to payment is born (art. 10).
    Raises InvalidInput for a refusal without reasons, Forbidden under art. 12, Refusal for a wrong status or
    when a dossier filed before, still open, holds one of the invoices.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"not something an officer decides: {outcome!r}")
    claim = locked_claim(claim_id)
    transition(claim.status, "decide", actor.roles)  # another officer may have decided a moment ago
    require_separation(claim, actor, REVIEWER_ACTIONS)
    lock_undertaking(claim.company)
    assessment = assess(claim, now)
    if outcome == "refuse":
        result, reasons = refused(assessment, REFUSED_BY_OFFICER), require_reasons(reasons)
    else:
        require_no_open_holder(assessment)
        _require_as_seen(assessment, seen)
        result = applied(assessment)
    taken = Taken("officer", "decide", actor, proposed_by_id=claim.proposals[-1].reviewer_id)
    seal_decision(claim, assessment, result, taken, now, said=reasons, explained=outcome == "apply")
    db.session.commit()
    return claim


def _require_as_seen(assessment: Assessment, seen: str | None) -> None:
    if seen is not None and seen != shown(assessment):
        raise Refusal(
            "claim.changed_since_shown",
            "Le calcul a changé depuis l’affichage de la page : relisez le dossier, puis décidez.",
        )
