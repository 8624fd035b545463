"""ProConnect, by which professionals are identified by their employer's own means (OpenID Connect)."""

from .client import ProConnect, Start
from .identity import FAILURES, ProConnectFailure, ProConnectIdentity, SignedIn, require_acr
from .settings import ProConnectSettings, problems_of, read_settings

__all__ = [
    "FAILURES",
    "ProConnect",
    "ProConnectFailure",
    "ProConnectIdentity",
    "ProConnectSettings",
    "SignedIn",
    "Start",
    "problems_of",
    "read_settings",
    "require_acr",
]
