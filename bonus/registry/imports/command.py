"""One import by the command line: the whole of it in one go."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bonus.calendar import civil_date
from bonus.extensions import db
from bonus.parts import document_store
from bonus.registry.files import Fault, read_file
from bonus.registry.labels import certifier_named
from bonus.registry.scheme_models import RegistryImport

from .apply import Tell
from .prepared import Prepared, lock, many_objects, prepare, still
from .report import Summary
from .running import rules_for, write


@dataclass(frozen=True)
class Outcome:
    """What came of a file: ``written`` says whether the registry changed, ``import_id`` which import it then is."""

    summary: Summary
    faults: list[Fault]
    import_id: int | None = None

    @property
    def written(self) -> bool:
        """Whether something was written."""
        return self.import_id is not None


@many_objects()
def import_file(
    file_name: str,
    data: bytes,
    certifier: str,
    moment: Callable[[], datetime],
    *,
    keep_good: bool = False,
    dry_run: bool = False,
    on_read: Callable[[int], None] | None = None,
    on_write: Tell = lambda _done, _all: None,
) -> Outcome:
    """Read a certifier's file and write what it changes, all of its good rows or none; committed.

    ``certifier`` is a slug. With ``keep_good`` rows at fault are left out; without, one is enough for nothing to be
    written. Nothing is written either when nothing changes, or by ``dry_run``.
    Raises InvalidInput for a file that cannot be read, NotFound for an unknown certifier.
    """
    rules = rules_for(certifier_named(certifier).id, civil_date(moment()))
    db.session.rollback()  # no transaction is open while the file is read
    content = read_file(data, rules, on_progress=on_read)
    prepared = prepare(content, certifier_named(certifier), moment())
    if dry_run or not _to_write(prepared, keep_good=keep_good):
        return Outcome(prepared.summary, prepared.plan.faults)
    stored_as = document_store().save(data)
    prepared.keep_report()
    head = lock(moment())
    now = head.changed_at = moment()
    found = certifier_named(certifier)
    prepared = still(prepared, found, now)
    if not _to_write(prepared, keep_good=keep_good):
        db.session.rollback()
        return Outcome(prepared.summary, prepared.plan.faults)
    made = RegistryImport(
        certifier=found,
        file_name=file_name[-255:],
        sha256=hashlib.sha256(data).hexdigest(),
        stored_as=stored_as,
        keep_good=bool(prepared.plan.faults),
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()
    write(made, prepared, now, on_write)
    number = made.id
    db.session.commit()
    return Outcome(prepared.summary, prepared.plan.faults, number)


def _to_write(prepared: Prepared, *, keep_good: bool) -> bool:
    return bool(prepared.summary.news) and (keep_good or not prepared.plan.faults)
