"""The letters on paper that a demonstration would have posted. Elsewhere there is no such page."""

from __future__ import annotations

from flask import abort, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from bonus.parts import post_folder

from ..access import PUBLIC, allow
from ..downloads import private_file
from .views import blueprint

PAGE_SIZE = 30


@blueprint.get("/demonstration/courriers")
@allow(PUBLIC)
def demo_letters() -> str:
    _require_demo()
    page = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    letters, total = post_folder().letters((page - 1) * PAGE_SIZE, PAGE_SIZE)
    return render_template(
        "public/demo_letters.html",
        letters=letters,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        page_url=lambda number: url_for("public.demo_letters", page=number),
    )


@blueprint.get("/demonstration/courriers/<name>.pdf")
@allow(PUBLIC)
def demo_letter(name: str) -> Response:
    _require_demo()
    pdf = post_folder().pdf(name)
    if pdf is None:
        abort(404)
    return private_file(pdf, f"courrier-{name[:8]}.pdf", "application/pdf")


def _require_demo() -> None:
    if not current_app.config["DEMO"]:
        abort(404)
