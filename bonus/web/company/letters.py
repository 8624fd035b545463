"""The letters of its dossiers as a company reads them: opening one notifies what it says (art. 11)."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from bonus.claims.letters import open_letter

from ..access import actor, allow, now
from ..letters import letter_file, letter_page
from .views import blueprint, own_claim


@blueprint.get("/dossiers/<reference>/courriers/<letter>")
@allow("company")
def letter(reference: str, letter: str) -> str:
    claim = own_claim(reference)
    found = open_letter(claim, letter, actor(), now())
    trail = [
        ("Mes dossiers", url_for("company.home")),
        (str(claim.number), url_for("company.claim", reference=claim.number)),
        (found.title, None),
    ]
    return letter_page(found, trail, url_for("company.letter_pdf", reference=claim.number, letter=letter))


@blueprint.get("/dossiers/<reference>/courriers/<letter>.pdf")
@allow("company")
def letter_pdf(reference: str, letter: str) -> Response:
    return letter_file(open_letter(own_claim(reference), letter, actor(), now()))
