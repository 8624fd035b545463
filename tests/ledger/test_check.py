"""The proofs of the accounts: all hold after what services do, and each names what was changed by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.ledger.accounts import KINDS
from bonus.ledger.check import PROOFS, check
from bonus.ledger.proof import Outcome
from bonus.ledger.service import Entry, enter
from bonus.parts import debtor
from bonus.payments.models import PaymentOrder
from bonus.payments.service import make_batch
from tests.claims.reading import decision_of
from tests.support.bills import Item, bill
from tests.support.ledger import by_hand, without_guards, wrong
from tests.support.world import NOW, ON, Dossier, World, decided, draft, settled

CENTS = 4_500_00
"""What the cast's dossier is granted."""


def outcome_of(code: str) -> Outcome:
    return next(iter(check([code])))


def offender(code: str) -> tuple[str, int, int]:
    """The one piece that a proof names, with its two sums."""
    (one,) = outcome_of(code).measured.first
    return one.piece, one.left_cents, one.right_cents


def test_an_empty_service_is_in_order(any_world: World, any_session: Session) -> None:
    assert wrong() == []
    envelope = outcome_of("envelope").measured
    assert envelope.left_cents == envelope.right_cents > 0


def test_all_hold_at_each_step_of_a_payment(any_world: World, any_session: Session) -> None:
    settled(any_world)
    assert wrong() == []
    decided(any_world)  # its order is not made yet: a job will
    assert wrong() == []
    decided(any_world, outcome="refuse", reasons="Motifs en droit et en fait (art. 4).")
    assert wrong() == []
    make_batch(debtor(), ON, ON, any_world.accounting_officer, NOW)
    assert wrong() == []
    for code in ("decided", "granted", "ordered", "payable", "commitments"):
        found = outcome_of(code).measured
        assert (found.left_cents, found.right_cents, found.pieces, found.first) == (
            2 * CENTS,
            2 * CENTS,
            0,
            (),
        )


@pytest.fixture
def dossier(any_world: World, any_session: Session) -> Dossier:
    return settled(any_world)


DOUBLED = """
INSERT INTO ledger_entries (key, kind, "on", at, year, debit, credit, amount_cents, piece, decision_id)
SELECT 'again', kind, "on", at, year, debit, credit, amount_cents, piece, decision_id
FROM ledger_entries WHERE kind = 'granted'
"""

