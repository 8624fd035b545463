"""Invoices of a dossier that another holds (art. 5.3), asked by thousands; and one at a time who grants them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zlib import crc32

from sqlalchemy import func, select

from bonus.bulk import chunks
from bonus.extensions import db

from .bought import BoughtInvoice, Key
from .models import Claim, DecidedLine, Invoice, PurchaseLine
from .status import OPEN

_INVOICES, _SLOTS = 5_3, 1_000
"""The space of PostgreSQL's advisory locks that invoices have, and how many they are."""


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
    """What other dossiers hold of these invoices, in the regulation's form, and those filed before and not decided.

    One decided holds an invoice unless every line of it there is refused; one given up holds nothing. One filed after
    holds what it was granted while this one's refusal stood: annulled since, it takes nothing back.
    """
    by_key = {invoice.key: invoice for invoice in invoices}
    others = [
        other
        for numbers in chunks(list({number for _, number, _ in by_key}))
        for other in _filed(numbers, claim)
        if other.key in by_key
    ]
    kept = _kept(other.invoice_id for other in others)
    held: dict[Key, dict[str, Any]] = {}
    undecided: dict[int, None] = {}
    for other in others:
        if other.invoice_id not in kept:
            if not other.undecided or (other.filed_at, other.claim_id) > (filed_at, claim.id):
                continue
            undecided[other.claim_id] = None
        supplier, _, year = other.key
        held[other.key] = {"supplier_id": supplier, "number": by_key[other.key].number, "year": year}
    return list(held.values()), [db.session.get_one(Claim, number) for number in undecided]


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


def lock_invoices(claim_id: int) -> None:
    """Until the transaction ends, nobody else decides a dossier that holds one of the invoices of this one: whoever is
    second reads what the first granted (art. 5.3). Dossiers of two companies share no other lock.

    A lock a key, in one order; keys fall into a thousand slots, so that a dossier of many invoices takes no more locks
    than the database has. SQLite has one writer, and needs none.
    """
    if db.session.get_bind().dialect.name != "postgresql":
        return
    rows = db.session.execute(
        select(Invoice.supplier_identifier, Invoice.number_key, Invoice.issued_on).where(
            Invoice.claim_id == claim_id
        )
    )
    keys = (f"{supplier} {number} {issued_on.year}" for supplier, number, issued_on in rows)
    slots = sorted({crc32(key.encode()) % _SLOTS for key in keys})
    for slot in slots:
        db.session.execute(select(func.pg_advisory_xact_lock(_INVOICES, slot)))


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
