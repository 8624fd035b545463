"""One import, from the bytes of a file to the registry: what the command and the jobs have in common."""

from __future__ import annotations

from datetime import date, datetime

from bonus.accounts.service import actor_of
from bonus.audit.service import Actor, record
from bonus.registry.files import FileRules, LabelRule
from bonus.registry.scheme_models import RegistryImport
from bonus.registry.writing import Source

from .apply import Tell, write_plan
from .loading import LabelTerms, axis_names
from .prepared import Prepared

COMMAND = Actor("service:command")
"""Who acts when a file comes by the command line."""


def rules_for(certifier_id: int | None, today: date) -> FileRules:
    """What the reader of a certifier's file must know; None: of any certifier, for an empty form."""
    terms = LabelTerms()
    mine = {label: certifier_id is None or terms.granted_by(label, certifier_id) for label in terms.labels}

    def label_on(label: str, on: date) -> LabelRule | None:
        found = terms(label, on)
        return LabelRule(label, found.name, found.criteria, mine[label]) if found else None

    labels = {}
    for label in terms.labels:
        last = terms.last(label, today)
        labels[label] = LabelRule(label, last.name, last.criteria, mine[label])
    return FileRules(labels, axis_names(), today, label_on)


def write(
    found: RegistryImport,
    prepared: Prepared,
    now: datetime,
    tell: Tell = lambda _done, _all: None,
) -> None:
    """Write a plan that holds under the registry's lock, and log it, in the caller's transaction.

    The caller has checked that its faults do not forbid it, and commits.
    """
    actor = actor_of(found.decided_by) if found.decided_by is not None else COMMAND
    summary = prepared.summary
    number, certifier = found.id, found.certifier
    source = Source(
        "file", actor, f"Fichier «\u00a0{found.file_name}\u00a0»", certifier=certifier, import_id=number
    )
    made = write_plan(prepared.plan, source, now, tell)
    change_id = made.id if made else None
    note(found, prepared)
    found.status, found.finished_at = "done", now
    record(
        "registry.imported",
        f"import:{number}",
        actor,
        now,
        certifier=certifier.slug,
        file=found.file_name,
        sha256=found.sha256,
        rows=summary.rows,
        **summary.counts,
        left_out=summary.faulty_rows,
        new_suppliers=summary.new_suppliers,
        new_solutions=summary.new_solutions,
        change=change_id,
    )


def note(found: RegistryImport, prepared: Prepared) -> None:
    """Write on an import how many rows do what, and where its report is."""
    summary = prepared.summary
    found.report_stored_as = prepared.report
    found.rows, found.faults = summary.rows, summary.faulty_rows
    for kind, count in summary.counts.items():
        setattr(found, kind, count)
    found.progress_done = found.progress_total = summary.rows
