"""The dates of an invoice, in the one form that factur-x reads.

Loaded by its path in the process that reads the file (see ``worker``): imports nothing of ours.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:Z|T[0-9:.]*Z?|[+-]\d{2}:?\d{2})?")


def tidy_dates(root: Any, flavor: str) -> list[str]:
    """Write each date in the one form factur-x reads; empty those that are no date and return them."""
    unreadable = []
    endings = ("}DateTimeString", "}DateString") if flavor == "factur-x" else ("Date",)
    for element in root.iter():
        if not str(element.tag).endswith(endings):
            continue
        text = (element.text or "").strip()
        if not text:
            continue
        match = _DATE.fullmatch(text)
        try:
            day = dt.date(*map(int, match.groups())) if match else None
        except ValueError:
            day = None
        if day is None or day.year < 1000:  # a year of three digits does not survive strftime
            element.text = None
            unreadable.append(text[:30])
        else:
            element.text = day.isoformat().replace("-", "") if flavor == "factur-x" else day.isoformat()
    return unreadable[:5]
