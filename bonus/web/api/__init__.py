"""The certifiers' API: what their machines push to the registry, by key."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider


class ReadableJSON(DefaultJSONProvider):
    """JSON that people read too: accents as they are."""

    ensure_ascii = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """The text of ``obj``; half a surrogate pair, which no UTF-8 can write, becomes U+FFFD."""
        text = super().dumps(obj, **kwargs)
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def register(app: Flask) -> None:
    """Add the operations, their description and its page to the application."""
    from . import documentation, spec

    app.json = ReadableJSON(app)
    spec.register_spec(app)
    app.register_blueprint(documentation.blueprint)
