"""The letters sent on a dossier, as its agents read them: their reading notifies nothing."""

from __future__ import annotations

from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from bonus.claims.letters import letters_of, written_letter
from bonus.claims.notification import letter_notified_on
from bonus.claims.reasons_requests import requests_of
from bonus.claims.revocation_days import open_revocation_of

from ..access import actor, allow, now
from ..letters import letter_file, letter_page
from .views import EXAMINERS, blueprint, filed_claim


@blueprint.context_processor
def letters() -> dict[str, Any]:
    """What the dossier's page needs to list its letters."""
    return {
        "letters_of": letters_of,
        "letter_notified_on": letter_notified_on,
        "running_revocation_of": open_revocation_of,
        "reasons_requests_of": requests_of,
        "moment": now,
        "roles": actor().roles,
    }


@blueprint.get("/dossiers/<number>/courriers/<letter>")
@allow(*EXAMINERS)
def letter(number: str, letter: str) -> str:
    found = written_letter(filed_claim(number), letter)
    trail = [
        ("Dossiers", url_for("agent.queue")),
        (number, url_for("agent.claim", number=number)),
        (found.title, None),
    ]
    return letter_page(found, trail, url_for("agent.letter_pdf", number=number, letter=letter))


@blueprint.get("/dossiers/<number>/courriers/<letter>.pdf")
@allow(*EXAMINERS)
def letter_pdf(number: str, letter: str) -> Response:
    return letter_file(written_letter(filed_claim(number), letter))
