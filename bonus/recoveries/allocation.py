"""What a settlement of a titre is of: which decision, and which line of it, to the cent (art. 14). Pure.

Order said once, and never changed: decisions in the order they were made, then the lines of each in the order in which
the titre says why they are undue. A cent goes to the first line that still has something to repay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """What a titre claims of a line, or what a settlement repays of it, in cents."""

    decision_id: int
    line_id: int
    cents: int


def claimed_parts(
    decision_id: int, details: Iterable[Mapping[str, Any]], former_cents: int, undue_cents: int
) -> list[Part]:
    """What a titre claims of each line of a decision. What is too much in each line is told by ``details``; what titres
    before this one claimed is taken first, and ``undue_cents`` of what is left is this one's.

    A decision's cents that no line explains go to its last one. Raises ValueError without any line.
    """
    parts: list[Part] = []
    skipped, left, last = former_cents, undue_cents, 0
    for line in details:
        last = int(line["line_id"])
        too_much = max(0, int(line["granted_cents"]) - int(line["due_cents"]))
        before = min(too_much, skipped)
        skipped -= before
        mine = min(too_much - before, left)
        left -= mine
        if mine:
            parts.append(Part(decision_id, last, mine))
    if left and not last:
        raise ValueError(f"no line explains what is undue of decision {decision_id}")
    if left and parts and parts[-1].line_id == last:
        parts[-1] = Part(decision_id, last, parts[-1].cents + left)
    elif left:
        parts.append(Part(decision_id, last, left))
    return parts


def allocate(claimed: Sequence[Part], settled_cents: int, amount_cents: int) -> list[Part]:
    """What the next ``amount_cents`` settle of what is claimed, ``settled_cents`` of it being settled before.

    Raises ValueError for more than what is left.
    """
    skipped, left = settled_cents, amount_cents
    found = []
    for part in claimed:
        before = min(part.cents, skipped)
        skipped -= before
        mine = min(part.cents - before, left)
        left -= mine
        if mine:
            found.append(Part(part.decision_id, part.line_id, mine))
    if left:
        raise ValueError("more than what is left to settle")
    return found


def by_decision(parts: Iterable[Part]) -> dict[int, int]:
    """The same by decision, in cents."""
    found: dict[int, int] = {}
    for part in parts:
        found[part.decision_id] = found.get(part.decision_id, 0) + part.cents
    return found
