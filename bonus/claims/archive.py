"""A whole dossier in one file to keep: its documents as they were sent, and its data as JSON."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import IO, Any

from sqlalchemy import Row, select

from bonus.adapters.einvoice.rule_words import rule_warnings
from bonus.adapters.store import DocumentStore
from bonus.calendar import PARIS
from bonus.extensions import db
from bonus.registry.models import Solution

from .appeal_models import Appeal
from .appeals import appeals_of
from .change_models import StatusChange
from .documents import INVOICES
from .history import history_of
from .messages import thread_of
from .models import Claim, Decision, Document, Invoice, PurchaseLine
from .request_models import ClaimMessage, DocumentRequest
from .requests import request_of
from .status import INTERNAL

FORMAT = "bonus-souverainete-dossier-1"
_INVOICE = (
    Invoice.id.label("invoice_id"),
    Invoice.supplier_identifier,
    Invoice.supplier_name,
    Invoice.buyer_identifier,
    Invoice.buyer_name,
    Invoice.number,
    Invoice.issued_on,
    Invoice.source,
    Invoice.is_credit_note,
    Invoice.corrects,
    Invoice.net_cents.label("invoice_net_cents"),
    Invoice.vat_cents.label("invoice_vat_cents"),
    Invoice.gross_cents,
    Invoice.warnings,
    Invoice.rule_findings,
)
_LINE = (
    PurchaseLine.position,
    PurchaseLine.name,
    PurchaseLine.reference,
    PurchaseLine.net_cents,
    PurchaseLine.vat_cents,
    PurchaseLine.service_start,
    PurchaseLine.service_end,
    PurchaseLine.replaces_foreign,
    PurchaseLine.other_public_aid_cents,
)
_UNSAFE = re.compile(r"[^\w.() -]+")
_OLDEST = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no earlier moment


def write_archive(
    claim: Claim, output: IO[bytes], store: DocumentStore, letters: dict[str, bytes], now: datetime
) -> None:
    """Write the ZIP of a dossier: ``dossier.json``, the invoices, the joined documents, and ``letters``, PDF files
    of ours by name. Documents go from the store to the file without being held in memory."""
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_entry("dossier.json", now), "w") as entry:
            for piece in _pieces(claim, now):
                entry.write(piece.encode())
        for name, content in letters.items():
            archive.writestr(_entry(name, now), content)
        for rank, document in enumerate(claim.documents, 1):
            with (
                store.path(document.stored_as).open("rb") as kept,
                archive.open(_entry(_path(rank, document), document.added_at), "w") as entry,
            ):
                while block := kept.read(1 << 20):
                    entry.write(block)


def _path(rank: int, document: Document) -> str:
    """Where a document stands in the file: two may have the same name, and a name may be a stranger's."""
    folder = "factures" if document.purpose in INVOICES else "pieces"
    return f"{folder}/{rank:02d}-{_UNSAFE.sub('_', document.original_name).lstrip('.')}"


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    paris = at.astimezone(PARIS)
    info = zipfile.ZipInfo(name, max(_OLDEST, paris.timetuple()[:6]))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _pieces(claim: Claim, now: datetime) -> Iterator[str]:
    """What is known of a dossier by its company, as JSON: amounts in cents, dates in ISO 8601.

    Its invoices and decisions are written one by one: there may be 50,000 lines.
    """
    yield json.dumps(_head(claim, now), ensure_ascii=False, indent=1).removesuffix("\n}")
    yield ',\n "invoices": ['
    yield from _apart(_invoices(claim.id))
    yield '],\n "decisions": ['
    yield from _apart(_decision(decision) for decision in claim.decisions)
    yield "]\n}\n"


