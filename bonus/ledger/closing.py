"""Closing a month of the ledger for good: nothing is entered in it any more, and its SHA-256 says what it held.

What is late goes to the current month by construction: an entry is dated the day it is made (``service.enter``).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import text

from bonus.accounts.acting import person_acting
from bonus.audit.service import Actor, record
from bonus.calendar import MONTHS, civil_date
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.money import NBSP

from .check import failing
from .models import LedgerMonth
from .months import GENESIS, closed_months, digest_of, first_of_month, months_to_close


def month_name(month: date) -> str:
    """``2026-11-01`` → ``"novembre 2026"``."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def parse_month(typed: str) -> date:
    """``"2026-11"`` → its first day. Raises InvalidInput."""
    try:
        return datetime.strptime(f"{typed.strip()}-01 +0000", "%Y-%m-%d %z").date()
    except ValueError:
        raise InvalidInput(
            "ledger.month", f"Écrivez le mois comme 2026-11{NBSP}: l’année, puis le mois.", field="month"
        ) from None


def close_month(month: date, actor: Actor, now: datetime) -> LedgerMonth:
    """Close a past month, the first that is not; committed.

    Raises Forbidden for who is no accounting officer; Refusal for a month that is not over or is closed already, when
    another comes before, or when a proof of the accounts does not hold.
    """
    if "accounting_officer" not in actor.roles:
        raise Forbidden("ledger.officers_only", "Seul un agent comptable clôt un mois.")
    month = first_of_month(month)
    _lock()
    _require_next(month, civil_date(now))
    wrong = failing()
    if wrong:
        named = " ; ".join(outcome.proof.words for outcome in wrong)
        raise Refusal(
            "ledger.proof_fails",
            f"Le mois ne peut être clos{NBSP}: une preuve des comptes ne tient pas ({named}).",
        )
    closed = closed_months()
    digest = digest_of(month, closed[-1].sha256 if closed else GENESIS)
    row = LedgerMonth(
        month=month,
        closed_at=now,
        closed_by_id=person_acting(actor),
        entries_count=digest.entries,
        total_cents=digest.total_cents,
        sha256=digest.sha256,
    )
    db.session.add(row)
    db.session.flush()
    record(
        "ledger.closed",
        f"ledger:{month:%Y-%m}",
        actor,
        now,
        entries=digest.entries,
        total_cents=digest.total_cents,
        sha256=digest.sha256,
    )
    db.session.commit()
    return row


def _lock() -> None:
    """Nobody enters anything until the month is closed: an entry begun before midnight and not committed yet would
    otherwise join a month whose SHA-256 is made. SQLite has one writer."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("LOCK TABLE ledger_entries IN SHARE ROW EXCLUSIVE MODE"))
    db.session.expire_all()


def _require_next(month: date, today: date) -> None:
    if month >= first_of_month(today):
        raise Refusal(
            "ledger.not_over",
            f"{month_name(month).capitalize()} n’est pas fini{NBSP}: ce mois se clôt à partir du suivant.",
            field="month",
        )
    waiting = months_to_close(today)
    if month in waiting and month != waiting[0]:
        raise Refusal(
            "ledger.not_in_order",
            f"Les mois se closent dans l’ordre{NBSP}: clôturez d’abord {month_name(waiting[0])}.",
            field="month",
        )
    if month not in waiting:
        raise Refusal(
            "ledger.nothing_to_close",
            f"Il n’y a rien à clore en {month_name(month)}{NBSP}: ce mois est déjà clos, ou vient avant les comptes.",
            field="month",
        )
