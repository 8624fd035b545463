"""Writing to the audit log, in the transaction of the act itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from bonus.errors import Refusal
from bonus.extensions import db

from .models import AuditEntry, AuditHead

GENESIS = "0" * 64

# An act whose reasons the law requires cannot be recorded without them.
REQUIRED_FACTS: dict[str, frozenset[str]] = {
    "claim.filed": frozenset({"decision_due_on", "total_cents"}),
    "claim.proposed": frozenset({"outcome", "reasons"}),
    "claim.decided": frozenset({"outcome", "bonus_cents", "reasons", "facts_sha256", "parameters"}),
    "claim.objected": frozenset({"reasons"}),
    "claim.sent_back": frozenset({"reasons"}),
    "claim.revoked": frozenset({"ground", "reasons", "bonus_cents"}),
    "recovery.notified": frozenset({"recovery", "amount_cents", "reasons"}),
    "recovery.confirmed": frozenset({"recovery", "amount_cents", "reasons"}),
    "recovery.dropped": frozenset({"recovery", "reasons"}),
    "lane.taken_out": frozenset({"reasons"}),
    "lane.contested": frozenset({"supplier", "reasons"}),
    "payment.ordered": frozenset({"amount_cents", "decision"}),
    "payment.batched": frozenset({"orders", "total_cents"}),
    "payment.written": frozenset({"files", "total_cents"}),
    "payment.batch_dismissed": frozenset({"reasons"}),
    "bank.refused": frozenset({"reasons"}),
    "certificate.issued": frozenset({"number", "pdf_sha256", "revokes"}),
}


@dataclass(frozen=True)
class Actor:
    """Who acts: a person's id and name, or a part of the service ("service:worker"); and from where."""

    name: str
    person_id: int | None = None
    address: str | None = None
    roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def label(self) -> str:
        """What the log keeps of the name: a long one is cut, the number never."""
        return f"{self.name[:100]} (n° {self.person_id})" if self.person_id is not None else self.name[:120]


SERVICE = Actor("service:worker")


def entry_hash(
    previous: str,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    address: str | None,
    facts: dict[str, Any],
) -> str:
    """SHA-256 over the previous hash and the canonical form of the entry."""
    body = [previous, at.astimezone(UTC).isoformat(), actor, action, subject, address, facts]
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record(action: str, subject: str, actor: Actor, now: datetime, **facts: Any) -> AuditEntry:
    """Append one entry to the log, in the caller's transaction. Takes the log's lock: call it last.

    Raises Refusal when the action's required facts are missing, or its reasons empty; to propose what the
    law gives (``apply``) needs none.
    """
    return record_each([(action, subject, facts)], actor, now)[0]


def record_each(
    acts: Sequence[tuple[str, str, Mapping[str, Any]]], actor: Actor, now: datetime
) -> list[AuditEntry]:
    """Append several entries of one person, in their order: (action, subject, facts) each; as ``record`` does one."""
    for action, _, facts in acts:
        _require_facts(action, facts)
    head = db.session.scalars(
        select(AuditHead).with_for_update().execution_options(populate_existing=True)
    ).one()  # migration 0001 writes the row
    entries = [_entry(head, action, subject, actor, now, dict(facts)) for action, subject, facts in acts]
    db.session.add_all(entries)
    return entries


def _require_facts(action: str, facts: Mapping[str, Any]) -> None:
    required = REQUIRED_FACTS.get(action, frozenset())
    missing = required - facts.keys()
    if "reasons" in required - missing and not facts["reasons"].strip() and facts.get("outcome") != "apply":
        missing |= {"reasons"}
    if missing:
        raise Refusal("audit.facts_missing", f"L’acte {action} doit porter : {', '.join(sorted(missing))}.")


def _entry(
    head: AuditHead, action: str, subject: str, actor: Actor, now: datetime, facts: dict[str, Any]
) -> AuditEntry:
    """The next entry of the chain, whose head moves on."""
    entry = AuditEntry(
        at=now,
        actor=actor.label,
        action=action,
        subject=subject,
        address=actor.address,
        facts=facts,
        previous_hash=head.last_hash,
        hash=entry_hash(head.last_hash, now, actor.label, action, subject, actor.address, facts),
    )
    head.last_hash = entry.hash
    head.entries += 1
    return entry


def first_fault() -> str | None:
    """Walk the whole chain; say where it breaks first (French sentence), or None when it is whole."""
    from .verification import Walk  # it stands on what this file defines

    fault = next(iter(Walk()), None)
    return fault.sentence if fault else None
