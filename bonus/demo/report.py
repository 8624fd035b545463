"""What the headless demonstration leaves: claim.json, decision.json, payment.xml, certificate.pdf."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bonus.claims.models import Claim, Decision, Invoice
from bonus.claims.replay import BEYOND_THE_LAW
from bonus.errors import Refusal
from bonus.money import amount_string
from bonus.regulation import article_of, label_of

from .words import why

NAMES = ("claim.json", "decision.json", "payment.xml", "certificate.pdf")


class OutputFolder:
    """Where the files go. The second dossier's are numbered: claim-2.json, decision-2.json…"""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder and clear what an earlier run left. Raises Refusal when it cannot be written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name in NAMES:
                stem, suffix = name.split(".")
                for old in self._folder.iterdir():
                    if re.fullmatch(rf"{stem}(-\d+)?\.{suffix}", old.name):
                        old.unlink()
            probe = self._folder / ".essai"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise self._unusable(error) from error

    def write(self, name: str, rank: int, content: bytes) -> Path:
        """Write one file of the ``rank``-th dossier (from 1). Raises Refusal when it cannot be written."""
        stem, suffix = name.split(".")
        path = self._folder / (name if rank == 1 else f"{stem}-{rank}.{suffix}")
        try:
            path.write_bytes(content)
        except OSError as error:
            raise self._unusable(error) from error
        return path

    def _unusable(self, error: OSError) -> Refusal:
        return Refusal("demo.out", f"Le dossier {self._folder} ne peut pas être écrit ({why(error)}).")

    def write_json(self, name: str, rank: int, content: Mapping[str, Any]) -> Path:
        """Write one JSON file, for people and programs."""
        return self.write(name, rank, (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode())


def claim_report(claim: Claim) -> dict[str, Any]:
    """The dossier as it was filed; amounts in euros as strings."""
    company = claim.company
    return {
        "number": claim.number,
        "filed_at": claim.filed_at.isoformat() if claim.filed_at else None,
        "decision_due_on": claim.decision_due_on.isoformat() if claim.decision_due_on else None,
        "company": {
            "siren": company.siren,
            "name": company.name,
            "kind": company.kind,
            "fictitious": company.fictitious,
        },
        "invoices": [_invoice(invoice) for invoice in claim.invoices],
    }


def _invoice(invoice: Invoice) -> dict[str, Any]:
    return {
        "file": invoice.document.original_name,
        "sha256": invoice.document.sha256,
        "syntax": invoice.syntax,
        "profile": invoice.profile,
        "number": invoice.number,
        "issued_on": invoice.issued_on.isoformat(),
        "credit_note": invoice.is_credit_note,
        "corrects": invoice.corrects,
        "supplier": {"supplier_id": invoice.supplier_identifier, "name": invoice.supplier_name},
        "net": amount_string(invoice.net_cents),
        "vat": amount_string(invoice.vat_cents),
        "gross": amount_string(invoice.gross_cents),
        "warnings": invoice.warnings,
        "lines": [
            {
                "number": line.position,
                "name": line.name,
                "net": amount_string(line.net_cents),
                "vat": amount_string(line.vat_cents),
                "service_start": line.service_start.isoformat() if line.service_start else None,
                "service_end": line.service_end.isoformat() if line.service_end else None,
                "solution": line.solution.slug if line.solution else None,
                "match": line.match_reason,
            }
            for line in invoice.lines
        ],
    }


def decision_report(decision: Decision) -> dict[str, Any]:
    """The decision: outcome, amounts in euros as strings, and for each line the article behind each step."""
    rows = zip(decision.lines, decision.result["lines"], strict=True)
    return {
        "claim": decision.claim.number,
        "decided_on": decision.decided_on.isoformat(),
        "outcome": decision.outcome,
        "bonus": amount_string(decision.bonus_cents),
        "reasons": decision.reasons,
        "lines": [_line(row.line.name, result) for row, result in rows],
        "parameters_version": decision.parameters_version,
        "facts_sha256": decision.facts_sha256,
    }


def _line(name: str, result: Mapping[str, Any]) -> dict[str, Any]:
    reason = result["reason"]
    by_rule = reason is not None and reason not in BEYOND_THE_LAW
    return {
        "invoice": result["invoice"],
        "line": result["line"],
        "name": name,
        "status": result["status"],
        "reason": reason,
        "article": article_of(reason) if by_rule else None,
        "sentence": label_of(reason) if by_rule else None,
        "base": result["base"],
        "rate_bp": result["rate_bp"],
        "bonus_before_ceilings": result["bonus_before_ceilings"],
        "reductions": result["reductions"],
        "bonus": result["bonus"],
        "steps": result["trace"],
    }
