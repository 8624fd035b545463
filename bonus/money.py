"""Amounts: integer euro cents, and rates: integer basis points (1 bp = 0.01 %).

``half_up`` is the one rounding function of the house. It works on Python integers and
on numpy int64 arrays alike, so the rules on columns and a single amount round the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Cents = TypeVar("Cents", int, npt.NDArray[np.int64])

BP_UNIT = 10_000
_AMOUNT = re.compile(r"-?[0-9]{1,16}\.[0-9]{2}")
NARROW_NBSP = "\u202f"
NBSP = "\u00a0"


def half_up(numerator: Cents, denominator: int) -> Cents:
    """Divide, rounding a half away from zero (regulation, conventions).

    ``numerator`` is in any integer unit; ``denominator`` is a positive integer. On arrays the
    caller guarantees that ``2 × |numerator| + denominator`` fits in int64.
    """
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    if isinstance(numerator, np.ndarray):
        quotient = (2 * np.abs(numerator) + denominator) // (2 * denominator)
        return np.asarray(np.where(numerator < 0, -quotient, quotient), dtype=np.int64)
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -magnitude if numerator < 0 else magnitude


def parse_amount(text: str) -> int:
    """Read a machine amount ("1234.56", exactly two decimals, a point) into cents.

    Raises ValueError on any other form: no exponent, no thousands separator, no third decimal.
    """
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"not an amount with two decimals: {text!r}")
    return int(text.replace(".", ""))


def from_decimal(value: Decimal) -> int:
    """Turn a decimal number of euros into cents. Raises ValueError when it is not whole cents."""
    if not value.is_finite():
        raise ValueError(f"not a number of euros: {value}")
    cents = value * 100
    if cents != cents.to_integral_value():
        raise ValueError(f"more than two decimals: {value}")
    return int(cents)


def amount_string(cents: int) -> str:
    """Write cents for a machine: ``-123456`` → ``"-1234.56"``."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    return f"{sign}{euros}.{rest:02d}"


def format_euros(cents: int) -> str:
    """Write cents for a person, in French: ``1234567`` → ``"12 345,67 €"`` (no-break spaces)."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    grouped = f"{euros:,}".replace(",", NARROW_NBSP)
    return f"{sign}{grouped},{rest:02d}{NBSP}€"


def format_rate(bp: int) -> str:
    """Write basis points for a person, in French: ``3050`` → ``"30,5 %"``."""
    sign = "-" if bp < 0 else ""
    whole, rest = divmod(abs(bp), 100)
    decimals = f",{rest:02d}".rstrip("0") if rest else ""
    return f"{sign}{whole}{decimals}{NBSP}%"


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Share ``total`` cents in proportion to ``weights`` (≥ 0, not all zero); the sum is exact.

    Largest remainder: what the integer division leaves over goes, one cent each, to the largest
    remainders, then to the first in order. Raises ValueError when the weights sum to zero.
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be non-negative and not all zero")
    sign = -1 if total < 0 else 1
    parts = [divmod(abs(total) * weight, whole) for weight in weights]
    shares = [quotient for quotient, _ in parts]
    left = abs(total) - sum(shares)
    for index in sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:left]:
        shares[index] += 1
    return [sign * share for share in shares]
