"""What a company does with a table of lines: load it into a draft, look at its report, keep its good rows, remove it.

It is read, then its invoices entered, by jobs (``steps``); a short one at once, by the same functions. A status only
goes forward: queued, reading, previewed, taking, done; refused or abandoned on the way, removed in the end.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete, select

from bonus import outbox
from bonus.audit.service import Actor, record
from bonus.claims.intake import locked_draft, remove_invoice
from bonus.claims.models import Document, Invoice, PurchaseLine
from bonus.claims.table_models import PurchaseTable
from bonus.claims.tables.columns import MAX_FILE_BYTES
from bonus.claims.tables.reading import refusal
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.parts import document_store
from bonus.regulation.wording import french
from bonus.tables.extent import rows_about
from bonus.tables.source import refusal as table_refusal

from .listing import UNDER_WAY, locked_table

READ, TAKE = "table_read", "table_take"
"""The kinds of the outbox's messages: their subject is a purchase table."""
SHORT_ROWS, SHORT_BYTES = 500, 256 * 1024
"""A table of at most this is read, and taken, while the person waits."""
_NAME_LENGTH = 255


def receive(claim_id: int, file_name: str, data: bytes, actor: Actor, now: datetime) -> PurchaseTable:
    """Keep a table loaded into a draft and have it read; committed.

    Raises Refusal when the dossier is no longer a draft, or already has a table under way; InvalidInput for a file
    that is empty, too large, or in the dossier already.
    """
    if not data:
        raise _at_the_file(table_refusal("import.empty"))
    if len(data) > MAX_FILE_BYTES:
        raise _at_the_file(refusal("import.too_large"))
    claim = locked_draft(claim_id)
    sha256 = hashlib.sha256(data).hexdigest()
    if any(document.sha256 == sha256 for document in claim.documents):
        raise InvalidInput("claim.same_file", "Ce fichier est déjà dans le dossier.", field="file")
    if _under_way(claim_id):
        raise Refusal("table.under_way", "Un autre tableau est en cours de lecture : attendez qu’il soit lu.")
    found = PurchaseTable(
        reference=secrets.token_urlsafe(16),
        claim_id=claim.id,
        file_name=file_name.replace("\\", "/").rsplit("/", 1)[-1][-_NAME_LENGTH:] or "tableau",
        sha256=sha256,
        stored_as=document_store().save(data),
        size=len(data),
        created_at=now,
        created_by_id=actor.person_id,
        progress_total=rows_about(data) if len(data) <= SHORT_BYTES else 0,
    )
    db.session.add(found)
    db.session.flush()
    outbox.post(READ, found.id, now)
    record(
        "claim.table_received",
        f"claim:{claim.id}",
        actor,
        now,
        table=found.id,
        file=found.file_name,
        sha256=sha256,
    )
    db.session.commit()
    return found


def _under_way(claim_id: int) -> bool:
    query = select(PurchaseTable.id).where(
        PurchaseTable.claim_id == claim_id, PurchaseTable.status.in_(UNDER_WAY)
    )
    return db.session.scalars(query.limit(1)).first() is not None


def is_short(found: PurchaseTable) -> bool:
    """Whether a table is read, or taken, while the person waits."""
    return found.size <= SHORT_BYTES and max(found.rows, found.progress_total) <= SHORT_ROWS


def _at_the_file(error: InvalidInput) -> InvalidInput:
    return InvalidInput(error.code, error.sentence, field="file")


def ask_to_take(table_id: int, actor: Actor, now: datetime, *, keep_good: bool) -> PurchaseTable:
    """Have a previewed table taken into its draft; committed. ``keep_good``: its good rows, the others left out.

    Raises NotFound, Refusal when the dossier is no longer a draft, or the table not (or no longer) to be taken, or
    has nothing to take; InvalidInput when it has faulty rows and these are not to be left out.
    """
    found = _to_change(table_id)
    if found.status != "previewed":
        raise Refusal(
            "table.not_previewed",
            french("Ce tableau n’attend plus de décision : rechargez la page pour voir où il en est."),
        )
    if found.good == 0:
        raise Refusal("table.nothing", "Aucune bonne ligne de ce tableau n’est à ajouter.")
    if found.faulty and not keep_good:
        raise InvalidInput(
            "table.faulty_rows",
            "Ce tableau a des lignes à corriger. Chargez-le corrigé, ou gardez ses bonnes lignes sans elles.",
        )
    found.status, found.keep_good, found.decided_by_id = "taking", bool(found.faulty), actor.person_id
    found.progress_done, found.progress_total = 0, found.rows
    outbox.post(TAKE, found.id, now)
    record(
        "claim.table_accepted",
        f"claim:{found.claim_id}",
        actor,
        now,
        table=found.id,
        rows=found.good,
        left_out=found.faulty,
    )
    db.session.commit()
    return found


