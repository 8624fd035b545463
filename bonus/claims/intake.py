"""From files to a draft dossier: each file is read, kept, and its lines matched to the registry."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from bonus.adapters.einvoice import EInvoice, InvoiceLine, read_invoice
from bonus.adapters.store import DocumentStore
from bonus.audit.service import Actor, record
from bonus.calendar import civil_date, format_date
from bonus.companies.models import Company
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.registry.models import Solution

from .changes import locked_claim
from .matching import match, solutions_of
from .models import Claim, Document, Invoice, PurchaseLine

MAX_DOCUMENTS = 50
MEDIA_TYPES = {"factur-x": "application/pdf", "cii": "application/xml", "ubl": "application/xml"}


@dataclass(frozen=True)
class FileResult:
    """What became of one file: ``invoice`` when it was read, else the French ``sentence`` that says why not."""

    name: str
    invoice: Invoice | None = None
    sentence: str | None = None


def number_key(number: str) -> str:
    """An invoice number as art. 5.3 compares it: without case and spaces."""
    return "".join(number.split()).casefold()


def new_draft(
    company: Company, actor: Actor, now: datetime, *, simulated: dict[str, Any] | None = None
) -> Claim:
    """An empty dossier of a company; ``simulated`` is what it remembers of the simulation it comes from."""
    claim = Claim(
        reference=secrets.token_urlsafe(16), company=company, created_at=now, created_by_id=actor.person_id
    )
    if simulated is not None:
        claim.simulated = simulated
    db.session.add(claim)
    db.session.flush()
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
            einvoice = read_invoice(data)
            invoice = _add_invoice(claim_id, name, data, einvoice, store, actor, now)
            results.append(FileResult(name, invoice=invoice))
        except InvalidInput as refusal:
            db.session.rollback()
            results.append(FileResult(name, sentence=refusal.sentence))
    return results


def _add_invoice(
    claim_id: int, name: str, data: bytes, read: EInvoice, store: DocumentStore, actor: Actor, now: datetime
) -> Invoice:
    claim = locked_draft(claim_id)
    sha256 = hashlib.sha256(data).hexdigest()
    _check_fits(claim, read, sha256, civil_date(now))
    solutions = solutions_of(read.supplier_id) if read.supplier_id else []
    document = Document(
        reference=secrets.token_urlsafe(16),
        claim=claim,
        original_name=name,
        media_type=MEDIA_TYPES[read.syntax],
        size=len(data),
        sha256=sha256,
        stored_as=store.save(data),
        added_at=now,
    )
    invoice = _invoice(claim, document, read, solutions)
    db.session.add_all([document, invoice])
    db.session.flush()
    record("claim.document_added", f"claim:{claim.id}", actor, now, sha256=sha256, invoice=read.number)
    db.session.commit()
    return invoice


def locked_draft(claim_id: int) -> Claim:
    """The dossier, locked. Raises Refusal unless it is still a draft."""
    claim = locked_claim(claim_id)
    if claim.status != "draft":
        raise Refusal(
            "claim.not_a_draft",
            "Ce dossier est déjà déposé : il ne peut plus être modifié. Ouvrez un nouveau dossier.",
        )
    return claim


def _check_fits(claim: Claim, read: EInvoice, sha256: str, today: date) -> None:
    if len(claim.documents) >= MAX_DOCUMENTS:
        raise InvalidInput(
            "claim.too_many_documents",
            f"Un dossier porte au plus {MAX_DOCUMENTS} factures : déposez celle-ci dans un autre dossier.",
        )
    if any(document.sha256 == sha256 for document in claim.documents):
        raise InvalidInput("claim.same_file", "Ce fichier est déjà dans le dossier.")
    if read.issued_on > today:
        raise InvalidInput(
            "claim.future_invoice",
            f"Cette facture est datée du {format_date(read.issued_on)}, un jour à venir : déposez-la à partir "
            "de ce jour, ou demandez à votre fournisseur de corriger la date.",
        )
    buyer = read.buyer.siren
    if buyer is not None and buyer != claim.company.siren:
        raise InvalidInput(
            "claim.other_buyer",
            f"Cette facture est adressée à {read.buyer.name} (SIREN {buyer}), pas à {claim.company.name} "
            f"(SIREN {claim.company.siren}) : seul l’acheteur peut la déposer.",
        )


def _invoice(claim: Claim, document: Document, read: EInvoice, solutions: Sequence[Solution]) -> Invoice:
    seller = read.seller
    identifier = read.supplier_id or seller.siren or seller.vat_number or seller.name
    warnings = list(read.warnings)
    if read.buyer.siren is None:
        warnings.append(
            "La facture ne porte pas le SIREN de l’acheteur : vérifiez qu’elle vous est adressée."
        )
    if read.supplier_id is None:
        warnings.append("Le fournisseur ne peut pas être identifié : ni SIREN ni numéro de TVA valide.")
    return Invoice(
        claim=claim,
        document=document,
        syntax=read.syntax,
        profile=read.profile,
        supplier_identifier=identifier[:20],
        supplier_name=seller.name[:200],
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
        lines_from_totals=read.lines_from_totals,
        warnings=warnings,
        terms=read.terms,
        lines=[_line(line, solutions) for line in read.lines],
    )


def _line(line: InvoiceLine, solutions: Sequence[Solution]) -> PurchaseLine:
    found = match(line.name, line.reference, line.description, solutions)
    # One date of service without the other says nothing of a period (art. 5.2: both or neither).
    period = (
        (line.service_start, line.service_end) if line.service_start and line.service_end else (None, None)
    )
    return PurchaseLine(
        position=line.number,
        name=line.name[:500],
        reference=line.reference[:100] or None,
        net_cents=line.net_after_document_cents,
        vat_cents=line.vat_cents,
        service_start=period[0],
        service_end=period[1],
        solution=next((solution for solution in solutions if solution.slug == found.slug), None),
        match_reason=found.reason,
    )


def remove_invoice(claim_id: int, invoice_id: int, actor: Actor, now: datetime) -> None:
    """Take an invoice and its file's entry out of a draft. Raises NotFound when it is not in it."""
    claim = locked_draft(claim_id)
    invoice = next((invoice for invoice in claim.invoices if invoice.id == invoice_id), None)
    if invoice is None:
        raise NotFound("invoice.unknown", "Cette facture n’est pas dans le dossier.")
    for line in invoice.lines:
        db.session.delete(line)
    db.session.delete(invoice)
    db.session.delete(invoice.document)
    record("claim.document_removed", f"claim:{claim.id}", actor, now, sha256=invoice.document.sha256)
    db.session.commit()


