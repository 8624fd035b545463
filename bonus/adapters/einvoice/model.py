"""What is read from an e-invoice: plain typed values, amounts in integer cents, civil dates.

Terms are those of the European standard EN 16931 (BT-… a term, BG-… a group of terms).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from bonus.errors import InvalidInput

Syntax = Literal["factur-x", "cii", "ubl"]

# The states of the European Economic Area, as VAT numbers name them (Greece writes EL).
# fmt: off
EEA_VAT_PREFIXES = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU", "IE", "IS", "IT",
    "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on


class InvoiceUnreadable(InvalidInput):
    """The file cannot be taken as an invoice; the French sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Party:
    """A seller (BG-4) or a buyer (BG-7).

    ``siren``, ``siret`` and ``vat_number`` are without spaces. One that fails its check is kept as it was
    given, its field name stands in ``invalid`` and a French sentence in ``warnings``.
    """

    name: str
    siren: str | None
    siret: str | None
    vat_number: str | None
    country: str | None
    address_1: str
    address_2: str
    address_3: str
    postcode: str
    city: str
    invalid: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def supplier_id(self) -> str | None:
        """Identify a supplier (art. 4): its SIREN or, elsewhere in the EEA, its VAT number.

        None when no identifier passes its check: nothing may then be matched by identifier.
        """
        if self.siren is not None and "siren" not in self.invalid:
            return self.siren
        vat = self.vat_number
        if vat is not None and "vat_number" not in self.invalid and vat[:2] in EEA_VAT_PREFIXES - {"FR"}:
            return vat
        return None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line (BG-25). All amounts are signed cents: negative on a credit note.

    ``number`` is its position, from 1; ``line_id`` what the seller calls it (BT-126); ``reference`` the
    seller's reference of the item (BT-155). ``net_cents`` is BT-131; ``net_after_document_cents`` has its
    share of document-level allowances and charges too, so that over the lines it sums to BT-109;
    ``vat_cents`` sums to BT-110. The service period is the line's (BT-134, BT-135), else the invoice's.
    """

    number: int
    line_id: str
    name: str
    description: str
    reference: str
    quantity: str
    net_cents: int
    vat_cents: int
    vat_rate_bp: int | None
    service_start: date | None
    service_end: date | None
    net_after_document_cents: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The invoice's totals, in signed cents: BT-106, 107, 108, 109, 110, 112, 113, 114, 115."""

    line_total: int
    allowances: int
    charges: int
    net: int
    vat: int
    gross: int
    prepaid: int
    rounding: int
    due: int


@dataclass(frozen=True, slots=True)
class PrecedingInvoice:
    """An invoice that this one corrects or follows (BG-3)."""

    number: str
    issued_on: date | None


STRUCTURE = "structure"
"""The rule of what has no number: an element that is missing, or that the profile does not know."""


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """An official rule that an invoice breaks: its identifier, our number of the line concerned, whose data it is
    about (``seller``, ``buyer`` or None), and the rule's own text (English, or French for BR-FR)."""

    rule: str
    line: int | None
    place: str | None
    text: str

    def as_json(self) -> dict[str, object]:
        """Itself as plain values, to be kept."""
        return {"rule": self.rule, "line": self.line, "place": self.place, "text": self.text}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> RuleFinding:
        """What ``as_json`` gave."""
        return cls(kept["rule"], kept["line"], kept["place"], kept["text"])


@dataclass(frozen=True, slots=True)
class EInvoice:
    """An invoice or a credit note, as its seller wrote it.

    ``lines_from_totals`` says that the file details no line and that the only one was made from BT-109.
    ``terms`` is the whole set of EN 16931 terms (dates ISO, amounts strings), for storage as JSON.
    ``findings`` are the official rules it breaks beyond ``warnings``; None when they were not run.
    """

    syntax: Syntax
    profile: str
    number: str
    issued_on: date
    type_code: str
    is_credit_note: bool
    currency: str
    seller: Party
    buyer: Party
    preceding_invoices: list[PrecedingInvoice]
    period_start: date | None
    period_end: date | None
    lines: list[InvoiceLine]
    lines_from_totals: bool
    totals: Totals
    warnings: list[str]
    terms: dict[str, object]
    findings: tuple[RuleFinding, ...] | None = None

    @property
    def supplier_id(self) -> str | None:
        """Identify the seller (art. 4); see ``Party.supplier_id``."""
        return self.seller.supplier_id
