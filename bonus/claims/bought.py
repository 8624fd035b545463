"""The invoices and lines of a dossier as plain rows: it may have 50,000, and mapped objects cost ten times more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from bonus.bulk import chunks
from bonus.extensions import db
from bonus.registry.models import Solution

from .models import Invoice, PurchaseLine

Key = tuple[str, str, int]
"""An invoice as art. 5.3 knows it: supplier, number without case and spaces, year."""


@dataclass(slots=True)
class BoughtInvoice:
    """An invoice of a dossier, and its lines in order; amounts in cents, negative on a credit note."""

    id: int
    supplier_identifier: str
    supplier_name: str
    number: str
    number_key: str
    issued_on: date
    is_credit_note: bool
    net_cents: int
    corrects: list[str] = field(default_factory=list)
    lines: list[BoughtLine] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """What art. 5.3 compares."""
        return self.supplier_identifier, self.number_key, self.issued_on.year


@dataclass(slots=True)
class BoughtLine:
    """A line of an invoice; amounts in cents."""

    id: int
    invoice: BoughtInvoice = field(repr=False)
    position: int
    name: str
    reference: str | None
    net_cents: int
    vat_cents: int
    other_public_aid_cents: int
    service_start: date | None
    service_end: date | None
    replaces_foreign: bool
    solution_id: int | None


def bought_of(claim_id: int) -> list[BoughtInvoice]:
    """The invoices of a dossier in their order, those without a line too; two queries, however many."""
    query = (
        select(
            Invoice.id,
            Invoice.supplier_identifier,
            Invoice.supplier_name,
            Invoice.number,
            Invoice.number_key,
            Invoice.issued_on,
            Invoice.is_credit_note,
            Invoice.net_cents,
            PurchaseLine.id,
            PurchaseLine.position,
            PurchaseLine.name,
            PurchaseLine.reference,
            PurchaseLine.net_cents,
            PurchaseLine.vat_cents,
            PurchaseLine.other_public_aid_cents,
            PurchaseLine.service_start,
            PurchaseLine.service_end,
            PurchaseLine.replaces_foreign,
            PurchaseLine.solution_id,
        )
        .outerjoin(PurchaseLine, PurchaseLine.invoice_id == Invoice.id)
        .where(Invoice.claim_id == claim_id)
        .order_by(Invoice.id, PurchaseLine.position)
    )
    found: list[BoughtInvoice] = []
    rows: Iterable[Sequence[Any]] = db.session.execute(query)
    for row in rows:
        if not found or found[-1].id != row[0]:
            found.append(BoughtInvoice(*row[:8]))
        if row[8] is not None:
            found[-1].lines.append(BoughtLine(row[8], found[-1], *row[9:]))
    _tell_what_they_correct(claim_id, found)
    return found


def _tell_what_they_correct(claim_id: int, found: list[BoughtInvoice]) -> None:
    """Asked of the credit notes alone: they are few, and reading JSON is dear."""
    notes = {invoice.id: invoice for invoice in found if invoice.is_credit_note}
    if not notes:
        return
    query = select(Invoice.id, Invoice.corrects).where(
        Invoice.claim_id == claim_id, Invoice.is_credit_note.is_(True)
    )
    for number, corrects in db.session.execute(query):
        notes[number].corrects = [str(one) for one in corrects]


def solutions_by_id(lines: list[BoughtLine]) -> dict[int, Solution]:
    """The solutions that lines bear, by id, in the order met."""
    wanted = list(dict.fromkeys(line.solution_id for line in lines if line.solution_id is not None))
    rows = {
        solution.id: solution
        for some in chunks(wanted)
        for solution in db.session.scalars(select(Solution).where(Solution.id.in_(some)))
    }
    return {number: rows[number] for number in wanted}
