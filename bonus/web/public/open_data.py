"""The catalogue as open data: what it is, and the files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, jsonify, render_template, request, stream_with_context, url_for

from bonus.calendar import civil_date
from bonus.extensions import db, limiter
from bonus.parts import public_url
from bonus.registry import open_data_schema as form
from bonus.registry.open_data import Edition, csv_parts, edition, json_parts

from ..access import PUBLIC, allow, now
from .views import blueprint


@blueprint.get("/donnees")
@limiter.limit("60 per minute")
@allow(PUBLIC)
def open_data() -> str:
    return render_template("public/donnees.html", form=form, edition=edition(civil_date(now())))


@blueprint.get("/donnees/schema.json")
@limiter.limit("60 per minute")
@allow(PUBLIC)
def open_data_schema() -> Response:
    response = jsonify(form.json_schema(_address("public.open_data_schema")))
    response.mimetype = "application/schema+json"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


@blueprint.get("/donnees/solutions.csv")
@limiter.limit("10 per minute")
@allow(PUBLIC)
def open_data_csv() -> Response:
    made = edition(civil_date(now()))
    return _file(csv_parts(made, _page_of), made, "csv", "text/csv")


@blueprint.get("/donnees/solutions.json")
@limiter.limit("10 per minute")
@allow(PUBLIC)
def open_data_json() -> Response:
    made = edition(civil_date(now()))
    parts = json_parts(made, _page_of, _address("public.open_data_schema"))
    return _file(parts, made, "json", "application/json")


def _file(parts: Iterator[str], made: Edition, suffix: str, media_type: str) -> Response:
    """A file sent as it is read, or nothing (304) to who has this edition already."""
    db.session.rollback()  # nothing stays locked while it is sent
    response = Response(stream_with_context(parts), mimetype=media_type)
    name = f"solutions-labellisees-{made.on.isoformat()}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Link"] = (
        f'<{form.LICENCE_URL}>; rel="license", <{_address("public.open_data_schema")}>; rel="describedby"'
    )
    response.set_etag(f"{made.tag}-{suffix}")
    response.last_modified = made.modified_at
    return response.make_conditional(request)  # type: ignore[return-value]


def _address(endpoint: str, **values: Any) -> str:
    """An address that holds outside of this site: PUBLIC_URL, whatever name the request came by."""
    return public_url() + url_for(endpoint, **values)


def _page_of(slug: str) -> str:
    return _address("public.solution", slug=slug)
