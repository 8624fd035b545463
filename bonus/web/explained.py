"""How a dossier was computed, gathered for the one template that agents and companies read (CRPA R311-3-1-2)."""

from __future__ import annotations

from dataclasses import dataclass

from bonus.claims.assessing import Assessment
from bonus.claims.dossier_lines import dossier_page
from bonus.claims.explanation import MOST_LINES, Explanation, explanation_of
from bonus.claims.models import Claim
from bonus.claims.outcomes import outcomes_of

from .assessment import AssessmentView, assessment_view


@dataclass(frozen=True)
class Explained:
    """The explanation, and the operations line by line: of a large dossier, of its first lines."""

    explanation: Explanation
    view: AssessmentView


def explained(claim: Claim, assessment: Assessment | None) -> Explained:
    """Explain a dossier's decisions, or its estimate (``assessment``)."""
    outcomes = outcomes_of(claim, assessment)
    lines = [line for line in dossier_page(claim, 1, outcomes.statuses).lines if line.id in outcomes.statuses]
    lines = lines[:MOST_LINES]
    return Explained(
        explanation_of(claim, assessment, outcomes, [line.id for line in lines]),
        assessment_view(claim, assessment, lines, outcomes),
    )
