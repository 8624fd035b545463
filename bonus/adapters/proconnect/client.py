"""Talking to ProConnect: OpenID Connect's code flow, as ProConnect's technical documentation narrows it.

It knows no session: who calls keeps what ``begin`` drew, uses it once, and gives it back to ``finish``.
Nothing here logs: codes, tokens and the client's secret never leave this module but to ProConnect.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from .identity import ProConnectFailure, SignedIn, identity_from, require_acr
from .settings import ProConnectSettings, is_safe_url
from .tokens import Keys, UnknownKey, read_id_token, read_userinfo

SCOPES = "openid given_name usual_name email siret"
"""No more of a person than an account and the proof of the right to act need."""
AUTHENTICATION = "client_secret_post"
"""What its documentation lists in the body of a token request."""
SECONDS = 5
"""How long ProConnect may take for one answer: the code it gave dies after 30."""
KEPT = timedelta(hours=1)
"""Its addresses and keys are read again after that; keys also when a token names one we do not know."""
MOST_BYTES = 200_000
ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "end_session_endpoint",
    "jwks_uri",
)


@dataclass(frozen=True)
class Start:
    """A sign-in that begins: where the browser goes, and what must be kept to recognise its return."""

    url: str
    state: str
    nonce: str
    verifier: str | None


@dataclass(frozen=True)
class _Known:
    endpoints: dict[str, str]
    keys: Keys
    until: datetime


class ProConnect:
    """This service as one of ProConnect's. One object a process; threads may share it."""

    def __init__(self, settings: ProConnectSettings, redirect_uri: str) -> None:
        self.settings = settings
        self._redirect_uri = redirect_uri
        self._known: _Known | None = None

    def begin(self, accepted: Collection[str], now: datetime) -> Start:
        """Draw the secrets of one sign-in, and the address where it goes on, asking for one of these levels.

        Raises ProConnectFailure when ProConnect's addresses cannot be read.
        """
        # ProConnect wants 32 characters at least; these have 43.
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        verifier = secrets.token_urlsafe(48) if self.settings.pkce else None
        asked = {
            "id_token": {"acr": {"essential": True, "values": list(accepted)}, "amr": {"essential": True}}
        }
        with self._session() as session:
            url, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint", now),
                state=state,
                nonce=nonce,
                claims=json.dumps(asked, separators=(",", ":")),
                code_verifier=verifier,
            )
        return Start(url, state, nonce, verifier)

    def finish(
        self, code: str, nonce: str, verifier: str | None, accepted: Collection[str], now: datetime
    ) -> SignedIn:
        """Who came back with this code. Raises ProConnectFailure: nobody is identified by half."""
        keys = self._discovered(now).keys
        with self._session() as session:
            token = self._token(session, code, verifier, now)
            access_token, id_token = token.get("access_token"), token.get("id_token")
            if not isinstance(access_token, str) or not isinstance(id_token, str):
                raise ProConnectFailure("unreadable", "token")
            try:
                claims = read_id_token(id_token, keys, self.settings, nonce, access_token, now)
            except UnknownKey:  # it has changed its keys since we read them
                keys = self._discovered(now, again=True).keys
                claims = read_id_token(id_token, keys, self.settings, nonce, access_token, now)
            told = read_userinfo(
                self._userinfo(access_token, now), keys, self.settings, str(claims["sub"]), now
            )
        identity = identity_from(claims, told)
        require_acr(identity, accepted)
        return SignedIn(identity, id_token)

    def logout_url(self, id_token: str, state: str, back: str, now: datetime) -> str:
        """Where the browser goes to end the session at ProConnect; it then comes to ``back`` with ``state``.

        Raises ProConnectFailure when ProConnect's addresses cannot be read.
        """
        query = {"id_token_hint": id_token, "state": state, "post_logout_redirect_uri": back}
        return f"{self._endpoint('end_session_endpoint', now)}?{urlencode(query)}"

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret,
            token_endpoint_auth_method=AUTHENTICATION,
            scope=SCOPES,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            default_timeout=SECONDS,
        )

    def _token(
        self, session: OAuth2Session, code: str, verifier: str | None, now: datetime
    ) -> dict[str, Any]:
        more = {"code_verifier": verifier} if verifier else {}
        try:
            found = session.fetch_token(
                self._endpoint("token_endpoint", now),
                grant_type="authorization_code",
                code=code,
                redirect_uri=self._redirect_uri,
                allow_redirects=False,
                **more,
            )
        except OAuthError as error:
            raise ProConnectFailure("refused", _word(error.error)) from None
        except requests.JSONDecodeError:
            raise ProConnectFailure("unreadable", "token") from None
        except requests.RequestException as error:
            raise ProConnectFailure("unavailable", f"token: {type(error).__name__}") from None
        except (ValueError, TypeError, AttributeError):  # no object, or not what one expects in it
            raise ProConnectFailure("unreadable", "token") from None
        if not isinstance(found, dict):
            raise ProConnectFailure("unreadable", "token")
        return found

    def _userinfo(self, access_token: str, now: datetime) -> str:
        # Not by authlib's session: its leeway takes the 60 seconds such a token lives for a token that is over.
        with requests.Session() as session:
            session.auth = _bearer(access_token)
            answer = _got(session, self._endpoint("userinfo_endpoint", now), "userinfo")
        if answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/jwt":
            raise ProConnectFailure("unreadable", "userinfo is no signed token")
        return answer.text

    def _endpoint(self, name: str, now: datetime) -> str:
        return self._discovered(now).endpoints[name]

    def _discovered(self, now: datetime, *, again: bool = False) -> _Known:
        known = self._known
        if known is None or now >= known.until or again:
            known = self._known = self._discover(now)
        return known

    def _discover(self, now: datetime) -> _Known:
        with requests.Session() as session:
            document = _object(
                _got(session, f"{self.settings.issuer}/.well-known/openid-configuration", "discovery")
            )
            if document.get("issuer") != self.settings.issuer:
                raise ProConnectFailure("unreadable", "discovery: issuer")
            endpoints = {name: document.get(name) for name in ENDPOINTS}
            if not all(is_safe_url(url) for url in endpoints.values()):
                raise ProConnectFailure("unreadable", "discovery: endpoints")
            addresses = {name: str(url) for name, url in endpoints.items()}
            keys = Keys(_object(_got(session, addresses["jwks_uri"], "keys")))
        return _Known(addresses, keys, now + KEPT)


def _got(session: requests.Session, url: str, what: str) -> requests.Response:
    """What stands at an address. Raises ProConnectFailure."""
    try:
        answer = session.get(url, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise ProConnectFailure("unavailable", f"{what}: {type(error).__name__}") from None
    if answer.status_code >= 500:
        raise ProConnectFailure("unavailable", f"{what}: {answer.status_code}")
    if answer.status_code != 200 or len(answer.content) > MOST_BYTES:
        raise ProConnectFailure("unreadable", f"{what}: {answer.status_code}")
    return answer


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProConnectFailure("unreadable", "not a JSON object")
    return found


def _bearer(access_token: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """As an authentication and no plain header: requests would put what a .netrc says in its place."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {access_token}"
        return request

    return sign


def _word(error: object) -> str:
    """An OAuth error code ("invalid_grant") and nothing else that an answer may hold."""
    text = str(error)
    return text[:40] if text.replace("_", "").isalpha() else "error"
