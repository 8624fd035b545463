"""What the registry and the dossiers say of a table's invoices, asked by thousands: never a question a row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from bonus.bulk import chunks
from bonus.claims.models import Claim, Invoice, PurchaseLine
from bonus.claims.tables.columns import COLUMNS
from bonus.claims.tables.model import Bill, Key, LineRow, TableContent
from bonus.claims.tables.reading import leave_bill
from bonus.companies.links import linked_to
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.regulation.wording import french
from bonus.tables.cells import quoted
from bonus.tables.source import Fault

from .solutions import Matched, match_rows

_ELSEWHERE = "invoice.elsewhere"


@dataclass
class Checked:
    """A table checked against all that is known: ``content`` holds the invoices to take, ``already`` those that the
    draft has from an earlier table, ``matches`` the solution of each row, by its line."""

    content: TableContent
    already: list[Bill]
    matches: dict[int, Matched]

    @property
    def rows(self) -> list[LineRow]:
        """The rows to take, in the order of their invoices."""
        return [row for bill in self.content.bills.values() for row in bill.rows]


@dataclass(frozen=True)
class _Known:
    """An invoice that some dossier holds."""

    id: int
    claim_id: int
    company_id: int
    claim_number: str | None
    source: str


def check(content: TableContent, claim: Claim) -> Checked:
    """Check a table that was read against a draft, the other dossiers and the registry; it is changed in place."""
    already = _hold_against_dossiers(content, claim)
    matches = match_rows(content)
    _warn_of_own_group(content, claim.company)
    content.faults.sort(key=lambda fault: fault.line)
    content.warnings = sorted(
        (one for one in content.warnings if one.line not in content.left), key=lambda one: one.line
    )
    return Checked(content, already, matches)


def _hold_against_dossiers(content: TableContent, claim: Claim) -> list[Bill]:
    """Leave out what the draft has already, told whether it is the same; warn of what stands elsewhere (art. 5.3)."""
    known = _known(content.bills, claim)
    here = {key: one for key, found in known.items() for one in found if one.claim_id == claim.id}
    lines = _lines_of([one.id for one in here.values() if one.source == "table"])
    already = []
    for key, one in here.items():
        bill = content.bills[key]
        if one.source == "table" and lines.get(one.id) == sorted(map(_said, bill.rows)):
            already.append(bill)
            del content.bills[key]
            taken = {row.line for row in bill.rows}
            content.warnings = [warning for warning in content.warnings if warning.line not in taken]
        else:
            leave_bill(content, bill, "invoice.here", _why_here(bill.rows[0], one))
    for key, found in known.items():
        if key not in here:
            content.warnings.append(_elsewhere(content.bills[key].rows[0], found, claim))
    return already


def _known(keys: Collection[Key], claim: Claim) -> dict[Key, list[_Known]]:
    """The invoices of these keys that this company's dossiers hold, or a filed one of anybody's."""
    found: dict[Key, list[_Known]] = {}
    columns = (
        Invoice.supplier_identifier, Invoice.number_key, Invoice.issued_on, Invoice.id.label("invoice_id"),
        Invoice.claim_id, Claim.company_id, Claim.number, Invoice.source,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(Claim, Invoice.claim_id == Claim.id)
        .where(
            Claim.status != "abandoned",
            or_(Claim.company_id == claim.company_id, Claim.filed_at.is_not(None)),
        )
        .order_by(Invoice.id)
    )
    for numbers in chunks(list({number for _, number, _ in keys})):
        for row in db.session.execute(query.where(Invoice.number_key.in_(numbers))):
            key = (row.supplier_identifier, row.number_key, row.issued_on.year)
            if key in keys:
                known = _Known(row.invoice_id, row.claim_id, row.company_id, row.number, row.source)
                found.setdefault(key, []).append(known)
    return found


def _lines_of(invoice_ids: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
    """What each of these invoices says, to be compared with a table's."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    line = PurchaseLine
    query = select(
        line.invoice_id, line.name, line.reference, line.net_cents, line.vat_cents, line.service_start,
        line.service_end,
    )  # fmt: skip
    for ids in chunks(invoice_ids):
        for invoice_id, name, reference, net, vat, start, end in db.session.execute(
            query.where(line.invoice_id.in_(ids))
        ):
            found.setdefault(invoice_id, []).append(_comparable(name, reference, net, vat, start, end))
    return {number: sorted(lines) for number, lines in found.items()}


def _said(row: LineRow) -> tuple[Any, ...]:
    return _comparable(
        row.name, row.reference, row.net_cents, row.vat_cents, row.service_start, row.service_end
    )


def _comparable(
    name: str, reference: str | None, net: int, vat: int, start: date | None, end: date | None
) -> tuple[Any, ...]:
    """What a line says, in a form that sorts."""
    return name, reference or "", net, vat, start or date.min, end or date.min


def _why_here(row: LineRow, known: _Known) -> str:
    if known.source == "table":
        return french(
            f"La facture {quoted(row.number)} est déjà dans ce dossier, avec d’autres lignes : retirez d’abord le "
            "tableau qui la porte, ou retirez-la de celui-ci."
        )
    return french(
        f"La facture {quoted(row.number)} est déjà dans ce dossier, déposée à part : retirez ses lignes du tableau."
    )


def _elsewhere(row: LineRow, found: Iterable[_Known], claim: Claim) -> Fault:
    """The same invoice in another dossier: whose, when it is not the company's own, is not said."""
    own = [one for one in found if one.company_id == claim.company_id]
    where = "dans un autre dossier déposé"
    if own:
        number = next((one.claim_number for one in own if one.claim_number), None)
        where = f"dans votre dossier {number}" if number else "dans un autre de vos brouillons"
    sentence = (
        f"La facture {quoted(row.number)} est déjà {where} : elle ne peut être aidée qu’une fois (art. 5.3)."
    )
    return Fault(row.line, COLUMNS.by_field["number"].header, _ELSEWHERE, french(sentence))


def _warn_of_own_group(content: TableContent, company: Company) -> None:
    """Purchases inside the group or the single undertaking are refused (art. 5.3)."""
    own = {company.siren, *linked_to(company, "group"), *linked_to(company, "single_undertaking")}
    sentence = french("Ce fournisseur est de votre entreprise ou de votre groupe : achat refusé (art. 5.3).")
    title = COLUMNS.by_field["supplier_id"].header
    content.warnings.extend(
        Fault(bill.rows[0].line, title, "invoice.own_group", sentence)
        for key, bill in content.bills.items()
        if key[0] in own
    )
