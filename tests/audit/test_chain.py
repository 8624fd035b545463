"""The chain: whoever changes the log in the database itself is found, and where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import SERVICE, first_fault, record
from bonus.extensions import db
from tests.support.words import plain
from tests.support.world import NOW


@pytest.fixture
def ids(any_session: Session) -> list[int]:
    """Five entries, and nothing in the database that would keep them as they are."""
    entries = [
        record("test.done", f"thing:{rank}", SERVICE, NOW + timedelta(microseconds=rank), rank=rank)
        for rank in range(5)
    ]
    db.session.commit()
    return [entry.id for entry in entries]


@pytest.fixture
def unguarded(ids: list[int]) -> list[int]:
    """The same, by someone who may do everything to the database."""
    if db.session.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            sql(f"DROP TRIGGER audit_entries_no_{verb}")
    else:
        sql("DROP TRIGGER audit_entries_guard ON audit_entries")
    return ids


def sql(statement: str, **values: object) -> None:
    db.session.execute(text(statement), values)
    db.session.commit()


def test_a_whole_chain(ids: list[int]) -> None:
    assert first_fault() is None


def test_an_empty_log_is_whole(any_session: Session) -> None:
    assert first_fault() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'x'",
        "UPDATE audit_entries SET id = id + 100 WHERE id < 0",  # no row, and still refused where it can be
        "DELETE FROM audit_entries",
    ],
)
def test_the_database_refuses_to_change_or_remove(ids: list[int], statement: str) -> None:
    if db.session.get_bind().dialect.name == "sqlite" and "WHERE id < 0" in statement:
        statement = statement.replace("id < 0", "id > 0")  # its triggers are by row
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert first_fault() is None


def test_postgresql_refuses_to_empty_the_table(pg_session: Session) -> None:
    record("test.done", "thing:1", SERVICE, NOW)
    db.session.commit()
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("TRUNCATE audit_entries"))
    db.session.rollback()


CHANGES: dict[str, Any] = {
    "actor": "Personne",
    "action": "test.undone",
    "subject": "thing:9",
    "address": "192.0.2.9",
    "facts": {"rank": 7},
    "at": NOW + timedelta(days=1),
    "hash": "f" * 64,
}


@pytest.mark.parametrize("rank", [0, 2, 4])
def test_a_changed_entry_is_found_where_it_is(unguarded: list[int], rank: int) -> None:
    """One column after the other, each put back before the next."""
    changed = unguarded[rank]
    for column, value in CHANGES.items():
        before = db.session.scalars(select(getattr(AuditEntry, column)).where(AuditEntry.id == changed)).one()
        write(changed, column, value)
        assert plain(first_fault()) == f"Entrée n° {changed} : son contenu a été modifié.", column
        write(changed, column, before)
        assert first_fault() is None


def write(entry_id: int, column: str, value: object) -> None:
    db.session.execute(update(AuditEntry).where(AuditEntry.id == entry_id).values({column: value}))
    db.session.commit()


def test_two_entries_cannot_follow_the_same_one(ids: list[int]) -> None:
    first = db.session.get_one(AuditEntry, ids[0])
    fork = AuditEntry(
        at=NOW, actor="x", action="y", subject="z", facts={}, previous_hash=first.previous_hash, hash="f" * 64
    )
    db.session.add(fork)
    with pytest.raises(IntegrityError, match="previous_hash"):
        db.session.flush()
    db.session.rollback()
