"""All the lines of a large dossier in one CSV file: as they were filed, as they were decided.

The acknowledgement of receipt and the decision refer to it by its SHA-256, instead of naming each line over
thousands of pages; it is kept as it was hashed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bonus.adapters.store import DocumentStore
from bonus.bulk import uncollected
from bonus.money import NBSP, format_euros, format_rate, parse_amount
from bonus.regulation import article_of, explain, label_of
from bonus.spreadsheet import Euros, csv_lines

from .acknowledgement import FullList
from .assessing import AssessedLine
from .bought import BoughtInvoice, BoughtLine
from .cuts import EXAMINED, in_words
from .models import Claim
from .replay import BEYOND_THE_LAW

FILED = (
    "Facture",
    "Date",
    "Fournisseur",
    "Identifiant du fournisseur",
    "Ligne",
    "Désignation",
    "Référence",
    "Montant HT",
    "TVA",
    "Autre aide publique",
)
DECIDED = (
    "Facture",
    "Ligne",
    "Désignation",
    "Issue",
    "Motif",
    "Article",
    "Base",
    "Taux (%)",
    "Bonus avant plafonds",
    "Bonus",
    "Explication",
)
ISSUES = {"eligible": "Accordée", "pending": "En attente", "refused": "Refusée"}


def keep_filed(invoices: Iterable[BoughtInvoice], store: DocumentStore) -> FullList:
    """Write the list of the lines of a dossier that is being filed into the store."""
    return _keep(FILED, _filed(invoices), store)


def keep_decided(rows: Iterable[tuple[AssessedLine, Mapping[str, Any]]], store: DocumentStore) -> FullList:
    """Write the list of the lines that are being decided, each with what the decision gives it."""
    return _keep(DECIDED, (_decided(assessed, result) for assessed, result in rows), store)


def filed_list_of(claim: Claim) -> FullList | None:
    """The list that a dossier's acknowledgement refers to, if any."""
    kept = (claim.acknowledgement or {}).get("full_list")
    return FullList(**kept) if kept else None


def decided_list_of(claim: Claim, rank: int) -> FullList | None:
    """The list that a decision of a dossier refers to, if any."""
    decision = next((one for one in claim.decisions if one.rank == rank), None)
    return FullList(**decision.full_list) if decision is not None and decision.full_list else None


def lists_of(claim: Claim) -> dict[str, FullList]:
    """The lists of a dossier, by the name under which each is handed out."""
    found = {"lignes-deposees.csv": filed_list_of(claim)}
    for decision in claim.decisions:
        found[f"lignes-decidees-{decision.rank}.csv"] = decided_list_of(claim, decision.rank)
    return {name: one for name, one in found.items() if one is not None}


def _keep(titles: Sequence[str], rows: Iterable[Sequence[object]], store: DocumentStore) -> FullList:
    with uncollected():
        written = [titles, *rows]
        data = b"".join(csv_lines(written))
    return FullList(len(written) - 1, hashlib.sha256(data).hexdigest(), store.keep_ours(data))


def _filed(invoices: Iterable[BoughtInvoice]) -> Iterator[Sequence[object]]:
    for invoice in invoices:
        for line in invoice.lines:
            yield bought_cells(line)


def bought_cells(line: BoughtLine) -> tuple[object, ...]:
    """What was bought, under the titles ``FILED``."""
    invoice = line.invoice
    return (
        invoice.number,
        invoice.issued_on,
        invoice.supplier_name,
        invoice.supplier_identifier,
        line.position,
        line.name,
        line.reference,
        Euros(line.net_cents),
        Euros(line.vat_cents),
        Euros(line.other_public_aid_cents),
    )


def reason_words(reason: str | None) -> str | None:
    """A sealed reason in words; None for a line that has none."""
    return label_of(reason) if reason else None


def _decided(assessed: AssessedLine, result: Mapping[str, Any]) -> Sequence[object]:
    line, reason = assessed.line, result["reason"]
    return (
        line.invoice.number,
        line.position,
        line.name,
        ISSUES[result["status"]],
        reason_words(reason),
        article_of(reason) if reason else "",
        Euros(parse_amount(result["base"])),
        format_rate(result["rate_bp"]).removesuffix(f"{NBSP}%"),
        Euros(parse_amount(result["bonus_before_ceilings"])),
        Euros(parse_amount(result["bonus"])),
        _explanation(assessed, result),
    )


def _explanation(assessed: AssessedLine, result: Mapping[str, Any]) -> str:
    """Why a line is refused or waits, in law and in fact; the ceilings that cut it (art. 11)."""
    if result["reason"] in BEYOND_THE_LAW:
        return ""
    if result["reason"]:
        return explain(assessed.explained["trace"])
    examined = [in_words(result[EXAMINED])] if EXAMINED in result else []
    return " ".join(
        examined
        + [
            f"{label_of(cut['article'])}{NBSP}: réduit de {format_euros(parse_amount(cut['amount']))} "
            f"({article_of(cut['article'])})."
            for cut in result["reductions"]
        ]
    )
