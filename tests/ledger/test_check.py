"""The proofs of the accounts: all hold after what services do, and each names what was changed by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.budget.releases import release_credits
from bonus.extensions import db
from bonus.ledger.accounts import KINDS
from bonus.ledger.check import PROOFS, check
from bonus.ledger.proof import Outcome
from bonus.ledger.proofs_undue import UNDUE_PROOFS
from bonus.ledger.service import Entry, enter
from bonus.payments.models import PaymentOrder
from bonus.payments.order_changes import move
from tests.claims.reading import decision_of
from tests.support.bills import Item, bill
from tests.support.ledger import by_hand, without_guards, wrong
from tests.support.payments import sent_batch
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
    sent_batch(ON, ON, any_world.accounting_officer, NOW)
    assert wrong() == []
    assert outcome_of("in_transit").measured.left_cents == CENTS
    for code in ("decided", "granted", "ordered", "commitments"):
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
        {"envelope", "acts"},
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
        "DELETE FROM payment_order_changes; DELETE FROM payment_orders",
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


OF_NO_TITRE = {"claimed", "settled", "remaining"}
"""The proofs that miss the titre of an entry made by hand (``test_check_titres``)."""


def test_what_is_offset_on_no_order(dossier: Dossier) -> None:
    decision = decision_of(dossier)
    enter([Entry("claimed", "titre:TP-1", 10_00, 2026, decision.id)], NOW)
    enter([Entry("offset", "titre:TP-1", 10_00, 2026, decision.id)], NOW)
    assert set(wrong()) - OF_NO_TITRE == {"offset"}
    assert offender("offset") == ("offset", 10_00, 0)


def test_more_repaid_than_claimed(dossier: Dossier) -> None:
    decision = decision_of(dossier)
    enter([Entry("claimed", "titre:TP-1", 10_00, 2026, decision.id)], NOW)
    enter([Entry("repaid", "titre:TP-1", 10_00, 2026, decision.id, about="1")], NOW)
    assert set(wrong()) <= OF_NO_TITRE
    enter([Entry("repaid", "titre:TP-1", 1, 2026, decision.id, about="2")], NOW)
    assert set(wrong()) - OF_NO_TITRE == {"receivable"}
    assert offender("receivable") == ("titre:TP-1", -1, 0)


def test_what_is_not_due_is_taken_off_an_order_before_it_is_paid(dossier: Dossier) -> None:
    """Art. 14: the order asks for less, and the ledger says for which undue sum."""
    by_hand("UPDATE payment_orders SET amount_cents = amount_cents - 1000")
    assert set(wrong()) == {"ordered", "payable"}
    piece, about = "order:OP-2026-000001", "recovery:IND-2026-000001"
    enter([Entry("cancelled", piece, 10_00, 2026, decision_of(dossier).id, about)], NOW)
    assert set(wrong()) == {"taken", "named"}
    release_credits(decision_of(dossier).id, 10_00, about, NOW)
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


def test_each_status_of_an_order_is_where_its_money_is(dossier: Dossier, any_world: World) -> None:
    officer = any_world.accounting_officer
    order = db.session.scalars(select(PaymentOrder)).one()
    sent_batch(ON, ON, officer, NOW)
    for action, status, owed in (
        ("reject", "rejected", CENTS),
        ("reopen", "to_pay_again", CENTS),
    ):
        move(order, action, officer, NOW, message="M-1")
        assert (order.status, outcome_of("payable").measured.left_cents) == (status, owed)
        assert wrong() == [], action
    sent_batch(ON, ON, officer, NOW)
    db.session.refresh(order)
    for action in ("execute", "return", "cancel"):
        move(order, action, officer, NOW, message="M-2")
        assert wrong() == [], action
    assert outcome_of("cancelled").measured.left_cents == CENTS
    assert outcome_of("paid").measured.left_cents == 0


def test_a_status_no_proof_knows_is_not_passed_over(dossier: Dossier) -> None:
    if db.session.get_bind().dialect.name == "sqlite":
        by_hand("PRAGMA ignore_check_constraints = ON")
    else:
        by_hand("ALTER TABLE payment_orders DROP CONSTRAINT ck_payment_orders_status")
    by_hand("UPDATE payment_orders SET status = 'lost'")
    assert offender("payable") == (f"decision:{decision_of(dossier).id}", CENTS, 0)


# What is done by hand to papers → the proofs that see it, and the piece they name.
PAPERS: dict[str, tuple[str, set[str], str]] = {
    "an act": ("UPDATE envelope_acts SET delta_cents = delta_cents + 1 WHERE year = 2026", {"acts"}, "envelope:2026"),
    "what is released": (
        "UPDATE commitments SET released_cents = 1",
        {"envelope", "commitments", "releases"},
        "decision:1",
    ),
    "a transfer": (
        "UPDATE payment_transfers SET amount_cents = amount_cents + 1",
        {"handed", "files"},
        "order:OP-2026-000001",
    ),
    "a file": ("UPDATE payment_files SET total_cents = total_cents + 1", {"files"}, "file:LOT-2026-000001-01"),
    "a transfer lost": ("DELETE FROM payment_transfers", {"handed", "files"}, "order:OP-2026-000001"),
    "a batch that never left": (
        "UPDATE payment_batches SET status = 'written', sent_at = NULL",
        {"handed"},
        "order:OP-2026-000001",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAPERS)
def test_papers_changed_by_hand_are_named(any_world: World, dossier: Dossier, name: str) -> None:
    sent_batch(ON, ON, any_world.accounting_officer, NOW)
    statement, seen, piece = PAPERS[name]
    without_guards()
    by_hand(statement)
    assert set(wrong()) == seen
    assert piece in {one.piece for code in seen for one in outcome_of(code).measured.first}


def test_each_kind_of_entry_is_looked_at(world: World, session: Session) -> None:
    """A kind that is added is known to the proof of kinds at once."""
    enter([Entry(kind, "piece", 1, 2026) for kind in KINDS], NOW)
    assert "kinds" not in wrong()
    assert "books" not in wrong()


def test_each_proof_is_seen_to_fail() -> None:
    """Here, and in ``test_closing`` for the months: one that is added has its case too."""
    tried = {code for _, seen, *_ in (*BY_HAND.values(), *PAPERS.values()) for code in seen}
    by_entries = {"in_transit", "paid", "cancelled", "offset", "receivable", "months"}
    by_entries |= {"claimed", "settled", "remaining", "overpaid", "refundable"}  # test_check_titres
    by_entries |= {proof.code for proof in UNDUE_PROOFS}  # test_check_undue
    assert tried | by_entries == PROOFS.keys()


def test_proofs_are_told_apart() -> None:
    assert len({proof.words for proof in PROOFS.values()}) == len(PROOFS)
    assert all(code == proof.code for code, proof in PROOFS.items())
