"""From a line's steps to the French that the company and the agent read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_RATE = "rate."


def sentences(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a line's steps say, in order: one sentence a step, those of the rate joined in one.

    "Taux de base cloud : 30 % (art. 6) · PME : +10 points · Taux du bonus : 40 %"
    """
    found: list[str] = []
    rate: list[str] = []
    for step in steps:
        if str(step["code"]).startswith(_RATE):
            rate.append(str(step["sentence"]))
            continue
        if rate:
            found.append(f"{' · '.join(rate)}.")
            rate = []
        found.append(str(step["sentence"]))
    if rate:
        found.append(f"{' · '.join(rate)}.")
    return found


def explain(steps: Sequence[Mapping[str, Any]]) -> str:
    """The same as one paragraph, for a letter or a decision's reasons."""
    return " ".join(sentences(steps))


def explain_rate(steps: Sequence[Mapping[str, Any]]) -> str:
    """The rate in one line, or "" for a line that has none (refused or waiting)."""
    return " · ".join(str(step["sentence"]) for step in steps if str(step["code"]).startswith(_RATE))
