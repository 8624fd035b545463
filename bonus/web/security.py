"""What every answer tells the browser: what a page may load, who may frame it, whether to keep it."""

from __future__ import annotations

import secrets

from flask import Flask, Response, current_app, g, request
from flask_login import current_user

from .assets import ASSET_ENDPOINTS

NONCE_BYTES = 16
HSTS_SECONDS = 365 * 24 * 3600
PUBLIC_BLUEPRINT = "public"
OF_ONE_PERSON = frozenset({"secret", "link"})
"""Parts of addresses that only one person was sent: what they open is theirs, though nobody signs in."""

_PAGE_POLICY = (
    ("default-src", "'none'"),
    ("style-src", "'self'"),
    ("font-src", "'self'"),
    # DSFR's sheet draws some of its marks (checkboxes, selects) from data: addresses.
    ("img-src", "'self' data:"),
    ("connect-src", "'self'"),
    ("form-action", "'self'"),
    ("frame-ancestors", "'none'"),
    ("base-uri", "'none'"),
    ("object-src", "'none'"),
)
# What is not a page (a document, a file, data) loads nothing and runs nothing.
_FILE_POLICY = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}


def csp_nonce() -> str:
    """The secret word of this request: only a script that bears it runs. Made once a request."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(NONCE_BYTES)
    return str(g.csp_nonce)


def content_security_policy(nonce: str, *, https: bool) -> str:
    """The policy of a page. ``https`` also asks the browser to fetch everything over https."""
    directives = [f"{name} {value}" for name, value in _PAGE_POLICY]
    directives.append(f"script-src 'nonce-{nonce}'")
    if https:
        directives.append("upgrade-insecure-requests")
    return "; ".join(directives)


def _keep_private(response: Response) -> None:
    """No trace of a signed-in person's pages is left on a shared machine (no-store).

    A public page seen by nobody in particular may be kept if asked again each time; never by a
    shared cache, for it holds a nonce. One that a secret link opens is somebody's.
    """
    if request.endpoint in ASSET_ENDPOINTS or "Cache-Control" in response.headers:
        return
    response.cache_control.private = True
    # After a failure, who is signed in is not asked: the database may be what failed.
    if (
        response.status_code < 500
        and request.blueprint == PUBLIC_BLUEPRINT
        and not current_user.is_authenticated
        and not OF_ONE_PERSON & (request.view_args or {}).keys()
    ):
        response.cache_control.no_cache = True
    else:
        response.cache_control.no_store = True


def _add_headers(response: Response) -> Response:
    https = bool(current_app.config["SECURE_COOKIES"])
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if "Content-Security-Policy" not in response.headers:
        page = response.mimetype == "text/html"
        response.headers["Content-Security-Policy"] = (
            content_security_policy(csp_nonce(), https=https) if page else _FILE_POLICY
        )
    if https:
        response.headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}; includeSubDomains"
    _keep_private(response)
    return response


def register_security(app: Flask) -> None:
    """Add the headers to every answer of ``app`` and give templates ``csp_nonce()``.

    Needs ``SECURE_COOKIES`` in the settings and flask-login bound to the application.
    """
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(_add_headers)
