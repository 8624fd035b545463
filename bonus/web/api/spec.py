"""OpenAPI's description of the API, made from its code."""

from __future__ import annotations

from typing import Any, cast

import flask_smorest
from flask import Flask, current_app

from .fields import describe
from .schemas import ErrorOut
from .views import blueprint

TITLE = "API des certificateurs du Bonus Souveraineté"
VERSION = "1"
OPENAPI_VERSION = "3.1.0"
_ABOUT = (
    "Un certificateur inscrit ses certifications au registre, puis leurs suspensions, rétablissements et retraits. "
    "Chaque demande peut être renvoyée sans dommage."
)
_KEY = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "bsk_…",
    "description": "Clé remise par le gardien du registre.",
}


class CertifiersApi(flask_smorest.Api):
    """flask-smorest's, without its error pages (``error_pages`` has ours) nor its viewers, loaded from elsewhere."""

    ERROR_SCHEMA = ErrorOut
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        return


def register_spec(app: Flask) -> None:
    """Add the operations to the application, and describe them."""
    api = CertifiersApi(
        app,
        spec_kwargs={
            "title": TITLE,
            "version": VERSION,
            "openapi_version": OPENAPI_VERSION,
            "info": {"description": _ABOUT},
            "servers": [{"url": app.config["PUBLIC_URL"].rstrip("/")}],
        },
    )
    api.ma_plugin.converter.add_attribute_function(describe)
    api.spec.components.security_scheme("key", _KEY)
    api.register_blueprint(blueprint)
    app.extensions["bonus.api"] = api


def openapi() -> dict[str, Any]:
    """The whole description."""
    return cast("dict[str, Any]", current_app.extensions["bonus.api"].spec.to_dict())
