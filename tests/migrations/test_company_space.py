"""Revision 0014 keeps the accounts there are, and goes back to a house that knows one account a company."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bonus.extensions import db
from tests.support.application import migrate_to

COMPANY = (
    "INSERT INTO companies (id, siren, name, kind, naf, headcount, turnover_cents, balance_sheet_cents, "
    "vat_recoverable, in_liquidation, street, postcode, town, country, fictitious, created_at) VALUES "
    "({0}, '90000000{0}', 'E', 'enterprise', '62.01Z', 1, 1, 1, TRUE, FALSE, '', '', '', 'FR', TRUE, '2026-01-02')"
)
ACCOUNT = (
    "INSERT INTO bank_accounts (company_id, holder, iban, created_at, checked_at, ended_at) "
    "VALUES ({}, '{}', 'FR76', '2026-01-02', {}, {})"
)
DAY = "'2026-01-03'"


def accounts(app: Flask) -> list[tuple[int, str, bool, bool]]:
    with app.app_context():
        found = db.session.execute(
            text(
                "SELECT company_id, holder, checked_at IS NOT NULL, ended_at IS NULL FROM bank_accounts "
                "ORDER BY company_id, holder"
            )
        )
        return [(company, holder, bool(checked), bool(open_)) for company, holder, checked, open_ in found]


def write(app: Flask, *statements: str) -> None:
    with app.app_context():
        for statement in statements:
            db.session.execute(text(statement))
        db.session.commit()


def test_accounts_are_kept_both_ways(empty_app: Flask) -> None:
    migrate_to(empty_app, "0013")
    write(
        empty_app,
        *(COMPANY.format(number) for number in (1, 2)),
        ACCOUNT.format(1, "former", DAY, DAY),
        ACCOUNT.format(1, "in force", DAY, "NULL"),
        ACCOUNT.format(2, "unchecked", "NULL", "NULL"),
    )
    before = accounts(empty_app)
    migrate_to(empty_app, "0014")
    assert accounts(empty_app) == before
    write(empty_app, ACCOUNT.format(1, "pending", "NULL", "NULL"))
    for company in (1, 2):
        with pytest.raises(IntegrityError):
            write(empty_app, ACCOUNT.format(company, "one too many", "NULL", "NULL"))
    migrate_to(empty_app, "0013", down=True)
    # What waited beside an account in force is given up; alone, it waits on.
    assert accounts(empty_app) == sorted([*before, (1, "pending", False, False)])
    with pytest.raises(IntegrityError):
        write(empty_app, ACCOUNT.format(1, "one too many", DAY, "NULL"))
    migrate_to(empty_app, "0014")
