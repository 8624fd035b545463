"""What a company was told of its dossiers: the list, and opening one, which marks it read."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bonus.claims.notice_kinds import KINDS
from bonus.claims.notices import notice_page, open_notice

from ..access import actor, allow, current_company, may_file, now
from .views import blueprint


@blueprint.get("/avis")
@allow("company")
def notices() -> str:
    found = notice_page(current_company().id, request.args.get("page", 1, type=int))
    return render_template(
        "company/notices.html",
        found=found,
        kinds=KINDS,
        acts=may_file(),
        page_url=lambda page: url_for("company.notices", page=page),
    )


@blueprint.get("/avis/<int(max=2147483647):notice_id>")
@allow("company")
def notice(notice_id: int) -> Response:
    opened = open_notice(notice_id, current_company().id, actor(), now(), acts=may_file())
    if opened.claim is None:
        return redirect(url_for("company.home"))
    return redirect(url_for("company.claim", reference=opened.claim.number or opened.claim.reference))
