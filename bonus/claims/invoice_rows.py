"""The rows of an invoice: from an e-invoice as read, and its lines, from a file or from a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bonus.adapters.einvoice import EInvoice, InvoiceLine
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.registry.models import Solution
from bonus.siren import spaced_siren

from .matching import match
from .models import Claim, Document, Invoice, PurchaseLine
from .numbers import number_key


@dataclass(frozen=True)
class InvoiceKey:
    """What tells an invoice from another (art. 5.3); a credit note is never the invoice of the same number."""

    supplier: str
    number: str
    year: int
    is_credit_note: bool


def key_of(invoice: Invoice) -> InvoiceKey:
    """The key of an invoice that was kept."""
    return InvoiceKey(
        invoice.supplier_identifier, invoice.number_key, invoice.issued_on.year, invoice.is_credit_note
    )


def supplier_identifier(read: EInvoice) -> str:
    """Who sells, by the best identifier the file gives: one that passes its key, else any, else the name."""
    seller = read.seller
    return (read.supplier_id or seller.siren or seller.vat_number or seller.name)[:20]


def buyer_question(siren: str | None, name: str, company: Company) -> str | None:
    """What the examiner will ask of the buyer, in French; None when it is the company, by its SIREN (art. 5).

    A SIRET is compared by its SIREN: every establishment of the company is the company.
    """
    if siren is None:
        return "La facture ne porte pas le SIREN de l’acheteur : vérifiez qu’elle vous est adressée."
    if siren == company.siren:
        return None
    who = f"{name} (SIREN {spaced_siren(siren)})" if name else f"l’entreprise de SIREN {spaced_siren(siren)}"
    return (
        f"Cette facture est adressée à {who}, pas à {company.name} (SIREN {spaced_siren(company.siren)}) : "
        "l’instructeur demandera pourquoi."
    )


def invoice_row(claim: Claim, document: Document, read: EInvoice, solutions: Sequence[Solution]) -> Invoice:
    """An e-invoice as it is kept, its lines matched to its supplier's ``solutions``."""
    warnings = list(read.warnings)
    question = buyer_question(read.buyer.siren, read.buyer.name, claim.company)
    if question:
        warnings.append(question)
    if read.supplier_id is None:
        warnings.append("Le fournisseur ne peut pas être identifié : ni SIREN ni numéro de TVA valide.")
    return Invoice(
        claim=claim,
        document=document,
        source="structured",
        syntax=read.syntax,
        profile=read.profile,
        supplier_identifier=supplier_identifier(read),
        supplier_name=read.seller.name[:200],
        buyer_identifier=(read.buyer.siren or "")[:20],
        buyer_name=read.buyer.name[:200],
        number=read.number[:100],
        number_key=number_key(read.number)[:100],
        issued_on=read.issued_on,
        is_credit_note=read.is_credit_note,
        corrects=[preceding.number for preceding in read.preceding_invoices],
        net_cents=read.totals.net,
        vat_cents=read.totals.vat,
        gross_cents=read.totals.gross,
        prepaid_cents=read.totals.prepaid,
        due_cents=read.totals.due,
        lines_from_totals=read.lines_from_totals,
        warnings=warnings,
        rule_findings=None if read.findings is None else [one.as_json() for one in read.findings],
        terms=read.terms,
        lines=[_line_read(line, solutions) for line in read.lines],
    )


def _line_read(line: InvoiceLine, solutions: Sequence[Solution]) -> PurchaseLine:
    # One date of service without the other says nothing of a period (art. 5.2: both or neither).
    period = (
        (line.service_start, line.service_end) if line.service_start and line.service_end else (None, None)
    )
    row = PurchaseLine(
        position=line.number,
        name=line.name[:500],
        reference=line.reference[:100] or None,
        net_cents=line.net_after_document_cents,
        vat_cents=line.vat_cents,
        service_start=period[0],
        service_end=period[1],
    )
    _match(row, line.description, solutions)
    return row


@dataclass(frozen=True)
class EnteredLine:
    """A line as a person types it from the document: cents as printed there, positive on a credit note too."""

    name: str
    reference: str | None
    net_cents: int
    vat_cents: int
    service_start: date | None = None
    service_end: date | None = None


def write_lines(invoice: Invoice, entered: Sequence[EnteredLine], solutions: Sequence[Solution]) -> None:
    """Give an invoice the lines a person typed, in their order, matched to its supplier's ``solutions``.

    A line that keeps its place, its name and its reference keeps what the company said of it.
    """
    sign = -1 if invoice.is_credit_note else 1
    rows = sorted(invoice.lines, key=lambda row: row.position)
    for row in rows[len(entered) :]:
        db.session.delete(row)
    for position, typed in enumerate(entered, start=1):
        if position <= len(rows):
            row = rows[position - 1]
            same = (row.name, row.reference) == (typed.name, typed.reference)
        else:
            row, same = PurchaseLine(position=position), False
            invoice.lines.append(row)
        row.name, row.reference = typed.name, typed.reference
        row.net_cents, row.vat_cents = sign * typed.net_cents, sign * typed.vat_cents
        row.service_start, row.service_end = typed.service_start, typed.service_end
        if not same:
            row.replaces_foreign, row.other_public_aid_cents = False, 0
            row.changed_at = row.changed_by = None
            _match(row, "", solutions)


def _match(row: PurchaseLine, description: str, solutions: Sequence[Solution]) -> None:
    found = match(row.name, row.reference, description, solutions)
    row.solution = next((solution for solution in solutions if solution.slug == found.slug), None)
    row.match_reason = found.reason
    row.matched_by_person = False