@dataclass(frozen=True)
class LineChoice:
    """What the company says of a line: the solution's slug (or None) and whether it replaces a foreign one."""

    line_id: int
    solution: str | None
    replaces_foreign: bool
    other_public_aid_cents: int


def correct_lines(claim_id: int, choices: Iterable[LineChoice], actor: Actor, now: datetime) -> None:
    """Write the company's choices on the lines of its draft.

    Raises NotFound for a line of another dossier, InvalidInput for a solution that is not in the registry
    or a negative aid.
    """
    claim = locked_draft(claim_id)
    lines = {line.id: line for invoice in claim.invoices for line in invoice.lines}
    changed = []
    for choice in choices:
        line = lines.get(choice.line_id)
        if line is None:
            raise NotFound("line.unknown", "Cette ligne n’est pas dans le dossier.")
        if choice.other_public_aid_cents < 0:
            raise InvalidInput(
                "line.negative_aid",
                "L’autre aide publique est un montant positif ou nul.",
                field="other_public_aid",
            )
        solution = _solution(choice.solution)
        if (line.solution_id or None) != (solution.id if solution else None):
            line.solution = solution
            line.matched_by_person = True
            line.match_reason = _chosen(line, solution)
            changed.append(line.position)
        line.replaces_foreign = choice.replaces_foreign
        line.other_public_aid_cents = choice.other_public_aid_cents
    record("claim.lines_corrected", f"claim:{claim.id}", actor, now, changed=changed)
    db.session.commit()


def _chosen(line: PurchaseLine, solution: Solution | None) -> str:
    """Why a line bears its solution when a person chose it; another supplier's is said to who examines."""
    if solution is None or solution.supplier.identifier == line.invoice.supplier_identifier:
        return "Solution choisie par l’entreprise."
    return (
        f"Solution choisie par l’entreprise\u00a0: elle est de {solution.supplier.name}, alors que le vendeur est "
        f"{line.invoice.supplier_name}. Vérifiez qu’il la revend."
    )[:300]


def _solution(slug: str | None) -> Solution | None:
    if not slug:
        return None
    solution = db.session.scalars(select(Solution).where(Solution.slug == slug)).one_or_none()
    if solution is None:
        raise InvalidInput("line.unknown_solution", "Cette solution n’est pas au registre.", field="solution")
    return solution
