"""From the two temporary tables to each table of the dossiers, by the database itself."""

from __future__ import annotations

from collections.abc import Callable

from bonus.claims.card_queues import TO_READ

from .writing import Writer

REASONS = {"refused": "solution.never_certified", "pending": "solution.certification_suspended"}
"""Why a line is not eligible (arts. 4)."""

_NUMBER, _TEXT = "bigint", "text"
DOSSIER = {
    "id": _NUMBER, "document_id": _NUMBER, "number": _TEXT, "company_id": _NUMBER, "status": _TEXT, "queue": _TEXT,
    "reviewer": _NUMBER, "examiner": _NUMBER, "reader": _NUMBER, "twice": _NUMBER, "filed_at": "moment",
    "filed_on": "day", "decision_due_on": "day", "sort_on": "day", "due_on": "day", "acted_on": "day",
    "acted_at": "moment", "region": _TEXT, "size": _TEXT, "invoices": _NUMBER, "net_cents": _NUMBER,
    "bonus_cents": _NUMBER, "acknowledgement": _TEXT, "result": _TEXT, "budget_year": _NUMBER, "order_number": _TEXT,
    "pay_by": "day",
}  # fmt: skip
INVOICE = {
    "id": _NUMBER, "claim_id": _NUMBER, "document_id": _NUMBER, "solution_id": _NUMBER, "axis_key": _TEXT,
    "seller_key": _TEXT, "seller": _TEXT, "seller_name": _TEXT, "number": _TEXT, "number_key": _TEXT,
    "number_bare": _TEXT, "issued_on": "day", "net_cents": _NUMBER, "vat_cents": _NUMBER, "line_status": _TEXT,
    "reason": _TEXT, "base_cents": _NUMBER, "bonus_cents": _NUMBER,
}  # fmt: skip
_RISK = "CASE WHEN d.id % 23 = 0 THEN 40 WHEN d.id % 301 = 0 THEN 70 ELSE 0 END"
"""The weight of a dossier's risk flags: few have any."""
_DECIDED = "d.queue = 'decides'"
_UNREAD = f"d.queue = '{TO_READ}'"
_READ = f"d.twice <> 0 AND d.queue <> '{TO_READ}'"
"""Proposed above the threshold, and read by a second reviewer (art. 12)."""
# Table → what it takes, from where: the words in capitals are written for each database.
_COPIES: dict[str, tuple[dict[str, str], str]] = {
    "claims": (
        {
            "id": "d.id", "reference": "'demo-' || d.number", "number": "d.number", "company_id": "d.company_id",
            "channel": "'claim'", "status": "d.status", "created_at": "d.filed_at", "filed_at": "d.filed_at",
            "decision_due_on": "d.decision_due_on", "acknowledgement": "JSON(d.acknowledgement)",
            "assigned_to_id": "nullif(d.reviewer, 0)", "risk_weight": _RISK,
        },
        "fill_dossiers d",
    ),
    "documents": (
        {
            "id": "d.document_id", "reference": "'demo-' || d.number", "claim_id": "d.id",
            "original_name": "'facture-' || d.number || '.xml'", "media_type": "'application/xml'", "size": "1",
            "sha256": "'demo-' || d.number", "stored_as": "'demo-' || d.number", "added_at": "d.filed_at",
            "purpose": "'invoice'",
        },
        "fill_dossiers d",
    ),
    "invoices": (
        {
            "id": "i.id", "claim_id": "i.claim_id", "document_id": "i.document_id", "source": "'structured'",
            "syntax": "'cii'", "profile": "'EN 16931'", "supplier_identifier": "i.seller",
            "supplier_name": "i.seller_name", "buyer_identifier": "''", "buyer_name": "''", "number": "i.number",
            "number_key": "i.number_key", "number_bare": "i.number_bare", "issued_on": "i.issued_on",
            "is_credit_note": "FALSE", "corrects": "JSON('[]')", "net_cents": "i.net_cents", "vat_cents": "i.vat_cents",
            "gross_cents": "i.net_cents + i.vat_cents", "prepaid_cents": "0", "due_cents": "i.net_cents + i.vat_cents",
            "lines_from_totals": "FALSE", "lines_entered": "FALSE", "warnings": "JSON('[]')", "terms": "JSON('{}')",
        },
        "fill_invoices i",
    ),
    "purchase_lines": (
        {
            "id": "i.id + SHIFT(purchase_lines)", "invoice_id": "i.id", "position": "1", "name": "'Abonnement'",
            "net_cents": "i.net_cents", "vat_cents": "i.vat_cents", "replaces_foreign": "FALSE",
            "other_public_aid_cents": "0", "solution_id": "i.solution_id", "match_reason": "'Nom du registre'",
            "matched_by_person": "FALSE",
        },
        "fill_invoices i",
    ),
    "claim_cards": (
        {
            "claim_id": "d.id", "number": "d.number", "company_id": "d.company_id", "status": "d.status",
            "queue": "d.queue", "reviewer": "d.reviewer", "taken": "d.reviewer <> 0",
            "proposer": f"CASE WHEN {_UNREAD} THEN d.examiner ELSE 0 END", "filed_on": "d.filed_on",
            "sort_on": "d.sort_on", "due_on": "d.due_on", "region": "d.region", "size": "d.size", "risk_weight": _RISK,
            "invoices": "d.invoices", "net_cents": "d.net_cents", "bonus_cents": "d.bonus_cents",
        },
        "fill_dossiers d",
    ),
    "document_requests": (
        {
            "claim_id": "d.id", "asked_at": "d.acted_at", "asked_by_id": "d.examiner", "answer_by": "d.due_on",
        },
        "fill_dossiers d WHERE d.status = 'awaiting_documents'",
    ),
    "requested_items": (
        {
            "request_id": "r.id", "position": "1", "code": "'contract'", "title": "'Contrat'", "detail": "''",
        },
        "document_requests r JOIN fill_dossiers d ON d.id = r.claim_id",
    ),
    "proposals": (
        {
            "claim_id": "d.id", "reviewer_id": "d.examiner", "proposed_at": "d.acted_at", "outcome": "'apply'",
            "reasons": "''", "second_reading": "d.twice <> 0",
            "concurred_by_id": f"CASE WHEN {_READ} THEN d.reader END",
            "concurred_at": f"CASE WHEN {_READ} THEN d.acted_at END",
        },
        f"fill_dossiers d WHERE d.status = 'proposed' OR d.queue = 'liste-d-attente' OR {_DECIDED}",
    ),
    "decisions": (
        {
            "id": "d.id + SHIFT(decisions)", "claim_id": "d.id", "rank": "1", "decided_at": "d.acted_at",
            "decided_on": "d.acted_on", "kind": "'officer'", "decided_by_id": "OFFICER", "proposed_by_id": "d.examiner",
            "outcome": "d.status", "bonus_cents": "d.bonus_cents",
            "reasons": "'Décision de démonstration (art. 4).'", "facts": "JSON('{}')", "facts_sha256": "'demo'",
            "parameters_version": "VERSION", "result": "JSON(d.result)",
        },
        f"fill_dossiers d WHERE {_DECIDED}",
    ),
    "decided_lines": (
        {
            "decision_id": "i.claim_id + SHIFT(decisions)", "line_id": "i.id + SHIFT(purchase_lines)",
            "status": "i.line_status", "reason": "i.reason", "base_cents": "i.base_cents", "rate_bp": "0",
            "bonus_cents": "i.bonus_cents",
        },
        f"fill_invoices i JOIN fill_dossiers d ON d.id = i.claim_id WHERE {_DECIDED} ORDER BY i.id",
    ),
}  # fmt: skip
_BY_OFFICER = f"d.queue = 'liste-d-attente' OR {_DECIDED}"
_BY_REVIEWER = f"d.status IN ('under_review', 'awaiting_documents', 'proposed') OR {_BY_OFFICER}"
_ROLES = (
    ("reviewer", "d.examiner", _BY_REVIEWER),
    ("reviewer", "d.reader", _READ),
    ("authorising_officer", "OFFICER", _BY_OFFICER),
)
"""In which role who acted on which dossiers (art. 12)."""
# Each step that a dossier made: (its name, from which status, to which one, in which role, who, when, which dossiers).
_STEPS = (
    ("file", "'draft'", "'filed'", "NULL", "NULL", "d.filed_at", "1 = 1"),
    (
        "review",
        "'filed'",
        "'under_review'",
        "'reviewer'",
        "d.examiner",
        "d.acted_at",
        "d.status = 'under_review'",
    ),
    (
        *("ask", "'filed'", "'awaiting_documents'", "'reviewer'", "d.examiner", "d.acted_at"),
        "d.status = 'awaiting_documents'",
    ),
    ("abandon", "'filed'", "'abandoned'", "NULL", "NULL", "d.acted_at", "d.status = 'abandoned'"),
    (
        *("propose", "'filed'", "'proposed'", "'reviewer'", "d.examiner", "d.acted_at"),
        f"d.status = 'proposed' OR {_BY_OFFICER}",
    ),
    ("concur", "'proposed'", "'proposed'", "'reviewer'", "d.reader", "d.acted_at", _READ),
    ("decide", "'proposed'", "d.status", "'authorising_officer'", "OFFICER", "d.acted_at", _BY_OFFICER),
)


