"""Whether the service's parts answer, for those who watch over it."""

from __future__ import annotations

from flask import Response, jsonify

from bonus.jobs.health import failed_jobs, health

from ..access import PUBLIC, allow
from .views import blueprint


@blueprint.get("/healthz")
@allow(PUBLIC)
def healthz() -> tuple[Response, int]:
    """Each part, and how many jobs wait for a person: a number alone, which makes nothing unavailable."""
    state = health()
    well = all(answer == "ok" for answer in state.values())
    return jsonify({**state, "failed_jobs": failed_jobs()}), 200 if well else 503
