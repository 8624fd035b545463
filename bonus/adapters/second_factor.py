"""Time-based one-time codes (RFC 6238: SHA-1, six digits, half-minutes), their secret at rest, recovery codes.

Keys are derived from the service's secret (HKDF), one for each use; the encryption binds a secret to its person, so
that a row copied onto another opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

STEP_SECONDS, DIGITS, SECRET_BYTES = 30, 6, 20
AROUND = 1
"""Steps before and after the present one whose code is taken: clocks differ."""
_NONCE_BYTES = 12
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
RECOVERY_CODES, RECOVERY_LENGTH = 10, 12


class SecretUnreadable(Exception):
    """A kept secret does not open with this key: another SECRET_KEY, or a row of somebody else."""


def derived_key(secret_key: str, use: str) -> bytes:
    """32 bytes for one ``use``, which tell nothing of those of another."""
    return HKDF(SHA256(), 32, salt=None, info=f"bonus second factor {use}".encode()).derive(
        secret_key.encode()
    )


def new_secret() -> bytes:
    """A secret to share with a telephone."""
    return secrets.token_bytes(SECRET_BYTES)


def encrypt(key: bytes, secret: bytes, person_id: int) -> str:
    """The secret as the database keeps it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, secret, str(person_id).encode())
    return base64.b64encode(nonce + sealed).decode()


def decrypt(key: bytes, kept: str, person_id: int) -> bytes:
    """The secret again. Raises SecretUnreadable."""
    try:
        data = base64.b64decode(kept, validate=True)
        return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], str(person_id).encode())
    except (ValueError, InvalidTag) as error:
        raise SecretUnreadable("another key, or another person") from error


def step_of(now: datetime) -> int:
    """The half-minute of a moment, counted from 1970."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """The six digits of a half-minute."""
    return HOTP(secret, DIGITS, SHA1()).generate(step).decode()  # noqa: S303 - what RFC 6238 and telephones use


def step_of_code(secret: bytes, code: str, now: datetime, after: int | None) -> int | None:
    """The half-minute whose code this is, among those around now and later than ``after``; None when it is of none."""
    present, found = step_of(now), None
    for step in range(present - AROUND, present + AROUND + 1):
        same = hmac.compare_digest(code_at(secret, step).encode(), code.encode())
        if same and (after is None or step > after):
            found = step
    return found


def enrolment_url(secret: bytes, email: str, service: str) -> str:
    """What the telephone reads (otpauth), in ASCII."""
    label = quote(f"{service}:{email}", safe="")
    return f"otpauth://totp/{label}?" + urlencode({"secret": typed_secret(secret), "issuer": service})


def typed_secret(secret: bytes) -> str:
    """The secret as one types it where no picture can be read."""
    return base64.b32encode(secret).decode().rstrip("=")


def new_recovery_codes() -> list[str]:
    """Codes for one person: 60 bits each, in threes of four characters that are not taken for each other."""
    codes = (
        "".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)
    )
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def recovery_hash(key: bytes, person_id: int, code: str) -> str:
    """What is kept of a recovery code, however it is typed."""
    bare = "".join(one for one in code.upper() if one.isalnum())
    return hmac.new(key, f"{person_id}:{bare}".encode(), hashlib.sha256).hexdigest()
