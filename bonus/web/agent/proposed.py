"""The proposal to be decided, as the dossier's page shows it: what it takes away, who still has to read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bonus.audit.service import Actor
from bonus.calendar import civil_date
from bonus.claims.assessing import Assessment, assess
from bonus.claims.concurrence import awaits_concurrence
from bonus.claims.cuts import latest_proposal
from bonus.claims.examination import needs_concurrence
from bonus.claims.models import Claim
from bonus.claims.proposal_models import Proposal
from bonus.claims.role_models import ACCOUNTANT, OFFICER, REVIEWER
from bonus.claims.roles import other_role_of
from bonus.claims.status import allowed
from bonus.regulation import load_parameters
from bonus.regulation.wording import french

ACTS = ("review", "propose", "concur", "object", "decide", "send_back")


@dataclass(frozen=True)
class ProposedView:
    """``before_cents``: the bonus the law gives without the proposal's cuts; ``after_cents``: with what is proposed.
    ``concurrence``: whether its amount, above ``threshold_cents``, wants a second reviewer; ``awaited``: whether
    nobody has read it yet."""

    proposal: Proposal
    before_cents: int
    after_cents: int
    threshold_cents: int
    concurrence: bool
    awaited: bool


def proposed_view(claim: Claim, assessment: Assessment | None, now: datetime) -> ProposedView | None:
    """The proposal to be decided; None when there is none. ``assessment``: the law with its cuts."""
    proposal = latest_proposal(claim)
    if proposal is None or assessment is None:
        return None
    before = assess(claim, now).bonus_cents if assessment.examination else assessment.bonus_cents
    day = civil_date(now)
    return ProposedView(
        proposal=proposal,
        before_cents=before,
        after_cents=0 if proposal.outcome == "refuse" else assessment.bonus_cents,
        threshold_cents=load_parameters().integer("examination.concurrence_threshold", day),
        concurrence=proposal.second_reading or needs_concurrence(before, day),
        awaited=awaits_concurrence(claim, before, now),
    )


@dataclass(frozen=True)
class Acts:
    """What a person ``may`` do to a dossier; ``kept_out``: one sentence on what their role would let them do and art.
    12 does not, and who may; empty when nothing is kept from them."""

    may: set[str]
    kept_out: str = ""


def acts_of(claim: Claim, proposed: ProposedView | None, actor: Actor, *, asks: bool = False) -> Acts:
    """What this person may do to a dossier: by the status table, before the officer the second reviewer, and in one
    role alone (art. 12). ``asks``: whether documents may be asked for now."""
    may = {action for action in ACTS if allowed(claim.status, action, actor.roles)}
    if asks and allowed(claim.status, "ask", actor.roles):
        may.add("ask")
    may = _in_turn(may, proposed, actor)
    acted = other_role_of(claim, actor)
    left = {action for action in may if acted in (None, _ROLE_OF[action])}
    return Acts(left, "" if left == may else _kept_out(acted, may - left))


_ROLE_OF = dict.fromkeys(("review", "ask", "propose", "concur", "object"), REVIEWER) | dict.fromkeys(
    ("decide", "send_back"), OFFICER
)
_WHY = {
    REVIEWER: "Vous avez instruit ce dossier",
    OFFICER: "Vous avez agi sur ce dossier comme ordonnateur",
    ACCOUNTANT: "Vous avez agi sur ce dossier comme agent comptable",
    "company": "Vous faites partie de l’entreprise de ce dossier",
}


def _kept_out(acted: str | None, kept: set[str]) -> str:
    decides = any(_ROLE_OF[action] == OFFICER for action in kept)
    who = (
        "un ordonnateur qui n’y est pas intervenu le décide" if decides else "un autre instructeur l’examine"
    )
    return french(f"{_WHY[str(acted)]} : {who} (art. 12).")


def _in_turn(may: set[str], proposed: ProposedView | None, actor: Actor) -> set[str]:
    if proposed is None or not proposed.awaited or actor.person_id == proposed.proposal.reviewer_id:
        may -= {"concur", "object"}
    if proposed is not None and proposed.awaited:
        may -= {"decide"}
    return may
