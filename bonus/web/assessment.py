"""What the law gives each line, shaped for templates: an estimate, or the sealed decision's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import select

from bonus.claims.assessing import Assessment
from bonus.claims.cuts import EXAMINED, in_words
from bonus.claims.models import Claim, Invoice, PurchaseLine
from bonus.claims.outcomes import Outcomes, outcomes_of
from bonus.claims.replay import BEYOND_THE_LAW
from bonus.claims.sealing import outcome_of
from bonus.extensions import db
from bonus.money import NBSP, parse_amount
from bonus.regulation import article_of, label_of

_CONDITIONS = frozenset({"purchase", "beneficiary", "solution", "claim"})
"""Families of the codes of what a line is tested on; the others compute."""
_FIGURES = ("rate.", "spend.amount", "bonus.granted")
"""Codes whose sentence is « words : figure »."""


@dataclass(frozen=True)
class Reduction:
    """A ceiling that cut the bonus: French words, article, cents."""

    label: str
    article: str
    cents: int


@dataclass(frozen=True)
class Step:
    """One step of the trace: its French words, the amount or rate they come to, its article (empty when the
    words name it), the day its parameter applies from, and whether it is what the line gets."""

    label: str
    amount: str | None
    article: str
    since: date | None
    total: bool


@dataclass(frozen=True)
class LineView:
    """One line with its outcome; ``conditions`` are what an eligible line has passed, ``working`` what its
    bonus is made of, or why it has none."""

    line: PurchaseLine
    status: str
    reason: str | None
    reason_label: str
    article: str
    base_cents: int
    rate_bp: int
    before_cents: int
    bonus_cents: int
    reductions: list[Reduction]
    conditions: list[Step]
    working: list[Step]
    examined: str = ""  # what an examiner took from a line that the law lets through, in words

    @property
    def by_officer(self) -> bool:
        """Whether no rule of the law refused it: the officer did, or silence."""
        return self.reason in BEYOND_THE_LAW


@dataclass(frozen=True)
class AssessmentView:
    """A dossier's amounts, and the ``lines`` that a page shows of it; ``counts``: how many lines have each status.

    ``credits``: credit notes, each with the invoice it was deducted from. ``earlier_open`` are the dossiers filed
    before that hold one of its invoices, for agents; ``earlier_own`` those of them a company may be told of:
    somebody else's is never named.
    """

    outcome: str
    bonus_cents: int
    base_cents: int
    counts: Mapping[str, int]
    lines: list[LineView]
    credits: list[tuple[Invoice, Invoice]]
    earlier_open: list[str]
    earlier_own: list[str]

    @property
    def line_count(self) -> int:
        """How many lines the dossier has that are judged."""
        return sum(self.counts.values())

    @cached_property
    def by_line(self) -> dict[int, LineView]:
        """Each shown line's outcome, by the line's id (a line of a deducted credit note has none)."""
        return {view.line.id: view for view in self.lines}


def assessment_view(
    claim: Claim,
    assessment: Assessment | None,
    lines: Sequence[PurchaseLine],
    outcomes: Outcomes | None = None,
) -> AssessmentView:
    """What is decided, in its own words (nothing is decided again), and the estimate of what is not.

    ``assessment`` is None when all is decided; lines that woke after a decision are estimated beside those it
    settled. ``lines`` are those shown; ``outcomes`` those of the dossier, when the caller has them.
    """
    if assessment is None and not claim.decisions:
        raise ValueError("neither an assessment nor a decision")
    found = outcomes or outcomes_of(claim, assessment)
    results = ((line, found.of(line.id)) for line in lines)
    holders = assessment.undecided_holders if assessment else []
    return AssessmentView(
        outcome=assessment.outcome if assessment else outcome_of(claim),
        bonus_cents=claim.granted_cents + (assessment.bonus_cents if assessment else 0),
        base_cents=found.base_cents,
        counts=found.counts,
        lines=[_line_view(line, result) for line, result in results if result is not None],
        credits=_credits(claim, assessment, found),
        earlier_open=[str(holder.number) for holder in holders],
        earlier_own=[str(holder.number) for holder in holders if holder.company_id == claim.company_id],
    )


def _credits(
    claim: Claim, assessment: Assessment | None, outcomes: Outcomes
) -> list[tuple[Invoice, Invoice]]:
    notes = db.session.scalars(
        select(Invoice)
        .where(Invoice.claim_id == claim.id, Invoice.is_credit_note.is_(True))
        .order_by(Invoice.id)
    ).all()
    if assessment is not None:
        applied = assessment.applied_credit_notes
        return [(note, db.session.get_one(Invoice, applied[note.id])) for note in notes if note.id in applied]
    return [(note, note) for note in notes if not any(line.id in outcomes.statuses for line in note.lines)]


def _is_condition(step: Mapping[str, Any]) -> bool:
    return str(step["code"]).partition(".")[0] in _CONDITIONS


def _step(step: Mapping[str, Any]) -> Step:
    sentence, article = step["sentence"], step["article"]
    if step["code"].startswith("examination."):
        return Step(sentence, None, "", None, False)  # a person's words are no figure
    since = date.fromisoformat(step["effective_from"]) if step["effective_from"] else None
    total = step["code"] == "bonus.granted"
    # « Bonus avant plafonds : 12 000,00 € × 45 % = 5 400,00 € (art. 6). » gives its last figure as the amount.
    bare = sentence.removesuffix(".").removesuffix(f" ({article})")
    label, equals, amount = bare.rpartition(" = ")
    if not equals and step["code"].startswith(_FIGURES):
        label, equals, amount = bare.partition(f"{NBSP}: ")
    if equals:
        return Step(label, amount, article, since, total)
    return Step(sentence, None, "" if article in sentence else article, since, total)


def _line_view(line: PurchaseLine, result: Mapping[str, Any]) -> LineView:
    reason = result["reason"]
    beyond = reason in BEYOND_THE_LAW
    # The trace of a line that no rule refused is what the law would have given it.
    trace = [] if beyond else result.get("trace", [])
    conditions = [step for step in trace if _is_condition(step)] if result["status"] == "eligible" else []
    return LineView(
        line=line,
        status=result["status"],
        reason=reason,
        reason_label=BEYOND_THE_LAW[reason] if beyond else label_of(reason) if reason else "",
        article="art. 11" if beyond else article_of(reason) if reason else "",
        base_cents=parse_amount(result["base"]),
        rate_bp=result["rate_bp"],
        before_cents=parse_amount(result["bonus_before_ceilings"]),
        bonus_cents=parse_amount(result["bonus"]),
        reductions=[
            Reduction(label_of(cut["article"]), article_of(cut["article"]), parse_amount(cut["amount"]))
            for cut in result["reductions"]
        ],
        conditions=[_step(step) for step in conditions],
        working=[_step(step) for step in trace if step not in conditions],
        examined=in_words(result[EXAMINED]) if EXAMINED in result and result["status"] != "refused" else "",
    )
