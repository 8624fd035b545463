"""A whole dossier in one file to keep: its documents as they were sent, and its data as JSON."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any

from bonus.adapters.einvoice.rule_words import rule_warnings
from bonus.adapters.store import DocumentStore
from bonus.calendar import PARIS

from .documents import INVOICES
from .history import history_of
from .messages import thread_of
from .models import Claim, Decision, Document, Invoice, PurchaseLine, StatusChange
from .request_models import ClaimMessage, DocumentRequest
from .requests import request_of
from .status import INTERNAL

FORMAT = "bonus-souverainete-dossier-1"
_UNSAFE = re.compile(r"[^\w.() -]+")
_OLDEST = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no earlier moment


def write_archive(
    claim: Claim, output: IO[bytes], store: DocumentStore, letters: dict[str, bytes], now: datetime
) -> None:
    """Write the ZIP of a dossier: ``dossier.json``, the invoices, the joined documents, and ``letters``, PDF files
    of ours by name. Documents go from the store to the file without being held in memory."""
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(claim_data(claim, now), ensure_ascii=False, indent=2)
        archive.writestr(_entry("dossier.json", now), text.encode())
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


def claim_data(claim: Claim, now: datetime) -> dict[str, Any]:
    """What is known of a dossier by its company, as plain JSON values: amounts in cents, dates in ISO 8601."""
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
        "invoices": [_invoice(invoice) for invoice in claim.invoices],
        "decisions": [_decision(decision) for decision in claim.decisions],
        "request": _request(request_of(claim.id), paths),
        "messages": [_message(message) for message in thread_of(claim.id)],
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


def _invoice(invoice: Invoice) -> dict[str, Any]:
    return {
        "supplier": {"identifier": invoice.supplier_identifier, "name": invoice.supplier_name},
        "buyer": {"identifier": invoice.buyer_identifier, "name": invoice.buyer_name},
        "number": invoice.number,
        "issued_on": invoice.issued_on.isoformat(),
        "source": invoice.source,
        "credit_note": invoice.is_credit_note,
        "corrects": invoice.corrects,
        "net_cents": invoice.net_cents,
        "vat_cents": invoice.vat_cents,
        "gross_cents": invoice.gross_cents,
        "document_sha256": invoice.document.sha256,
        "warnings": invoice.warnings,
        "rule_warnings": _rule_warnings(invoice),
        "lines": [_line(line) for line in invoice.lines],
    }


def _rule_warnings(invoice: Invoice) -> list[dict[str, Any]] | None:
    """The official rules it breaks; None when they were not run."""
    if invoice.rule_findings is None:
        return None
    return [asdict(warning) for warning in rule_warnings(invoice.rule_findings)]


def _line(line: PurchaseLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "name": line.name,
        "reference": line.reference,
        "net_cents": line.net_cents,
        "vat_cents": line.vat_cents,
        "service_start": line.service_start.isoformat() if line.service_start else None,
        "service_end": line.service_end.isoformat() if line.service_end else None,
        "solution": line.solution.slug if line.solution else None,
        "replaces_foreign": line.replaces_foreign,
        "other_public_aid_cents": line.other_public_aid_cents,
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
