"""The ledger in tests: what must hold, and databases in which something was changed by hand."""

from __future__ import annotations

from sqlalchemy import text

from bonus.budget.models import Envelope
from bonus.extensions import db
from bonus.ledger.check import check
from bonus.ledger.service import Entry, enter

from .world import ENTERED, ON, World

GUARDS = {
    "ledger_entries": ("no_update", "no_delete", "open_month", "guard"),
    "ledger_months": ("no_update", "no_delete", "guard"),
}


def wrong() -> list[str]:
    """The codes of the proofs that do not hold."""
    return [outcome.proof.code for outcome in check() if not outcome.holds]


def without_guards() -> None:
    """Drop the triggers that hold the ledger: what a person with the database's password may do."""
    postgresql = db.session.get_bind().dialect.name == "postgresql"
    for table, names in GUARDS.items():
        for name in names:
            of_table = f" ON {table}" if postgresql else ""
            db.session.execute(text(f"DROP TRIGGER IF EXISTS {table}_{name}{of_table}"))


def by_hand(statement: str, **values: object) -> None:
    """Change the database by SQL."""
    db.session.execute(text(statement), values)
    db.session.expire_all()


def small_envelope(world: World, cents: int) -> None:
    """Leave this much to commit in the year, by acts that the ledger knows; nothing is committed yet."""
    with world.app.app_context():
        envelope = db.session.get_one(Envelope, ON.year)
        taken = envelope.authorised_cents - cents
        envelope.authorised_cents = cents
        enter([Entry("reduced", f"envelope:{ON.year}", taken, ON.year, about="tests")], ENTERED)
        db.session.commit()