def _apart(values: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Values of a JSON list, one a line."""
    for rank, value in enumerate(values):
        yield (",\n  " if rank else "\n  ") + json.dumps(value, ensure_ascii=False)


def _head(claim: Claim, now: datetime) -> dict[str, Any]:
    paths = {document.id: _path(rank, document) for rank, document in enumerate(claim.documents, 1)}
    return {
        "format": FORMAT,
        "written_at": now.isoformat(),
        "number": claim.number,
        "status": _known(claim.status),
        "channel": claim.channel,
        "company": {"siren": claim.company.siren, "name": claim.company.name},
        "created_at": claim.created_at.isoformat(),
        "filed_at": claim.filed_at.isoformat() if claim.filed_at else None,
        "decision_due_on": claim.decision_due_on.isoformat() if claim.decision_due_on else None,
        "declarations": claim.declarations or [],
        "documents": [_document(document, paths[document.id]) for document in claim.documents],
        "request": _request(request_of(claim.id), paths),
        "messages": [_message(message) for message in thread_of(claim.id)],
        "appeals": [_appeal(appeal, paths) for appeal in appeals_of(claim.id)],
        "history": [_change(change) for change in claim.changes if change.action not in INTERNAL],
        "events": [
            {"at": event.at.isoformat(), "what": event.what, "who": event.who, "name": event.name}
            for event in history_of(claim)
        ],
    }


def _request(request: DocumentRequest | None, paths: dict[int, str]) -> dict[str, Any] | None:
    if request is None:
        return None
    return {
        "asked_at": request.asked_at.isoformat(),
        "answer_by": request.answer_by.isoformat(),
        "answered_at": request.answered_at.isoformat() if request.answered_at else None,
        "ended_at": request.ended_at.isoformat() if request.ended_at else None,
        "items": [
            {
                "code": item.code,
                "title": item.title,
                "detail": item.detail,
                "files": [paths[document.id] for document in item.documents],
                "unavailable": item.unavailable,
            }
            for item in request.items
        ],
    }


def _appeal(appeal: Appeal, paths: dict[int, str]) -> dict[str, Any]:
    """An appeal as its company knows it: what is proposed, and by whom, stays out."""
    return {
        "filed_at": appeal.filed_at.isoformat(),
        "status": "under_examination" if appeal.status == "proposed" else appeal.status,
        "against": "withdrawal" if appeal.revocation_id else "decision",
        "decided_on": appeal.contested[1].isoformat(),
        "grounds": appeal.grounds,
        "files": [paths[file.document.id] for file in appeal.files],
        "due_on": appeal.due_on.isoformat(),
        "answered_at": appeal.decided_at.isoformat() if appeal.decided_at else None,
        "answer": appeal.answer,
    }


def _message(message: ClaimMessage) -> dict[str, Any]:
    return {
        "at": message.at.isoformat(),
        "side": message.side,
        "name": message.person.name,
        "text": message.text,
    }


def _document(document: Document, path: str) -> dict[str, Any]:
    return {
        "file": path,
        "name": document.original_name,
        "purpose": document.purpose,
        "media_type": document.media_type,
        "size": document.size,
        "sha256": document.sha256,
        "added_at": document.added_at.isoformat(),
    }


def _invoices(claim_id: int) -> Iterator[dict[str, Any]]:
    """The invoices of a dossier, each with its lines, read as they are written."""
    query = (
        select(*_INVOICE, Document.sha256.label("document_sha256"), *_LINE, Solution.slug.label("slug"))
        .join(Document, Invoice.document_id == Document.id)
        .outerjoin(PurchaseLine, PurchaseLine.invoice_id == Invoice.id)
        .outerjoin(Solution, PurchaseLine.solution_id == Solution.id)
        .where(Invoice.claim_id == claim_id)
        .order_by(Invoice.id, PurchaseLine.position)
        .execution_options(yield_per=1_000)
    )
    for _, rows in groupby(db.session.execute(query), key=lambda row: row.invoice_id):
        first = next(rows)
        lines = [_line(row) for row in (first, *rows) if row.position is not None]
        yield _invoice(first) | {"lines": lines}


def _invoice(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "supplier": {"identifier": row.supplier_identifier, "name": row.supplier_name},
        "buyer": {"identifier": row.buyer_identifier, "name": row.buyer_name},
        "number": row.number,
        "issued_on": row.issued_on.isoformat(),
        "source": row.source,
        "credit_note": row.is_credit_note,
        "corrects": row.corrects,
        "net_cents": row.invoice_net_cents,
        "vat_cents": row.invoice_vat_cents,
        "gross_cents": row.gross_cents,
        "document_sha256": row.document_sha256,
        "warnings": row.warnings,
        "rule_warnings": _rule_warnings(row.rule_findings),
    }


def _rule_warnings(findings: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """The official rules it breaks; None when they were not run."""
    return None if findings is None else [asdict(warning) for warning in rule_warnings(findings)]


def _line(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "position": row.position,
        "name": row.name,
        "reference": row.reference,
        "net_cents": row.net_cents,
        "vat_cents": row.vat_cents,
        "service_start": row.service_start.isoformat() if row.service_start else None,
        "service_end": row.service_end.isoformat() if row.service_end else None,
        "solution": row.slug,
        "replaces_foreign": row.replaces_foreign,
        "other_public_aid_cents": row.other_public_aid_cents,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "decided_on": decision.decided_on.isoformat(),
        "outcome": decision.outcome,
        "bonus_cents": decision.bonus_cents,
        "reasons": decision.reasons,
        "parameters_version": decision.parameters_version,
        "facts_sha256": decision.facts_sha256,
        "result": decision.result,
    }


def _known(status: str) -> str:
    """A status as the company knows it: what is proposed is under review."""
    return "under_review" if status == "proposed" else status


def _change(change: StatusChange) -> dict[str, Any]:
    """A step of the dossier; who acted for the State stays out, as on the company's pages."""
    return {
        "at": change.at.isoformat(),
        "action": change.action,
        "from": _known(change.old_status),
        "to": _known(change.new_status),
    }
