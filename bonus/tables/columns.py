"""The columns that a table is expected to have, and how the titles found in a file are recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from text_unidecode import unidecode

from bonus.errors import InvalidInput

from .cells import printable

_NBSP = "\u00a0"
_MOST_TITLES = 1000


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its French title, the English name also accepted, what a sentence calls it, and its help."""

    header: str
    field: str
    required: bool
    what: str
    help: str


def fold(text: str) -> str:
    """A word without accents, case, spaces nor punctuation: how titles, labels and axes are compared."""
    return re.sub(r"[^a-z0-9]+", "", unidecode(text).lower())


@dataclass(frozen=True, slots=True)
class Header:
    """The titles of a table: where each known field stands, how its title is written, what is left aside."""

    places: tuple[tuple[str, int], ...]
    titles: dict[str, str]
    ignored: dict[str, None]
    width: int


class Columns(Sequence[Column]):
    """The columns of a kind of table, in the order of its template.

    ``also`` are other titles that files give them: title → field; ``passed_over`` are titles that mean nothing, and
    of which nothing is said.
    """

    def __init__(
        self, *columns: Column, also: dict[str, str] | None = None, passed_over: Sequence[str] = ()
    ) -> None:
        self._columns = columns
        self.by_field = {column.field: column for column in columns}
        self._fields = {
            fold(name): column.field for column in columns for name in (column.field, column.header)
        }
        self._fields |= {fold(title): field for title, field in (also or {}).items()}
        self._passed_over = frozenset(map(fold, passed_over))
        self._found: dict[str, str | None] = {}

    @overload
    def __getitem__(self, index: int) -> Column: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Column]: ...

    def __getitem__(self, index: int | slice) -> Column | Sequence[Column]:
        return self._columns[index]

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def field_of(self, title: str) -> str | None:
        """The field that a title names, in French or in English; None when it is none of ours."""
        if title not in self._found:
            if len(self._found) >= _MOST_TITLES:
                self._found.clear()
            self._found[title] = self._fields.get(fold(title))
        return self._found[title]

    def recognised(self, cells: Sequence[str]) -> int:
        """How many of these cells are titles of ours."""
        return sum(self.field_of(cell) is not None for cell in cells)

    def missing(self, cells: Sequence[str]) -> list[str]:
        """The titles of the required columns that are not there."""
        found = {self.field_of(cell) for cell in cells}
        return [column.header for column in self if column.required and column.field not in found]

    def read_header(self, cells: Sequence[str]) -> Header:
        """Read the row of titles. Raises InvalidInput: a required column is missing, or one is there twice."""
        if self.missing(cells):
            raise self.missing_columns(cells)
        places: dict[str, int] = {}
        titles: dict[str, str] = {}
        ignored: list[str] = []
        for index, cell in enumerate(cells):
            field = self.field_of(cell)
            if field is None:
                if cell and fold(cell) not in self._passed_over:
                    ignored.append(printable(cell))
            elif field in places:
                raise InvalidInput(
                    "import.duplicate_column",
                    f"La colonne {_title(titles[field])} est là deux fois (aussi sous le titre {_title(cell)})"
                    f"{_NBSP}: n’en gardez qu’une.",
                )
            else:
                places[field], titles[field] = index, printable(cell)
        width = max((index for index, cell in enumerate(cells) if cell), default=-1) + 1
        return Header(tuple(places.items()), titles, dict.fromkeys(ignored), width)

    def missing_columns(self, cells: Sequence[str]) -> InvalidInput:
        """The refusal of a table whose titles are these: it names every required one that is not there."""
        names = ", ".join(_title(header) for header in self.missing(cells))
        if self.recognised(cells) == 0:
            return InvalidInput(
                "import.missing_columns",
                "Ce fichier ne porte aucun des titres de colonnes attendus. "
                f"Partez du modèle, ou ajoutez ces titres à la première ligne{_NBSP}: {names}.",
            )
        return InvalidInput(
            "import.missing_columns",
            f"Il manque dans ce fichier{_NBSP}: {names}. "
            "Ajoutez ces titres à la première ligne, et leurs valeurs.",
        )


def _title(title: str) -> str:
    return f"«{_NBSP}{printable(title)}{_NBSP}»"
