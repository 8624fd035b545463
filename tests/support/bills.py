"""Real e-invoices in one call: the file a seller of the world sends, read like any other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from bonus.demo.invoices import BUYER, SELLER, DemoParty, make_invoices
from tests.adapters.einvoice_samples import cii, line, terms, ubl

File = tuple[str, bytes]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Item:
    """A line of a bill: net amount in cents, without VAT."""

    net_cents: int
    name: str = "Hébergement cloud qualifié"
    reference: str = "CLOUD-24"
    service: tuple[date, date] | None = None


def bill(
    *items: Item,
    number: str | None = None,
    issued_on: date = date(2026, 10, 15),
    seller: DemoParty = SELLER,
    buyer: DemoParty = BUYER,
    corrects: str | None = None,
    in_ubl: bool = False,
) -> File:
    """A file (name, content): a bill, or the credit note (negative items) that ``corrects`` one."""
    number = number or f"F-{next(_numbers):05d}"
    lines = [_line(item) for item in items or (Item(10_000_00),)]
    whole = terms(
        lines,
        BT_1=number,
        BT_2=issued_on,
        BT_72=issued_on,
        BT_3="381" if corrects else "380",
        BG_3=[{"BT-25": corrects, "BT-26": issued_on}] if corrects else None,
        BG_4=_party(seller),
        BG_7=_party(buyer),
    )
    return f"{number}.xml", ubl(whole) if in_ubl else cii(whole)


def _line(item: Item) -> dict[str, Any]:
    more: dict[str, Any] = {"BT-153": item.name, "BT-155": item.reference}
    if item.service:
        more["BT-134"], more["BT-135"] = item.service
    return line(item.net_cents, more=more)


def _party(party: DemoParty) -> dict[str, Any]:
    return {
        "name": party.name,
        "legal_identifier": party.siren,
        "legal_identifier_schemeid": "0002",
        "vat_identifier": party.vat_number,
        "addr_l1": party.address,
        "postcode": party.postcode,
        "city": party.city,
        "country_code": "FR",
    }


@lru_cache(maxsize=8)
def demo_files(on: date) -> Sequence[File]:
    """The demonstration's three invoices as of a day, made once a process."""
    return tuple(make_invoices(on))
