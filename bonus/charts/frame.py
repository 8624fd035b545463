"""The frame of a chart with values upwards: the scale at the left, the labels below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .model import WIDTH, Rule, Series, Text
from .scale import every, number, placed, ticks

LEFT, RIGHT, TOP, BOTTOM = 72.0, 8.0, 16.0, 40.0
HEIGHT = 280.0
MOST_LABELS = 4
"""How many labels have room on a telephone."""


@dataclass(frozen=True)
class Frame:
    """Where values and labels stand: ``slot`` is the room of a label."""

    top_value: int
    slot: float
    rules: Sequence[Rule]
    texts: Sequence[Text]

    def y(self, value: float) -> float:
        """How far down a value stands."""
        return placed(HEIGHT - BOTTOM - value / self.top_value * (HEIGHT - BOTTOM - TOP))

    def x(self, rank: int) -> float:
        """The middle of a label's room."""
        return placed(LEFT + (rank + 0.5) * self.slot)


def frame(labels: Sequence[str], most: int, unit: str) -> Frame:
    """A frame whose scale reaches ``most``; ``unit`` is written after its last value ("jours")."""
    values = ticks(most)
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    bare = Frame(values[-1], slot, (), ())
    rules = [Rule(LEFT, bare.y(value), WIDTH - RIGHT, bare.y(value), base=value == 0) for value in values]
    texts = [
        Text(LEFT - 8, bare.y(value) + 5, number(value), "end", minor=place % 2 == 1 and len(values) > 3)
        for place, value in enumerate(values)
    ]
    if unit:
        texts.append(Text(LEFT, TOP - 4, unit, "start"))
    kept = every(len(labels), MOST_LABELS)
    texts += [
        Text(bare.x(rank), HEIGHT - BOTTOM + 24, label, minor=not kept[rank])
        for rank, label in enumerate(labels)
    ]
    return Frame(values[-1], slot, rules, texts)


def check(labels: Sequence[str], series: Sequence[Series]) -> None:
    """Raises ValueError when a series has not a value, or None, for each label."""
    if any(len(one.values) != len(labels) for one in series):
        raise ValueError("a series needs a value for each label")


def said(name: str, one: Series, value: int) -> str:
    """What a value says when pointed at: its label, its series, itself."""
    return f"{name}, {one.name[:1].lower()}{one.name[1:]}\u00a0: {number(value)}"
