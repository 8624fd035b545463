"""An invoice typed beside the pages of a plain PDF or an image: the same checks, and no fast lane (art. 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select

from bonus.adapters.einvoice.party import identifier_typed, siren_is_valid
from bonus.adapters.einvoice.terms import MAX_CENTS
from bonus.audit.service import Actor, record
from bonus.calendar import civil_date
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import format_euros

from .entering import check_lines
from .intake import check_new_invoice, check_not_to_come, locked_draft
from .invoice_rows import EnteredLine, InvoiceKey, buyer_question, write_lines
from .matching import solutions_of
from .models import Claim, Document, Invoice
from .numbers import bare_number, number_key

EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class TypedInvoice:
    """What a person reads on the pages: amounts in cents as printed there, positive on a credit note too.

    ``supplier`` is its SIREN, SIRET or VAT number; ``buyer_siren`` what the document says of the buyer, if anything;
    ``corrects`` the number of the invoice that a credit note corrects.
    """

    supplier: str
    supplier_name: str
    number: str
    issued_on: date
    is_credit_note: bool
    corrects: str | None
    buyer_siren: str | None
    net_cents: int
    vat_cents: int
    gross_cents: int
    lines: Sequence[EnteredLine]


def papers_to_enter(claim: Claim) -> list[Document]:
    """The plain documents of a dossier that were sent as invoices and that nobody has entered yet."""
    query = (
        select(Document)
        .where(
            Document.claim_id == claim.id,
            Document.purpose == "invoice",
            Document.page_count.is_not(None),
            ~exists().where(Invoice.document_id == Document.id),
        )
        .order_by(Document.id)
    )
    return list(db.session.scalars(query))


def check_all_entered(claim: Claim) -> None:
    """Raise Refusal while a plain document of the dossier is not entered: it would be filed without its invoice."""
    left = papers_to_enter(claim)
    if left:
        names = ", ".join(f"« {document.original_name} »" for document in left)
        if len(left) == 1:
            words = f"Une facture reste à saisir : {names}. Saisissez-la ou retirez-la avant de déposer."
        else:
            words = f"Des factures restent à saisir : {names}. Saisissez-les ou retirez-les avant de déposer."
        raise Refusal("claim.to_enter", words)


def paper_of(claim: Claim, reference: str) -> Document:
    """The dossier's plain document of that reference. Raises NotFound when it has none."""
    for document in claim.documents:
        if document.reference == reference and document.page_count is not None:
            return document
    raise NotFound("document.unknown", "Ce document n’est pas dans le dossier.")


def invoice_entered(claim: Claim, document: Document) -> Invoice | None:
    """The invoice that was typed beside a document, if any."""
    query = select(Invoice).where(Invoice.claim_id == claim.id, Invoice.document_id == document.id)
    return db.session.scalars(query.limit(1)).first()


def enter_by_hand(claim_id: int, reference: str, typed: TypedInvoice, actor: Actor, now: datetime) -> Invoice:
    """Write the invoice of a plain document, or correct it. Raises InvalidInput at the field that is wrong, NotFound
    for a document of another dossier, Refusal once the dossier is filed."""
    claim = locked_draft(claim_id)
    document = paper_of(claim, reference)
    supplier = _checked(typed, civil_date(now))
    invoice = invoice_entered(claim, document)
    number = number_key(typed.number)[:100]
    key = InvoiceKey(supplier, number, typed.issued_on.year, typed.is_credit_note)
    check_new_invoice(claim, key, besides=invoice)
    if invoice is None:
        syntax = "pdf" if document.media_type == "application/pdf" else "image"
        invoice = Invoice(claim=claim, document=document, source="hand", syntax=syntax, profile="", terms={})
        db.session.add(invoice)
    with db.session.no_autoflush:
        _write(invoice, claim, typed, supplier)
    write_lines(invoice, typed.lines, solutions_of(supplier))
    db.session.flush()
    record(
        "claim.invoice_entered", f"claim:{claim.id}", actor, now, sha256=document.sha256, invoice=typed.number
    )
    db.session.commit()
    return invoice


def _checked(typed: TypedInvoice, today: date) -> str:
    """The supplier's identifier, once all that was typed agrees. Raises InvalidInput."""
    supplier = identifier_typed(typed.supplier)
    if supplier is None:
        raise InvalidInput(
            "invoice.supplier",
            "Ce numéro n’est ni un SIREN, ni un SIRET, ni un numéro de TVA valide : vérifiez chaque chiffre.",
            field="supplier",
        )
    if typed.buyer_siren is not None and not siren_is_valid(typed.buyer_siren):
        raise InvalidInput(
            "invoice.buyer", "Ce SIREN n’est pas valide : vérifiez chaque chiffre.", field="buyer_siren"
        )
    if not number_key(typed.number):
        raise InvalidInput("invoice.no_number", "Écrivez le numéro de la facture.", field="number")
    if typed.issued_on < EARLIEST:
        raise InvalidInput("invoice.absurd_date", "Cette date n’est pas vraisemblable.", field="issued_on")
    check_not_to_come(typed.issued_on, today)
    _check_totals(typed)
    check_lines(typed.lines, net_cents=typed.net_cents, vat_cents=typed.vat_cents)
    return supplier


def _check_totals(typed: TypedInvoice) -> None:
    if not 0 < typed.net_cents <= MAX_CENTS:
        raise InvalidInput(
            "invoice.net",
            "Écrivez le total hors taxes tel qu’il figure sur le document, sans signe, même pour un avoir.",
            field="net",
        )
    if not 0 <= typed.vat_cents <= MAX_CENTS:
        raise InvalidInput("invoice.vat", "La TVA est un montant positif ou nul.", field="vat")
    whole = typed.net_cents + typed.vat_cents
    if typed.gross_cents != whole:
        raise InvalidInput(
            "invoice.gross",
            f"Le total hors taxes et la TVA font {format_euros(whole)}, le total TTC est de "
            f"{format_euros(typed.gross_cents)} : l’un des trois est à corriger.",
            field="gross",
        )


def _write(invoice: Invoice, claim: Claim, typed: TypedInvoice, supplier: str) -> None:
    sign = -1 if typed.is_credit_note else 1
    question = buyer_question(typed.buyer_siren, "", claim.company)
    invoice.supplier_identifier = supplier
    invoice.supplier_name = typed.supplier_name[:200]
    invoice.buyer_identifier = typed.buyer_siren or ""
    invoice.buyer_name = claim.company.name if typed.buyer_siren == claim.company.siren else ""
    invoice.number = typed.number[:100]
    invoice.number_key = number_key(typed.number)[:100]
    invoice.number_bare = bare_number(typed.number)[:100]
    invoice.issued_on = typed.issued_on
    invoice.is_credit_note = typed.is_credit_note
    invoice.corrects = [typed.corrects] if typed.is_credit_note and typed.corrects else []
    invoice.net_cents = sign * typed.net_cents
    invoice.vat_cents = sign * typed.vat_cents
    invoice.gross_cents = sign * typed.gross_cents
    invoice.lines_from_totals = False
    invoice.warnings = [question] if question else []


def remove_paper(claim_id: int, reference: str, actor: Actor, now: datetime) -> None:
    """Take a document that nobody entered out of a draft. Raises NotFound when it is not in it, or is entered."""
    claim = locked_draft(claim_id)
    document = paper_of(claim, reference)
    if invoice_entered(claim, document) is not None:
        raise NotFound("document.unknown", "Ce document n’est pas dans le dossier.")
    db.session.delete(document)
    record("claim.document_removed", f"claim:{claim.id}", actor, now, sha256=document.sha256)
    db.session.commit()