# What is done by hand → the proofs that see it, the piece they name with its two sums.
BY_HAND: dict[str, tuple[str, set[str], str, tuple[str, int, int]]] = {
    "an envelope that grows without an act": (
        "UPDATE envelopes SET authorised_cents = authorised_cents + 1 WHERE year = 2026",
        {"envelope"},
        "envelope",
        ("envelope:2026", 50_000_000_01, 50_000_000_00),
    ),
    "an envelope that forgets what it committed": (
        "UPDATE envelopes SET committed_cents = 0, committed_sme_cents = 0 WHERE year = 2026",
        {"committed", "reserve"},
        "committed",
        ("envelope:2026", 0, CENTS),
    ),
    "a share for small companies that is another": (
        "UPDATE envelopes SET committed_sme_cents = committed_sme_cents - 1 WHERE year = 2026",
        {"reserve"},
        "reserve",
        ("envelope:2026", CENTS - 1, CENTS),
    ),
    "a commitment changed": (
        "UPDATE commitments SET amount_cents = amount_cents - 1",
        {"envelope", "commitments", "decided"},
        "commitments",
        ("decision:{id}", CENTS - 1, CENTS),
    ),
    "a decision that says more": (
        "UPDATE decisions SET bonus_cents = bonus_cents + 1",
        {"decided", "granted", "ordered"},
        "decided",
        ("decision:{id}", CENTS + 1, CENTS),
    ),
    "an order changed": (
        "UPDATE payment_orders SET amount_cents = amount_cents + 100",
        {"ordered", "payable"},
        "ordered",
        ("decision:{id}", CENTS, CENTS + 100),
    ),
    "an order lost": (
        "DELETE FROM payment_orders",
        {"ordered"},
        "ordered",
        ("decision:{id}", CENTS, 0),
    ),
    "an entry doubled": (
        DOUBLED,
        {"granted", "payable"},
        "granted",
        ("decision:{id}", CENTS, 2 * CENTS),
    ),
    "an entry lost": (
        "DELETE FROM ledger_entries WHERE kind = 'committed'",
        {"envelope", "committed", "reserve", "commitments"},
        "commitments",
        ("decision:{id}", CENTS, 0),
    ),
    "an entry on another account": (
        "UPDATE ledger_entries SET credit = 'bank' WHERE kind = 'granted'",
        {"payable", "paid", "kinds"},
        "kinds",
        ("granted:decision:{id}", CENTS, 0),
    ),
    "an entry from one set of books to the other": (
        "UPDATE ledger_entries SET credit = 'open' WHERE kind = 'granted'",
        {"envelope", "payable", "kinds", "books"},
        "books",
        ("budget", 100_000_000_00 + CENTS, 100_000_000_00 + 2 * CENTS),
    ),
    "an entry about no decision": (
        "UPDATE ledger_entries SET decision_id = NULL WHERE kind = 'granted'",
        {"granted", "payable"},
        "payable",
        ("decision:{id}", 0, CENTS),
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_what_was_changed_by_hand_is_named(dossier: Dossier, name: str) -> None:
    statement, seen, code, (piece, left, right) = BY_HAND[name]
    without_guards()
    decision_id = decision_of(dossier).id
    by_hand(statement)
    assert set(wrong()) == seen
    found = {(one.piece, one.left_cents, one.right_cents) for one in outcome_of(code).measured.first}
    assert (piece.format(id=decision_id), left, right) in found


@pytest.mark.parametrize(
    ("kind", "code", "sums"),
    [
        ("sent", "in_transit", (CENTS, 0)),
        ("executed", "paid", (CENTS, 0)),
        ("cancelled", "cancelled", (CENTS, 0)),
    ],
)
def test_an_entry_that_no_order_bears_out(
    dossier: Dossier, kind: str, code: str, sums: tuple[int, int]
) -> None:
    decision = decision_of(dossier)
    enter([Entry(kind, "order:OP-2026-000001", CENTS, 2026, decision.id)], NOW)
    assert code in wrong()
    assert offender(code) == (f"decision:{decision.id}", *sums)


def test_what_is_offset_on_no_order(dossier: Dossier) -> None:
    decision = decision_of(dossier)
    enter([Entry("claimed", "titre:TP-1", 10_00, 2026, decision.id)], NOW)
    assert wrong() == []
    enter([Entry("offset", "titre:TP-1", 10_00, 2026, decision.id)], NOW)
    assert wrong() == ["offset"]
    assert offender("offset") == ("offset", 10_00, 0)


def test_more_repaid_than_claimed(dossier: Dossier) -> None:
    decision = decision_of(dossier)
    enter([Entry("claimed", "titre:TP-1", 10_00, 2026, decision.id)], NOW)
    enter([Entry("repaid", "titre:TP-1", 10_00, 2026, decision.id, about="1")], NOW)
    assert wrong() == []
    enter([Entry("repaid", "titre:TP-1", 1, 2026, decision.id, about="2")], NOW)
    assert wrong() == ["receivable"]
    assert offender("receivable") == ("titre:TP-1", -1, 0)


def test_what_is_not_due_is_taken_off_an_order_before_it_is_paid(dossier: Dossier) -> None:
    """Art. 14: the order asks for less, and the ledger says for which undue sum."""
    by_hand("UPDATE payment_orders SET amount_cents = amount_cents - 1000")
    assert set(wrong()) == {"ordered", "payable"}
    piece, about = "order:OP-2026-000001", "recovery:IND-2026-000001"
    enter([Entry("cancelled", piece, 10_00, 2026, decision_of(dossier).id, about)], NOW)
    assert wrong() == []


def test_two_errors_that_make_up_for_each_other(any_world: World, any_session: Session) -> None:
    """The totals agree, and the proof does not hold."""
    first = settled(any_world)
    second = settled(any_world, draft(any_world, [bill(Item(9_000_00), number="F-2")]))
    ids = [decision_of(one).id for one in (first, second)]
    for decision_id, cents in zip(ids, (1, -1), strict=True):
        by_hand(
            "UPDATE payment_orders SET amount_cents = amount_cents + :cents WHERE decision_id = :id",
            cents=cents,
            id=decision_id,
        )
    found = outcome_of("payable").measured
    assert found.left_cents == found.right_cents
    assert found.pieces == 2
    assert {one.piece for one in found.first} == {f"decision:{one}" for one in ids}
    assert {one.gap_cents for one in found.first} == {1, -1}


def test_a_few_pieces_are_named_and_all_are_counted(any_world: World, any_session: Session) -> None:
    for number in ("F-1", "F-2", "F-3"):
        settled(any_world, draft(any_world, [bill(number=number)]))
    by_hand("UPDATE payment_orders SET amount_cents = amount_cents + 1")
    (outcome,) = check(["payable"], most=2)
    assert (outcome.measured.pieces, len(outcome.measured.first)) == (3, 2)


def test_an_order_no_proof_knows_the_status_of(dossier: Dossier) -> None:
    """Statuses that another part adds are known by their names; one nobody knows is not passed over."""
    orders = select(func.count()).select_from(PaymentOrder)
    assert db.session.scalar(orders) == 1
    if db.session.get_bind().dialect.name == "sqlite":
        by_hand("PRAGMA ignore_check_constraints = ON")
    else:
        by_hand(
            "ALTER TABLE payment_orders DROP CONSTRAINT IF EXISTS ck_payment_orders_status, "
            "ALTER COLUMN status TYPE varchar(20)"
        )
    decision_id = decision_of(dossier).id
    for status in ("rejected", "returned", "to_pay_again"):
        by_hand("UPDATE payment_orders SET status = :status", status=status)
        assert wrong() == [], status
    by_hand("UPDATE payment_orders SET status = 'lost'")
    assert offender("payable") == (f"decision:{decision_id}", CENTS, 0)
    by_hand("UPDATE payment_orders SET status = 'sent'")
    assert set(wrong()) == {"payable", "in_transit"}
    enter([Entry("sent", "order:OP-2026-000001", CENTS, 2026, decision_id)], NOW)
    assert wrong() == []
    by_hand("UPDATE payment_orders SET status = 'executed'")
    enter([Entry("executed", "order:OP-2026-000001", CENTS, 2026, decision_id)], NOW)
    assert wrong() == []


def test_each_kind_of_entry_is_looked_at(world: World, session: Session) -> None:
    """A kind that is added is known to the proof of kinds at once."""
    enter([Entry(kind, "piece", 1, 2026) for kind in KINDS], NOW)
    assert "kinds" not in wrong()
    assert "books" not in wrong()


def test_each_proof_is_seen_to_fail() -> None:
    """Here, and in ``test_closing`` for the months: one that is added has its case too."""
    tried = {code for _, seen, _, _ in BY_HAND.values() for code in seen}
    by_entries = {"in_transit", "paid", "cancelled", "offset", "receivable", "months"}
    assert tried | by_entries == PROOFS.keys()


def test_proofs_are_told_apart() -> None:
    assert len({proof.words for proof in PROOFS.values()}) == len(PROOFS)
    assert all(code == proof.code for code, proof in PROOFS.items())
