"""The documents of a dossier as its agents see them: page by page as pictures that our server draws.

The file a stranger sent is never shown by the browser. Whoever must check it itself (a signature, a seal, attached
data) takes it as a download, which the log says.
"""

from __future__ import annotations

from flask import Response, abort, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import undefer

from bonus.claims.answers import unsent_documents
from bonus.claims.models import Claim, Document, Invoice
from bonus.claims.pictures import may_be_drawn, picture_of, sheets_of
from bonus.claims.purposes import PURPOSES
from bonus.claims.readings import note_looked_at, note_original_taken
from bonus.claims.terms_table import read_terms
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.parts import document_store

from ..access import actor, allow, now
from ..downloads import private_file
from .views import EXAMINERS, blueprint, filed_claim

PAGES_AT_ONCE = 20
"""How many pages of a document one page shows."""


def _document(claim: Claim, reference: str) -> Document:
    found = db.session.scalars(
        select(Document).where(Document.reference == reference, Document.claim_id == claim.id)
    ).one_or_none()
    if found is None or found in unsent_documents(claim):
        abort(404)
    return found


@blueprint.get("/dossiers/<number>/documents/<reference>/vue")
@allow(*EXAMINERS)
def document_view(number: str, reference: str) -> str:
    """All the pages of a document; of an XML invoice, what it says."""
    claim = filed_claim(number)
    found = _document(claim, reference)
    store = document_store()
    sheets = sheets_of([found], store).get(found.id)
    invoice = db.session.scalars(
        select(Invoice).where(Invoice.document_id == found.id).options(undefer(Invoice.terms)).limit(1)
    ).first()
    structured = invoice is not None and invoice.source == "structured"
    pages = max(1, -(-(sheets or 0) // PAGES_AT_ONCE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    answer = render_template(
        "agent/document.html",
        claim=claim,
        document=found,
        purpose=PURPOSES[found.purpose],
        sheets=sheets,
        drawn=may_be_drawn(found),
        table=read_terms(invoice.terms) if structured and invoice is not None else None,
        unscanned=not store.is_scanned(found.stored_as),
        page=page,
        pages=pages,
        first=(page - 1) * PAGES_AT_ONCE + 1,
        last=min(page * PAGES_AT_ONCE, sheets or 0),
    )
    note_looked_at(claim, found, actor(), now())
    db.session.commit()
    return answer


@blueprint.get("/dossiers/<number>/documents/<reference>/pages/<int(max=100000):page>.png")
@allow(*EXAMINERS)
def document_page(number: str, reference: str, page: int) -> Response:
    """A page of a document, as a picture."""
    claim = filed_claim(number)
    found = _document(claim, reference)
    try:
        picture = picture_of(found, page, document_store())
    except NotFound:
        abort(404)
    if page == 1:  # one entry says that it was looked at
        note_looked_at(claim, found, actor(), now())
    db.session.commit()
    return Response(picture, mimetype="image/png")


@blueprint.get("/dossiers/<number>/documents/<reference>")
@allow(*EXAMINERS)
def document(number: str, reference: str) -> Response:
    """The file itself, to keep: a signature or a seal is checked on it, not on a picture."""
    claim = filed_claim(number)
    found = _document(claim, reference)
    note_original_taken(claim, found, actor(), now())
    stored_as, media_type, name = found.stored_as, found.media_type, found.original_name
    db.session.commit()
    return private_file(document_store().read(stored_as), name, media_type)
