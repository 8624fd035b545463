"""An accountant's clients and their certificates, within the mandates in force today."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask_login import current_user
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.certificates.held import certificates_of_firm, mandates_of_firm, trace_download

from ..access import actor, allow, now
from ..downloads import private_file

blueprint = Blueprint("accountant", __name__, url_prefix="/cabinet")


def _firm_ids() -> list[int]:
    return [membership.firm_id for membership in current_user.firm_memberships]


@blueprint.get("")
@allow("accountant")
def home() -> str:
    today = civil_date(now())
    return render_template(
        "accountant/home.html",
        firms=[membership.firm for membership in current_user.firm_memberships],
        mandates=mandates_of_firm(_firm_ids(), today),
        certificates=certificates_of_firm(_firm_ids(), today),
    )


@blueprint.get("/attestations/<number>.pdf")
@allow("accountant")
def certificate(number: str) -> Response:
    found = next(
        (c for c in certificates_of_firm(_firm_ids(), civil_date(now())) if c.number == number), None
    )
    if found is None:
        abort(404)
    return private_file(trace_download(found, actor(), now()), f"{number}.pdf", "application/pdf")
