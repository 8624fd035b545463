"""What credit notes leave of the lines they correct (art. 5.1: the base is net of credit notes). Pure.

A credit note of the same dossier that names an invoice of the same seller is deducted from that
invoice: first from the lines of the same item, then from the others. One that names no invoice of the
dossier stays on its own, with negative lines, which art. 5.3 refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bonus.money import allocate


@dataclass(frozen=True)
class Line:
    """A line before credit notes: ``item`` is its reference or name, amounts are signed cents."""

    id: int
    item: str
    net_cents: int
    vat_cents: int


@dataclass(frozen=True)
class Bill:
    """An invoice, or a credit note (negative lines) with the number keys of the invoices it corrects."""

    id: int
    supplier: str
    number_key: str
    is_credit_note: bool
    corrects: frozenset[str]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Netted:
    """Line id → (net, VAT) in cents after credit notes; and credit note id → id of the invoice it went to."""

    amounts: dict[int, tuple[int, int]]
    applied: dict[int, int]


def apply_credit_notes(bills: Sequence[Bill]) -> Netted:
    """Deduct each credit note from the invoice it corrects; totals are kept to the cent."""
    amounts = {line.id: (line.net_cents, line.vat_cents) for bill in bills for line in bill.lines}
    applied: dict[int, int] = {}
    for note in bills:
        if not note.is_credit_note:
            continue
        target = next(
            (
                bill
                for bill in bills
                if not bill.is_credit_note and bill.supplier == note.supplier and bill.number_key in note.corrects
            ),
            None,
        )
        if target is None or not target.lines:
            continue
        applied[note.id] = target.id
        for credit in note.lines:
            _deduct(amounts, target, credit)
            del amounts[credit.id]
    return Netted(amounts, applied)


def _deduct(amounts: dict[int, tuple[int, int]], target: Bill, credit: Line) -> None:
    net_left, vat_left = credit.net_cents, credit.vat_cents
    same_item = [line.id for line in target.lines if line.item == credit.item]
    for ids in (same_item, [line.id for line in target.lines]):
        room = [max(0, amounts[line_id][0]) for line_id in ids]
        if net_left >= 0 or not sum(room):
            continue
        share = max(net_left, -sum(room))
        vat_share = vat_left if share == net_left else -((-vat_left * -share) // -net_left)
        _spread(amounts, ids, room, share, vat_share)
        net_left, vat_left = net_left - share, vat_left - vat_share
    if net_left or vat_left:  # more is credited than was billed: the first line bears it, below zero
        first = target.lines[0].id
        net, vat = amounts[first]
        amounts[first] = (net + net_left, vat + vat_left)


def _spread(amounts: dict[int, tuple[int, int]], ids: list[int], room: list[int], net: int, vat: int) -> None:
    for line_id, net_part, vat_part in zip(ids, allocate(net, room), allocate(vat, room), strict=True):
        old_net, old_vat = amounts[line_id]
        amounts[line_id] = (old_net + net_part, old_vat + vat_part)
