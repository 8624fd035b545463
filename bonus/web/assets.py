"""The State's design system (DSFR), served from its package, and the fingerprints of our own files.

DSFR's addresses carry its version and ours a fingerprint of their content, so both may be kept by
browsers for a year: a new version has a new address.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from flask import Flask, Response, abort, current_app, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as BaseResponse

ONE_YEAR = 365 * 24 * 3600
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What a page may need of the package, and the type it is sent with; nothing else is served."""
COMPRESSED = frozenset({".css", ".js", ".svg"})

DSFR_ENDPOINT = "dsfr"
ASSET_ENDPOINTS = frozenset({DSFR_ENDPOINT, "static"})


@lru_cache(maxsize=1)
def dsfr_folder() -> Path:
    """Where the package keeps DSFR's built files."""
    return Path(str(files("dsfr"))) / "static" / "dsfr" / "dist"


@lru_cache(maxsize=1)
def dsfr_version() -> str:
    """The version of DSFR the package ships, such as ``"1.14.4"``."""
    return (dsfr_folder().parent / "dsfr_version").read_text(encoding="utf-8").strip().removeprefix("v")


@lru_cache(maxsize=256)
def _body(path: Path, *, compressed: bool) -> bytes:
    """A file's content, read and compressed once a process: pages use a few dozen of them."""
    content = path.read_bytes()
    # mtime 0: every process sends the same bytes.
    return gzip.compress(content, compresslevel=9, mtime=0) if compressed else content


@lru_cache(maxsize=64)
def _fingerprint(path: Path, _modified_ns: int) -> str:
    """Ten hexadecimal digits of the file's SHA-256, read again only once the file was modified."""
    return sha256(path.read_bytes()).hexdigest()[:10]


def dsfr_url(path: str) -> str:
    """The address of one of DSFR's files, given from its ``dist`` folder."""
    return url_for(DSFR_ENDPOINT, version=dsfr_version(), path=path)


def _own_fingerprint(filename: str) -> str:
    path = Path(current_app.static_folder or "static") / filename
    return _fingerprint(path, path.stat().st_mtime_ns)


def asset_url(filename: str) -> str:
    """The address of one of our own files in static/, with its fingerprint."""
    return url_for("static", filename=filename, v=_own_fingerprint(filename))


def _serve_dsfr(version: str, path: str) -> BaseResponse:
    found = safe_join(str(dsfr_folder()), path)
    if version != dsfr_version() or found is None:
        abort(404)
    file = Path(found)
    if file.suffix not in KINDS or not file.is_file():
        abort(404)
    negotiated = file.suffix in COMPRESSED
    compressed = negotiated and request.accept_encodings.quality("gzip") > 0
    response = Response(_body(file, compressed=compressed), content_type=KINDS[file.suffix])
    response.set_etag(sha256(f"{version} {path} {compressed}".encode()).hexdigest()[:20])
    if negotiated:
        response.vary.add("Accept-Encoding")
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    return response.make_conditional(request)


def _never_changes() -> bool:
    """Whether what stands at this address can only ever be this: a server still running the version
    before must not have its old file kept under the fingerprint of the new one."""
    if request.endpoint == DSFR_ENDPOINT:
        return True
    return request.args.get("v") == _own_fingerprint((request.view_args or {})["filename"])


def _keep(response: Response) -> Response:
    """Let browsers keep what has a version or a fingerprint in its address; the rest they must ask again."""
    if request.endpoint in ASSET_ENDPOINTS and response.status_code in (200, 206, 304):
        response.cache_control.clear()
        response.headers.pop("Expires", None)
        response.cache_control.public = True
        if _never_changes():
            response.cache_control.max_age = ONE_YEAR
            response.cache_control.immutable = True
        else:
            response.cache_control.no_cache = True
    return response


class AssetFreeSessions(SecureCookieSessionInterface):
    """Flask's sessions, which these files leave alone: "Vary: Cookie" would have browsers fetch them
    again each time the session changes."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.endpoint not in ASSET_ENDPOINTS:
            super().save_session(app, session, response)


def register_assets(app: Flask) -> None:
    """Serve DSFR under ``/static/dsfr/<version>/`` and give templates ``dsfr_url`` and ``asset_url``.

    Both these files and static/ are public: they hold nothing of anyone.
    """
    app.add_url_rule("/static/dsfr/<version>/<path:path>", DSFR_ENDPOINT, _serve_dsfr, methods=["GET"])
    app.session_interface = AssetFreeSessions()
    app.after_request(_keep)
    app.jinja_env.globals.update(dsfr_url=dsfr_url, asset_url=asset_url)
