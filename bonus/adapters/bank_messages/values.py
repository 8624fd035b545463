"""Values of a bank's XML, found by local names: a version's namespace does not count."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bonus.money import from_decimal

MOST_WORDS = 500
MOST_IDENTIFIER = 80
"""The standard says 35; what is longer is kept so that a person reads it."""

_PARIS = ZoneInfo("Europe/Paris")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,5})?", re.ASCII)
_NONE = {"NOTPROVIDED", "NONREF", "NOT PROVIDED"}


def first(node: Any, *paths: str) -> Any:
    """The first element found at one of these paths of local names; None when there is none.

    At each step the first child of that name is taken: ``find`` with wildcards is five times slower.
    """
    for path in paths:
        found = node
        for name in path.split("/"):
            found = next(found.iterchildren(f"{{*}}{name}"), None)
            if found is None:
                break
        if found is not None:
            return found
    return None


def every(node: Any, path: str) -> list[Any]:
    """All the elements at a path of local names."""
    found: list[Any] = node.findall("/".join(f"{{*}}{name}" for name in path.split("/")))
    return found


def text(node: Any, *paths: str, most: int = MOST_WORDS) -> str:
    """The words at the first of these paths that has some, spaces tidied; "" when there are none."""
    for path in paths:
        found = first(node, path)
        words = " ".join((found.text or "").split()) if found is not None else ""
        if words:
            return words[:most]
    return ""


def identifier(node: Any, *paths: str) -> str:
    """An identifier; what banks write for want of one is none."""
    found = text(node, *paths, most=MOST_IDENTIFIER)
    return "" if found.upper() in _NONE else found


def iban(node: Any, *paths: str) -> str:
    """An IBAN without spaces, or "" when the account is named otherwise."""
    return "".join(text(node, *paths).split()).upper()[:34]


def cents(node: Any) -> tuple[int | None, str]:
    """An amount in cents of euros; or None and what is written instead when it is no such amount.

    Another currency is no amount of ours: nothing is converted.
    """
    if node is None:
        return None, ""
    written = (node.text or "").strip()
    currency = (node.get("Ccy") or "EUR").strip()
    said = f"{written} {currency}".strip()[:MOST_IDENTIFIER]
    if currency != "EUR" or not _NUMBER.fullmatch(written):
        return None, said
    try:
        return from_decimal(Decimal(written)), ""
    except ValueError:  # a fraction of a cent
        return None, said


def day(node: Any, *paths: str) -> date | None:
    """A civil date in Paris, of a date or of a moment; None when none is given. Raises ValueError for another form."""
    written = text(node, *paths)
    if not written:
        return None
    if "T" in written:
        return moment(written).astimezone(_PARIS).date()
    return date.fromisoformat(written[:10])  # a date may bear a zone: the day is the one written


def moment(written: str) -> datetime:
    """An aware moment; one without a zone is in Paris. Raises ValueError for another form."""
    found = datetime.fromisoformat(written)
    return found if found.tzinfo else found.replace(tzinfo=_PARIS)


def whole(written: str) -> int | None:
    """A count; None when it is none."""
    return int(written) if re.fullmatch(r"[0-9]{1,15}", written, re.ASCII) else None
