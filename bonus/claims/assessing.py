"""What the law gives a dossier on a day: computed whole, written out and explained line by line when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from bonus.bulk import uncollected
from bonus.calendar import civil_date
from bonus.money import parse_amount
from bonus.regulation import EvaluatedClaim, Parameters, evaluate_claim, load_parameters

from .bought import BoughtInvoice, BoughtLine
from .cuts import EXAMINED, Cut, outcome_with, refused_row, step
from .facts import ClaimFacts, build_facts
from .models import Claim
from .party_facts import Reopened


@dataclass(frozen=True)
class AssessedLine:
    """A line with what the law says of it: ``result`` is the regulation's own output, ``explained`` the same with its
    trace, which costs far more. ``examined``: what the examiner took from it, as sealed; the law was not asked about
    a line he refused (``evaluated`` is None)."""

    line: BoughtLine
    rank: int
    _evaluated: EvaluatedClaim | None
    examined: dict[str, Any] | None = None

    @cached_property
    def result(self) -> dict[str, Any]:
        return self._row(trace=False)

    @cached_property
    def explained(self) -> dict[str, Any]:
        return self._row(trace=True)

    def _row(self, *, trace: bool) -> dict[str, Any]:
        if self._evaluated is None:
            assert self.examined is not None  # a line that nobody judged was refused by the examiner
            return refused_row(self.examined) | ({"trace": [step(self.examined)]} if trace else {})
        row = self._evaluated.line(self.rank, trace=trace)
        return with_cut(row, self.examined) if self.examined is not None else row

    @property
    def bonus_cents(self) -> int:
        return parse_amount(self.result["bonus"])

    @property
    def base_cents(self) -> int:
        return parse_amount(self.result["base"])


def with_cut(row: dict[str, Any], examined: dict[str, Any]) -> dict[str, Any]:
    """A line of which the law was told less: it says so first, unless the law refuses it anyway."""
    if row["status"] == "refused":
        return row
    told = {"trace": [step(examined), *row["trace"]]} if "trace" in row else {}
    return row | {EXAMINED: examined} | told


@dataclass(frozen=True)
class Assessment:
    """What the law gives a dossier on a day, the cuts of a proposal applied when it was told of them. ``evaluated`` is
    None when nothing in it is to be judged."""

    evaluated: EvaluatedClaim | None
    law: Parameters
    _gathered: ClaimFacts

    @property
    def outcome(self) -> str:
        return outcome_with(self.evaluated.outcome, cut=self.is_cut) if self.evaluated else "refused"

    @property
    def is_cut(self) -> bool:
        """Whether an examiner takes something away from what the law gives."""
        return any(EXAMINED in line.result for line in self.lines if line.examined is not None)

    @property
    def examination(self) -> list[dict[str, Any]]:
        """What an examiner takes away, line by line, as sealed."""
        return list(self._gathered.examined.values())

    @property
    def net_cents(self) -> dict[int, int]:
        """What each line to be decided comes to excluding VAT, credit notes deducted, by its id."""
        return self._gathered.net_cents

    @property
    def bonus_cents(self) -> int:
        return self.evaluated.bonus_cents if self.evaluated else 0

    @property
    def parameters_version(self) -> str:
        """Which text of the law it was computed under."""
        return self.law.version

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
        """The lines that are judged or that an examiner refused, in the order of their invoices."""
        told = self._gathered
        if not told.examined:
            return [AssessedLine(line, rank, self.evaluated) for rank, line in enumerate(told.lines)]
        ranks = {line.id: rank for rank, line in enumerate(told.lines)}
        return [
            AssessedLine(line, ranks[line.id], self.evaluated, told.examined.get(line.id))
            if line.id in ranks
            else AssessedLine(line, -1, None, told.examined[line.id])
            for invoice in told.invoices
            for line in invoice.lines
            if line.id in ranks or line.id in told.refused
        ]

    @property
    def statuses_and_bases(self) -> Iterator[tuple[int, str, int]]:
        """The id, the status and the base (in cents) of each of ``lines``, without writing them out."""
        statuses = self.evaluated.statuses if self.evaluated else []
        bases = self.evaluated.bases if self.evaluated else []
        for line in self.lines:
            judged = line.rank >= 0
            yield (
                line.line.id,
                statuses[line.rank] if judged else "refused",
                bases[line.rank] if judged else 0,
            )


def assess(
    claim: Claim,
    now: datetime,
    parameters: Parameters | None = None,
    *,
    cuts: Mapping[int, Cut] | None = None,
    reopened: Reopened | None = None,
) -> Assessment:
    """Apply the law to a dossier as if it were granted today, on what the registry knows now; ``cuts``: less what an
    examiner takes away (``cuts.cuts_of``), which its company is not to know before it is decided; with ``reopened``,
    to these lines alone, decided before."""
    law = parameters or load_parameters()
    with uncollected():
        gathered = build_facts(
            claim,
            filed_at=claim.filed_at or now,
            grant_date=civil_date(now),
            known_at=now,
            cuts=cuts,
            reopened=reopened,
        )
        evaluated = evaluate_claim(gathered.facts, law) if gathered.lines else None
    return Assessment(evaluated, law, gathered)
