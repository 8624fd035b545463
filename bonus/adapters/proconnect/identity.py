"""Who ProConnect says someone is, and why it may not be believed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from bonus.adapters.mail import is_address

FAILURES = {
    "unavailable": "ProConnect does not answer, or answers that it cannot",
    "refused": "ProConnect refused the code (used already, more than 30 seconds old, not ours)",
    "unreadable": "an answer of ProConnect is not what its documentation says",
    "not_proven": "a token is not signed by ProConnect, for us, now, for this very sign-in",
    "claims": "what ProConnect says of the person is incomplete",
    "level": "the person was not identified by one of the levels asked for",
}
"""What each code means, for logs."""

_SIRET = re.compile(r"[0-9]{14}")
MOST_NAME = 120


class ProConnectFailure(Exception):
    """Nobody is identified. ``code`` is one of FAILURES; ``detail`` holds nothing of a person, nor any token."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {FAILURES[code]}" + (f" ({detail})" if detail else ""))
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class ProConnectIdentity:
    """One identity at one employer: who changes employer has another ``subject``.

    ``siret`` is the establishment they work for, None when it was not told; ``acr`` the level by which they were
    identified, ``amr`` the means ("pwd", "mfa"…).
    """

    issuer: str
    subject: str
    email: str
    given_name: str
    usual_name: str
    siret: str | None
    acr: str | None
    amr: tuple[str, ...]

    @property
    def name(self) -> str:
        """First names and name in use, as an account keeps them."""
        return " ".join(f"{self.given_name} {self.usual_name}".split())[:MOST_NAME] or self.email[:MOST_NAME]


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, and the ID token by which ProConnect will know whom to sign out."""

    identity: ProConnectIdentity
    id_token: str = field(repr=False)


def require_acr(identity: ProConnectIdentity, accepted: Collection[str]) -> None:
    """Raises ProConnectFailure("level") unless the identity has one of the levels accepted."""
    if identity.acr not in accepted:
        raise ProConnectFailure("level", f"{identity.acr or 'none'} is not one of {' '.join(accepted)}"[:200])


def identity_from(id_claims: Mapping[str, Any], told: Mapping[str, Any]) -> ProConnectIdentity:
    """The identity that an ID token and the userinfo of the same person tell, both proven already.

    Raises ProConnectFailure when there is no subject or no usable e-mail address.
    """
    subject, email = _text(id_claims, "sub"), _text(told, "email").lower()
    if not 0 < len(subject) <= 255 or len(email) > 254 or not is_address(email):
        raise ProConnectFailure("claims", "sub or email")
    siret = _text(told, "siret").replace(" ", "")
    amr = id_claims.get("amr")
    return ProConnectIdentity(
        issuer=_text(id_claims, "iss"),
        subject=subject,
        email=email,
        given_name=_text(told, "given_name")[:MOST_NAME],
        usual_name=_text(told, "usual_name")[:MOST_NAME],
        siret=siret if _SIRET.fullmatch(siret) else None,
        acr=_text(id_claims, "acr")[:200] or None,
        amr=tuple(str(means)[:20] for means in amr[:10]) if isinstance(amr, list) else (),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip() if isinstance(value, str) else ""