def temporary_tables(out: Writer) -> None:
    """Make the two tables that the dossiers are drawn into."""
    out.temporary("fill_dossiers", DOSSIER)
    out.temporary("fill_invoices", INVOICE)


def copy_all(out: Writer, officer: int, version: str, say: Callable[[str], None]) -> None:
    """Write all that the dossiers are made of; ``officer`` decided them under that ``version`` of the parameters."""
    words = {"OFFICER": str(officer), "VERSION": f"'{version}'"}
    shifts = {
        table: f"(SELECT coalesce(max(id), 0) FROM {table})" for table in ("purchase_lines", "decisions")
    }
    for name, statement in shifts.items():
        out.temporary(f"fill_shift_{name}", {"by_": _NUMBER})
        out.run(f"INSERT INTO fill_shift_{name} SELECT {statement}")
    for table, (columns, source) in _COPIES.items():
        say(f"  {table}")
        picked = ", ".join(_said(out, value, words) for value in columns.values())
        out.run(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {picked} FROM {_said(out, source, words)}"
        )
    say("  claim_roles")
    for role, person, which in _ROLES:
        out.run(
            "INSERT INTO claim_roles (claim_id, person_id, role, since) "
            f"SELECT d.id, {_said(out, person, words)}, '{role}', d.acted_at FROM fill_dossiers d WHERE {which}"
        )
    say("  status_changes")
    for action, old, new, role, person, at, which in _STEPS:
        out.run(
            "INSERT INTO status_changes (claim_id, at, action, old_status, new_status, role, person_id) "
            f"SELECT d.id, {at}, '{action}', {old}, {new}, {role}, {_said(out, person, words)} FROM fill_dossiers d "
            f"WHERE {which} ORDER BY d.id"
        )
    say("  claim_card_keys")
    for key in ("axis_key", "seller_key"):
        out.run(
            "INSERT INTO claim_card_keys (claim_id, key, queue, sort_on) "
            f"SELECT DISTINCT d.id, i.{key}, d.queue, d.sort_on "
            "FROM fill_invoices i JOIN fill_dossiers d ON d.id = i.claim_id"
        )


def counts(out: Writer) -> None:
    """Count the new dossiers by queue and reviewer."""
    out.run(
        "INSERT INTO claim_card_counts (queue, reviewer, dossiers) "
        "SELECT queue, reviewer, count(*) FROM fill_dossiers GROUP BY queue, reviewer"
    )


def _said(out: Writer, value: str, words: dict[str, str]) -> str:
    for word, meaning in words.items():
        value = value.replace(word, meaning)
    for table in ("purchase_lines", "decisions"):
        value = value.replace(f"SHIFT({table})", f"(SELECT by_ FROM fill_shift_{table})")
    if value.startswith("JSON("):
        inner = value.removeprefix("JSON(").removesuffix(")")
        return inner if out.kind == "sqlite" else f"CAST({inner} AS json)"
    return value
