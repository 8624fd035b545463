"""The dated parameters once read: which value applies on which day, for one day or for a column of days.

Days in columns are whole days since 1970-01-01 (negative before). A day earlier than a parameter's
first version reads that first version: every rule refuses such an invoice anyway (art. 1), and the
reasons tested before that one still need a value to be tested with.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bonus.regulation.schema import DE_MINIMIS, DOCUMENTS, EVERY, GROUNDS, Value

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

EPOCH = date(1970, 1, 1).toordinal()
ABSENT = -(2**62)
"""In a grid: this code does not exist yet on that day."""


def to_day(day: date) -> int:
    """Whole days since 1970-01-01."""
    return day.toordinal() - EPOCH


def from_day(day: int) -> date:
    """The civil date of a number of days since 1970-01-01."""
    return date.fromordinal(int(day) + EPOCH)


@dataclass(frozen=True)
class Version:
    """A value and the first day it applies, with the text it is modelled on."""

    effective_from: date
    value: Value
    model: str


@dataclass(frozen=True)
class Parameter:
    """A dated value of the regulation; ``versions`` is in the order of dates and never empty."""

    key: str
    name: str
    unit: str
    article: str
    notion: str
    versions: tuple[Version, ...]

    def on(self, day: date) -> Version:
        """The version in force on a day (the first one for an earlier day)."""
        index = bisect_right([version.effective_from for version in self.versions], day)
        return self.versions[max(index - 1, 0)]


@dataclass(frozen=True)
class Name:
    """How a code is shown: ``name`` alone in a title, ``short`` inside a sentence."""

    name: str
    short: str


@dataclass(frozen=True)
class Dated:
    """Versions merged on a time line: ``values[v]`` applies from ``starts[v]``; an entry may be an array."""

    starts: Int
    values: npt.NDArray[Any]

    def versions_at(self, days: Int) -> Int:
        """The index of the version in force on each day."""
        if len(self.starts) == 1:
            return np.zeros(len(days), dtype=np.int64)
        return np.maximum(np.searchsorted(self.starts, days, side="right") - 1, 0)

    def at(self, days: Int, *indices: Any) -> npt.NDArray[Any]:
        """The value on each day; ``indices`` pick inside the entry (a code, a pair of codes)."""
        if len(self.starts) == 1:
            return np.asarray(self.values[(0, *indices)]) if indices else np.full(len(days), self.values[0])
        return np.asarray(self.values[(self.versions_at(days), *indices)])


@dataclass(frozen=True)
class Parameters:
    """All the dated values of the regulation. ``version`` is the SHA-256 of the content."""

    version: str
    table: Mapping[str, Parameter]
    names: Mapping[str, Mapping[str, Name]]
    content: str = field(repr=False)
    """The text (JSON) these parameters are built from, to be stored as it is; see ``loader.from_content``."""

    def __getitem__(self, key: str) -> Parameter:
        return self.table[key]

    def on(self, key: str, day: date) -> Version:
        """The version of a parameter in force on a day. Raises KeyError on an unknown key."""
        return self.table[key].on(day)

    def integer(self, key: str, day: date) -> int:
        """The value on a day of a parameter in cents, basis points, persons, months or days."""
        value = self.on(key, day).value
        if not isinstance(value, int):
            raise TypeError(f"{key} is not an integer")
        return value

    def codes(self, family: str) -> tuple[str, ...]:
        """The codes of a family ("axis", "label", "document", "ground", "size") in the order of the files."""
        return tuple(self.names[family])

    def name_of(self, family: str, code: str) -> Name:
        """The French names of a code; an unknown code (a label nobody recognises) is shown as it is."""
        return self.names[family].get(code, Name(code, code))

    def column(self, key: str) -> Dated:
        """A scalar parameter in whole units (cents, basis points, months…) as a column of versions."""
        return self._columns(key)

    def grid(self, family: str, name: str) -> Dated:
        """One field of every code of a family, ``values[version, code]``; ABSENT where it does not exist."""
        return self._grids[(family, name)]

    @cached_property
    def de_minimis(self) -> Dated:
        """Is what is granted on a day de minimis aid (art. 7)?"""
        versions = self.table["de_minimis.legal_basis"].versions
        return Dated(
            np.array([to_day(version.effective_from) for version in versions], dtype=np.int64),
            np.array([version.value == DE_MINIMIS for version in versions], dtype=np.bool_),
        )

    @cached_property
    def _scalar_columns(self) -> dict[str, Dated]:
        return {}

    def _columns(self, key: str) -> Dated:
        cache = self._scalar_columns
        if key not in cache:
            versions = self.table[key].versions
            cache[key] = Dated(
                np.array([to_day(v.effective_from) for v in versions], dtype=np.int64),
                np.array([_whole(v.value) for v in versions], dtype=np.int64),
            )
        return cache[key]

    @cached_property
    def _grids(self) -> dict[tuple[str, str], Dated]:
        names = {
            (family, key.split(".")[2])
            for key in self.table
            for family in self.names
            if key.startswith(f"{family}.")
        }
        return {
            (family, name): self._grid(family, name)
            for family, name in names
            if family not in ("label", DOCUMENTS, GROUNDS)
        }

    def _grid(self, family: str, name: str) -> Dated:
        codes = self.codes(family)
        present = {code: p for code in codes if (p := self.table.get(f"{family}.{code}.{name}")) is not None}
        starts = _starts(present.values())
        values = np.full((len(starts), len(codes)), ABSENT, dtype=np.int64)
        for column, code in enumerate(codes):
            for row, start in enumerate(starts):
                if code in present and start >= present[code].versions[0].effective_from:
                    values[row, column] = _whole(present[code].on(start).value)
        return Dated(np.array([to_day(start) for start in starts], dtype=np.int64), values)

    @cached_property
    def recognised(self) -> Dated:
        """``values[version, label, axis]``: is the label recognised for the axis (art. 4)?

        An axis does not exist before the first version of its rate, so nothing is recognised for it.
        """
        axes, labels = self.codes("axis"), self.codes("label")
        rules = [self.table[f"label.{label}.axes"] for label in labels]
        rates = [self.table[f"axis.{axis}.rate"] for axis in axes]
        starts = _starts([*rules, *rates])
        values = np.zeros((len(starts), len(labels), len(axes)), dtype=np.bool_)
        for row, start in enumerate(starts):
            for i, rule in enumerate(rules):
                allowed = rule.on(start).value if start >= rule.versions[0].effective_from else ()
                for j, axis in enumerate(axes):
                    exists = start >= rates[j].versions[0].effective_from
                    values[row, i, j] = (
                        exists and isinstance(allowed, tuple) and (allowed == EVERY or axis in allowed)
                    )
        return Dated(np.array([to_day(start) for start in starts], dtype=np.int64), values)


def _starts(parameters: Iterable[Parameter]) -> list[date]:
    return sorted({version.effective_from for parameter in parameters for version in parameter.versions})


def _whole(value: Value) -> int:
    if isinstance(value, date):
        return to_day(value)
    if not isinstance(value, int):
        raise TypeError(f"not a whole number: {value!r}")
    return value
