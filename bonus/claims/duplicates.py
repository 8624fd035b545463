"""The same invoice elsewhere, said while the dossier is prepared: in the dossier, in another, by another company.

Nothing is stored: what the law makes of a duplicate is decided once the dossiers are filed (art. 5.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Row, or_, select

from bonus.extensions import db

from .invoice_rows import InvoiceKey, key_of
from .models import Claim, DecidedLine, Invoice, PurchaseLine

_AT_ONCE = 400
"""Numbers asked of the database in one query: SQLite takes a thousand parameters anywhere."""


@dataclass(frozen=True)
class Twin:
    """Another invoice like one of the dossier.

    ``where``: ``here``, in the dossier itself; ``own``, in another dossier of the company, a draft too; ``theirs``,
    in a dossier another company filed, of which nothing more is known here. ``exact`` is art. 5.3's equality; else
    the numbers agree without punctuation alone, a risk. ``claim`` and ``number`` are none for ``theirs``.
    """

    where: Literal["here", "own", "theirs"]
    exact: bool
    number: str | None = None
    claim_title: str | None = None
    claim_reference: str | None = None


def twins_of(claim: Claim, invoices: Sequence[Invoice] | None = None) -> dict[int, list[Twin]]:
    """What looks like each invoice of a draft (those given, else all), by its id; each kind of twin once.

    A dossier given up holds nothing, nor one whose every line of that invoice is refused (art. 5.3). Two queries,
    however many invoices (per 400).
    """
    wanted = list(claim.invoices if invoices is None else invoices)
    found: dict[int, list[Twin]] = {invoice.id: _in_the_dossier(invoice, claim) for invoice in wanted}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        rows = _rows(claim, some)
        if not rows:
            continue
        freed = wholly_refused(row.id for row in rows if row.status not in ("draft", "filed"))
        for invoice in some:
            found[invoice.id] += [
                twin
                for row in rows
                if row.id not in freed
                if (twin := _elsewhere(invoice, row, own=row.company_id == claim.company_id))
            ]
    return {key: list(dict.fromkeys(twins)) for key, twins in found.items() if twins}


def _in_the_dossier(invoice: Invoice, claim: Claim) -> list[Twin]:
    key = key_of(invoice)
    return [
        Twin("here", key_of(other) == key, other.number)
        for other in claim.invoices
        if other is not invoice
        and other.number_bare == invoice.number_bare
        and replace(key_of(other), number=key.number) == key
    ]


def _rows(claim: Claim, invoices: Sequence[Invoice]) -> Sequence[Row[*tuple[Any, ...]]]:
    query = (
        select(
            Invoice.id,
            Invoice.supplier_identifier,
            Invoice.number,
            Invoice.number_key,
            Invoice.number_bare,
            Invoice.issued_on,
            Invoice.is_credit_note,
            Claim.company_id,
            Claim.status,
            Claim.reference,
            Claim.number.label("claim_number"),
        )
        .join(Claim, Invoice.claim_id == Claim.id)
        .where(
            Invoice.number_bare.in_({invoice.number_bare for invoice in invoices}),
            Invoice.supplier_identifier.in_({invoice.supplier_identifier for invoice in invoices}),
            Claim.id != claim.id,
            Claim.status != "abandoned",
            or_(Claim.company_id == claim.company_id, Claim.filed_at.is_not(None)),
        )
        .order_by(Invoice.id)
    )
    return db.session.execute(query).all()


def _elsewhere(invoice: Invoice, row: Row[*tuple[Any, ...]], *, own: bool) -> Twin | None:
    key = key_of(invoice)
    other = InvoiceKey(row.supplier_identifier, row.number_key, row.issued_on.year, row.is_credit_note)
    if row.number_bare != invoice.number_bare or replace(other, number=key.number) != key:
        return None
    if not own:
        return Twin("theirs", other == key)
    return Twin("own", other == key, row.number, row.claim_number or "un autre brouillon", row.reference)


def wholly_refused(invoice_ids: Iterable[int]) -> set[int]:
    """Of these invoices, those whose every decided line was refused, as last decided."""
    rows = db.session.execute(
        select(PurchaseLine.invoice_id, DecidedLine.line_id, DecidedLine.status)
        .join(PurchaseLine, DecidedLine.line_id == PurchaseLine.id)
        .where(PurchaseLine.invoice_id.in_(set(invoice_ids)))
        .order_by(DecidedLine.id)
    )
    last = {(row.invoice_id, row.line_id): row.status for row in rows}
    held = {invoice_id for (invoice_id, _), status in last.items() if status != "refused"}
    return {invoice_id for invoice_id, _ in last} - held
