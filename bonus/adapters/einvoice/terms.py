"""Taking values out of the terms that factur-x reads: texts, dates, amounts and rates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from .sentences import refusal

Terms = Mapping[str, object]

MAX_CENTS = 10**12  # ten billion euros: far above any invoice, far below what an int64 column holds
_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})")


def groups(terms: Terms, key: str) -> list[Terms]:
    """Return the repeated group of this key, an empty list when there is none."""
    value = terms.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def group(terms: Terms, key: str) -> Terms:
    """Return the group of this key, empty when there is none."""
    value = terms.get(key)
    return value if isinstance(value, dict) else {}


def text(terms: Terms, key: str, limit: int = 500) -> str:
    """Return a text on one line, "" when there is none; of a repeated one, all values."""
    value = terms.get(key)
    parts = value if isinstance(value, list) else [value]
    return " ".join(" ".join(str(part).split()) for part in parts if part)[:limit]


def single(terms: Terms, key: str) -> str:
    """Return the one value of a term that decides something, "" when there is none.

    Raises InvoiceUnreadable (invoice.repeated_term) when it is given twice with different values.
    """
    value = terms.get(key)
    if isinstance(value, list):
        values = {" ".join(str(part).split()) for part in value}
        if len(values) > 1:
            raise refusal("invoice.repeated_term", value=key)
        return values.pop() if values else ""
    return " ".join(str(value).split()) if value else ""


def day(terms: Terms, key: str) -> date | None:
    """Return a date; None when there is none (worker.py has left only real ones)."""
    value = single(terms, key)
    return date.fromisoformat(value) if value else None


def cents(terms: Terms, key: str) -> int | None:
    """Return an amount in cents; None when there is none.

    Raises InvoiceUnreadable: not a plain decimal number, more than two decimals, or absurdly large.
    """
    value = single(terms, key)
    if not value:
        return None
    if not _NUMBER.fullmatch(value):
        raise refusal("invoice.amount", value=value[:30])
    exact = Decimal(value) * 100
    if exact != exact.to_integral_value():
        raise refusal("invoice.amount_decimals", value=value[:30])
    if abs(exact) > MAX_CENTS:
        raise refusal("invoice.amount_too_large", value=value[:30])
    return int(exact)


def rate_bp(terms: Terms, key: str) -> int | None:
    """Return a VAT rate ("20.00") in basis points; None when there is none or it is no such rate."""
    value = single(terms, key)
    if not _NUMBER.fullmatch(value):
        return None
    exact = Decimal(value) * 100
    if exact != exact.to_integral_value() or not 0 <= exact <= 10_000:
        return None
    return int(exact)
