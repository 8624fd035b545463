"""The proofs of titres de perception (art. 14): each is seen to fail, and names the titre."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bonus.ledger.check import check
from bonus.ledger.service import Entry, enter
from bonus.recoveries.ending import waive
from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.repayments import repay
from tests.support.ledger import by_hand, without_guards, wrong
from tests.support.requests import at
from tests.support.settlements import ISSUED, REASONS, accountant, titre
from tests.support.world import World

PART = 100_00


@pytest.fixture
def claimed(any_world: World, any_session: Session) -> RecoveryOrder:
    """A titre of which a part is repaid, and another is waived."""
    found = titre(any_world)
    repay(found.number, PART, "VIR-1", ISSUED, accountant(any_world), at(ISSUED))
    waive(found.number, PART, REASONS, any_world.officer, at(ISSUED))
    assert wrong() == []
    return found


def first(code: str) -> str:
    (outcome,) = check([code])
    return outcome.measured.first[0].piece


CHANGED: dict[str, tuple[str, set[str]]] = {
    "the remainder": ("UPDATE recovery_orders SET remaining_cents = remaining_cents - 1", {"remaining"}),
    "the amount": ("UPDATE recovery_orders SET amount_cents = amount_cents + 1", {"claimed"}),
    "a settlement": (
        "UPDATE settlements SET amount_cents = amount_cents + 1 WHERE kind = 'repaid'",
        {"settled"},
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_changed_by_hand_it_is_named(claimed: RecoveryOrder, name: str) -> None:
    piece = f"titre:{claimed.number}"
    statement, seen = CHANGED[name]
    without_guards()
    by_hand(statement)
    assert set(wrong()) == seen
    assert {first(code) for code in seen} == {piece}


ENTERED: dict[str, set[str]] = {
    "claimed": {"claimed", "remaining"},
    "repaid": {"settled", "remaining"},
    "waived": {"settled", "remaining"},
    "barred": {"settled", "remaining"},
    "offset": {"settled", "remaining", "offset"},
    "overpaid": {"overpaid", "refundable"},
    "given_back": {"refundable"},
}
"""What entry → the proofs that miss its titre."""


@pytest.mark.parametrize("kind", ENTERED)
def test_an_entry_that_no_titre_bears_out(claimed: RecoveryOrder, kind: str) -> None:
    piece, decision_id = f"titre:{claimed.number}", claimed.recovery.lines[0].decision_id
    enter([Entry(kind, piece, 1, 2026, decision_id, about="by hand")], at(ISSUED))
    assert set(wrong()) == ENTERED[kind]
    assert {first(code) for code in ENTERED[kind] - {"offset"}} == {piece}


def test_a_titre_that_the_ledger_does_not_know(claimed: RecoveryOrder) -> None:
    without_guards()
    by_hand("DELETE FROM ledger_entries WHERE kind = 'claimed'")
    assert {"claimed", "remaining"} <= set(wrong())
