"""What one cell may hold, whatever the file, and the reading of texts, days and yes or no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

_NBSP = "\u00a0"
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
"""The days a table may speak of: further, a year was mistyped."""
SHOWN = 60
"""How much of a faulty value is shown."""

# Controls, what turns the direction of a text or does not show, halves of characters, the mark of a lost one.
_FORBIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]"
)
_BLANKS = " \t\r\n\u00a0\u202f"
_LINE_BREAKS = re.compile(r"[ \t]*[\t\r\n]+[ \t]*")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_FRENCH = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_FLAGS = dict.fromkeys(("oui", "true", "vrai", "1"), True) | dict.fromkeys(
    ("non", "false", "faux", "0"), False
)

T = TypeVar("T")


class Number(str):
    """A number typed as one (a sheet, JSON): a text column takes its digits, a SIREN finds its zeros again."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a value is refused: a stable code and the French sentence."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that no column can take, and why."""

    wrong: Wrong


# Tuples are the lists of JSON: the names of an offer.
Cell = str | bool | date | Unreadable | tuple[str, ...]


class Remembered(Generic[T]):
    """A reading whose values repeat from row to row: each is read once."""

    __slots__ = ("_known", "_read")

    def __init__(self, read: Callable[[Cell], T | Wrong]) -> None:
        self._read = read
        self._known: dict[object, T | Wrong] = {}

    def __call__(self, cell: Cell) -> T | Wrong:
        # A number equals the text of its digits, but they are not always read alike.
        key = (Number, cell) if type(cell) is Number else cell
        try:
            return self._known[key]
        except KeyError:
            result = self._known[key] = self._read(cell)
            return result


def stripped(text: str) -> str:
    """A cell's text without the blanks around it: empty means that nothing was written."""
    return text.strip(_BLANKS)


def printable(text: str) -> str:
    """A value or a title as a sentence may show it: on one line, cut, without what cannot be printed."""
    shown = _FORBIDDEN.sub("\ufffd", _LINE_BREAKS.sub(" ", text[: SHOWN + 1]))
    return f"{shown[:SHOWN]}…" if len(text) > SHOWN else shown


def quoted(cell: object) -> str:
    """A value between French quotes, cut at 60 characters."""
    return f"«{_NBSP}{printable(_shown(cell))}{_NBSP}»"


def _shown(cell: object) -> str:
    match cell:
        case bool():
            return "vrai" if cell else "faux"
        case datetime():
            return cell.strftime("%d/%m/%Y %H:%M")
        case date():
            return cell.strftime("%d/%m/%Y")
        case _:
            return str(cell)


def text_reader(limit: int) -> Callable[[Cell], str | Wrong]:
    """Read a text of one line, of at most ``limit`` characters."""

    def read(cell: Cell) -> str | Wrong:
        if not isinstance(cell, str):
            return _not_text(cell)
        text = cell
        if not (cell.isascii() and cell.isprintable()):
            text = _one_line(cell)
            if _FORBIDDEN.search(text):
                return Wrong(
                    "control",
                    f"La valeur {quoted(text)} contient un caractère invisible ou abîmé{_NBSP}: "
                    "saisissez-la à nouveau.",
                )
        if len(text) > limit:
            return Wrong(
                "too_long",
                f"Ce texte a {len(text)} caractères, {limit} au plus sont possibles{_NBSP}: "
                f"raccourcissez {quoted(text)}.",
            )
        return text

    return read


def _one_line(text: str) -> str:
    """Line breaks inside a cell are layout, not content; one accent is written one way (NFC)."""
    return unicodedata.normalize("NFC", _LINE_BREAKS.sub(" ", text))


def _not_text(cell: Cell) -> Wrong:
    if isinstance(cell, Unreadable):
        return cell.wrong
    if isinstance(cell, date):
        return Wrong(
            "type",
            f"Un texte est attendu, pas la date {quoted(cell)}{_NBSP}: "
            "mettez la colonne au format Texte, puis saisissez la valeur à nouveau.",
        )
    return Wrong("type", f"Un texte est attendu, pas {quoted(cell)}{_NBSP}: corrigez la valeur.")


def read_flag(cell: Cell) -> bool | Wrong:
    """Yes or no, in one of the ways people and programs write it."""
    if isinstance(cell, Unreadable):
        return cell.wrong
    flag = cell if isinstance(cell, bool) else _FLAGS.get(cell.lower()) if isinstance(cell, str) else None
    if flag is None:
        return Wrong(
            "flag",
            f"{quoted(cell)} n’est ni «{_NBSP}oui{_NBSP}» ni «{_NBSP}non{_NBSP}»{_NBSP}: écrivez l’un des deux.",
        )
    return flag


def read_day(cell: Cell) -> date | Wrong:
    """A civil day: ``2026-03-01``, ``01/03/2026``, or a sheet's date; between 2000 and 2100."""
    if isinstance(cell, Unreadable):
        return cell.wrong
    if isinstance(cell, datetime):
        return Wrong("date.time", f"{quoted(cell)} porte une heure{_NBSP}: indiquez une date seule.")
    day = cell if isinstance(cell, date) else _day_of_text(cell) if isinstance(cell, str) else None
    if day is None:
        return Wrong(
            "date.unreadable",
            f"{quoted(cell)} n’est pas une date{_NBSP}: écrivez-la 2026-03-01 ou 01/03/2026.",
        )
    if isinstance(day, Wrong):
        return day
    if not EARLIEST <= day <= LATEST:
        return Wrong(
            "date.range", f"{quoted(cell)} n’est pas entre l’an 2000 et l’an 2100{_NBSP}: vérifiez l’année."
        )
    return day


def _day_of_text(text: str) -> date | Wrong | None:
    if found := _ISO.fullmatch(text):
        year, month, day = found.groups()
    elif found := _FRENCH.fullmatch(text):
        day, month, year = found.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return Wrong(
            "date.impossible", f"{quoted(text)} n’existe pas au calendrier{_NBSP}: corrigez cette date."
        )
