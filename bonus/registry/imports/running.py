"""One import, from the bytes of a file to the registry: what the command and the jobs have in common."""

from __future__ import annotations

from datetime import date, datetime

from bonus.accounts.service import actor_of
from bonus.audit.service import Actor, record
from bonus.extensions import db
from bonus.parts import document_store
from bonus.registry.files import FileContent, FileRules, LabelRule
from bonus.registry.models import RegistryHead
from bonus.registry.scheme_models import Certifier, RegistryImport
from bonus.registry.writing import Source, lock_registry
from bonus.regulation import load_parameters

from .apply import Tell, write_plan
from .cases import Context
from .held import Held
from .loading import LabelTerms, hold
from .plan import Plan
from .report import Summary, summary_of, write_report

COMMAND = Actor("service:command")
"""Who acts when a file comes by the command line."""


def axis_names() -> dict[str, str]:
    """The French names of the axes, by code."""
    law = load_parameters()
    return {code: law.name_of("axis", code).name for code in law.codes("axis")}


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


def context_for(certifier: Certifier, now: datetime) -> Context:
    """Whose file it is, and when it is read."""
    return Context(certifier.id, certifier.name, LabelTerms(), axis_names(), now)


def lock(now: datetime) -> RegistryHead:
    """The registry's lock; what was read before it may have changed since."""
    head = lock_registry(now)
    db.session.flush()
    db.session.expire_all()
    return head


def looked_up(content: FileContent, certifier: Certifier, now: datetime) -> tuple[Held, Context]:
    """All that ``plan_import`` asks besides the file, in the caller's transaction: it holds as long as that does."""
    return hold(content.rows, certifier.id), context_for(certifier, now)


def write(
    found: RegistryImport,
    plan: Plan,
    content: FileContent,
    now: datetime,
    tell: Tell = lambda _done, _all: None,
) -> Summary:
    """Write a plan made under the registry's lock, keep its report and log it, in the caller's transaction.

    The caller has checked that its faults do not forbid it, and commits.
    """
    actor = actor_of(found.decided_by) if found.decided_by is not None else COMMAND
    summary = summary_of(plan, content.format, content.ignored_columns)
    kept = document_store().save(write_report(plan, summary))
    number, certifier = found.id, found.certifier
    source = Source(
        "file", actor, f"Fichier «\u00a0{found.file_name}\u00a0»", certifier=certifier, import_id=number
    )
    made = write_plan(plan, source, now, tell)
    change_id = made.id if made else None
    note(found, summary)
    found.report_stored_as = kept
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
    return summary


def note(found: RegistryImport, summary: Summary) -> None:
    """Write on an import how many rows do what."""
    found.rows, found.faults = summary.rows, summary.faulty_rows
    for kind, count in summary.counts.items():
        setattr(found, kind, count)
    found.progress_done = found.progress_total = summary.rows
