"""How the regulation writes French: no-break spaces, points of a rate, days held as numbers."""

from __future__ import annotations

import re
from functools import lru_cache

from bonus.calendar import format_date
from bonus.money import NARROW_NBSP, NBSP, format_rate
from bonus.regulation.columns import Int
from bonus.regulation.values import from_day

_BEFORE = re.compile(r" ([:;!?»])")
MINUS = "\u2212"


@lru_cache(maxsize=4096)  # the lines of a dossier are explained with much the same sentences
def french(text: str) -> str:
    """Put the no-break spaces French wants before ``: ; ! ? »`` and after ``«``."""
    return _BEFORE.sub(NBSP + r"\1", text).replace("« ", "«" + NBSP)


def points(bp: int) -> str:
    """What a rate gains or loses: ``1000`` → "+10 points", ``-50`` → "−0,5 point"."""
    number = format_rate(abs(bp)).removesuffix(f"{NBSP}%")
    unit = "points" if abs(bp) >= 200 else "point"
    sign = MINUS if bp < 0 else "+" if bp else ""
    return f"{sign}{number}{NBSP}{unit}"


def day_text(column: Int, row: int) -> str:
    """The day in a column's row, as a French text."""
    return format_date(from_day(int(column[row])))


def day_iso(column: Int, row: int) -> str:
    """The day in a column's row, as an ISO text."""
    return from_day(int(column[row])).isoformat()


def grouped(number: int) -> str:
    """A whole number as French writes it: ``12345`` → "12 345"."""
    return f"{number:,}".replace(",", NARROW_NBSP)


def capitalised(text: str) -> str:
    """The text with a capital first letter, the others left alone ("PME" stays so)."""
    return text[:1].upper() + text[1:]
