"""The pages of a dossier's documents as pictures: drawn in another process, with its bounds, once; then kept.

Agents look at these pictures and never at the file a stranger sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bonus.adapters.einvoice import InvoiceUnreadable
from bonus.adapters.media_types import IMAGES, PDF
from bonus.adapters.paper import count_pages, draw_page
from bonus.adapters.store import DocumentStore
from bonus.errors import NotFound
from bonus.extensions import db

from .models import Document
from .picture_models import DocumentPicture, DocumentSheets

MOST_COUNTED = 8
"""How many documents one page of a dossier has counted: the others are when they are opened."""
TRANSIENT = "paper.too_slow"
"""A refusal that says more of the moment than of the document: it is not kept."""


def may_be_drawn(document: Document) -> bool:
    """Whether a document is of a kind that has pages: a PDF or an image; an XML file or a table has none."""
    return document.media_type == PDF or document.media_type in IMAGES


def known_sheets(documents: Collection[Document]) -> dict[int, int]:
    """How many pages each of these documents has, by its id, where that was counted. One query."""
    rows = db.session.execute(
        select(DocumentSheets.document_id, DocumentSheets.pages).where(
            DocumentSheets.document_id.in_([document.id for document in documents])
        )
    )
    return {document_id: pages for document_id, pages in rows}  # noqa: C416 - a row is no pair for mypy


def sheets_of(
    documents: Iterable[Document], store: DocumentStore, *, most: int = MOST_COUNTED
) -> dict[int, int]:
    """How many pages each document has, by its id: 0 for what cannot be drawn. Those not counted yet are, ``most`` of
    them at once, and kept; the caller commits. One that was not counted is absent."""
    drawn = [document for document in documents if may_be_drawn(document)]
    known = known_sheets(drawn)
    unknown = list({one.id: one for one in drawn if one.id not in known}.values())[:most]
    # All counted before the first is written: the database is not held while files are read.
    counted = {document.id: _counted(document, store) for document in unknown}
    for document_id, pages in counted.items():
        if pages is not None:
            known[document_id] = pages
            _keep(DocumentSheets(document_id=document_id, pages=pages))
    return known


def picture_of(document: Document, page: int, store: DocumentStore) -> bytes:
    """One page (from 1) of a document as a PNG, drawn the first time and read from the store afterwards; the caller
    commits. Raises NotFound where it has no such page, or one that cannot be drawn."""
    kept = db.session.get(DocumentPicture, (document.id, page))
    if kept is not None:
        return store.read(kept.stored_as)
    if not 1 <= page <= sheets_of([document], store).get(document.id, 0):
        raise _no_page()
    try:
        picture = draw_page(store.read(document.stored_as), page)
    except InvoiceUnreadable as failed:
        raise _no_page() from failed
    _keep(DocumentPicture(document_id=document.id, page=page, stored_as=store.keep_ours(picture)))
    return picture


def _counted(document: Document, store: DocumentStore) -> int | None:
    try:
        return count_pages(store.read(document.stored_as))
    except InvoiceUnreadable as failed:
        return None if failed.code == TRANSIENT else 0


def _keep(row: DocumentSheets | DocumentPicture) -> None:
    """Keep a row, unless another request kept the same one at the same moment."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        pass


def _no_page() -> NotFound:
    return NotFound(
        "document.no_such_page", "Ce document n’a pas cette page, ou elle ne peut pas être affichée."
    )
