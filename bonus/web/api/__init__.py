"""The certifiers' API: what their machines push to the registry, by key."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add the operations, their description and its page to the application."""
    from . import documentation, spec

    spec.register_spec(app)
    app.register_blueprint(documentation.blueprint)
