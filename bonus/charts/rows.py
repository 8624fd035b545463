"""Bars that lie: a row a label, named above it, its series end to end, the sum at the end."""

from __future__ import annotations

from collections.abc import Sequence

from .model import WIDTH, Box, Chart, Rule, Series, Text
from .scale import number, placed

ROW, BAR, LABEL = 62.0, 24.0, 20.0
SUM = 96.0
"""The room of the sum at a bar's end."""


def rows(title: str, description: str, labels: Sequence[str], series: Sequence[Series]) -> Chart:
    """A bar a label, the longest across the whole width. Raises ValueError when a series has not a value for each."""
    if any(len(one.values) != len(labels) for one in series):
        raise ValueError("a series needs a value for each label")
    sums = [sum(one.values[rank] or 0 for one in series) for rank in range(len(labels))]
    scale = (WIDTH - SUM) / max(1, *sums, 1)
    texts, boxes, rules = [], [], []
    for rank, label in enumerate(labels):
        top = rank * ROW + LABEL + 8
        texts.append(Text(0, rank * ROW + LABEL, label, "start"))
        left = 0.0
        for one in series:
            if value := one.values[rank]:
                said = f"{label}, {one.name[:1].lower()}{one.name[1:]} : {number(value)}"
                boxes.append(Box(placed(left), top, placed(value * scale), BAR, one.colour, said))
                left += value * scale
        texts.append(Text(placed(left + 8), top + BAR / 2 + 6, number(sums[rank]), "start", strong=True))
        rules.append(Rule(0, top, 0, top + BAR, base=True))
    legend = [(one.name, one.colour) for one in series]
    return Chart(title, description, max(ROW, ROW * len(labels)), rules, texts, boxes, legend=legend)
