"""What the law gives a dossier on a day: computed whole, written out and explained line by line when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from bonus.bulk import uncollected
from bonus.calendar import civil_date
from bonus.money import parse_amount
from bonus.regulation import EvaluatedClaim, Parameters, evaluate_claim, load_parameters

from .bought import BoughtInvoice, BoughtLine
from .facts import ClaimFacts, Reopened, build_facts
from .models import Claim


@dataclass(frozen=True)
class AssessedLine:
    """A line with what the law says of it: ``result`` is the regulation's own output, ``explained`` the same with its
    trace, which costs far more."""

    line: BoughtLine
    rank: int
    _evaluated: EvaluatedClaim

    @cached_property
    def result(self) -> dict[str, Any]:
        return self._evaluated.line(self.rank)

    @cached_property
    def explained(self) -> dict[str, Any]:
        return self._evaluated.line(self.rank, trace=True)

    @property
    def bonus_cents(self) -> int:
        return parse_amount(self.result["bonus"])

    @property
    def base_cents(self) -> int:
        return parse_amount(self.result["base"])


@dataclass(frozen=True)
class Assessment:
    """What the law gives a dossier on a day. ``evaluated`` is None when nothing in it is to be judged."""

    evaluated: EvaluatedClaim | None
    parameters_version: str
    _gathered: ClaimFacts

    @property
    def outcome(self) -> str:
        return self.evaluated.outcome if self.evaluated else "refused"

    @property
    def bonus_cents(self) -> int:
        return self.evaluated.bonus_cents if self.evaluated else 0

    @property
    def facts(self) -> dict[str, Any]:
        """What the law was told, to be sealed."""
        return self._gathered.facts

    @property
    def invoices(self) -> list[BoughtInvoice]:
        """All the invoices of the dossier."""
        return self._gathered.invoices

    @property
    def applied_credit_notes(self) -> dict[int, int]:
        """The credit notes deducted: id → id of the first invoice it went to."""
        return self._gathered.applied_credit_notes

    @property
    def undecided_holders(self) -> list[Claim]:
        """The dossiers filed before, still open, that hold one of its invoices."""
        return self._gathered.undecided_holders

    @cached_property
    def lines(self) -> list[AssessedLine]:
        """The lines that are judged, in the order of their invoices."""
        if self.evaluated is None:
            return []
        return [AssessedLine(line, rank, self.evaluated) for rank, line in enumerate(self._gathered.lines)]


def assess(
    claim: Claim, now: datetime, parameters: Parameters | None = None, *, reopened: Reopened | None = None
) -> Assessment:
    """Apply the law to a dossier as if it were granted today, on what the registry knows now; with ``reopened``, to
    these lines alone, decided before."""
    law = parameters or load_parameters()
    with uncollected():
        gathered = build_facts(
            claim,
            filed_at=claim.filed_at or now,
            grant_date=civil_date(now),
            known_at=now,
            reopened=reopened,
        )
        evaluated = evaluate_claim(gathered.facts, law) if gathered.lines else None
    return Assessment(evaluated, law.version, gathered)
