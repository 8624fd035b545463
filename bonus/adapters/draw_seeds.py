"""The seeds of the draws that are not published yet: kept encrypted, so that who reads the database knows none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken


class SeedSafe:
    """Makes seeds, and closes and opens them with a key of the service made from its secret, for these alone."""

    def __init__(self, secret: str) -> None:
        key = hmac.digest(secret.encode(), b"bonus: seeds of draws", hashlib.sha256)
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def new(self) -> str:
        """A seed nobody can guess: 64 hexadecimal digits (256 bits)."""
        return secrets.token_hex(32)

    def close(self, seed: str) -> str:
        """The seed, encrypted."""
        return self._fernet.encrypt(seed.encode("ascii")).decode("ascii")

    def open(self, closed: str) -> str | None:
        """The seed, or None when it was closed with another secret: it is then lost."""
        try:
            return self._fernet.decrypt(closed.encode("ascii")).decode("ascii")
        except InvalidToken:
            return None
