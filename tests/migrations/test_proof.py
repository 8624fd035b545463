"""Revision 0018: the companies there are proven, with their figures; going back, nobody files for one that is not."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bonus.extensions import db
from tests.support.application import migrate_to

from .test_company_space import COMPANY, write

BEGUN = (
    "INSERT INTO companies (id, siren, name, kind, naf, headcount, turnover_cents, balance_sheet_cents, "
    "vat_recoverable, in_liquidation, street, postcode, town, country, fictitious, created_at, identity_source) VALUES "
    "(7, '900000007', 'Begun', 'enterprise', '62.01Z', 0, 0, 0, TRUE, FALSE, '', '', '', 'FR', FALSE, '2026-01-02', "
    "'declared')"
)
PERSON = (
    "INSERT INTO persons (id, email, name, password_hash, session_stamp, active, created_at) VALUES "
    "({0}, 'p{0}@x.example', 'P', '', 's', TRUE, '2026-01-02')"
)
MEMBER = "INSERT INTO company_members (person_id, company_id, role) VALUES ({}, {}, 'owner')"


def rows(app: Flask, query: str) -> list[tuple[object, ...]]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(text(query))]


def test_companies_are_kept_both_ways(empty_app: Flask) -> None:
    migrate_to(empty_app, "0017")
    write(empty_app, COMPANY.format(1), PERSON.format(1), PERSON.format(2), MEMBER.format(1, 1))
    migrate_to(empty_app, "0018")
    assert rows(
        empty_app,
        "SELECT proven_at = created_at, proven_by, figures_set_at = created_at, identity_source FROM companies",
    ) == [(True, "agent", True, "agent")]
    write(empty_app, BEGUN, MEMBER.format(2, 7))
    for wrong in (
        "UPDATE companies SET proven_at = created_at WHERE id = 7",
        "UPDATE companies SET proven_by = 'letter' WHERE id = 7",
        "UPDATE companies SET proven_at = created_at, proven_by = 'friend' WHERE id = 7",
        "UPDATE companies SET identity_source = 'hearsay' WHERE id = 7",
    ):
        with pytest.raises(IntegrityError):
            write(empty_app, wrong)
    migrate_to(empty_app, "0017", down=True)
    assert rows(empty_app, "SELECT id, name FROM companies ORDER BY id") == [(1, "E"), (7, "Begun")]
    assert rows(empty_app, "SELECT person_id, company_id FROM company_members") == [(1, 1)]
    migrate_to(empty_app, "0018")
