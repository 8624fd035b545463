"""The draw of the fast lane (art. 12): a computation anyone can do again once the seed is known. Pure.

The seed is 64 hexadecimal digits, used as that text (ASCII): its SHA-256 is published beforehand; a dossier's mark is
HMAC-SHA256(key = seed, message = its number), read as a whole number, the first byte the heaviest.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from bonus.money import BP_UNIT

SEED_LENGTH = 64
MARKS = 2**256
"""A mark is one of so many."""
_SEED = re.compile(rf"[0-9a-f]{{{SEED_LENGTH}}}")


def check_seed(seed: str) -> str:
    """The seed, in lower case. Raises ValueError when it is not 64 hexadecimal digits."""
    seed = seed.strip().lower()
    if not _SEED.fullmatch(seed):
        raise ValueError("une graine est faite de 64 chiffres hexadécimaux")
    return seed


def seed_hash(seed: str) -> str:
    """The SHA-256 of a seed's text: what is published the day before."""
    return hashlib.sha256(seed.encode("ascii")).hexdigest()


def mark(seed: str, number: str) -> int:
    """The mark of a dossier, a whole number from 0 to 2^256 − 1."""
    return int.from_bytes(hmac.digest(seed.encode("ascii"), number.encode("ascii"), hashlib.sha256), "big")


def is_drawn(seed: str, number: str, share_bp: int) -> bool:
    """Whether a dossier is drawn for examination: its mark is below ``share_bp`` basis points of 2^256."""
    return mark(seed, number) * BP_UNIT < MARKS * share_bp


def list_hash(numbers: Iterable[str]) -> str:
    """The SHA-256 of the numbers submitted to a draw, sorted, a line each: it pins the list without giving it."""
    text = "".join(f"{number}\n" for number in sorted(numbers))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
