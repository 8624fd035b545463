"""That an agent looked at a document, for the log: once a day for its pictures, each time for the original."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import select

from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor, record
from bonus.calendar import PARIS, civil_date
from bonus.extensions import db

from .models import Claim, Document

READ = "claim.document_read"


def note_looked_at(claim: Claim, document: Document, actor: Actor, now: datetime) -> None:
    """Write that someone looked at the pictures of a document, unless the log says so of that civil day already: a page
    shows them again each time it is opened. The caller commits."""
    morning = datetime.combine(civil_date(now), time(), PARIS)
    entries = db.session.scalars(
        select(AuditEntry).where(
            AuditEntry.subject == f"claim:{claim.number}",
            AuditEntry.action == READ,
            AuditEntry.actor == actor.label,
            AuditEntry.at >= morning,
        )
    )
    if not any(entry.facts.get("document") == document.reference for entry in entries):
        record(READ, f"claim:{claim.number}", actor, now, document=document.reference)


def note_original_taken(claim: Claim, document: Document, actor: Actor, now: datetime) -> None:
    """Write that someone was given the file itself. The caller commits."""
    record(READ, f"claim:{claim.number}", actor, now, sha256=document.sha256, original=True)
