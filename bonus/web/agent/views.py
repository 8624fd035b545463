"""A dossier as its agents see it, with its documents."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response

from bonus.audit.service import record
from bonus.calendar import civil_date
from bonus.claims.alerts import alerts_of, controls_of
from bonus.claims.answers import unsent_documents
from bonus.claims.cuts import cuts_of
from bonus.claims.documents import demands_of
from bonus.claims.dossier_lines import totals_of
from bonus.claims.line_list import decided_list_of, filed_list_of
from bonus.claims.messages import may_be_written_to, read_messages, thread_of
from bonus.claims.models import Claim, Document
from bonus.claims.requests import may_be_asked, request_of
from bonus.claims.status import STATUSES, allowed
from bonus.extensions import db
from bonus.parts import document_store

from ..access import actor, allow, now
from ..downloads import kept_list, private_file
from ..looking import look_at
from ..messaging import MessageForm
from ..pictures import page_picture
from .act_forms import act_forms
from .proposed import acts_of, proposed_view

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
    claim: Claim, submitted: FlaskForm | None = None, *, new: frozenset[int] = frozenset()
) -> Page:
    """The dossier's page; ``submitted`` is the form that failed, ``new`` the messages not read before."""
    today = civil_date(now())
    looked = look_at(claim, cuts_of(claim))
    proposed = proposed_view(claim, looked.assessment, now())
    may = acts_of(claim, proposed, actor())
    if allowed(claim.status, "ask", actor().roles) and may_be_asked(claim, today):
        may.add("ask")
    unsent = unsent_documents(claim)
    page = render_template(
        "agent/claim.html",
        claim=claim,
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
        unscanned=_unscanned(claim),
        may=may,
        page_forms=act_forms(claim, submitted, looked.assessment, today),
        proposed=proposed,
        alerts=alerts_of(claim),
        controls=controls_of(claim),
        submitted=submitted,
        form=FlaskForm(),
        today=today,
    )
    return (page, 422) if submitted is not None else page


def _unscanned(claim: Claim) -> set[str]:
    """The references of the documents that no antivirus looked at."""
    store = document_store()
    return {document.reference for document in claim.documents if not store.is_scanned(document.stored_as)}


def _document(claim: Claim, reference: str) -> Document:
    found = db.session.scalars(
        select(Document).where(Document.reference == reference, Document.claim_id == claim.id)
    ).one_or_none()
    if found is None or found in unsent_documents(claim):
        abort(404)
    return found


@blueprint.get("/dossiers/<number>/documents/<reference>")
@allow(*EXAMINERS)
def document(number: str, reference: str) -> Response:
    claim = filed_claim(number)
    found = _document(claim, reference)
    record("claim.document_read", f"claim:{claim.number}", actor(), now(), sha256=found.sha256)
    stored_as, media_type, name = found.stored_as, found.media_type, found.original_name
    db.session.commit()
    return private_file(document_store().read(stored_as), name, media_type)


@blueprint.get("/dossiers/<number>/documents/<reference>/pages/<int:page>.png")
@allow(*EXAMINERS)
def document_page(number: str, reference: str, page: int) -> Response:
    """A page of a plain document, beside what the company typed of it."""
    claim = filed_claim(number)
    picture = page_picture(_document(claim, reference), page)
    if page == 1:  # one entry says that it was looked at
        record("claim.document_read", f"claim:{claim.number}", actor(), now(), document=reference)
        db.session.commit()
    return picture


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
