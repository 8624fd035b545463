"""The forms of a dossier's page, one for each act, filled with what was typed or proposed before."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from flask_wtf import FlaskForm

from bonus.claims.assessing import Assessment
from bonus.claims.cuts import latest_proposal
from bonus.claims.decision import shown
from bonus.claims.models import Claim
from bonus.claims.proposal_models import Proposal

from .desk_forms import MarkedForm
from .forms import ConcurrenceForm, DecisionForm, GroundedForm, ObjectionForm, ProposalForm, SendBackForm

F = TypeVar("F", bound=MarkedForm)


def act_forms(
    claim: Claim, submitted: FlaskForm | None, assessment: Assessment | None, today: date, mark: str
) -> dict[str, MarkedForm]:
    """By act; ``submitted``: the one that failed, shown again as it was; ``mark``: of what the page shows. A refusal
    sent back to the reviewer, or put before the officer, is there to be amended."""
    proposal, decision = _form(ProposalForm, submitted), _form(DecisionForm, submitted)
    concurrence = _form(ConcurrenceForm, submitted)
    refused = _refusal(claim)
    for form in (proposal, decision):
        form.offer(today)
        if refused is not None and form is not submitted:
            _fill(form, refused)
    if assessment is not None:
        decision.seen.data = concurrence.seen.data = shown(assessment)
    forms: dict[str, MarkedForm] = {
        "review": _form(MarkedForm, submitted),
        "propose": proposal,
        "decide": decision,
        "concur": concurrence,
        "object": _form(ObjectionForm, submitted),
        "send_back": _form(SendBackForm, submitted),
    }
    for name, form in forms.items():
        form.mark.data, form.mark.id = mark, f"mark-{name}"  # several stand on one page
    return forms


def _form(kind: type[F], submitted: FlaskForm | None) -> F:
    if type(submitted) is kind:
        return submitted
    blank: F = kind(formdata=None)
    return blank


def _refusal(claim: Claim) -> Proposal | None:
    """The last proposal of what is to be decided, when it was to refuse."""
    last = claim.proposals[-1] if claim.proposals else None
    stale = last is not None and claim.decision is not None and last.proposed_at <= claim.decision.decided_at
    return None if last is None or stale or last.outcome != "refuse" else latest_proposal(claim) or last


def _fill(form: GroundedForm, refused: Proposal) -> None:
    form.outcome.data, form.ground.data, form.reasons.data = "refuse", refused.ground, refused.reasons
