"""A dossier as its agents see it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.claims.alerts import alerts_of, controls_of
from bonus.claims.annual_room import annual_room
from bonus.claims.annulments import given_back
from bonus.claims.answers import unsent_documents
from bonus.claims.assignment import choices
from bonus.claims.card_queues import OPEN, QUEUE_OF, QUEUES
from bonus.claims.change_models import StatusChange
from bonus.claims.compared import compare, solutions_of_page
from bonus.claims.cuts import cuts_of
from bonus.claims.documents import demands_of
from bonus.claims.dossier_lines import totals_of
from bonus.claims.line_list import decided_list_of, filed_list_of
from bonus.claims.meanwhile import mark_of, news_since, sentence_of
from bonus.claims.messages import may_be_written_to, read_messages, thread_of
from bonus.claims.models import Claim
from bonus.claims.neighbours import neighbours_of
from bonus.claims.notes import notes_of
from bonus.claims.others import other_dossiers
from bonus.claims.pictures import may_be_drawn, sheets_of
from bonus.claims.presence import enter, others_here
from bonus.claims.registry_then import standings_of
from bonus.claims.requests import may_be_asked, request_of
from bonus.claims.risks import flags_of
from bonus.claims.room import undertaking_room
from bonus.claims.status import STATUSES
from bonus.claims.terms_table import read_terms
from bonus.companies.models import INSTRUMENTS
from bonus.extensions import db
from bonus.parts import document_store
from bonus.registry.then_and_now import state_in_words

from ..access import actor, allow, now
from ..downloads import kept_list
from ..looking import look_at
from ..messaging import MessageForm
from .act_forms import act_forms
from .desk_forms import MarkedForm, NoteForm
from .here import here_sentence
from .proposed import acts_of, proposed_view
from .queue_asked import first_queue, kept_queue
from .typed import typed_in

blueprint = Blueprint("agent", __name__, url_prefix="/agent")
Page = str | Response | tuple[str, int]
EXAMINERS = ("reviewer", "authorising_officer")


def filed_claim(number: str) -> Claim:
    """The filed dossier of that number, else 404: an agent never sees a draft."""
    claim = db.session.scalars(select(Claim).where(Claim.number == number)).one_or_none()
    if claim is None:
        abort(404)
    return claim


@blueprint.get("")
@allow(*EXAMINERS)
def home() -> Response:
    return redirect(url_for("agent.queue"))


@blueprint.get("/dossiers/<number>")
@allow(*EXAMINERS)
def claim(number: str) -> Page:
    found = filed_claim(number)
    # The officer's reading leaves what is new to be read by the reviewers it is for.
    reads = "reviewer" in actor().roles
    return claim_page(
        found, new=read_messages(found.id, "reviewer", actor(), now()) if reads else frozenset()
    )


def claim_page(
    claim: Claim,
    submitted: FlaskForm | None = None,
    *,
    new: frozenset[int] = frozenset(),
    kept: Sequence[tuple[str, str]] = (),
) -> Page:
    """The dossier's page; ``submitted`` is the form that failed, ``new`` the messages not read before, ``kept`` what
    was typed on another page for an act that is no longer open."""
    today, me = civil_date(now()), actor().person_id
    assert me is not None  # the guard let in someone signed in
    here = secrets.token_urlsafe(16)
    enter(claim.id, me, here, now())
    looked = look_at(claim, cuts_of(claim))
    proposed = proposed_view(claim, looked.assessment, now())
    acts = acts_of(claim, proposed, actor(), asks=may_be_asked(claim, today))
    may = acts.may
    unsent = unsent_documents(claim)
    mark = mark_of(claim.id)
    news = news_since(claim.id, _mark_of(submitted), actor())
    forms = act_forms(claim, submitted, looked.assessment, today, mark)
    if submitted is not None and _is_closed(submitted, forms, may):
        kept = typed_in(submitted)
    queue, asked = kept_queue(first_queue(actor()))
    back: dict[str, Any] = {"file": queue, **asked.typed}
    others, other_count = other_dossiers(claim)
    solutions = solutions_of_page(looked.page.lines)
    page = render_template(
        "agent/claim.html",
        claim=claim,
        given_back=given_back(claim),
        statuses=STATUSES,
        assessment=looked.view,
        shown=looked.page,
        where=looked.where,
        totals=totals_of([claim.id])[claim.id],
        demands=demands_of(claim, besides=unsent),
        document_request=request_of(claim.id),
        thread=thread_of(claim.id),
        new=new,
        writable="reviewer" in actor().roles and may_be_written_to(claim, today),
        message_form=submitted if isinstance(submitted, MessageForm) else MessageForm(formdata=None),
        note_form=_note_form(submitted, kept),
        notes=notes_of(claim.id),
        unscanned=_unscanned(claim),
        sheets=sheets_of([invoice.document for invoice, _ in looked.page.by_invoice], document_store()),
        may_be_drawn=may_be_drawn,
        read_terms=read_terms,
        state_in_words=state_in_words,
        compared=compare(claim, looked.page.lines, solutions),
        standings=standings_of(looked.page.lines, solutions, today),
        changes=_changes(claim),
        others=others,
        other_count=other_count,
        room=annual_room(claim.company, today),
        undertaking=undertaking_room(claim.company, today),
        instruments=INSTRUMENTS,
        neighbours=neighbours_of(claim.id, queue, asked.filters, today, me=me),
        queue=QUEUES[queue],
        back_to_queue=url_for("agent.queue", **back),
        here=here,
        also_here=here_sentence(others_here(claim.id, me, now())),
        mark=mark,
        # Refused for what others did, the form says it itself.
        news=sentence_of(news) if news and submitted is not None and not submitted.form_errors else "",
        kept=kept,
        may=may,
        kept_out=acts.kept_out,
        page_forms=forms,
        proposed=proposed,
        in_charge=choices(claim) if QUEUE_OF[claim.status] in OPEN else [],
        alerts=alerts_of(claim),
        flags=flags_of(claim.id),
        controls=controls_of(claim),
        submitted=submitted,
        form=FlaskForm(),
        today=today,
    )
    db.session.commit()  # how many pages its documents have, counted once
    return (page, 422) if submitted is not None else page


def _mark_of(submitted: FlaskForm | None) -> str:
    """The mark of what was shown where a form was sent from; nothing for a form that bears none."""
    return submitted.mark.data or "" if isinstance(submitted, MarkedForm) else ""


def _is_closed(submitted: FlaskForm, forms: dict[str, Any], may: set[str]) -> bool:
    """Whether what was submitted is an act that this page does not offer any more."""
    return any(form is submitted and name not in may for name, form in forms.items())


def _note_form(submitted: FlaskForm | None, kept: Sequence[tuple[str, str]]) -> NoteForm:
    """The form of a note: as typed, or holding what was typed for an act that is no longer open."""
    if isinstance(submitted, NoteForm):
        return submitted
    form = NoteForm(formdata=None)
    if kept:
        form.text.data = "\n".join(f"{label}\u00a0: {value}" for label, value in kept)
    return form


def _changes(claim: Claim) -> list[StatusChange]:
    query = (
        select(StatusChange)
        .where(StatusChange.claim_id == claim.id)
        .options(joinedload(StatusChange.person).lazyload("*"))  # its name alone
        .order_by(StatusChange.id)
    )
    return list(db.session.scalars(query))


def _unscanned(claim: Claim) -> set[str]:
    """The references of the documents that no antivirus looked at."""
    store = document_store()
    return {document.reference for document in claim.documents if not store.is_scanned(document.stored_as)}


@blueprint.get("/dossiers/<number>/lignes-deposees.csv")
@allow(*EXAMINERS)
def filed_list(number: str) -> Response:
    lines = url_for("agent.lines_table", number=number, kind="csv")
    return kept_list(filed_list_of(filed_claim(number)), f"lignes-deposees-{number}.csv", lines)


@blueprint.get("/dossiers/<number>/decisions/<int(max=999):rank>/lignes.csv")
@allow(*EXAMINERS)
def decided_list(number: str, rank: int) -> Response:
    lines = url_for("agent.lines_table", number=number, kind="csv")
    return kept_list(
        decided_list_of(filed_claim(number), rank), f"lignes-decidees-{number}-{rank}.csv", lines
    )
