"""The letters on paper that a demonstration would have posted. Elsewhere there is no such page."""

from __future__ import annotations

from flask import abort
from werkzeug.wrappers import Response

from bonus.parts import post_folder

from ..access import PUBLIC, allow
from ..downloads import private_file
from .demo_mail import kept_page, require_demo
from .views import blueprint


@blueprint.get("/demonstration/courriers")
@allow(PUBLIC)
def demo_letters() -> str:
    require_demo()
    return kept_page("public.demo_letters", post_folder().letters)


@blueprint.get("/demonstration/courriers/<name>.pdf")
@allow(PUBLIC)
def demo_letter(name: str) -> Response:
    require_demo()
    pdf = post_folder().pdf(name)
    if pdf is None:
        abort(404)
    return private_file(pdf, f"courrier-{name[:8]}.pdf", "application/pdf")
