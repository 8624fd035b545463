"""Entering the invoices of a table into a draft: rows by thousands, in the caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime

from bonus.bulk import Row, insert_rows, new_ids
from bonus.claims.models import Claim, Document, Invoice, PurchaseLine
from bonus.claims.table_models import PurchaseTable
from bonus.claims.tables.model import Bill
from bonus.extensions import db

from .checking import Checked

MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write_table(checked: Checked, found: PurchaseTable, claim: Claim, now: datetime) -> None:
    """Enter a table's document, invoices and lines. The caller holds the dossier's lock, and commits."""
    document = Document(
        reference=secrets.token_urlsafe(16),
        claim_id=claim.id,
        original_name=found.file_name,
        media_type=MEDIA_TYPES[checked.content.format],
        size=found.size,
        sha256=found.sha256,
        stored_as=found.stored_as,
        added_at=now,
        purpose="table",
    )
    db.session.add(document)
    db.session.flush()
    found.document_id = document.id
    bills = list(checked.content.bills.values())
    ids = new_ids(Invoice, len(bills))
    insert_rows(
        Invoice, (_invoice(bill, number, document.id, claim) for bill, number in zip(bills, ids, strict=True))
    )
    insert_rows(
        PurchaseLine,
        (line for bill, number in zip(bills, ids, strict=True) for line in _lines(bill, number, checked)),
    )


def _invoice(bill: Bill, number: int, document_id: int, claim: Claim) -> Row:
    first = bill.rows[0]
    net, vat = sum(row.net_cents for row in bill.rows), sum(row.vat_cents for row in bill.rows)
    return {
        "id": number,
        "claim_id": claim.id,
        "document_id": document_id,
        "source": "table",
        "syntax": "table",
        "profile": "table",
        "supplier_identifier": first.supplier_id,
        "supplier_name": first.supplier_name,
        "buyer_identifier": claim.company.siren,
        "buyer_name": claim.company.name[:200],
        "number": first.number,
        "number_key": bill.key[1][:100],
        "issued_on": first.issued_on,
        "is_credit_note": False,
        "corrects": [],
        "net_cents": net,
        "vat_cents": vat,
        "gross_cents": net + vat,
        "lines_from_totals": False,
        "warnings": [],
        "terms": {},
    }


def _lines(bill: Bill, number: int, checked: Checked) -> Iterator[Row]:
    for position, row in enumerate(bill.rows, 1):
        match = checked.matches[row.line]
        yield {
            "invoice_id": number,
            "position": position,
            "name": row.name,
            "reference": row.reference,
            "net_cents": row.net_cents,
            "vat_cents": row.vat_cents,
            "service_start": row.service_start,
            "service_end": row.service_end,
            "replaces_foreign": row.replaces_foreign,
            "other_public_aid_cents": row.other_public_aid_cents,
            "solution_id": match.solution_id,
            "match_reason": match.reason,
            "matched_by_person": match.by_person,
        }
