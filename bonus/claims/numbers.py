"""An invoice's number as art. 5.3 compares it, and as a risk flag does. Pure."""

from __future__ import annotations

import re
from typing import Any

_NOT_A_LETTER_NOR_A_DIGIT = re.compile(r"[\W_]")


def number_key(number: str) -> str:
    """An invoice number as art. 5.3 compares it: without case and spaces."""
    return "".join(number.split()).casefold()


def bare_number(number: str) -> str:
    """The same without punctuation either: two that agree so alone are a risk, not a duplicate (art. 5.3).

    A number made of punctuation alone is left as its key.
    """
    key = number_key(number)
    return _NOT_A_LETTER_NOR_A_DIGIT.sub("", key) or key


def bare_of_row(context: Any) -> str:
    """``bare_number`` of the row that SQLAlchemy is writing, whoever writes it (its ``number_key`` is given)."""
    return bare_number(str(context.get_current_parameters()["number_key"]))
