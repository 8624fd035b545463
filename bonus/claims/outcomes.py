"""What each line of a dossier gets, decided or estimated: totals of all, and the working of those that are shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from bonus.bulk import uncollected
from bonus.extensions import db
from bonus.regulation import EvaluatedClaim, evaluate_claim

from .assessing import AssessedLine, Assessment, with_cut
from .cuts import EXAMINED, REFUSED_ON_EXAMINATION, step
from .models import Claim, DecidedLine, Decision
from .replay import BEYOND_THE_LAW, law_of, same_figures


@dataclass
class Outcomes:
    """The last word on each line, by its id: ``statuses``, and the ``base_cents`` of those that are eligible."""

    statuses: dict[int, str] = field(default_factory=dict)
    base_cents: int = 0
    _assessed: dict[int, AssessedLine] = field(default_factory=dict)
    _decided: dict[int, tuple[Decision, int]] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[str]:
        """How many lines have each status."""
        return Counter(self.statuses.values())

    def of(self, line_id: int) -> dict[str, Any] | None:
        """What a line gets and its working; None for one that was deducted from others."""
        if line_id in self._assessed:
            return self._assessed[line_id].explained
        if line_id in self._decided:
            return explained(*self._decided[line_id])
        return None

    def figures_of(self, line_id: int) -> dict[str, Any] | None:
        """The same without its working."""
        if line_id in self._assessed:
            return self._assessed[line_id].result
        if line_id in self._decided:
            decision, rank = self._decided[line_id]
            sealed: dict[str, Any] = decision.result["lines"][rank]
            return sealed
        return None


def outcomes_of(claim: Claim, assessment: Assessment | None) -> Outcomes:
    """What is decided, in its own words, and the estimate of what is not (``assessment``; None when all is decided)."""
    found = Outcomes()
    bases: dict[int, int] = {}
    for decision in claim.decisions:
        query = (
            select(DecidedLine.line_id, DecidedLine.status, DecidedLine.base_cents)
            .where(DecidedLine.decision_id == decision.id)
            .order_by(DecidedLine.id)
        )
        for rank, (line_id, status, base) in enumerate(db.session.execute(query)):
            found.statuses[line_id], bases[line_id] = status, base
            found._decided[line_id] = (decision, rank)
    if assessment is not None:
        found._assessed = {assessed.line.id: assessed for assessed in assessment.lines}
        for line_id, status, base in assessment.statuses_and_bases:
            found.statuses[line_id], bases[line_id] = status, base
    found.base_cents = sum(base for line_id, base in bases.items() if found.statuses[line_id] == "eligible")
    return found


def explained(decision: Decision, rank: int) -> dict[str, Any]:
    """One sealed line with its working: as sealed with it, or worked out again from the sealed facts under the text
    of that day. A working that does not come to the sealed figures is not given."""
    sealed: dict[str, Any] = decision.result["lines"][rank]
    if "trace" in sealed or sealed["reason"] in BEYOND_THE_LAW:
        return sealed
    if sealed["reason"] == REFUSED_ON_EXAMINATION:
        return sealed | {"trace": [step(sealed[EXAMINED])]}
    before = decision.result["lines"][:rank]
    judged = rank - sum(row["reason"] == REFUSED_ON_EXAMINATION for row in before)
    again = _evaluated(decision.id, decision.facts_sha256, decision.parameters_version).line(
        judged, trace=True
    )
    if not same_figures(sealed, again):
        return sealed
    return with_cut(again, sealed[EXAMINED]) if EXAMINED in sealed else again


@lru_cache(maxsize=2)
def _evaluated(decision_id: int, facts_sha256: str, parameters_version: str) -> EvaluatedClaim:
    """A sealed dossier under the text of its day: it never changes, and whoever reads it turns its pages."""
    decision = db.session.get_one(Decision, decision_id)
    # The key of what is kept: another database, other facts, another text.
    assert (decision.facts_sha256, decision.parameters_version) == (facts_sha256, parameters_version)
    with uncollected():
        return evaluate_claim(decision.facts, law_of(decision))
