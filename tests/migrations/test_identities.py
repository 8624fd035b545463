"""Revision 0019: accounts may have no password; the former house gets one that opens nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bonus.accounts.service import _matches
from bonus.extensions import db
from tests.support.application import migrate_to

PERSON = (
    "INSERT INTO persons (id, email, name, password_hash, session_stamp, active, created_at) "
    "VALUES ({0}, '{0}@exemple.fr', 'P', {1}, 's', TRUE, '2026-01-02')"
)
IDENTITY = (
    "INSERT INTO person_identities (person_id, issuer, subject, email, first_seen_at, last_seen_at) "
    "VALUES ({}, 'https://issuer.example', '{}', 'p@exemple.fr', '2026-01-02', '2026-01-02')"
)


def hashes(app: Flask) -> list[tuple[int, str | None]]:
    with app.app_context():
        rows = db.session.execute(text("SELECT id, password_hash FROM persons ORDER BY id"))
        return [(number, kept) for number, kept in rows]


def write(app: Flask, *statements: str) -> None:
    with app.app_context():
        for statement in statements:
            db.session.execute(text(statement))
        db.session.commit()


def test_people_are_kept_both_ways(empty_app: Flask) -> None:
    migrate_to(empty_app, "0018")
    write(empty_app, PERSON.format(1, "'a hash'"))
    with pytest.raises(IntegrityError):
        write(empty_app, PERSON.format(2, "NULL"))
    migrate_to(empty_app, "0019")
    write(empty_app, PERSON.format(2, "NULL"), IDENTITY.format(2, "s-1"), IDENTITY.format(2, "s-2"))
    with pytest.raises(IntegrityError):
        write(empty_app, IDENTITY.format(1, "s-1"))
    assert hashes(empty_app) == [(1, "a hash"), (2, None)]
    migrate_to(empty_app, "0018", down=True)
    assert hashes(empty_app) == [(1, "a hash"), (2, "!")]
    assert not any(_matches("!", password) for password in ("", "!", "NULL"))
    migrate_to(empty_app, "0019")
    assert hashes(empty_app) == [(1, "a hash"), (2, "!")]
