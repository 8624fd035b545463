"""From columns back to the plain form of a scenario's outcome: "claims", line by line, and "tax"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bonus.money import amount_string
from bonus.regulation import tax_outcome
from bonus.regulation.columns import Int, Portfolio
from bonus.regulation.evaluation import ELIGIBLE, PENDING, Outcome, evaluate_columns
from bonus.regulation.facts import read_facts
from bonus.regulation.reasons import CODES
from bonus.regulation.steps import Writer
from bonus.regulation.trace import steps_of
from bonus.regulation.values import Parameters

_STATUS = ("eligible", "pending", "refused")


def evaluate(
    facts: Mapping[str, Any],
    parameters: Parameters,
    *,
    trace: bool = False,
) -> dict[str, Any]:
    """Apply the regulation to facts in the form of a scenario and return ``{"claims": […], "tax": […]}``.

    ``facts`` holds ``registry``, ``beneficiaries`` and ``claims``, amounts as texts with two decimals,
    dates as ISO texts; optional additions serve decisions: ``prior.grants`` (already granted, to the
    beneficiary or to any member of its single undertaking but a public body: they consume the ceilings
    of arts. 6 and 7), ``prior.other_aids`` (de minimis aids of such members) and ``prior.held_invoices``
    (already claimed, art. 5.3); a claim's ``decided_base`` (base of its other lines, decided before, for the
    minimum of art. 5.4). Unknown keys are ignored. Each line and each fiscal year get
    their ``trace`` when asked (see ``bonus.regulation.steps``).

    Raises InvalidFacts (an InvalidInput) with every fault and its path.
    """
    portfolio = read_facts(facts, parameters)
    outcome = evaluate_columns(portfolio, parameters)
    writer = Writer(portfolio, outcome, parameters) if trace else None
    return {
        "claims": [_claim(portfolio, outcome, row, writer) for row in range(len(portfolio.claims.ids))],
        "tax": tax_outcome.entries(portfolio, outcome, writer),
    }


@dataclass(frozen=True)
class EvaluatedClaim:
    """What the regulation gives one claim. Its lines, maybe 50,000, are written out and explained when asked for."""

    _portfolio: Portfolio
    _outcome: Outcome
    _parameters: Parameters

    @cached_property
    def outcome(self) -> str:
        """``granted``, ``partly_granted``, ``pending`` or ``refused``."""
        cut = sum(sum(column.tolist()) for column in _cuts(self._outcome).values())
        return _outcome(self._outcome.status.tolist(), self.bonus_cents, cut)

    @cached_property
    def bonus_cents(self) -> int:
        """The bonus of the whole claim, in cents."""
        return sum(self._outcome.bonus.tolist())

    @cached_property
    def statuses(self) -> list[str]:
        """``eligible``, ``pending`` or ``refused``, line by line."""
        return [_STATUS[status] for status in self._outcome.status.tolist()]

    @cached_property
    def reasons(self) -> list[str | None]:
        """The code of what refuses or holds each line, None when it is eligible."""
        return [CODES[reason] for reason in self._outcome.reason.tolist()]

    @cached_property
    def bases(self) -> list[int]:
        """The eligible base of each line (art. 5), in cents."""
        return [int(cents) for cents in self._outcome.base.tolist()]

    @cached_property
    def bonuses(self) -> list[int]:
        """The bonus of each line, in cents."""
        return [int(cents) for cents in self._outcome.bonus.tolist()]

    @cached_property
    def _writer(self) -> Writer:
        return Writer(self._portfolio, self._outcome, self._parameters)

    def line(self, rank: int, *, trace: bool = False) -> dict[str, Any]:
        """One line as ``evaluate`` gives it; with its ``trace`` when asked."""
        return _line(self._portfolio, self._outcome, rank, self._writer if trace else None)


def evaluate_claim(facts: Mapping[str, Any], parameters: Parameters) -> EvaluatedClaim:
    """Apply the regulation to facts that hold one claim: what ``evaluate`` gives, without writing it all out.

    Raises InvalidFacts with every fault and its path; ValueError when there is not one claim.
    """
    portfolio = read_facts(facts, parameters)
    if len(portfolio.claims.ids) != 1:
        raise ValueError("these facts do not hold one claim")
    return EvaluatedClaim(portfolio, evaluate_columns(portfolio, parameters), parameters)


def _claim(portfolio: Portfolio, outcome: Outcome, row: int, writer: Writer | None) -> dict[str, Any]:
    first, end = (int(bound) for bound in portfolio.claims.first_line[row : row + 2])
    statuses = outcome.status[first:end].tolist()
    bonus = sum(outcome.bonus[first:end].tolist())
    cut = sum(sum(column[first:end].tolist()) for column in _cuts(outcome).values())
    return {
        "id": portfolio.claims.ids[row],
        "outcome": _outcome(statuses, bonus, cut),
        "bonus": amount_string(bonus),
        "lines": [_line(portfolio, outcome, line, writer) for line in range(first, end)],
    }


def _cuts(outcome: Outcome) -> dict[str, Int]:
    """What each ceiling cut, by the code of the reduction, in the order they apply."""
    return {
        "art6.solution": outcome.solution_cut,
        "art6.annual": outcome.annual_cut,
        "art7.de_minimis": outcome.de_minimis_cut,
    }


def _outcome(statuses: list[int], bonus: int, cut: int) -> str:
    if bonus == 0:
        return "pending" if PENDING in statuses else "refused"
    return "granted" if cut == 0 and all(status == ELIGIBLE for status in statuses) else "partly_granted"


def _line(portfolio: Portfolio, outcome: Outcome, row: int, writer: Writer | None) -> dict[str, Any]:
    reductions = [
        {"article": article, "amount": amount_string(cut)}
        for article, column in _cuts(outcome).items()
        if (cut := int(column[row]))
    ]
    result: dict[str, Any] = {
        "invoice": portfolio.invoices.numbers[int(portfolio.lines.invoice[row])],
        "line": portfolio.lines.numbers[row],
        "status": _STATUS[int(outcome.status[row])],
        "reason": CODES[int(outcome.reason[row])],
        "base": amount_string(int(outcome.base[row])),
        "rate_bp": int(outcome.rate[row]),
        "bonus_before_ceilings": amount_string(int(outcome.before_ceilings[row])),
        "reductions": reductions,
        "bonus": amount_string(int(outcome.bonus[row])),
    }
    if writer is not None:
        result["trace"] = steps_of(writer, row)
    return result
