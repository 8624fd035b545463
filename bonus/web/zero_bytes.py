"""Zero bytes stop at the door: no form of ours sends any, PostgreSQL keeps none, and SQLite cuts texts there."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, abort, request


def _texts() -> Iterator[str]:
    """All that a request may have a service read or keep as text."""
    yield request.path
    for fields in (request.args, request.form):
        for name, value in fields.items(multi=True):
            yield from (name, value)
    for files in request.files.listvalues():
        yield from (file.filename or "" for file in files)


def register_zero_bytes(app: Flask) -> None:
    """Refuse (400) each request that has a zero byte in its address, its form or the names of its files."""

    def refuse() -> None:
        if any("\0" in text for text in _texts()):
            abort(400)

    app.before_request(refuse)
