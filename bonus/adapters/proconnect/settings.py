"""How this service is known to ProConnect: what its operator was given when it was registered there."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

ALGORITHMS = ("RS256", "ES256")
"""Signatures ProConnect offers; its third, HS256, would be one anybody with the client's secret can make."""
NAMES = ("PROCONNECT_ISSUER", "PROCONNECT_CLIENT_ID", "PROCONNECT_CLIENT_SECRET", "PROCONNECT_ACR_VALUES")
"""All of these, or none."""


@dataclass(frozen=True)
class ProConnectSettings:
    """``acr_values``: the levels of which one is enough to sign in; ``proof_acr_values``: to act for a company."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    acr_values: tuple[str, ...]
    proof_acr_values: tuple[str, ...]
    pkce: bool
    algorithm: str


def read_settings(settings: Mapping[str, Any]) -> ProConnectSettings | None:
    """What the settings say of ProConnect; None when it is not used here. Raises ValueError."""
    if not any(settings[name] for name in NAMES):
        return None
    found = problems_of(settings)
    if found:
        raise ValueError(" ".join(found))
    levels = tuple(settings["PROCONNECT_ACR_VALUES"].split())
    return ProConnectSettings(
        issuer=settings["PROCONNECT_ISSUER"],
        client_id=settings["PROCONNECT_CLIENT_ID"],
        client_secret=settings["PROCONNECT_CLIENT_SECRET"],
        acr_values=levels,
        proof_acr_values=tuple(settings["PROCONNECT_PROOF_ACR_VALUES"].split()) or levels,
        pkce=settings["PROCONNECT_PKCE"],
        algorithm=settings["PROCONNECT_ALGORITHM"],
    )


def problems_of(settings: Mapping[str, Any]) -> list[str]:
    """Why the service must not start with what it is told of ProConnect (English sentences)."""
    missing = [name for name in NAMES if not str(settings[name]).strip()]
    if len(missing) == len(NAMES):
        return []
    found = [f"{name} is not set, though others of ProConnect are." for name in missing]
    issuer = settings["PROCONNECT_ISSUER"]
    if issuer and not is_safe_url(issuer):
        found.append("PROCONNECT_ISSUER must start with https://.")
    if issuer.endswith("/"):
        found.append("PROCONNECT_ISSUER must not end with a slash.")
    if settings["PROCONNECT_ALGORITHM"] not in ALGORITHMS:
        found.append(f"PROCONNECT_ALGORITHM must be one of {', '.join(ALGORITHMS)}.")
    return found


def is_safe_url(url: object) -> bool:
    """Whether nobody can read or change what is said to this address: https, or this very machine."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
