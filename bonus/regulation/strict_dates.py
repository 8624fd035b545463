"""What a scenario's dates must be to each other; a date that cannot be read is ``facts``' to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from bonus.calendar import civil_date
from bonus.regulation.reader import Node
from bonus.regulation.schema import read_date


def check(top: Node) -> None:
    """Note the faults: fiscal years that leave a gap, an enterprise's invoice in none of them, a claim
    filed before one of its invoices, a ``claim``-channel one granted before it was filed."""
    years: dict[object, list[tuple[date, date]]] = {}
    for beneficiary in top.nodes("beneficiaries"):
        found = list(_fiscal_years(beneficiary))
        for (_, end, _), (start, _, node) in pairwise(sorted(found, key=lambda year: year[:2])):
            if start - end > timedelta(days=1):
                node.fault("start", "aucun exercice ne couvre les jours qui précèdent celui-ci")
        if beneficiary.data.get("kind") == "enterprise" and isinstance(beneficiary.data.get("siren"), str):
            years[beneficiary.data["siren"]] = [year[:2] for year in found]
    for claim in top.nodes("claims"):
        buyer = claim.data.get("beneficiary")
        _check_claim(claim, years.get(buyer) if isinstance(buyer, str) else None)


def _fiscal_years(beneficiary: Node) -> Iterator[tuple[date, date, Node]]:
    for node in beneficiary.nodes("fiscal_years"):
        start, end = _day(node, "start"), _day(node, "end")
        if start is not None and end is not None:
            yield start, end, node


def _check_claim(claim: Node, years: list[tuple[date, date]] | None) -> None:
    """``years``: the fiscal years of the buyer, None when it needs none."""
    faults = len(claim.faults)
    instant = claim.instant("filed_at")
    filed_on = civil_date(instant) if len(claim.faults) == faults else None
    granted = claim.data.get("channel") == "claim"
    if granted and filed_on is not None:
        _not_before(claim, filed_on)
    for invoice in claim.nodes("invoices"):
        issued_on = _day(invoice, "issued_on")
        if issued_on is not None and filed_on is not None and filed_on < issued_on:
            claim.fault("filed_at", "le dossier est déposé avant l’une de ses factures")
        if issued_on is not None and years is not None and not _inside(issued_on, years):
            invoice.fault("issued_on", "cette facture n’est dans aucun exercice de l’entreprise")
        for line in invoice.nodes("lines"):
            if granted and filed_on is not None:
                _not_before(line, filed_on)


def _not_before(node: Node, filed_on: date) -> None:
    granted_on = _day(node, "grant_date")
    if granted_on is not None and granted_on < filed_on:
        node.fault("grant_date", "la décision précède le dépôt du dossier")


def _inside(day: date, years: list[tuple[date, date]]) -> bool:
    return any(start <= day <= end for start, end in years)


def _day(node: Node, name: str) -> date | None:
    try:
        return read_date(node.data.get(name))
    except ValueError:
        return None
