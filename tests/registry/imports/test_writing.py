"""What an import leaves behind: one change, one entry of the log, one follow-up; whole, or nothing."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor, first_fault
from bonus.bulk import BATCH, insert_rows, new_ids
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.parts import document_store
from bonus.registry.imports import apply, running
from bonus.registry.imports.slugs import free_slugs
from bonus.registry.models import Certification, RegistryChange, RegistryHead, Supplier
from bonus.registry.scheme_models import RegistryImport
from bonus.registry.service import enter_solution, enter_supplier
from tests.registry.files.samples import as_csv
from tests.support.crew import Crew
from tests.support.registry import require_reading

from .samples import (
    AUDITED,
    NOW,
    PLAIN,
    REINSTATED,
    SUSPENDED,
    brought,
    certification,
    changes,
    counts,
    registry,
    taken,
)

KEEPER = Actor("Gardienne du registre")


def entries(action: str = "registry.imported") -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_one_change_one_entry_one_follow_up(any_session: Session) -> None:
    rows = (PLAIN, PLAIN | SUSPENDED, AUDITED)
    outcome = taken(*rows)
    change = any_session.scalars(select(RegistryChange)).one()
    assert (change.source, change.recorded_by, change.recorded_at) == ("file", "service:command", NOW)
    assert (change.import_id, change.reason) == (outcome.import_id, "Fichier «\u00a0fichier.csv\u00a0»")
    assert {fact.change_id for fact in certification("SFG-1").facts} == {change.id}
    (entry,) = entries()
    assert entry.subject == f"import:{outcome.import_id}"
    data = as_csv(rows)
    assert entry.facts == {
        "certifier": "bureau-veritas", "file": "fichier.csv", "sha256": hashlib.sha256(data).hexdigest(),
        "rows": 3, "added": 3, "changed": 0, "ended": 0, "reinstated": 0, "unchanged": 0, "left_out": 0,
        "new_suppliers": 1, "new_solutions": 1, "change": change.id,
    }  # fmt: skip
    (message,) = any_session.scalars(select(OutboxMessage))
    assert (message.kind, message.subject_id) == ("follow_registry", change.id)
    kept = any_session.get_one(RegistryImport, outcome.import_id)
    assert (kept.status, kept.rows, kept.added, kept.finished_at) == ("done", 3, 3, NOW)
    assert document_store().read(kept.stored_as) == data
    assert first_fault() is None


def test_nothing_new_leaves_nothing(any_session: Session) -> None:
    taken(PLAIN)
    before = (changes(), len(entries()), any_session.get_one(RegistryHead, 1).version)
    any_session.rollback()
    assert not taken(PLAIN).written
    assert not brought(PLAIN | SUSPENDED, dry_run=True).written
    assert (changes(), len(entries()), any_session.get_one(RegistryHead, 1).version) == before
    assert any_session.scalar(select(func.count()).select_from(RegistryImport)) == 1
    assert any_session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_names_alone_ask_for_no_follow_up(session: Session) -> None:
    taken(PLAIN)
    assert taken(PLAIN | {"alias": "Clair"}).written
    assert (changes(), len(entries())) == (1, 2)
    assert entries()[1].facts["change"] is None
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_the_reading_that_is_kept_is_that_of_the_facts(any_session: Session) -> None:
    first = [PLAIN | {"certification": f"S-{n}", "solution": f"Offre {n}"} for n in range(4)]
    taken(*first, first[1] | SUSPENDED, first[2] | SUSPENDED, first[2] | REINSTATED)
    taken(first[0] | {"valable_au": "2027-01-01"}, first[3] | SUSPENDED)
    for number in any_session.scalars(select(Certification.id)).all():
        require_reading(number)


def test_more_rows_than_one_statement_takes(any_session: Session) -> None:
    rows = ({"id": None, "identifier": str(n), "name": "N", "created_at": NOW} for n in range(2 * BATCH + 1))
    numbers = new_ids(Supplier, 2 * BATCH + 1)
    insert_rows(Supplier, ({**row, "id": number} for row, number in zip(rows, numbers, strict=True)))
    assert any_session.scalar(select(func.count()).select_from(Supplier)) == 2 * BATCH + 1
    # Who enters one by the usual way then has a number of its own.
    any_session.add(Supplier(identifier="last", name="N", created_at=NOW))
    any_session.flush()
    assert new_ids(Supplier, 2)[0] > max(numbers)
    insert_rows(Supplier, [])


def test_nothing_is_known_before_what_it_follows(any_session: Session) -> None:
    taken(PLAIN)
    taken(PLAIN | SUSPENDED, now=NOW - timedelta(hours=1))
    assert [fact.recorded_at for fact in certification("SFG-1").facts] == [NOW, NOW]


# ---------------------------------------------------------------- whole or nothing


class Killed(BaseException):
    """What ends a process: nothing catches it."""


@pytest.mark.parametrize("where", ["facts", "log"])
def test_killed_in_the_middle_nothing_is_written(
    any_session: Session, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def kill(*_arguments: Any, **_named: Any) -> None:
        db.session.flush()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*((apply, "update_rows", kill) if where == "facts" else (running, "record", kill)))
        with pytest.raises(Killed):
            taken(PLAIN, AUDITED)
    any_session.rollback()
    assert registry() == {"suppliers": [], "solutions": [], "certifications": {}}
    assert (changes(), entries()) == (0, [])
    assert counts(taken(PLAIN, AUDITED)) == {"added": 2}


def _import(rows: list[dict[str, Any]]) -> tuple[dict[str, int], bool]:
    outcome = brought(*rows)
    return counts(outcome), outcome.written


@pytest.mark.slow
def test_two_imports_at_once_the_second_sees_the_first(any_app: Flask, crew: Crew) -> None:
    rows = [PLAIN | {"certification": f"S-{n}", "solution": f"Offre {n}"} for n in range(300)]
    results = crew.race(any_app, _import, [[rows]] * 3)
    assert sorted(results, key=lambda result: not result[1]) == [
        ({"added": 300}, True),
        ({"unchanged": 300}, False),
        ({"unchanged": 300}, False),
    ]
    with any_app.app_context():
        assert changes() == 1
        assert len(registry()["solutions"]) == 300


# ---------------------------------------------------------------- addresses of new solutions


# Each example is undone.
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    known=st.lists(st.sampled_from(["Cloud", "Cloud 2", "Cloud 3", "Cloud-4", "***"]), max_size=6),
    new=st.lists(st.sampled_from(["Cloud", "cloud", "Cloud 2", "Cloud 5", "Autre", "???"]), max_size=8),
)
def test_addresses_are_those_that_one_by_one_would_give(app: Flask, known: list[str], new: list[str]) -> None:
    with app.app_context():
        supplier = enter_supplier("900100207", "Nuage Fictif SAS", KEEPER, NOW)
        for name in known:
            enter_solution(supplier, name, "cloud", KEEPER, NOW)
        found = free_slugs(new)
        assert found == [enter_solution(supplier, name, "cloud", KEEPER, NOW).slug for name in new]
        db.session.rollback()


def test_many_of_one_name_ask_little_of_the_database(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    supplier = enter_supplier("900100207", "Nuage Fictif SAS", KEEPER, NOW)
    for _ in range(40):
        enter_solution(supplier, "Cloud", "cloud", KEEPER, NOW)
    asked = []
    ask = db.session.scalars

    def counted(query: Any) -> Any:
        asked.append(query)
        return ask(query)

    monkeypatch.setattr(db.session, "scalars", counted)
    assert free_slugs(["Cloud"] * 3) == ["cloud-41", "cloud-42", "cloud-43"]
    assert len(asked) < 8
