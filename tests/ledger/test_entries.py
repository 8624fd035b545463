"""The ledger: what a decision grants is entered with it, once, and nobody changes it afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.ledger.accounts import ACCOUNTS, KINDS
from bonus.ledger.models import LedgerEntry, LedgerMonth
from bonus.ledger.service import Entry, enter
from tests.claims.reading import decision_of
from tests.support.world import NOW, ON, World, decided

PIECE = "order:OP-2026-000009"


def entries() -> list[LedgerEntry]:
    return list(db.session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)))


def close(world: World, month: date) -> None:
    db.session.add(
        LedgerMonth(
            month=month,
            closed_at=NOW,
            closed_by_id=world.accounting_officer.person_id,
            entries_count=0,
            total_cents=0,
            sha256="0" * 64,
        )
    )
    db.session.flush()


def test_a_decision_commits_and_owes(any_world: World, any_session: Session) -> None:
    decision = decision_of(decided(any_world))
    found = [entry for entry in entries() if entry.decision_id]
    assert [(entry.kind, entry.debit, entry.credit) for entry in found] == [
        ("committed", "committed", "open"),
        ("granted", "expense", "payable"),
    ]
    for entry in found:
        assert entry.amount_cents == decision.bonus_cents > 0
        assert (entry.on, entry.year, entry.decision_id) == (ON, 2026, decision.id)


def test_what_happened_once_is_entered_once(any_world: World, any_session: Session) -> None:
    enter([Entry("sent", PIECE, 1, 2026, about="LOT-2026-000001")], NOW)
    enter([Entry("sent", PIECE, 1, 2026, about="LOT-2026-000002")], NOW)
    with pytest.raises(IntegrityError):
        enter([Entry("sent", PIECE, 1, 2026, about="LOT-2026-000001")], NOW)


@pytest.mark.parametrize("cents", [0, -1])
def test_an_amount_is_positive(world: World, session: Session, cents: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        enter([Entry("sent", PIECE, cents, 2026)], NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount_cents = 1",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_months SET total_cents = 1",
        "DELETE FROM ledger_months",
    ],
)
def test_nobody_changes_it(any_world: World, any_session: Session, statement: str) -> None:
    decided(any_world)
    close(any_world, date(2025, 1, 1))
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))


def test_a_closed_month_takes_nothing_more(any_world: World, any_session: Session) -> None:
    enter([Entry("sent", PIECE, 1, 2026)], NOW)
    close(any_world, ON.replace(day=1))
    with pytest.raises(DBAPIError, match="closed"):
        enter([Entry("executed", PIECE, 1, 2026)], NOW)


def test_the_month_after_a_closed_one_is_open(any_world: World, any_session: Session) -> None:
    close(any_world, ON.replace(day=1))
    enter([Entry("executed", PIECE, 1, 2026)], NOW + timedelta(days=31))
    with pytest.raises(DBAPIError, match="closed"):
        enter([Entry("returned", PIECE, 1, 2026)], NOW - timedelta(days=31))


def test_each_kind_moves_between_two_accounts_of_one_set_of_books() -> None:
    budget = {"authorised", "open", "committed", "lapsed"}
    for kind in KINDS.values():
        assert {kind.debit, kind.credit} <= set(ACCOUNTS)
        assert kind.debit != kind.credit
        assert (kind.debit in budget) == (kind.credit in budget)
