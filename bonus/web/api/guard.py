"""Who may call the API: whoever presents a certifier's key that opens what the route asks. No cookie counts."""

from __future__ import annotations

from typing import cast

import structlog
from flask import Blueprint, Flask, Response, g, request

from bonus.errors import Forbidden
from bonus.extensions import csrf, db, limiter
from bonus.registry.keys import Holder, KeyRefused, authenticate_key
from bonus.registry.scheme_models import Certifier
from bonus.registry.writing import Source

from ..access import now
from .body import MAX_BODY_BYTES
from .errors import is_api_request

REFUSED_KEYS = "30 per 15 minutes"
"""Of one address: beyond, it waits, whatever it presents. Secrets cannot be guessed; logs could be flooded."""
CALLS = "600 per minute"
_log = structlog.get_logger()


def require_key(scopes: frozenset[str]) -> None:
    """Let in who presents a key for the route's scope. Raises KeyRefused, Forbidden; both are logged."""
    (scope,) = scopes
    g.key_refused = True
    try:
        g.holder = authenticate_key(_presented(), scope, request.remote_addr, now())
    except (KeyRefused, Forbidden) as refusal:
        # The code alone: whatever was presented may hold a secret.
        _log.warning("api.key_refused", code=refusal.code, address=request.remote_addr, path=request.path)
        raise
    g.key_refused = False


def _presented() -> str:
    scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not presented.strip():
        raise KeyRefused("missing", "Présentez votre clé dans l’en-tête « Authorization: Bearer bsk_… ».")
    return presented.strip()


def holder() -> Holder:
    """Who presented the key of this request."""
    return cast(Holder, g.holder)


def source() -> Source:
    """Where the facts of this request come from."""
    certifier = db.session.get_one(Certifier, holder().certifier_id)
    return Source("api", holder().actor(request.remote_addr), certifier=certifier)


def _was_refused(_response: Response) -> bool:
    return bool(g.get("key_refused"))


def protect(blueprint: Blueprint) -> None:
    """Of the routes of ``blueprint``: bounded tries, bounded calls, and no token, as no cookie opens them."""
    limiter.shared_limit(REFUSED_KEYS, scope="api.keys", deduct_when=_was_refused)(blueprint)
    limiter.shared_limit(CALLS, scope="api.calls")(blueprint)
    csrf.exempt(blueprint)


def bound_bodies(app: Flask) -> None:
    """Bound what is read of a body sent to the API, before anything reads it."""

    def bound() -> None:
        if is_api_request():
            # One byte more than a body may have: what is sent in pieces is cut there, in silence, and must be seen
            # to be too long.
            request.max_content_length = MAX_BODY_BYTES + 1

    app.before_request(bound)
