"""Whether the service's parts answer, for those who watch over it."""

from __future__ import annotations

from flask import Response, jsonify

from bonus.jobs.health import health

from ..access import PUBLIC, allow
from .views import blueprint


@blueprint.get("/healthz")
@allow(PUBLIC)
def healthz() -> tuple[Response, int]:
    state = health()
    return jsonify(state), 200 if all(answer == "ok" for answer in state.values()) else 503
