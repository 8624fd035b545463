"""The jobs of an import: its file read, then, once asked for, written in the registry.

A status only goes forward, so that a job killed in the middle begins again and one that runs twice finds nothing
left to do. While a file is read no transaction is open: SQLite has one writer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bonus.bulk import Stopped, progress_of
from bonus.calendar import civil_date
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.parts import document_store
from bonus.registry.files import FileContent, read_file
from bonus.registry.scheme_models import RegistryImport
from bonus.regulation.wording import french
from bonus.tables.extent import rows_about

from .listing import locked
from .prepared import lock, many_objects, prepare, still
from .running import note, rules_for, write

Moment = Callable[[], datetime]


@many_objects()
def read_import(import_id: int, now: datetime) -> None:
    """The job that reads a file and keeps the preview of what it would change; nothing in the registry changes.

    A file that cannot be read is refused; one that would change nothing, and has no fault, is done.
    """
    found = locked(import_id)
    if found is None or found.status not in {"queued", "reading"}:
        db.session.rollback()
        return
    content = _read(found, "reading", now)
    if content is None:
        return
    certifier = db.session.get_one(RegistryImport, import_id).certifier
    prepared = prepare(content, certifier, now)
    prepared.keep_report()
    summary = prepared.summary
    found = locked(import_id)
    if found is not None and found.status == "reading":
        note(found, prepared)
        found.status = "previewed"
        if not summary.news and not summary.faulty_rows:
            found.status, found.finished_at = "done", now
    db.session.commit()


@many_objects()
def apply_import(import_id: int, moment: Moment) -> None:
    """The job that writes a file in the registry, whole or not at all: compared again under the registry's lock.

    ``moment`` gives the time once the lock is held: what is learned is learned then.
    """
    found = locked(import_id)
    if found is None or found.status != "applying":
        db.session.rollback()
        return
    content = _read(found, "applying", moment())
    if content is None:
        return
    certifier = db.session.get_one(RegistryImport, import_id).certifier
    prepared = prepare(content, certifier, moment())
    prepared.keep_report()
    head = lock(moment())
    now = head.changed_at = moment()
    found = locked(import_id)
    if found is None or found.status != "applying":
        db.session.rollback()  # done by another run of this job
        return
    prepared = still(prepared, found.certifier, now)
    if prepared.summary.faulty_rows and not found.keep_good:
        db.session.rollback()
        found = db.session.get_one(RegistryImport, import_id)
        note(found, prepared)
        _refuse(found, "Le registre a changé depuis l’aperçu : des lignes sont devenues fautives.", now)
        return
    write(found, prepared, now)
    db.session.commit()


def _read(found: RegistryImport, status: str, now: datetime) -> FileContent | None:
    """Read the file of an import at a step (``status``), its progress committed now and then; no transaction is left
    open. None when that ends there: refused, or no longer at this step."""
    import_id, stored_as, rows = found.id, found.stored_as, found.rows
    rules = rules_for(found.certifier_id, civil_date(now))
    found.status, found.progress_done, found.progress_total = status, 0, rows
    db.session.commit()
    data = document_store().read(stored_as)
    tell = progress_of(RegistryImport, import_id, status, rows or rows_about(data))
    try:
        return read_file(data, rules, on_progress=tell)
    except Stopped:
        return None
    except InvalidInput as error:
        again = locked(import_id)
        if again is not None and again.status == status:
            _refuse(again, error.sentence, now)
        db.session.rollback()
        return None


def _refuse(found: RegistryImport, sentence: str, now: datetime) -> None:
    found.status, found.refusal, found.finished_at = "refused", french(sentence)[:500], now
    db.session.commit()
