"""The two signed tokens of a sign-in: the ID token, and the userinfo that says more of the same person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from .identity import ProConnectFailure
from .settings import ProConnectSettings

KINDS = ("RSA", "EC")
LEEWAY = 30
"""Seconds by which two clocks may differ."""


class UnknownKey(ProConnectFailure):
    """The token names a key that was not among ProConnect's when they were read."""

    def __init__(self) -> None:
        super().__init__("not_proven", "unknown key")


class Keys:
    """ProConnect's public keys, by their id."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Raises ProConnectFailure when the document holds none that we can use."""
        self._keys: dict[str, Key] = {}
        found = document.get("keys")
        for entry in found if isinstance(found, list) else []:
            if (
                not isinstance(entry, dict)
                or entry.get("kty") not in KINDS
                or entry.get("use", "sig") != "sig"
            ):
                continue  # it signs nothing for us
            try:
                (self._keys[str(entry["kid"])],) = KeySet.import_key_set({"keys": [entry]}).keys
            except (JoseError, ValueError, TypeError, KeyError):
                continue  # not a whole key, or one of a curve we do not know
        if not self._keys:
            raise ProConnectFailure("unreadable", "keys")

    def of(self, key_id: object) -> Key:
        """The key of that id. Raises UnknownKey."""
        if not isinstance(key_id, str) or key_id not in self._keys:
            raise UnknownKey
        return self._keys[key_id]


def read_id_token(
    token: str, keys: Keys, settings: ProConnectSettings, nonce: str, access_token: str, now: datetime
) -> Mapping[str, Any]:
    """The claims of an ID token: of ProConnect, for us, for this sign-in, in force.

    (OpenID Connect Core, 3.1.3.7.) Raises UnknownKey, ProConnectFailure.
    """
    params = {"nonce": nonce, "client_id": settings.client_id, "access_token": access_token}
    return _proven(token, keys, settings, params, now, "id_token", essential=True)


def read_userinfo(
    token: str, keys: Keys, settings: ProConnectSettings, subject: str, now: datetime
) -> Mapping[str, Any]:
    """The claims of a userinfo, which must be of the ID token's person (OpenID Connect Core, 5.3.4).

    Raises ProConnectFailure.
    """
    claims = _proven(token, keys, settings, {}, now, "userinfo", essential=False)
    if claims.get("sub") != subject:
        raise ProConnectFailure("not_proven", "userinfo: of somebody else")
    return claims


def _proven(
    token: str,
    keys: Keys,
    settings: ProConnectSettings,
    params: dict[str, str],
    now: datetime,
    what: str,
    *,
    essential: bool,
) -> Mapping[str, Any]:
    options = {
        "iss": {"essential": True, "value": settings.issuer},
        "aud": {"essential": True, "value": settings.client_id},
        "sub": {"essential": True},
    }
    try:
        key = keys.of(jws.extract_compact(token.encode()).headers().get("kid"))
        found = jwt.decode(token, key, algorithms=[settings.algorithm])
        # The checks of an ID token; a userinfo need not say until when it holds.
        claims = CodeIDToken(found.claims, found.header, options, params)
        if not essential:
            claims.ESSENTIAL_CLAIMS = ["iss", "sub", "aud"]
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    except (JoseError, ValueError, TypeError) as error:
        raise ProConnectFailure("not_proven", f"{what}: {type(error).__name__}") from None
    return dict(found.claims)
