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
from .plan import plan_import
from .report import Summary, summary_of
from .running import lock, looked_up, rules_for, write


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
    if not dry_run:
        lock(moment())
    now = moment()
    found = certifier_named(certifier)
    held, context = looked_up(content, found, now)
    if dry_run:
        db.session.rollback()
    plan = plan_import(content, held, context)
    summary = summary_of(plan, content.format, content.ignored_columns)
    if dry_run or not summary.news or (plan.faults and not keep_good):
        db.session.rollback()
        return Outcome(summary, plan.faults)
    made = RegistryImport(
        certifier=found,
        file_name=file_name[-255:],
        sha256=hashlib.sha256(data).hexdigest(),
        stored_as=document_store().save(data),
        keep_good=bool(plan.faults),
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()
    write(made, plan, content, now, on_write)
    number = made.id
    db.session.commit()
    return Outcome(summary, plan.faults, number)
