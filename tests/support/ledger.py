"""The ledger in tests: what must hold, and databases in which something was changed by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import text

from bonus.extensions import db
from bonus.ledger.check import check
from bonus.ledger.closing import close_month

from .world import NOW, World

PAGE = "/agent/comptabilite"
LEDGER_ADDRESSES: dict[str, dict[str, Any]] = {"agent.ledger_table": {"table": "comptes", "kind": "csv"}}

GUARDS = {
    "ledger_entries": ("no_update", "no_delete", "open_month", "guard"),
    "ledger_months": ("no_update", "no_delete", "guard"),
    "envelope_acts": ("no_update", "no_delete", "guard"),
    "credit_releases": ("no_update", "no_delete", "guard"),
    "waiting_entries": ("no_update", "no_delete", "guard", "fixed"),
}


def wrong() -> list[str]:
    """The codes of the proofs that do not hold."""
    return [outcome.proof.code for outcome in check() if not outcome.holds]


def without_guards() -> None:
    """Drop the triggers that hold the ledger and the budget: what a person with the database's password may do."""
    postgresql = db.session.get_bind().dialect.name == "postgresql"
    for table, names in GUARDS.items():
        for name in names:
            of_table = f" ON {table}" if postgresql else ""
            db.session.execute(text(f"DROP TRIGGER IF EXISTS {table}_{name}{of_table}"))


def by_hand(statement: str, **values: object) -> None:
    """Change the database by SQL: one statement, or several after semicolons."""
    for one in statement.split(";"):
        db.session.execute(text(one), values)
    db.session.expire_all()


def ledger_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The page of the accounts, in each of its states, a month being closed if the proofs hold."""
    with world.app.app_context():
        if not wrong():
            close_month(date(2026, 1, 1), world.accounting_officer, NOW)
        db.session.rollback()
    officer = world.accounting_officer.email
    addresses = {
        "accounts": PAGE,
        "accounts, proven": f"{PAGE}?preuves=oui",
        "accounts, an order": f"{PAGE}?recherche=OP-2026-000001",
        "accounts, nothing found": f"{PAGE}?recherche=OP-1999-000001",
    }
    return {name: (officer, address) for name, address in addresses.items()}