def abandon(table_id: int, actor: Actor, now: datetime) -> PurchaseTable:
    """Give up a table that is not taken; committed. Raises NotFound, Refusal when it is too late."""
    found = _to_change(table_id)
    if found.status not in {"queued", "reading", "previewed"}:
        raise Refusal(
            "table.too_late",
            french("Ce tableau ne peut plus être abandonné : rechargez la page pour voir pourquoi."),
        )
    found.status, found.finished_at = "abandoned", now
    record("claim.table_abandoned", f"claim:{found.claim_id}", actor, now, table=found.id)
    db.session.commit()
    return found


def remove(table_id: int, actor: Actor, now: datetime) -> PurchaseTable:
    """Take a whole table out of its draft, with all its invoices and lines; committed.

    Raises NotFound, Refusal when the dossier is no longer a draft or the table is not in it.
    """
    found = _to_change(table_id)
    if found.document_id is None:
        raise Refusal("table.not_taken", "Ce tableau n’est pas dans le dossier.")
    _take_out(found, actor, now)
    db.session.commit()
    return found


def _take_out(found: PurchaseTable, actor: Actor, now: datetime) -> None:
    document_id = found.document_id
    found.status, found.document_id, found.finished_at = "removed", None, now
    db.session.flush()
    of_the_table = select(Invoice.id).where(Invoice.document_id == document_id)
    for statement in (
        delete(PurchaseLine).where(PurchaseLine.invoice_id.in_(of_the_table)),
        delete(Invoice).where(Invoice.document_id == document_id),
        delete(Document).where(Document.id == document_id),
    ):
        db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.expire_all()
    record("claim.table_removed", f"claim:{found.claim_id}", actor, now, table=found.id, rows=found.good)


def remove_one(claim_id: int, invoice_id: int, actor: Actor, now: datetime) -> PurchaseTable | None:
    """Take one invoice out of a draft, whatever brought it; committed. The table it was in, None when in none.

    The last invoice of a table takes the table with it. Raises NotFound, Refusal when it is no longer a draft.
    """
    claim = locked_draft(claim_id)
    invoice = db.session.scalars(
        select(Invoice).where(
            Invoice.id == invoice_id, Invoice.claim_id == claim.id, Invoice.source == "table"
        )
    ).one_or_none()
    if invoice is None:
        remove_invoice(claim_id, invoice_id, actor, now)
        return None
    found = db.session.scalars(
        select(PurchaseTable).where(PurchaseTable.document_id == invoice.document_id)
    ).one()
    if found.invoices == 1:
        _take_out(found, actor, now)
        db.session.commit()
        return found
    found.invoices -= 1
    found.good -= len(invoice.lines)
    found.matched -= sum(line.solution_id is not None for line in invoice.lines)
    found.net_cents -= invoice.net_cents
    for line in invoice.lines:
        db.session.delete(line)
    db.session.delete(invoice)
    record(
        "claim.table_invoice_removed",
        f"claim:{claim.id}",
        actor,
        now,
        table=found.id,
        invoice=invoice.number,
        rows=len(invoice.lines),
    )
    db.session.commit()
    return found


def _to_change(table_id: int) -> PurchaseTable:
    """The table, its dossier locked first, as jobs do. Raises NotFound; Refusal once it is no longer a draft."""
    claim_id = db.session.scalar(select(PurchaseTable.claim_id).where(PurchaseTable.id == table_id))
    if claim_id is None:
        raise NotFound("table.unknown", "Ce tableau n’existe pas.")
    locked_draft(claim_id)
    found = locked_table(table_id)
    assert found is not None  # tables are never deleted
    return found
