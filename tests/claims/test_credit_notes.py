"""Discounts and credit notes (art. 5.1): totals kept to the cent, no purchase made larger."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.claims.credit_notes import Bill, Line, Netted, apply_credit_notes

_ids = itertools.count(1)


def invoice(
    *lines: tuple[str, int, int], number: str = "f1", supplier: str = "a", note_of: Sequence[str] = ()
) -> Bill:
    """A bill of (item, net, VAT), or a credit note of some numbers."""
    made = tuple(Line(next(_ids), item, net, vat) for item, net, vat in lines)
    return Bill(next(_ids), supplier, number, bool(note_of), frozenset(note_of), made)


def left(netted: Netted, bill: Bill) -> list[tuple[int, int]]:
    return [netted.amounts[line.id] for line in bill.lines if line.id in netted.amounts]


def test_nothing_to_deduct_changes_nothing() -> None:
    bill = invoice(("x", 100_00, 20_00), ("y", 0, 0))
    netted = apply_credit_notes([bill])
    assert (left(netted, bill), netted.applied) == ([(100_00, 20_00), (0, 0)], {})


def test_the_same_item_first() -> None:
    bill = invoice(("x", 100_00, 20_00), ("y", 300_00, 60_00))
    note = invoice(("y", -50_00, -10_00), number="n1", note_of=["f1"])
    netted = apply_credit_notes([bill, note])
    assert left(netted, bill) == [(100_00, 20_00), (250_00, 50_00)]
    assert netted.applied == {note.id: bill.id}
    assert left(netted, note) == []


def test_an_item_nobody_bought_comes_off_all_lines_in_proportion() -> None:
    bill = invoice(("x", 100_00, 20_00), ("y", 300_00, 60_00))
    note = invoice(("geste", -40_01, -8_00), number="n1", note_of=["f1"])
    # 40.01 € in the ratio 1:3 is 10.0025 and 30.0075: the cent over goes to the largest remainder.
    assert left(apply_credit_notes([bill, note]), bill) == [(90_00, 18_00), (269_99, 54_00)]


def test_more_than_the_item_spills_over_to_the_others_with_its_vat() -> None:
    bill = invoice(("x", 100_00, 20_00), ("y", 300_00, 60_00))
    note = invoice(("x", -150_00, -30_00), number="n1", note_of=["f1"])
    assert left(apply_credit_notes([bill, note]), bill) == [(0, 0), (250_00, 50_00)]


def test_more_than_was_billed_leaves_the_first_line_below_zero() -> None:
    bill = invoice(("x", 100_00, 20_00), ("y", 300_00, 60_00))
    note = invoice(("z", -500_00, -100_00), number="n1", note_of=["f1"])
    assert left(apply_credit_notes([bill, note]), bill) == [(-100_00, -20_00), (0, 0)]


def test_the_order_of_the_files_does_not_matter() -> None:
    bill = invoice(("x", 100_00, 20_00))
    note = invoice(("x", -30_00, -6_00), number="n1", note_of=["f1"])
    assert left(apply_credit_notes([note, bill]), bill) == [(70_00, 14_00)]


def test_two_credit_notes_one_invoice() -> None:
    bill = invoice(("x", 100_00, 20_00))
    notes = [
        invoice(("x", -30_00, -6_00), number="n1", note_of=["f1"]),
        invoice(("x", -20_00, -4_00), number="n2", note_of=["f1"]),
    ]
    netted = apply_credit_notes([bill, *notes])
    assert left(netted, bill) == [(50_00, 10_00)]
    assert set(netted.applied.values()) == {bill.id}


def test_one_credit_note_of_two_invoices_comes_off_both() -> None:
    first, second = invoice(("x", 100_00, 0)), invoice(("x", 1000_00, 0), number="f2")
    note = invoice(("x", -600_00, 0), number="n1", note_of=["f1", "f2"])
    netted = apply_credit_notes([first, second, note])
    assert sum(net for net, _ in (*left(netted, first), *left(netted, second))) == 500_00
    assert all(net >= 0 for net, _ in netted.amounts.values())


def test_of_two_invoices_of_one_number_the_first_is_corrected() -> None:
    """The second is refused as already claimed (art. 5.3): what is taken off it would be lost."""
    kept, again = invoice(("x", 100_00, 0)), invoice(("x", 100_00, 0))
    note = invoice(("x", -60_00, 0), number="n1", note_of=["f1"])
    netted = apply_credit_notes([kept, again, note])
    assert (left(netted, kept), left(netted, again)) == ([(40_00, 0)], [(100_00, 0)])


@pytest.mark.parametrize(
    "changes",
    [
        {"note_of": ["f2"]},  # another number
        {"note_of": ["f1"], "supplier": "b"},  # another seller's invoice of the same number
    ],
)
def test_a_credit_note_that_names_no_invoice_of_the_dossier_stays_negative(
    changes: dict[str, object],
) -> None:
    bill = invoice(("x", 100_00, 20_00))
    note = invoice(("x", -30_00, -6_00), number="n1", **changes)  # type: ignore[arg-type]
    netted = apply_credit_notes([bill, note])
    assert (left(netted, bill), left(netted, note)) == ([(100_00, 20_00)], [(-30_00, -6_00)])
    assert netted.applied == {}


def test_a_credit_note_cannot_correct_a_credit_note() -> None:
    first = invoice(("x", -10_00, 0), number="n1", note_of=["f9"])
    second = invoice(("x", -10_00, 0), number="n2", note_of=["n1"])
    netted = apply_credit_notes([first, second])
    assert (left(netted, first), left(netted, second)) == ([(-10_00, 0)], [(-10_00, 0)])


def test_what_a_credit_note_adds_is_taken_off_what_it_takes_away() -> None:
    """−1 000 of one item and +1 000 of another cannot move a purchase to a better rate."""
    bill = invoice(("eligible", 100_00, 0), ("other", 1000_00, 0))
    note = invoice(("other", -1000_00, 0), ("eligible", 1000_00, 0), number="n1", note_of=["f1"])
    assert left(apply_credit_notes([bill, note]), bill) == [(100_00, 0), (1000_00, 0)]
    alone = invoice(("other", -1000_00, 0), ("eligible", 900_00, 0), number="n2", note_of=["f9"])
    assert left(apply_credit_notes([alone]), alone) == [(-100_00, 0), (0, 0)]


def test_a_negative_line_is_a_discount_on_its_invoice() -> None:
    bill = invoice(("x", 100_00, 20_00), ("y", 300_00, 60_00), ("remise", -40_00, -8_00))
    netted = apply_credit_notes([bill])
    assert left(netted, bill) == [(90_00, 18_00), (270_00, 54_00)]
    assert bill.lines[2].id not in netted.amounts


def test_an_invoice_of_discounts_alone_stays_negative() -> None:
    bill = invoice(("remise", -40_00, -8_00), ("x", 0, 0))
    assert left(apply_credit_notes([bill]), bill) == [(-40_00, -8_00), (0, 0)]


# ---------------------------------------------------------------- whatever comes

CENTS = st.integers(-5_000_00, 5_000_00)
LINES = st.lists(
    st.tuples(st.sampled_from("xyz"), CENTS, st.integers(-1_000_00, 1_000_00)), min_size=1, max_size=4
)
BILLS = st.lists(
    st.builds(
        lambda lines, number, supplier, of: invoice(*lines, number=number, supplier=supplier, note_of=of),
        LINES,
        st.sampled_from(["f1", "f2", "f3"]),
        st.sampled_from("ab"),
        st.lists(st.sampled_from(["f1", "f2", "f3", "f4"]), max_size=2),
    ),
    max_size=5,
)


@given(BILLS)
def test_totals_are_kept_to_the_cent(bills: list[Bill]) -> None:
    netted = apply_credit_notes(bills)
    before = [(line.net_cents, line.vat_cents) for bill in bills for line in bill.lines]
    for part in (0, 1):
        assert sum(amounts[part] for amounts in before) == sum(
            amounts[part] for amounts in netted.amounts.values()
        )


@given(BILLS)
def test_no_line_ever_grows(bills: list[Bill]) -> None:
    """Net amounts: what art. 5.1 starts from. A note whose sum adds is never read so (see the reader)."""
    bills = [
        bill for bill in bills if not bill.is_credit_note or sum(line.net_cents for line in bill.lines) <= 0
    ]
    netted = apply_credit_notes(bills)
    for bill in bills:
        for line in bill.lines:
            if line.id not in netted.amounts:
                continue
            net = netted.amounts[line.id][0]
            if bill.is_credit_note:
                assert net <= 0
            else:
                assert net <= line.net_cents


@given(BILLS)
def test_lines_that_are_gone_are_negative_ones_or_of_an_applied_note(bills: list[Bill]) -> None:
    netted = apply_credit_notes(bills)
    for bill in bills:
        gone = [line for line in bill.lines if line.id not in netted.amounts]
        if bill.is_credit_note:
            assert bool(gone) == (bill.id in netted.applied)
        else:
            assert all(line.net_cents < 0 for line in gone)
            assert len(gone) < len(bill.lines)
    invoices = {bill.id for bill in bills if not bill.is_credit_note}
    assert set(netted.applied.values()) <= invoices
