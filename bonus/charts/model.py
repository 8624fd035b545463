"""What a chart is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 640
COLOURS = (
    *("blue", "green", "yellow", "brown", "purple", "red", "grey"),
    *("shade-1", "shade-2", "shade-3", "shade-4"),
)
"""The colours of data: apart from each other, then from calm to alarming for classes that have an order."""
MARK = "mark"
"""What the legend shows of a value to compare with."""


@dataclass(frozen=True)
class Series:
    """A name of the legend and a value for each label; None where there is none to show.

    Raises ValueError on a colour that ``COLOURS`` has not, or a value below zero.
    """

    name: str
    values: Sequence[int | None]
    colour: str

    def __post_init__(self) -> None:
        if self.colour not in COLOURS:
            raise ValueError(f"no such colour: {self.colour}")
        if any(value is not None and value < 0 for value in self.values):
            raise ValueError(f"a value below zero: {self.name}")


@dataclass(frozen=True)
class Band:
    """A range of values across the chart, such as a legal limit."""

    low: int
    high: int
    label: str


@dataclass(frozen=True)
class Box:
    """A rectangle; ``title`` is what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    title: str = ""


@dataclass(frozen=True)
class Text:
    """A word of an axis; ``anchor`` is start, middle or end; a ``minor`` one is left out where there is no room."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    minor: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Rule:
    """A straight line of the frame; the base is where values begin, a mark a value to compare with."""

    x1: float
    y1: float
    x2: float
    y2: float
    base: bool = False
    mark: bool = False


@dataclass(frozen=True)
class Path:
    """A line through the values of a series: its parts (it is broken where a value is missing), and its points."""

    parts: Sequence[str]
    dots: Sequence[Box]
    colour: str
    dashed: bool = False


@dataclass(frozen=True)
class Chart:
    """A drawing ``width`` × ``height``: ``title`` says what it shows, ``description`` what one sees in it.

    ``legend``: name and colour of each series, in the order they are piled up.
    """

    title: str
    description: str
    height: float
    rules: Sequence[Rule] = ()
    texts: Sequence[Text] = ()
    boxes: Sequence[Box] = ()
    paths: Sequence[Path] = ()
    band: Box | None = None
    legend: Sequence[tuple[str, str]] = ()
    width: float = WIDTH
