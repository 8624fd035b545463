"""The code of a letter: drawn with a key of the service from what the letter is, so that it is kept nowhere.

Who reads the database has the nonce and not the key; the letter printed twice bears the same code.
"""

from __future__ import annotations

import hashlib
import hmac

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""What nobody takes for another by hand or on the telephone: no 0, O, 1, I, L nor U."""
LENGTH = 10
"""30 ** 10 codes: five tries find one of them once in a hundred thousand billion."""


def letter_key(secret: str) -> bytes:
    """The key for these codes alone, from the service's secret. Another secret: the letters under way are void."""
    return hmac.digest(secret.encode(), b"bonus: codes of letters", hashlib.sha256)


def code_of(key: bytes, letter_id: int, nonce: str) -> str:
    """The code of a letter, ten characters."""
    drawn = int.from_bytes(hmac.digest(key, f"{letter_id}:{nonce}".encode(), hashlib.sha256), "big")
    letters = []
    for _ in range(LENGTH):
        drawn, rank = divmod(drawn, len(ALPHABET))
        letters.append(ALPHABET[rank])
    return "".join(letters)


def shown(code: str) -> str:
    """The code as printed: two groups of five."""
    return f"{code[:5]}-{code[5:]}"


def is_code(typed: str, code: str) -> bool:
    """Whether a person typed the code: case, spaces and hyphens do not count. Compared in constant time."""
    compact = "".join(one for one in typed.upper() if one.isalnum())
    return hmac.compare_digest(compact.encode(), code.encode())
