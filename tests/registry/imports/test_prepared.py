"""A plan made before the lock holds under it as long as nothing was written; else it is made again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.registry.files import read_file
from bonus.registry.imports.prepared import Prepared, lock, prepare, still
from bonus.registry.imports.running import rules_for
from bonus.registry.labels import certifier_named
from bonus.registry.service import add_alias
from tests.registry.files.samples import as_csv

from .samples import AUDITED, CERTIFIER, NOW, PLAIN, certification, taken

KEEPER = Actor("Gardienne du registre")


def prepared() -> Prepared:
    certifier = certifier_named(CERTIFIER)
    content = read_file(as_csv([PLAIN]), rules_for(certifier.id, NOW.date()))
    return prepare(content, certifier, NOW)


def under_lock(before: Prepared, days: int = 0) -> Prepared:
    lock(NOW)
    after = still(before, certifier_named(CERTIFIER), NOW + timedelta(days=days))
    db.session.rollback()
    return after


def test_nothing_was_written(any_session: Session) -> None:
    taken(AUDITED)
    before = prepared()
    assert under_lock(before) is before


def test_another_import_was(any_session: Session) -> None:
    before = prepared()
    taken(PLAIN)
    after = under_lock(before)
    assert (before.summary.counts["added"], after.summary.counts["unchanged"]) == (1, 1)


def test_a_decision_noted_a_name(any_session: Session) -> None:
    """It does not take the registry's lock."""
    taken(AUDITED)
    before = prepared()
    assert before.plan.new_solutions() == []
    solution = certification("NFG-1").solution
    assert add_alias(solution, "name", "Clair", "confirmed", NOW)
    db.session.commit()
    assert under_lock(before) is not before


def test_the_day_changed(session: Session) -> None:
    """What is in the future one day is not the next."""
    before = prepared()
    assert under_lock(before, days=1) is not before


def test_a_lock_that_was_given_up_changed_nothing(session: Session) -> None:
    before = prepared()
    lock(NOW)
    db.session.rollback()
    assert under_lock(before) is before


def test_its_report_is_kept_once(session: Session) -> None:
    before = prepared()
    assert before.keep_report() == before.report == before.keep_report()
