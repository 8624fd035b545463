"""The form of certificate numbers and verification keys. Pure: who draws and stores is elsewhere.

A number reads ``AF-2026-000001-7K3M9Q-42``: year, place in the year's gapless series (art. 15), an
unguessable part, and two ISO 7064 (MOD 97-10) check digits over all that precedes. The alphabet is
Crockford's base 32, which has neither I, L, O nor U: what is misread can be read back.
"""

from __future__ import annotations

import hmac
import re

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from bonus.errors import InvalidInput

PREFIX = "AF"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BYTES = 4
"""What ``make_number`` takes; 30 of these 32 bits are printed."""
KEY_BYTES = 10
"""What ``make_key`` takes; all 80 bits are printed."""

_RANDOM_LENGTH, _KEY_LENGTH = 6, 16
_MAXIMUM_SEQUENCE = 999_999_999
_MAXIMUM_TEXT = 80
_READ_AGAIN = str.maketrans("OIL", "011")
# Spaces, hyphens and dashes of every kind that a copied text may carry.
_SEPARATORS = re.compile(r"[\s\-_.\u00ad\u2010-\u2015\u2212]+")
_COMPACT = re.compile(rf"AF(\d{{4}})(\d{{6,9}})([{ALPHABET}]{{{_RANDOM_LENGTH}}})(\d{{2}})")
_CANONICAL = re.compile(rf"AF-\d{{4}}-\d{{6,9}}-[{ALPHABET}]{{{_RANDOM_LENGTH}}}-\d{{2}}")


def _base32(value: int, length: int) -> str:
    return "".join(ALPHABET[(value >> (5 * place)) & 31] for place in reversed(range(length)))


def make_number(year: int, sequence: int, random: bytes) -> str:
    """The number of the ``sequence``-th certificate of ``year``.

    ``random`` is ``RANDOM_BYTES`` bytes of a cryptographic source, so that nobody guesses the number
    of another's certificate. Raises ValueError when a part is out of its range.
    """
    if not 2000 <= year <= 9999:
        raise ValueError(f"not a year of the scheme: {year}")
    if not 1 <= sequence <= _MAXIMUM_SEQUENCE:
        raise ValueError(f"not a place in a series: {sequence}")
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"{RANDOM_BYTES} random bytes are needed")
    drawn = _base32(int.from_bytes(random, "big") >> 2, _RANDOM_LENGTH)
    check = mod_97_10.calc_check_digits(f"{PREFIX}{year}{sequence:06d}{drawn}")
    return f"{PREFIX}-{year}-{sequence:06d}-{drawn}-{check}"


def normalise(text: str) -> str | None:
    """The number a person meant, in its printed form, or None when it has not the shape of one.

    Case, spaces and hyphens do not count; O is read 0, I and L are read 1. The check digits are not
    looked at: see ``is_well_formed``.
    """
    compact = _compact(text)
    if compact is None:
        return None
    match = _COMPACT.fullmatch(compact)
    if match is None:
        return None
    return "-".join((PREFIX, *match.groups()))


def is_well_formed(number: str) -> bool:
    """Whether ``number``, in its printed form, has the right shape and the right check digits."""
    if not _CANONICAL.fullmatch(number) or not number.isascii():
        return False
    try:
        mod_97_10.validate(number.replace("-", ""))
    except ValidationError:
        return False
    # MOD 97-10 gives 02 to 98: 00, 01 and 99 would be second spellings of a valid number.
    return number[-2:] == mod_97_10.calc_check_digits(number[:-2].replace("-", ""))


def read_number(text: str) -> str:
    """The number typed by a person, in its printed form.

    Raises InvalidInput (``certificate.number_form``, ``certificate.number_check``) with a sentence
    that says what to look at.
    """
    number = normalise(text)
    if number is None:
        raise InvalidInput(
            "certificate.number_form",
            "Ce n’est pas un numéro d’attestation. Il s’écrit comme AF-2026-000001-7K3M9Q-42, "
            "en haut de la première page.",
            field="numero",
        )
    if not is_well_formed(number):
        raise InvalidInput(
            "certificate.number_check",
            "Ce numéro contient une erreur de copie. Relisez-le caractère par caractère.",
            field="numero",
        )
    return number


def make_key(random: bytes) -> str:
    """The verification key printed beside the number, grouped for reading: ``XXXX-XXXX-XXXX-XXXX``.

    ``random`` is ``KEY_BYTES`` bytes of a cryptographic source (80 bits). It is independent of the
    number: who only knows or guesses a number learns nothing. Raises ValueError on another length.
    """
    if len(random) != KEY_BYTES:
        raise ValueError(f"{KEY_BYTES} random bytes are needed")
    return _grouped(_base32(int.from_bytes(random, "big"), _KEY_LENGTH))


def normalise_key(text: str) -> str | None:
    """The key a person meant, in its printed form, or None when it has not the shape of one."""
    compact = _compact(text)
    if compact is None or len(compact) != _KEY_LENGTH or not set(compact) <= set(ALPHABET):
        return None
    return _grouped(compact)


def same_key(typed: str, printed: str) -> bool:
    """Whether a typed key is the printed one, in a time that does not tell how much of it is right."""
    key = normalise_key(typed)
    return key is not None and hmac.compare_digest(key.encode(), printed.encode())


def _compact(text: str) -> str | None:
    if len(text) > _MAXIMUM_TEXT:
        return None
    compact = _SEPARATORS.sub("", text)
    return compact.upper().translate(_READ_AGAIN) if compact.isascii() else None


def _grouped(compact: str) -> str:
    return "-".join(compact[start : start + 4] for start in range(0, len(compact), 4))
