"""A filed dossier as a page shows it, to its company or to an agent: the lines that the address asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from bonus.claims.assessing import Assessment, assess
from bonus.claims.cuts import Cut
from bonus.claims.dossier_lines import DossierPage, dossier_page
from bonus.claims.models import Claim
from bonus.claims.outcomes import outcomes_of

from .access import now
from .assessment import AssessmentView, assessment_view

ATTENTION = "a-regarder"
UNMATCHED = "sans-solution"
"""What the address asks to see: the lines to be looked at; in a draft, those without a solution."""
MOST_SEARCHED = 100


@dataclass(frozen=True)
class Looked:
    """What the law gives (``assessment``; None when all is decided), the lines shown, and what of the address chose
    them (``where``)."""

    assessment: Assessment | None
    page: DossierPage
    view: AssessmentView
    where: dict[str, str]


def look_at(claim: Claim, cuts: Mapping[int, Cut] | None = None) -> Looked:
    """The lines of a dossier that the address asks for: ``recherche`` (an invoice's number), ``voir=a-regarder``,
    ``page``. ``cuts``: what a proposal takes away, for agents alone."""
    where = filters()
    assessment = None if claim.is_decided else assess(claim, now(), cuts=cuts)
    outcomes = outcomes_of(claim, assessment)
    page = dossier_page(
        claim,
        request.args.get("page", 1, type=int),
        outcomes.statuses,
        search=where.get("recherche", ""),
        attention_only="voir" in where,
    )
    return Looked(assessment, page, assessment_view(claim, assessment, page.lines, outcomes), where)


def filters() -> dict[str, str]:
    """What of the address chooses lines, as the next addresses must say it."""
    search = request.args.get("recherche", "").strip()[:MOST_SEARCHED]
    where = {"recherche": search} if search else {}
    return where | ({"voir": ATTENTION} if request.args.get("voir") == ATTENTION else {})
