"""What lines last decided as eligible come to once undue sums are confirmed (art. 14): base and bonus as they should
have been, for the certificates that state them (arts. 8 and 15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from bonus.bulk import uncollected
from bonus.claims.models import Claim, DecidedLine, Decision
from bonus.claims.replay import law_of
from bonus.extensions import db
from bonus.regulation import evaluate_claim

from .computing import Finding, credited_since, facts_since, findings_confirmed
from .findings import takes_all_back

Amounts = tuple[int, int]
"""Of a line: its eligible base and its bonus, in cents; (0, 0) when it is not eligible after all."""


def corrected_lines(claim: Claim) -> dict[int, Amounts]:
    """The lines of a dossier whose undue sums are confirmed, by their ids; nothing when there is none. Each keeps the
    figures of its last decision, unless what was found since lowers them."""
    findings = findings_confirmed(claim.id)
    if not findings:
        return {}
    whole = takes_all_back(findings) is not None
    credited = {} if whole else credited_since(claim.id, findings)
    found: dict[int, Amounts] = {}
    for decision in claim.decisions:
        rows = db.session.scalars(
            select(DecidedLine).where(DecidedLine.decision_id == decision.id).order_by(DecidedLine.id)
        ).all()
        should = {} if whole else _should(decision, rows, findings, credited)
        for row in rows:
            if row.status == "eligible":
                base, bonus = should.get(row.line_id, (0, 0))
                found[row.line_id] = (min(base, row.base_cents), min(bonus, row.bonus_cents))
    return found


def _should(
    decision: Decision,
    rows: Sequence[DecidedLine],
    findings: Sequence[Finding],
    credited: Mapping[int, Amounts],
) -> dict[int, Amounts]:
    sealed = {row.line_id: line for row, line in zip(rows, decision.result["lines"], strict=True)}
    facts = facts_since(decision, sealed, findings, credited)
    if not facts.line_ids:
        return {}
    with uncollected():
        law = evaluate_claim(facts.facts, law_of(decision))
    return {
        line_id: (law.bases[rank], law.bonuses[rank])
        for rank, line_id in enumerate(facts.line_ids)
        if law.statuses[rank] == "eligible"
    }
