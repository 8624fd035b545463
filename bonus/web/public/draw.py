"""The draw of the fast lane in public (art. 12): hashes beforehand, seeds and numbers drawn the day after."""

from __future__ import annotations

import json

from flask import Response, render_template, request

from bonus.calendar import civil_date
from bonus.claims.lane_seeds import PAGE_SIZE, DayOfDraw, all_days, days_of_draw
from bonus.extensions import db, limiter
from bonus.regulation import load_parameters
from bonus.spreadsheet import csv_lines

from ..access import PUBLIC, allow, now
from .views import blueprint

TITLES = (
    "jour",
    "empreinte_sha256",
    "annoncee_le",
    "part_points_de_base",
    "graine",
    "dossiers_soumis",
    "dossiers_tires",
    "numeros_tires",
    "empreinte_de_la_liste",
)


@blueprint.get("/tirage")
@limiter.limit("60 per minute")
@allow(PUBLIC)
def draw() -> str:
    page = min(max(1, request.args.get("page", 1, type=int)), 10_000)
    today = civil_date(now())
    days, total = days_of_draw(now(), page)
    law = load_parameters()
    return render_template(
        "public/tirage.html",
        days=days,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        today=today,
        share_bp=law.integer("lane.draw_share", today),
        bonus_max=law.integer("lane.bonus_max", today),
    )


@blueprint.get("/tirage.json")
@limiter.limit("10 per minute")
@allow(PUBLIC)
def draw_json() -> Response:
    body = {
        "algorithme": "HMAC-SHA256",
        "jours": [dict(zip(TITLES, _row(day), strict=True)) for day in _days()],
    }
    return _file(json.dumps(body, ensure_ascii=False, indent=1), "application/json", "json")


@blueprint.get("/tirage.csv")
@limiter.limit("10 per minute")
@allow(PUBLIC)
def draw_csv() -> Response:
    rows = [[_cell(value) for value in _row(day)] for day in _days()]
    return _file(b"".join(csv_lines([TITLES, *rows])), "text/csv", "csv")


def _days() -> list[DayOfDraw]:
    days = all_days(now())
    db.session.rollback()
    return days


def _row(day: DayOfDraw) -> tuple[object, ...]:
    """A day as the files say it; of a day that is not past, nothing but the hash."""
    past = day.seed is not None
    return (
        day.day.isoformat(),
        day.sha256,
        day.announced_at.isoformat(),
        day.share_bp,
        day.seed,
        day.submitted,
        len(day.drawn) if past else None,
        list(day.drawn) if past else None,
        day.list_sha256,
    )


def _cell(value: object) -> object:
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else value


def _file(body: str | bytes, media_type: str, suffix: str) -> Response:
    response = Response(body, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="tirages-voie-rapide.{suffix}"'
    return response
