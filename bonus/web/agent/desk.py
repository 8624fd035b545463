"""Agents side by side on a dossier: internal notes, and who has it open."""

from __future__ import annotations

import re

from flask import Response, flash, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from bonus.claims.meanwhile import news_since, sentence_of
from bonus.claims.notes import write_note
from bonus.claims.presence import leave, others_here, stay
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db

from ..access import actor, allow, now
from ..fields import add_refusal
from .desk_forms import NoteForm
from .here import here_sentence
from .views import EXAMINERS, blueprint, claim_page, filed_claim

Page = str | WerkzeugResponse | tuple[str, int]
_PAGE = re.compile(r"[\w-]{22}")


@blueprint.post("/dossiers/<number>/notes")
@allow(*EXAMINERS)
def note(number: str) -> Page:
    form = NoteForm()
    if form.validate_on_submit():
        try:
            write_note(filed_claim(number), form.text.data or "", actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Votre note est enregistrée. L’entreprise ne la voit pas.", "success")
            return redirect(url_for("agent.claim", number=number, _anchor="notes"))
    return claim_page(filed_claim(number), form)


@blueprint.post("/dossiers/<number>/presence")
@allow(*EXAMINERS)
def presence(number: str) -> Response:
    """A page that is open says so, and learns who else is there and what they did since it was shown."""
    claim_id = filed_claim(number).id
    stay(claim_id, _me(), _page(), now())
    news = news_since(claim_id, request.form.get("mark", ""), actor())
    return jsonify(
        others=here_sentence(others_here(claim_id, _me(), now())),
        news=sentence_of(news),
    )


@blueprint.post("/dossiers/<number>/depart")
@allow(*EXAMINERS)
def departure(number: str) -> tuple[str, int]:
    """A page is closed."""
    leave(filed_claim(number).id, _me(), _page())
    return "", 204


def _page() -> str:
    """The name the page was given. Raises InvalidInput for what is no such name."""
    asked = request.form.get("page", "")
    if not _PAGE.fullmatch(asked):
        raise InvalidInput("presence.page", "Rechargez la page du dossier.")
    return asked


def _me() -> int:
    person_id = actor().person_id
    assert person_id is not None  # the guard let in someone signed in
    return person_id
