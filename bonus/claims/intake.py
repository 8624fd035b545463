"""From files to a draft dossier: each file is read, kept, and its lines matched to the registry."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bonus.adapters.einvoice import EInvoice, InvoiceUnreadable, read_invoice
from bonus.adapters.paper import Paper, is_image, read_paper
from bonus.adapters.store import DocumentStore
from bonus.audit.service import Actor, record
from bonus.calendar import civil_date, format_date
from bonus.companies.models import Company
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db

from .changes import locked_claim
from .invoice_rows import InvoiceKey, invoice_row, key_of, supplier_identifier
from .matching import solutions_of
from .models import Claim, Document, Invoice
from .numbers import number_key

MAX_DOCUMENTS = 50
_REFERENCE_BYTES = 16
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{22}")
MEDIA_TYPES = {"factur-x": "application/pdf", "cii": "application/xml", "ubl": "application/xml"}


@dataclass(frozen=True)
class FileResult:
    """What became of one file: the ``invoice`` read; or the ``paper`` kept, to be entered by hand; or the French
    ``sentence`` that says why it was not taken."""

    name: str
    invoice: Invoice | None = None
    sentence: str | None = None
    paper: Document | None = None


def new_reference() -> str:
    """A name for a dossier to come, that nobody guesses: a page gives it to its form, so that what is sent twice
    makes one dossier."""
    return secrets.token_urlsafe(_REFERENCE_BYTES)


def new_draft(
    company: Company,
    actor: Actor,
    now: datetime,
    *,
    simulated: dict[str, Any] | None = None,
    reference: str = "",
) -> Claim:
    """An empty dossier of a company; ``simulated`` is what it remembers of the simulation it comes from.

    ``reference`` is one that ``new_reference`` gave to a form: the draft that was opened under it, if it was.
    """
    if not _REFERENCE.fullmatch(reference):
        reference = new_reference()
    claim = Claim(
        reference=reference,
        company_id=company.id,
        created_at=now,
        created_by_id=actor.person_id,
    )
    if simulated is not None:
        claim.simulated = simulated
    try:
        with db.session.begin_nested():
            db.session.add(claim)
    except IntegrityError:  # opened before, or at this moment by the same form sent twice
        known = db.session.scalars(select(Claim).where(Claim.reference == reference)).one()
        if known.company_id == company.id and known.status == "draft":
            return known
        return new_draft(company, actor, now, simulated=simulated)
    record("claim.drafted", f"claim:{claim.id}", actor, now, siren=company.siren)
    db.session.commit()
    return claim


def add_files(
    claim_id: int, files: Iterable[tuple[str, bytes]], store: DocumentStore, actor: Actor, now: datetime
) -> list[FileResult]:
    """Read files into a draft. One that cannot be taken is named with its reason; the others are kept.

    Raises Refusal when the dossier is no longer a draft.
    """
    results = []
    for given_name, data in files:
        name = given_name.replace("\\", "/").rsplit("/", 1)[-1][:255] or "fichier"
        try:
            # Reading takes time and needs no lock; the dossier is locked only to write what was read.
            read = _read(data)
            if isinstance(read, Paper):
                document = _add_paper(claim_id, name, data, read, store, actor, now)
                results.append(FileResult(name, paper=document))
            else:
                invoice = _add_invoice(claim_id, name, data, read, store, actor, now)
                results.append(FileResult(name, invoice=invoice))
        except InvalidInput as refusal:
            db.session.rollback()
            results.append(FileResult(name, sentence=refusal.sentence))
    return results


def _read(data: bytes) -> EInvoice | Paper:
    """An e-invoice; or, of a PDF that holds none and of an image, what can be shown of it. Raises InvalidInput."""
    if is_image(data):
        return read_paper(data)
    try:
        return read_invoice(data, rules=True)
    except InvoiceUnreadable as refused:
        if refused.code != "invoice.pdf_without_invoice":
            raise
    return read_paper(data)


def _add_invoice(
    claim_id: int, name: str, data: bytes, read: EInvoice, store: DocumentStore, actor: Actor, now: datetime
) -> Invoice:
    claim = locked_draft(claim_id)
    sha256 = hashlib.sha256(data).hexdigest()
    _check_file(claim, sha256)
    check_not_to_come(read.issued_on, civil_date(now))
    number = number_key(read.number)[:100]
    check_new_invoice(
        claim, InvoiceKey(supplier_identifier(read), number, read.issued_on.year, read.is_credit_note)
    )
    solutions = solutions_of(read.supplier_id) if read.supplier_id else []
    document = _document(claim, name, data, sha256, MEDIA_TYPES[read.syntax], store, now)
    invoice = invoice_row(claim, document, read, solutions)
    db.session.add_all([document, invoice])
    db.session.flush()
    record("claim.document_added", f"claim:{claim.id}", actor, now, sha256=sha256, invoice=read.number)
    db.session.commit()
    return invoice


def _add_paper(
    claim_id: int, name: str, data: bytes, read: Paper, store: DocumentStore, actor: Actor, now: datetime
) -> Document:
    claim = locked_draft(claim_id)
    sha256 = hashlib.sha256(data).hexdigest()
    _check_file(claim, sha256)
    document = _document(claim, name, data, sha256, read.media_type, store, now)
    document.page_count = read.pages
    db.session.add(document)
    db.session.flush()
    record("claim.document_added", f"claim:{claim.id}", actor, now, sha256=sha256, pages=read.pages)
    db.session.commit()
    return document


def _document(
    claim: Claim, name: str, data: bytes, sha256: str, media_type: str, store: DocumentStore, now: datetime
) -> Document:
    return Document(
        reference=secrets.token_urlsafe(16),
        claim=claim,
        original_name=name,
        media_type=media_type,
        size=len(data),
        sha256=sha256,
        stored_as=store.save(data),
        added_at=now,
    )


def locked_draft(claim_id: int) -> Claim:
    """The dossier, locked. Raises Refusal unless it is still a draft."""
    claim = locked_claim(claim_id)
    if claim.status != "draft":
        raise Refusal(
            "claim.not_a_draft",
            "Ce dossier est déjà déposé : il ne peut plus être modifié. Ouvrez un nouveau dossier.",
        )
    return claim


def _check_file(claim: Claim, sha256: str) -> None:
    if sum(document.purpose == "invoice" for document in claim.documents) >= MAX_DOCUMENTS:
        raise InvalidInput(
            "claim.too_many_documents",
            f"Un dossier porte au plus {MAX_DOCUMENTS} factures : déposez celle-ci dans un autre dossier.",
        )
    if any(document.sha256 == sha256 for document in claim.documents):
        raise InvalidInput("claim.same_file", "Ce fichier est déjà dans le dossier.")


def check_not_to_come(issued_on: date, today: date) -> None:
    """Raise InvalidInput when an invoice is dated after ``today``."""
    if issued_on > today:
        raise InvalidInput(
            "claim.future_invoice",
            f"Cette facture est datée du {format_date(issued_on)}, un jour à venir : déposez-la à partir "
            "de ce jour, ou demandez à votre fournisseur de corriger la date.",
            field="issued_on",
        )


def check_new_invoice(claim: Claim, key: InvoiceKey, besides: Invoice | None = None) -> None:
    """Raise InvalidInput when an invoice of the dossier, other than ``besides``, has this key (art. 5.3)."""
    for invoice in claim.invoices:
        if invoice is not besides and key_of(invoice) == key:
            kind = "L’avoir" if invoice.is_credit_note else "La facture"
            state = "est déjà dans le dossier"
            raise InvalidInput(
                "claim.same_invoice",
                f"{kind} {invoice.number} de {invoice.supplier_name} {state} "
                f"(fichier « {invoice.document.original_name} »).",
            )


def remove_invoice(claim_id: int, invoice_id: int, actor: Actor, now: datetime) -> None:
    """Take an invoice and its file's entry out of a draft. Raises NotFound when it is not in it."""
    claim = locked_draft(claim_id)
    invoice = db.session.scalars(
        select(Invoice).where(Invoice.id == invoice_id, Invoice.claim_id == claim.id)
    ).one_or_none()
    if invoice is None or invoice.source == "table":  # those come and go with their table: see ``loads``
        raise NotFound("invoice.unknown", "Cette facture n’est pas dans le dossier.")
    for line in invoice.lines:
        db.session.delete(line)
    db.session.delete(invoice)
    db.session.delete(invoice.document)
    record("claim.document_removed", f"claim:{claim.id}", actor, now, sha256=invoice.document.sha256)
    db.session.commit()
