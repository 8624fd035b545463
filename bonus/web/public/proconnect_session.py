"""What the signed session keeps of a sign-in by ProConnect: one at a time, used once, dead after ten minutes."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import session

from bonus.adapters.proconnect.client import Start
from bonus.adapters.proconnect.identity import ProConnectIdentity, SignedIn

LASTS = timedelta(minutes=10)
MOST_TOKEN, MOST_PAGE = 1_800, 500
"""Characters; a cookie holds 4 KB. A longer ID token is not kept, and signing out then ends our session alone; a longer
address is not gone to."""
_FLOW, _PENDING, _OPEN, _LEAVING = (f"proconnect_{name}" for name in ("flow", "pending", "open", "leaving"))


@dataclass(frozen=True)
class Flow:
    """A sign-in that went to ProConnect. ``person_id`` and ``siren``: who proves their right to act, for whom."""

    state: str
    nonce: str
    verifier: str | None
    purpose: str
    next_page: str | None
    person_id: int | None
    siren: str | None


@dataclass(frozen=True)
class Pending:
    """An identity whose address has an account already: it waits for the password of that account."""

    signed: SignedIn
    next_page: str | None


def keep_flow(
    start: Start, purpose: str, next_page: str | None, now: datetime, **proof: int | str | None
) -> None:
    """Keep what the return of this sign-in will be recognised by; a former one is given up."""
    page = next_page if next_page and len(next_page) <= MOST_PAGE else None
    flow = Flow(start.state, start.nonce, start.verifier, purpose, page, None, None)
    _keep(_FLOW, {**asdict(flow), **proof}, now)


def take_flow(state: str, now: datetime) -> Flow | None:
    """The sign-in that comes back with this state, forgotten at once; None when it is none of this session."""
    kept = _take(_FLOW, now)
    if kept is None or not hmac.compare_digest(kept["state"].encode(), state.encode()):
        return None
    return Flow(**kept)


def keep_pending(signed: SignedIn, next_page: str | None, now: datetime) -> None:
    """Keep an identity until its password is given."""
    told = {"identity": asdict(signed.identity), "id_token": _short(signed.id_token)}
    _keep(_PENDING, {**told, "next_page": next_page}, now)


def pending(now: datetime) -> Pending | None:
    """The identity that waits, if it has not waited too long."""
    kept = _alive(session.get(_PENDING), now)
    if kept is None:
        return None
    identity = ProConnectIdentity(**{**kept["identity"], "amr": tuple(kept["identity"]["amr"])})
    return Pending(SignedIn(identity, kept["id_token"]), kept["next_page"])


def note_open(signed: SignedIn) -> None:
    """Note by what the session that is now open at ProConnect can be ended."""
    session[_OPEN] = _short(signed.id_token)


def open_token() -> str | None:
    """The ID token by which the session open at ProConnect can be ended."""
    return session.get(_OPEN) or None


def begin_leaving(now: datetime) -> str:
    """Draw the state by which the return from signing out is recognised."""
    state = secrets.token_urlsafe(32)
    _keep(_LEAVING, {"state": state}, now)
    return state


def has_left(state: str, now: datetime) -> bool:
    """Whether this is the return from a signing out that began here."""
    kept = _take(_LEAVING, now)
    return kept is not None and hmac.compare_digest(kept["state"].encode(), state.encode())


def _keep(name: str, what: dict[str, Any], now: datetime) -> None:
    session[name] = {**what, "at": int(now.timestamp())}


def _take(name: str, now: datetime) -> dict[str, Any] | None:
    return _alive(session.pop(name, None), now)


def _alive(kept: dict[str, Any] | None, now: datetime) -> dict[str, Any] | None:
    if kept is None or not 0 <= int(now.timestamp()) - kept["at"] < LASTS.total_seconds():
        return None
    return {name: value for name, value in kept.items() if name != "at"}


def _short(id_token: str) -> str:
    return id_token if len(id_token) <= MOST_TOKEN else ""
