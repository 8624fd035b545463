"""The ordered steps that led to a line's outcome: what was tested and computed, or why it is refused."""

from __future__ import annotations

from bonus.regulation import trace_bonus, trace_conditions, trace_refusals
from bonus.regulation.evaluation import ELIGIBLE
from bonus.regulation.reasons import CODES
from bonus.regulation.steps import Step, Writer

# These reasons come after the base is known: the steps that made it are given first.
_AFTER_BASE = frozenset({"claim.below_minimum", "solution.certification_suspended"})


def steps_of(writer: Writer, row: int) -> list[Step]:
    """All the steps of one line. Costs nothing in bulk: columns are read only for the lines asked."""
    code = CODES[int(writer.outcome.reason[row])]
    if writer.outcome.status[row] == ELIGIBLE or code is None:
        return [
            *trace_conditions.steps(writer, row),
            *trace_bonus.spend_steps(writer, row),
            *trace_bonus.rate_steps(writer, row),
            *trace_bonus.amount_steps(writer, row),
        ]
    before = trace_bonus.spend_steps(writer, row) if code in _AFTER_BASE else []
    return [*before, trace_refusals.step(writer, row, code)]
