"""Reading the claims, their invoices and their lines into columns; see ``facts``."""

from __future__ import annotations

import numpy as np

from bonus.calendar import civil_date
from bonus.regulation.columns import (
    MAX_CENTS,
    MAX_LINE_CENTS,
    NO_DAY,
    NONE,
    Claims,
    Invoices,
    Lines,
    bool_column,
    int_column,
)
from bonus.regulation.reader import Node, Numbers, microseconds
from bonus.regulation.values import from_day, to_day


def normal_number(number: str) -> str:
    """An invoice number without case and spaces: what art. 5.3 compares."""
    return "".join(number.split()).casefold()


class ClaimsReader:
    """Reads ``claims``; ``beneficiaries`` and ``solutions`` give the rows of those already read."""

    def __init__(
        self, top: Node, parties: Numbers, *, beneficiaries: dict[str, int], solutions: dict[str, int]
    ) -> None:
        self._parties = parties
        self._beneficiaries = beneficiaries
        self._solutions = solutions
        self._keys: dict[tuple[str, str, int], int] = {}
        self._held = _read_held(top.optional("prior"))
        self._ids: dict[str, int] = {}
        self._claim_ids: list[str] = []
        self._buyer: list[int] = []
        self._filed: list[int] = []
        self._filed_on: list[int] = []
        self._granted: list[int] = []
        self._decided_base: list[int] = []
        self._first_line = [0]
        self._numbers: list[str] = []
        self._invoice_claim: list[int] = []
        self._seller: list[int] = []
        self._issued_on: list[int] = []
        self._key: list[int] = []
        self._invoice_held: list[bool] = []
        self._lines = _LineLists()
        for node in top.nodes("claims", required=True):
            self._read_claim(node)

    def _read_claim(self, node: Node) -> None:
        row, claim_id = len(self._claim_ids), node.text("id")
        if self._ids.setdefault(claim_id, row) != row:
            node.fault("id", "un autre dossier porte déjà cet identifiant")
        buyer = self._beneficiaries.get(node.text("beneficiary"), NONE)
        if buyer == NONE:
            node.fault("beneficiary", "ce bénéficiaire n’est pas décrit")
        instant = node.instant("filed_at")
        self._claim_ids.append(claim_id)
        self._buyer.append(buyer)
        self._filed.append(microseconds(instant))
        self._filed_on.append(to_day(civil_date(instant)))
        self._granted.append(node.day("grant_date", bounded=True))
        decided = "decided_base" in node.data
        self._decided_base.append(node.amount("decided_base", MAX_CENTS) if decided else 0)
        for bill in node.nodes("invoices", required=True):
            self._read_invoice(bill)
        self._first_line.append(len(self._lines.net))

    def _read_invoice(self, bill: Node) -> None:
        number, supplier = bill.text("number"), bill.text("supplier_id")
        day = bill.day("issued_on", bounded=True)
        identity = (supplier, normal_number(number), from_day(day).year)
        self._numbers.append(number)
        self._invoice_claim.append(len(self._claim_ids) - 1)
        self._seller.append(self._parties[supplier])
        self._issued_on.append(day)
        self._key.append(self._keys.setdefault(identity, len(self._keys)))
        self._invoice_held.append(identity in self._held)
        seen: set[int | str] = set()
        for node in bill.nodes("lines", required=True):
            line_number = node.data.get("number")
            if isinstance(line_number, bool) or not isinstance(line_number, int | str) or line_number in seen:
                node.fault("number", "un numéro de ligne, unique dans la facture, est attendu")
                line_number = 0
            seen.add(line_number)
            self._lines.numbers.append(line_number)
            self._lines.invoice.append(len(self._numbers) - 1)
            self._lines.claim.append(len(self._claim_ids) - 1)
            self._lines.beneficiary.append(self._buyer[-1])
            # A line matched to no solution is one the registry does not hold: refused, not a fault.
            self._lines.solution.append(self._solutions.get(node.optional_text("solution"), NONE))
            self._lines.read(node, self._granted[-1])

    def claims(self) -> Claims:
        """The claims; their rank in the order of filing is computed here: instant, then smaller id."""
        ids, filed = self._claim_ids, self._filed
        rank = np.empty(len(ids), dtype=np.int64)
        rank[sorted(range(len(ids)), key=lambda row: (filed[row], ids[row]))] = np.arange(len(ids))
        return Claims(
            ids=ids,
            beneficiary=int_column(self._buyer),
            filed_on=int_column(self._filed_on),
            rank=rank,
            grant_date=int_column(self._granted),
            decided_base=int_column(self._decided_base),
            first_line=int_column(self._first_line),
        )

    def invoices(self) -> Invoices:
        """The invoices."""
        return Invoices(
            numbers=self._numbers,
            claim=int_column(self._invoice_claim),
            seller=int_column(self._seller),
            issued_on=int_column(self._issued_on),
            key=int_column(self._key),
            held=bool_column(self._invoice_held),
        )

    def lines(self) -> Lines:
        """The lines."""
        return self._lines.columns()


class _LineLists:
    """The lines being read, one list a column."""

    def __init__(self) -> None:
        self.numbers: list[int | str] = []
        self.invoice: list[int] = []
        self.claim: list[int] = []
        self.beneficiary: list[int] = []
        self.solution: list[int] = []
        self.net: list[int] = []
        self.vat: list[int] = []
        self.aid: list[int] = []
        self.start: list[int] = []
        self.end: list[int] = []
        self.replaces: list[bool] = []
        self.granted: list[int] = []

    def read(self, node: Node, claim_granted: int) -> None:
        """Read the amounts, the service and the grant date of a line (by default, that of its claim)."""
        self.net.append(node.amount("net", MAX_LINE_CENTS))
        self.vat.append(node.amount("vat", MAX_LINE_CENTS, default=0))
        self.aid.append(node.amount("other_public_aid", MAX_LINE_CENTS, default=0))
        if self.aid[-1] < 0:
            node.fault("other_public_aid", "une aide publique ne peut pas être négative")
        self.start.append(node.day("service_start", default=NO_DAY, bounded=True))
        self.end.append(node.day("service_end", default=NO_DAY))
        if (self.start[-1] == NO_DAY) != (self.end[-1] == NO_DAY):
            node.fault("service_start", "les deux dates du service sont attendues, ou aucune")
        elif self.end[-1] < self.start[-1]:
            node.fault("service_end", "le service finit avant de commencer")
        self.replaces.append(node.flag("replaces_foreign", default=False))
        self.granted.append(node.day("grant_date", default=claim_granted, bounded=True))

    def columns(self) -> Lines:
        """The lists as columns."""
        return Lines(
            numbers=self.numbers,
            invoice=int_column(self.invoice),
            claim=int_column(self.claim),
            beneficiary=int_column(self.beneficiary),
            solution=int_column(self.solution),
            net=int_column(self.net),
            vat=int_column(self.vat),
            other_public_aid=int_column(self.aid),
            service_start=int_column(self.start),
            service_end=int_column(self.end),
            replaces_foreign=bool_column(self.replaces),
            grant_date=int_column(self.granted),
        )


def _read_held(prior: Node) -> set[tuple[str, str, int]]:
    return {
        (node.text("supplier_id"), normal_number(node.text("number")), node.integer("year", 1, 9999))
        for node in prior.nodes("held_invoices")
    }
