"""Lines: a value a label for each series, and a band across for a limit."""

from __future__ import annotations

from collections.abc import Sequence

from .frame import HEIGHT, LEFT, RIGHT, Frame, check, frame, said
from .model import WIDTH, Band, Box, Chart, Path, Series, Text
from .scale import placed

DOT = 4.0


def lines(
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str = "",
    names: Sequence[str] | None = None,
    band: Band | None = None,
) -> Chart:
    """A line a series, broken where a value is missing; the scale reaches the band. Series after the first are dashed:
    they are told apart without colours. Raises ValueError when a series has not a value, or None, for each label."""
    check(labels, series)
    known = [value for one in series for value in one.values if value is not None]
    around = frame(labels, max([*known, band.high if band else 0]), unit)
    texts, across = list(around.texts), None
    if band is not None:
        top = around.y(band.high)
        across = Box(LEFT, top, WIDTH - LEFT - RIGHT, placed(around.y(band.low) - top), "limit", band.label)
        texts.append(Text(WIDTH - RIGHT, placed(top - 6), band.label, "end"))
    paths = [
        Path(
            _parts(around, one),
            [
                Box(
                    around.x(rank),
                    around.y(value),
                    DOT,
                    DOT,
                    one.colour,
                    said((names or labels)[rank], one, value),
                )
                for rank, value in enumerate(one.values)
                if value is not None
            ],
            one.colour,
            dashed=place > 0,
        )
        for place, one in enumerate(series)
    ]
    legend = [(one.name, one.colour) for one in series]
    return Chart(title, description, HEIGHT, around.rules, texts, paths=paths, band=across, legend=legend)


def _parts(around: Frame, one: Series) -> list[str]:
    """The unbroken parts of a line, as the points of ``polyline``."""
    parts: list[list[str]] = [[]]
    for rank, value in enumerate(one.values):
        if value is None:
            parts.append([])
        else:
            parts[-1].append(f"{around.x(rank):g},{around.y(value):g}")
    return [" ".join(part) for part in parts if len(part) > 1]
