"""The differences of what one page shows of a dossier, and the registry of its solutions then and now.

Everything is gathered for the whole page: the number of queries does not follow the number of lines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import lazyload, selectinload, undefer

from bonus.adapters.einvoice import InvoiceUnreadable
from bonus.adapters.einvoice.terms import cents
from bonus.calendar import civil_date
from bonus.extensions import db
from bonus.registry.models import Solution

from .differences import (
    Difference,
    Offer,
    ReadInvoice,
    ReadLine,
    Stated,
    invoice_differences,
    line_differences,
    to_check,
)
from .models import Claim, Invoice, PurchaseLine


@dataclass(frozen=True)
class Compared:
    """The differences of the invoices and lines that a page shows, by their ids."""

    invoices: dict[int, list[Difference]]
    lines: dict[int, list[Difference]]

    @property
    def to_check(self) -> int:
        """How many ask to be looked at."""
        return sum(to_check(some) for some in (*self.invoices.values(), *self.lines.values()))

    def of_invoice(self, invoice: Invoice) -> list[Difference]:
        """Those of an invoice."""
        return self.invoices.get(invoice.id, [])

    def of_line(self, line: PurchaseLine) -> list[Difference]:
        """Those of a line."""
        return self.lines.get(line.id, [])


def solutions_of_page(lines: Collection[PurchaseLine]) -> list[Solution]:
    """The solutions of these lines, with all that comparing them needs: their labels came with the lines, their other
    names come with two queries."""
    ids = {line.solution.id for line in lines if line.solution is not None}
    if not ids:
        return []
    query = (
        select(Solution)
        .where(Solution.id.in_(ids))
        .options(selectinload(Solution.aliases), lazyload(Solution.certifications))
    )
    return list(db.session.scalars(query))


def compare(claim: Claim, lines: Sequence[PurchaseLine], solutions: Iterable[Solution]) -> Compared:
    """The differences of these lines of a filed dossier, and of their invoices; ``solutions``: theirs."""
    assert claim.filed_at is not None
    offers = {solution.id: _offer(solution) for solution in solutions}
    invoices = {line.invoice.id: line.invoice for line in lines}
    read = _read_invoices(invoices)
    company, filed_on = claim.company, civil_date(claim.filed_at)
    return Compared(
        {
            number: invoice_differences(one, company.siren, company.name, filed_on)
            for number, one in read.items()
        },
        {
            line.id: line_differences(
                _read_line(line), read[line.invoice_id], offers.get(line.solution_id or 0)
            )
            for line in lines
        },
    )


def _read_invoices(invoices: dict[int, Invoice]) -> dict[int, ReadInvoice]:
    """The invoices as the pure module reads them: the sums of all their lines, shown or not, are the database's."""
    rows = db.session.execute(
        select(PurchaseLine.invoice_id, func.sum(PurchaseLine.net_cents), func.sum(PurchaseLine.vat_cents))
        .where(PurchaseLine.invoice_id.in_(invoices))
        .group_by(PurchaseLine.invoice_id)
    )
    sums = {number: (int(net), int(vat)) for number, net, vat in rows}
    # The terms of the file are deferred: one query for those of the page.
    structured = [number for number, invoice in invoices.items() if invoice.source == "structured"]
    # Not their lines, which may be thousands.
    query = select(Invoice).where(Invoice.id.in_(structured)).options(undefer(Invoice.terms))
    db.session.scalars(query.options(lazyload(Invoice.lines))).all()
    return {number: _read_invoice(invoice, *sums.get(number, (0, 0))) for number, invoice in invoices.items()}


def _read_invoice(invoice: Invoice, net: int, vat: int) -> ReadInvoice:
    return ReadInvoice(
        source=invoice.source,
        number=invoice.number,
        issued_on=invoice.issued_on,
        supplier_identifier=invoice.supplier_identifier,
        supplier_name=invoice.supplier_name,
        buyer_identifier=invoice.buyer_identifier,
        buyer_name=invoice.buyer_name,
        net_cents=invoice.net_cents,
        vat_cents=invoice.vat_cents,
        gross_cents=invoice.gross_cents,
        lines_net_cents=net,
        lines_vat_cents=vat,
        lines_entered=invoice.lines_entered,
        prepaid_cents=invoice.prepaid_cents,
        due_cents=invoice.due_cents,
        stated=_stated(invoice) if invoice.source == "structured" else Stated(),
    )


def _stated(invoice: Invoice) -> Stated:
    terms = invoice.terms
    number, day = terms.get("BT-1"), None
    with suppress(ValueError, TypeError):
        day = date.fromisoformat(str(terms.get("BT-2")))
    net = gross = None
    with suppress(InvoiceUnreadable):
        net, gross = cents(terms, "BT-109"), cents(terms, "BT-112")
    # A number is kept cut, as it is in the column.
    return Stated(" ".join(str(number).split())[:100] if number else None, day, net, gross)


def _read_line(line: PurchaseLine) -> ReadLine:
    return ReadLine(
        name=line.name,
        reference=line.reference,
        net_cents=line.net_cents,
        service_start=line.service_start,
        service_end=line.service_end,
        matched_by_person=line.matched_by_person,
        replaces_foreign=line.replaces_foreign,
        other_public_aid_cents=line.other_public_aid_cents,
    )


def _offer(solution: Solution) -> Offer:
    names = [alias.text for alias in solution.aliases if alias.kind == "name"]
    references = [alias.text for alias in solution.aliases if alias.kind == "reference"]
    return Offer(
        solution.name,
        solution.supplier.identifier,
        solution.supplier.name,
        names,
        [*references, *([solution.reference] if solution.reference else [])],
    )
