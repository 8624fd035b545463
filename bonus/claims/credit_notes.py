"""What discounts and credit notes leave of the lines they reduce (art. 5.1: the base is net of both). Pure.

A negative line of an invoice is a discount on that invoice. A credit note of the same dossier that names
invoices of the same seller is deducted from them. Both go first to the lines of the same item, then to the
others. A credit note that names no invoice of the dossier stays on its own, with lines of zero or less, which
art. 5.3 refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bonus.money import allocate, half_up


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
    """Line id → (net, VAT) in cents after discounts and credit notes, without the lines that were deducted
    from others; and credit note id → id of the first invoice it went to."""

    amounts: dict[int, tuple[int, int]]
    applied: dict[int, int]


def apply_credit_notes(bills: Sequence[Bill]) -> Netted:
    """Deduct discounts, then each credit note from the invoices it corrects; totals are kept to the cent."""
    amounts = {line.id: (line.net_cents, line.vat_cents) for bill in bills for line in bill.lines}
    for bill in bills:
        if not bill.is_credit_note:
            _deduct_discounts(amounts, bill)
    applied: dict[int, int] = {}
    billed: dict[tuple[str, str], Bill] = {}
    for bill in bills:
        if not bill.is_credit_note and bill.lines:
            billed.setdefault((bill.supplier, bill.number_key), bill)
    for note in bills:
        if not note.is_credit_note:
            continue
        credited = _without_additions(note.lines)
        targets = _corrected(note, billed)
        if not targets:
            amounts |= {line.id: (line.net_cents, line.vat_cents) for line in credited}
            continue
        applied[note.id] = targets[0].id
        lines = [line for target in targets for line in target.lines if line.id in amounts]
        for line in credited:
            _deduct(amounts, lines, line)
            del amounts[line.id]
    return Netted(amounts, applied)


def _deduct_discounts(amounts: dict[int, tuple[int, int]], bill: Bill) -> None:
    bought = [line for line in bill.lines if line.net_cents > 0]
    if not bought:
        return
    for line in bill.lines:
        if line.net_cents < 0:
            _deduct(amounts, bought, line)
            del amounts[line.id]


def _corrected(note: Bill, billed: Mapping[tuple[str, str], Bill]) -> list[Bill]:
    """The invoices a credit note names, in their order. Of two with one number, the first: the other is refused
    (art. 5.3)."""
    found = {bill.id: bill for key in note.corrects if (bill := billed.get((note.supplier, key)))}
    return [found[number] for number in sorted(found)]


def _without_additions(lines: Sequence[Line]) -> list[Line]:
    """The lines of a credit note, what some add taken off what the others take away: a credit note never
    makes a purchase larger."""
    taken = [-min(0, line.net_cents) for line in lines]
    if not sum(taken):
        return list(lines)
    added = [line for line in lines if line.net_cents > 0]
    nets = allocate(sum(line.net_cents for line in added), taken)
    vats = allocate(sum(line.vat_cents for line in added), taken)
    return [
        replace(line, net_cents=0, vat_cents=0)
        if line.net_cents > 0
        else replace(line, net_cents=line.net_cents + net, vat_cents=line.vat_cents + vat)
        for line, net, vat in zip(lines, nets, vats, strict=True)
    ]


def _deduct(amounts: dict[int, tuple[int, int]], lines: Sequence[Line], credit: Line) -> None:
    net_left, vat_left = credit.net_cents, credit.vat_cents
    same_item = [line.id for line in lines if line.item == credit.item]
    for ids in (same_item, [line.id for line in lines]):
        room = [max(0, amounts[line_id][0]) for line_id in ids]
        if net_left >= 0 or not sum(room):
            continue
        share = max(net_left, -sum(room))
        vat_share = vat_left if share == net_left else -half_up(vat_left * share, -net_left)
        _spread(amounts, ids, room, share, vat_share)
        net_left, vat_left = net_left - share, vat_left - vat_share
    if net_left or vat_left:  # more is credited than was billed: the first line bears it, below zero
        first = lines[0].id
        net, vat = amounts[first]
        amounts[first] = (net + net_left, vat + vat_left)


def _spread(amounts: dict[int, tuple[int, int]], ids: list[int], room: list[int], net: int, vat: int) -> None:
    for line_id, net_part, vat_part in zip(ids, allocate(net, room), allocate(vat, room), strict=True):
        old_net, old_vat = amounts[line_id]
        amounts[line_id] = (old_net + net_part, old_vat + vat_part)
