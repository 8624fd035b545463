"""Invoices of a dossier that one filed before holds (art. 5.3), asked by thousands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from bonus.bulk import chunks
from bonus.extensions import db

from .bought import BoughtInvoice, Key
from .models import Claim, DecidedLine, Invoice, PurchaseLine
from .status import OPEN


class _Other(NamedTuple):
    """The same invoice in another dossier that was filed."""

    invoice_id: int
    key: Key
    claim_id: int
    filed_at: datetime
    undecided: bool


def earlier_holders(
    claim: Claim, invoices: Sequence[BoughtInvoice], filed_at: datetime
) -> tuple[list[dict[str, Any]], list[Claim]]:
    """What dossiers filed before hold of these invoices, in the regulation's form, and those of them not decided.

    One decided holds an invoice unless every line of it there is refused; one given up holds nothing.
    """
    by_key = {invoice.key: invoice for invoice in invoices}
    others = [
        other
        for numbers in chunks(list({number for _, number, _ in by_key}))
        for other in _filed_before(numbers, claim, filed_at)
        if other.key in by_key
    ]
    kept = _kept(other.invoice_id for other in others)
    held: dict[Key, dict[str, Any]] = {}
    undecided: dict[int, None] = {}
    for other in others:
        if other.invoice_id not in kept:
            if not other.undecided:
                continue
            undecided[other.claim_id] = None
        supplier, _, year = other.key
        held[other.key] = {"supplier_id": supplier, "number": by_key[other.key].number, "year": year}
    return list(held.values()), [db.session.get_one(Claim, number) for number in undecided]


def _filed_before(numbers: Sequence[str], claim: Claim, filed_at: datetime) -> Iterator[_Other]:
    return (one for one in _filed(numbers, claim) if (one.filed_at, one.claim_id) <= (filed_at, claim.id))


def _filed(numbers: Sequence[str], claim: Claim) -> Iterator[_Other]:
    rows = db.session.execute(
        select(
            Invoice.id,
            Invoice.supplier_identifier,
            Invoice.number_key,
            Invoice.issued_on,
            Claim.id,
            Claim.filed_at,
            Claim.status,
        )
        .join(Claim, Invoice.claim_id == Claim.id)
        .where(
            Invoice.number_key.in_(numbers),
            Claim.id != claim.id,
            Claim.filed_at.is_not(None),
            Claim.status != "abandoned",
        )
        .order_by(Invoice.id)
    )
    for number, supplier, key, issued_on, claim_id, filed_at, status in rows:
        assert filed_at is not None  # asked for
        undecided = status in OPEN or status == "waiting_list"
        yield _Other(number, (supplier, key, issued_on.year), claim_id, filed_at, undecided)


def _kept(invoice_ids: Iterable[int]) -> set[int]:
    """Of these invoices, those that a decided dossier kept: a line of them there is not refused, as last decided."""
    last: dict[tuple[int, int], str] = {}
    for some in chunks(list(invoice_ids)):
        rows = db.session.execute(
            select(PurchaseLine.invoice_id, DecidedLine.line_id, DecidedLine.status)
            .join(PurchaseLine, DecidedLine.line_id == PurchaseLine.id)
            .where(PurchaseLine.invoice_id.in_(some))
            .order_by(DecidedLine.id)
        )
        last |= {(invoice_id, line_id): status for invoice_id, line_id, status in rows}
    return {invoice_id for (invoice_id, _), status in last.items() if status != "refused"}


def kept_elsewhere(claim: Claim, invoices: Sequence[BoughtInvoice]) -> list[str]:
    """The numbers of the other dossiers, whenever they were filed, that were granted one of these invoices."""
    keys = {invoice.key for invoice in invoices}
    others = [
        other
        for numbers in chunks(list({number for _, number, _ in keys}))
        for other in _filed(numbers, claim)
        if other.key in keys
    ]
    kept = _kept(other.invoice_id for other in others)
    ids = sorted({other.claim_id for other in others if other.invoice_id in kept})
    return [str(db.session.get_one(Claim, number).number) for number in ids]
