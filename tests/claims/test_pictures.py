"""The pages of a document as pictures: counted once, drawn once, never what cannot be drawn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from bonus.claims.models import Claim, Document
from bonus.claims.picture_models import DocumentPicture, DocumentSheets
from bonus.claims.pictures import may_be_drawn, picture_of, sheets_of
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.parts import document_store
from tests.adapters.einvoice_samples import blank_pdf
from tests.support.desk import demonstration
from tests.support.papers import photo, plain_pdf
from tests.support.world import NOW, World

PNG = b"\x89PNG\r\n\x1a\n"


def kept(table: type[DocumentPicture | DocumentSheets]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def add(claim_id: int, content: bytes, media_type: str) -> Document:
    """A document that came in one way or another: what is drawn does not depend on how."""
    store, rank = document_store(), len(db.session.get_one(Claim, claim_id).documents)
    document = Document(
        reference=f"reference-{rank}",
        claim_id=claim_id,
        original_name="piece",
        media_type=media_type,
        size=len(content),
        sha256=f"{rank}",
        stored_as=store.save(content),
        added_at=NOW,
        purpose="payment_proof",
    )
    db.session.add(document)
    db.session.commit()
    return document


@pytest.fixture
def claim_id(world: World) -> Iterator[int]:
    found = demonstration(world).id
    with world.app.app_context():
        yield found


def test_an_e_invoice_in_a_pdf_is_drawn_and_one_in_xml_has_no_page(claim_id: int) -> None:
    documents = db.session.get_one(Claim, claim_id).documents
    assert [may_be_drawn(document) for document in documents] == [True, True, False]
    assert sheets_of(documents, document_store()) == {documents[0].id: 1, documents[1].id: 1}
    assert picture_of(documents[0], 1, document_store()).startswith(PNG)
    with pytest.raises(NotFound):
        picture_of(documents[2], 1, document_store())


def test_a_page_is_drawn_once(claim_id: int, app: Flask) -> None:
    store = document_store()
    paper = add(claim_id, plain_pdf(pages=3), "application/pdf")
    first = picture_of(paper, 3, store)
    db.session.commit()
    # The file is gone: what is shown again does not come from it.
    store.path(paper.stored_as).unlink()
    assert picture_of(paper, 3, store) == first
    assert (kept(DocumentPicture), kept(DocumentSheets)) == (1, 1)
    assert sheets_of([paper], store) == {paper.id: 3}


@pytest.mark.parametrize("page", [0, 4, -1, 99_999])
def test_a_page_that_is_not_there(claim_id: int, page: int) -> None:
    paper = add(claim_id, plain_pdf(pages=3), "application/pdf")
    with pytest.raises(NotFound):
        picture_of(paper, page, document_store())
    assert kept(DocumentPicture) == 0


def test_a_photograph_has_one_page(claim_id: int) -> None:
    image = add(claim_id, photo(), "image/jpeg")
    assert sheets_of([image], document_store()) == {image.id: 1}
    assert picture_of(image, 1, document_store()).startswith(PNG)


@pytest.mark.parametrize("content", [b"%PDF-1.4 nothing", b"not a file of any kind"])
def test_what_cannot_be_drawn_has_no_page_and_is_not_tried_again(claim_id: int, content: bytes) -> None:
    broken, store = add(claim_id, content, "application/pdf"), document_store()
    assert sheets_of([broken], store) == {broken.id: 0}
    db.session.commit()
    store.path(broken.stored_as).unlink()
    assert sheets_of([broken], store) == {broken.id: 0}
    with pytest.raises(NotFound):
        picture_of(broken, 1, store)


def test_no_more_documents_than_asked_are_counted_at_once(claim_id: int) -> None:
    store = document_store()
    papers = [add(claim_id, blank_pdf(), "application/pdf") for _ in range(3)]
    assert sheets_of(papers, store, most=2).keys() == {paper.id for paper in papers[:2]}
    assert sheets_of(papers, store, most=2).keys() == {paper.id for paper in papers}
