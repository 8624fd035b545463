"""The certifiers' API: what their machines push to the registry, by key."""

from __future__ import annotations

from typing import cast

from flask import Flask
from flask.json.provider import DefaultJSONProvider


def register(app: Flask) -> None:
    """Add the operations, their description and its page to the application."""
    from . import documentation, spec

    cast(DefaultJSONProvider, app.json).ensure_ascii = False  # people read these answers too
    spec.register_spec(app)
    app.register_blueprint(documentation.blueprint)
