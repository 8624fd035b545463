"""A plan made before the registry is locked, and whether it still holds once it is: the lock is kept for as short as
writing takes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import func, select

from bonus.calendar import civil_date
from bonus.extensions import db
from bonus.parts import document_store
from bonus.registry.files import FileContent
from bonus.registry.models import RegistryHead, SolutionAlias
from bonus.registry.scheme_models import Certifier
from bonus.registry.writing import lock_registry

from .cases import Context
from .held import Held
from .loading import LabelTerms, axis_names, hold
from .plan import Plan, plan_import
from .report import Summary, summary_of, write_report

Mark = tuple[int, int]
"""How many writes the registry had, and the last other name that was noted, which a decision does without its lock."""


@dataclass(frozen=True)
class Prepared:
    """What a file would change on a day, in the registry as it was at ``mark``."""

    content: FileContent
    plan: Plan
    on: date
    mark: Mark

    @cached_property
    def summary(self) -> Summary:
        """What it comes to."""
        return summary_of(self.plan, self.content.format, self.content.ignored_columns)

    @cached_property
    def report(self) -> str:
        """Where its report is kept: it is written once, the first time this is asked."""
        return document_store().save(write_report(self.plan, self.summary))

    def keep_report(self) -> str:
        """The same, asked for where nothing is locked."""
        return self.report


def prepare(content: FileContent, certifier: Certifier, now: datetime) -> Prepared:
    """Compare a file with the registry as it is. The caller's transaction is ended before the long part."""
    mark, held, context = _looked_up(content, certifier, now)
    db.session.rollback()
    return Prepared(content, plan_import(content, held, context), context.today, mark)


def lock(now: datetime) -> RegistryHead:
    """The registry's lock; what was read before it may have changed since."""
    head = lock_registry(now)
    db.session.flush()
    db.session.expire_all()
    return head


def still(prepared: Prepared, certifier: Certifier, now: datetime) -> Prepared:
    """The same, under the registry's lock, if nothing was written since; else compared again."""
    writes, last_name = prepared.mark
    if prepared.on == civil_date(now) and _mark() == (writes + 1, last_name):  # one more: the lock's own
        return prepared
    mark, held, context = _looked_up(prepared.content, certifier, now)
    return Prepared(prepared.content, plan_import(prepared.content, held, context), context.today, mark)


@contextmanager
def many_objects() -> Iterator[None]:
    """A file makes hundreds of thousands of small objects, none of them in a cycle: looking for cycles again and again
    among them would take a tenth of the time."""
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looking:
            gc.enable()


def _looked_up(content: FileContent, certifier: Certifier, now: datetime) -> tuple[Mark, Held, Context]:
    """All that a plan asks besides the file. The mark comes first: what is written meanwhile is then seen to be."""
    mark = _mark()
    context = Context(certifier.id, certifier.name, LabelTerms(), axis_names(), now)
    return mark, hold(content.rows, certifier.id), context


def _mark() -> Mark:
    version = db.session.scalars(select(RegistryHead.version)).one()
    return version, db.session.scalar(select(func.max(SolutionAlias.id))) or 0
