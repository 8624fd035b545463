"""A page of a plain document as a picture that our server draws: the file itself is not shown."""

from __future__ import annotations

from flask import Response, abort

from bonus.adapters.einvoice import InvoiceUnreadable
from bonus.adapters.paper import draw_page
from bonus.claims.models import Document
from bonus.parts import document_store


def page_picture(document: Document, number: int) -> Response:
    """The page of that number, from 1, as a PNG; 404 where the document has none."""
    if document.page_count is None or not 1 <= number <= document.page_count:
        abort(404)
    try:
        picture = draw_page(document_store().read(document.stored_as), number)
    except InvoiceUnreadable:  # the first page could be drawn when it was sent, this one cannot
        abort(404)
    return Response(picture, mimetype="image/png")
