"""The jobs of a table: its file read and checked, then, once asked for, its good rows entered in the draft.

A status only goes forward, so that a job killed in the middle begins again and one that runs twice finds nothing
left to do. While a file is read no transaction is open: SQLite has one writer.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from bonus.accounts.models import Person
from bonus.accounts.service import actor_of
from bonus.audit.service import record
from bonus.bulk import Stopped, progress_of
from bonus.calendar import civil_date
from bonus.claims.intake import MAX_DOCUMENTS, locked_draft
from bonus.claims.models import Claim, Invoice, PurchaseLine
from bonus.claims.table_models import PurchaseTable
from bonus.claims.tables.columns import MAX_ROWS
from bonus.claims.tables.model import TableContent
from bonus.claims.tables.reading import read_table
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.parts import document_store
from bonus.regulation import load_parameters
from bonus.regulation.wording import french
from bonus.tables.extent import rows_about

from .checking import Checked, check
from .listing import locked_table
from .report import Summary, summary_of, write_report
from .writing import write_table


def read_loaded(table_id: int, now: datetime) -> None:
    """The job that reads a table and keeps the report of what it would bring; nothing in the draft changes.

    A file that cannot be read is refused; one whose rows are all in the draft is done.
    """
    content = _read(table_id, "queued", "reading", now)
    if content is None:
        return
    found = db.session.get_one(PurchaseTable, table_id)
    checked = check(content, db.session.get_one(Claim, found.claim_id))
    db.session.rollback()
    summary = summary_of(checked)
    report = document_store().save(write_report(checked, summary))
    again = locked_table(table_id)
    if again is not None and again.status == "reading":
        _note(again, summary, report)
        again.status = "previewed"
        if not summary.good and not summary.faulty:
            again.status, again.finished_at = "done", now
    db.session.commit()


def take_table(table_id: int, now: datetime) -> None:
    """The job that enters the good rows of a table in its draft, all or none: checked again under its lock."""
    content = _read(table_id, "taking", "taking", now)
    if content is None:
        return
    claim_id = db.session.get_one(PurchaseTable, table_id).claim_id
    try:
        claim = locked_draft(claim_id)
        found = locked_table(table_id)
        if found is None or found.status != "taking":
            db.session.rollback()  # done by another run of this job
            return
        checked = check(content, claim)
        _require_room(claim, checked)
        if checked.content.left and not found.keep_good:
            raise Refusal(
                "table.changed", "Depuis l’aperçu, des lignes sont devenues fautives : chargez-le à nouveau."
            )
    except Refusal as refused:
        db.session.rollback()
        _refuse(table_id, refused.sentence, now)
        return
    summary = summary_of(checked)
    write_table(checked, found, claim, now)
    _note(found, summary, document_store().save(write_report(checked, summary)))
    found.status, found.finished_at = "done", now
    record(
        "claim.table_taken",
        f"claim:{claim_id}",
        actor_of(db.session.get_one(Person, found.decided_by_id)),
        now,
        table=table_id,
        sha256=found.sha256,
        invoices=summary.invoices,
        rows=summary.good,
        left_out=summary.faulty,
    )
    db.session.commit()


def _require_room(claim: Claim, checked: Checked) -> None:
    """Raise Refusal when the dossier cannot take so many lines, one more document, or nothing is left to take."""
    if not checked.content.bills:
        raise Refusal("table.nothing", "Aucune bonne ligne de ce tableau n’est plus à ajouter.")
    if len(claim.documents) >= MAX_DOCUMENTS:
        raise Refusal(
            "claim.too_many_documents",
            f"Un dossier porte au plus {MAX_DOCUMENTS} documents : ouvrez-en un autre.",
        )
    lines = db.session.scalar(
        select(func.count(PurchaseLine.id))
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .where(Invoice.claim_id == claim.id)
    )
    if (lines or 0) + len(checked.matches) > MAX_ROWS:
        raise Refusal(
            "claim.too_many_lines",
            f"Un dossier porte au plus {MAX_ROWS // 1000}\u00a0000 lignes : chargez ce tableau dans un autre dossier.",
        )


def _read(table_id: int, before: str, status: str, now: datetime) -> TableContent | None:
    """Read the file of a table at a step (``status``), its progress committed now and then; no transaction is left
    open. None when that ends there: refused, or no longer at this step."""
    found = locked_table(table_id)
    if found is None or found.status not in {before, status}:
        db.session.rollback()
        return None
    stored_as, rows = found.stored_as, found.rows
    found.status, found.progress_done, found.progress_total = status, 0, rows
    db.session.commit()
    data = document_store().read(stored_as)
    tell = progress_of(PurchaseTable, table_id, status, rows or rows_about(data))
    try:
        return read_table(data, civil_date(now), load_parameters(), on_progress=tell)
    except Stopped:
        return None
    except InvalidInput as error:
        if (again := locked_table(table_id)) is not None and again.status == status:
            _end(again, error.sentence, now)
        db.session.rollback()
        return None


def _note(found: PurchaseTable, summary: Summary, report: str) -> None:
    """Write on a table what its rows come to, and where its report is."""
    found.report_stored_as = report
    for name in ("rows", "good", "already", "faulty", "invoices", "matched", "net_cents"):
        setattr(found, name, getattr(summary, name))
    found.progress_done = found.progress_total = summary.rows


def _refuse(table_id: int, sentence: str, now: datetime) -> None:
    found = locked_table(table_id)
    if found is not None and found.status == "taking":
        _end(found, sentence, now)
    db.session.rollback()


def _end(found: PurchaseTable, sentence: str, now: datetime) -> None:
    found.status, found.refusal, found.finished_at = "refused", french(sentence)[:500], now
    db.session.commit()
