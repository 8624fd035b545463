"""The same certification on several rows of one file: several events of one, or a mistake."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from operator import attrgetter

from bonus.tables.cells import quoted

from .columns import BY_FIELD
from .model import EVENTS, CertificationRow

_NBSP = "\u00a0"
_OF_THE_ROW = {"line", "event", "event_on", "retroactive"}
_SHARED = tuple(field.name for field in fields(CertificationRow) if field.name not in _OF_THE_ROW)
_shared = attrgetter(*_SHARED)

Event = tuple[str | None, date | None]


class Repeats:
    """The certifications met so far in a file."""

    def __init__(self) -> None:
        self._first: dict[str, CertificationRow] = {}
        # Lines by event, for the certifications that have several rows: they are few.
        self._events: dict[str, dict[Event, int]] = {}

    def refuse(self, row: CertificationRow) -> tuple[str, str] | None:
        """The code and the reason why this row cannot follow those before; None when it can, and is kept in mind."""
        first = self._first.setdefault(row.reference, row)
        if first is row:
            return None
        if _shared(first) != _shared(row):
            return "repeat.differs", (
                f"La certification {quoted(row.reference)} est déjà à la ligne {first.line}, avec d’autres valeurs "
                f"({_differences(first, row)}){_NBSP}: une référence désigne une seule certification. "
                "Corrigez la référence ou les valeurs."
            )
        lines = self._events.setdefault(row.reference, {_event(first): first.line})
        line = lines.setdefault(_event(row), row.line)
        if line == row.line:
            return None
        what = (
            "est déjà, à l’identique,"
            if row.event is None
            else f"a déjà cet événement ({EVENTS[row.event]}) à cette date"
        )
        return "repeat.same", (
            f"La certification {quoted(row.reference)} {what} à la ligne {line}{_NBSP}: "
            "supprimez l’une des deux lignes."
        )


def _event(row: CertificationRow) -> Event:
    return row.event, row.event_on


def _differences(one: CertificationRow, other: CertificationRow) -> str:
    """The titles of the columns that are not the same."""
    names = [name for name in _SHARED if getattr(one, name) != getattr(other, name)]
    return ", ".join(BY_FIELD[name].header if name in BY_FIELD else "critères" for name in names)
