"""Columns, one a label: series piled up, or side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .frame import HEIGHT, LEFT, RIGHT, Frame, check, frame, said
from .model import MARK, WIDTH, Band, Box, Chart, Rule, Series
from .scale import placed

FILLED = 0.66
WIDEST = 72.0


def columns(
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str = "",
    names: Sequence[str] | None = None,
    side_by_side: bool = False,
    mark: Band | None = None,
) -> Chart:
    """A column a label, its series piled up from the first, or side by side. ``names``: the labels in full, for what a
    column says when pointed at; ``mark``: a value to compare with, as a line across at its ``high``.

    Raises ValueError when a series has not a value for each label.
    """
    check(labels, series)
    values = [[value or 0 for value in one.values] for one in series]
    if side_by_side:
        most = max((value for one in values for value in one), default=0)
    else:
        most = max((sum(column) for column in zip(*values, strict=True)), default=0)
    around = frame(labels, max(most, mark.high if mark else 0), unit)
    rules, legend = list(around.rules), [(one.name, one.colour) for one in series]
    if mark is not None:
        level = around.y(mark.high)
        rules.append(Rule(LEFT, level, WIDTH - RIGHT, level, mark=True))
        legend.append((mark.label, MARK))
    make = _beside if side_by_side else _piled
    boxes = list(make(around, names or labels, series))
    return Chart(
        title,
        description,
        HEIGHT,
        rules,
        around.texts,
        boxes,
        legend=legend,
    )


def _piled(around: Frame, names: Sequence[str], series: Sequence[Series]) -> Iterator[Box]:
    width = min(around.slot * FILLED, WIDEST)
    for rank, name in enumerate(names):
        below = 0
        for one in series:
            if value := one.values[rank]:
                top, foot = around.y(below + value), around.y(below)
                yield _box(around.x(rank) - width / 2, top, width, foot - top, one, name, value)
                below += value


def _beside(around: Frame, names: Sequence[str], series: Sequence[Series]) -> Iterator[Box]:
    width = min(around.slot * FILLED, WIDEST) / len(series)
    for rank, name in enumerate(names):
        left = around.x(rank) - width * len(series) / 2
        for place, one in enumerate(series):
            if value := one.values[rank]:
                top = around.y(value)
                yield _box(left + place * width, top, width, around.y(0) - top, one, name, value)


def _box(x: float, y: float, width: float, height: float, one: Series, name: str, value: int) -> Box:
    return Box(placed(x), placed(y), placed(width), placed(height), one.colour, said(name, one, value))
