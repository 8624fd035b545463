"""What is found after a decision (art. 14), and its sealed facts as they should have been. Pure.

Findings are kept as plain data. The law is then told other facts, and nothing is computed here but what these facts
become: the amount of a service that ended early, in proportion to its days; the amount that a credit note leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any

from bonus.calendar import eve_of_anniversary
from bonus.money import amount_string, half_up, parse_amount

KINDS: dict[str, str] = {
    "revoked": "Décision retirée",
    "registry": "Registre tel qu’il est connu aujourd’hui",
    "credit": "Avoir",
    "ended": "Fin anticipée du service",
    "refused": "Ligne sans droit au bonus",
    "retained": "Montant hors taxes à retenir",
    "premium": "Ne remplace pas une solution non européenne",
    "aid": "Autre aide publique non déclarée",
    "size": "Taille de l’entreprise\N{NO-BREAK SPACE}: autres chiffres que ceux déclarés",
    "minimis": "Aide de minimis non déclarée",
    "liquidation": "Liquidation judiciaire au jour du dépôt, non déclarée",
}
"""What may be found: code → what people read."""

ON_THE_COMPANY = ("size", "minimis", "liquidation")
"""Those that are of what the company said of itself."""
ON_A_LINE = ("ended", "refused", "retained", "premium", "aid")
"""Those that are of one line."""


@dataclass(frozen=True)
class Told:
    """A decision's facts as they should have been; ``line_ids`` of those the law is asked about, in their order, and
    ``refused``: of the others, why nothing is due, by the line's id. ``why``: what was found of each line."""

    facts: dict[str, Any]
    line_ids: list[int]
    refused: dict[int, str]
    why: dict[int, list[str]]


def takes_all_back(findings: Sequence[Mapping[str, Any]]) -> str | None:
    """Why nothing of any decision is due, when they are taken back whole (retrait); else None."""
    return next((str(one["words"]) for one in findings if one["kind"] == "revoked"), None)


def told(
    facts: Mapping[str, Any],
    line_ids: Sequence[int],
    findings: Sequence[Mapping[str, Any]],
    credited: Mapping[int, tuple[int, int]],
    apart: Mapping[int, int],
) -> Told:
    """Sealed facts with what was found since. ``line_ids``: of their lines, in their order; ``credited``: what credit
    notes received since leave of a line, net and VAT in cents, by its id. ``apart``: the lines this decision gave
    nothing, which it is not asked about again, and the cents of base they counted for (art. 5.4)."""
    found = deepcopy(dict(facts))
    by_line = _by_line(findings)
    for one in findings:
        if one["kind"] == "registry":
            found["registry"] = _known(found["registry"], one["registry"])
        elif one["kind"] in ON_THE_COMPANY:
            _tell_of_company(found, one)
    ids = iter(line_ids)
    kept: list[int] = []
    refused: dict[int, str] = {}
    why = {line_id: [str(one["words"]) for one in some] for line_id, some in by_line.items()}
    lost = sum(apart.values())
    for invoice in found["claims"][0]["invoices"]:
        lines = []
        for line in invoice["lines"]:
            line_id = next(ids)
            if line_id in apart:
                continue
            of_it = by_line.get(line_id, ())
            cancelled = next((one for one in of_it if one["kind"] == "refused"), None)
            if cancelled is not None:
                refused[line_id] = str(cancelled["words"])
                continue
            if line_id in credited:
                line["net"], line["vat"] = (amount_string(cents) for cents in credited[line_id])
            lost += sum(_change(line, one) for one in of_it)
            kept.append(line_id)
            lines.append(line)
        invoice["lines"] = lines
    if lost:
        # The minimum of art. 5.4 was met by what was bought: a service that ends early does not undo it, nor does what
        # another decision is of.
        base = parse_amount(found["claims"][0].get("decided_base", "0.00"))
        found["claims"][0]["decided_base"] = amount_string(base + lost)
    return Told(found, kept, refused, why)


def _by_line(findings: Sequence[Mapping[str, Any]]) -> dict[int, list[Mapping[str, Any]]]:
    """What was found of each line, a service that ended early last: its days are of what all else leaves."""
    found: dict[int, list[Mapping[str, Any]]] = {}
    ordered = sorted(
        (one for one in findings if one["kind"] in ON_A_LINE), key=lambda one: one["kind"] == "ended"
    )
    for one in ordered:
        found.setdefault(int(one["line_id"]), []).append(one)
    return found


def _known(sealed: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The sealed registry, what is known since of its solutions in the place of what it held."""
    by_slug = {solution["id"]: solution for solution in known["solutions"]}
    return {"solutions": [by_slug.get(solution["id"], solution) for solution in sealed["solutions"]]}


def _tell_of_company(facts: dict[str, Any], one: Mapping[str, Any]) -> None:
    """Tell the sealed facts what the company should have said of itself."""
    siren = facts["claims"][0]["beneficiary"]
    company = next(known for known in facts["beneficiaries"] if known["siren"] == siren)
    if one["kind"] == "size":
        company |= {name: one[name] for name in ("headcount", "turnover", "balance_sheet")}
    elif one["kind"] == "liquidation":
        company["in_liquidation"] = True
    else:
        aid = {name: one[name] for name in ("granted_on", "amount", "authority")} | {"instrument": ""}
        company["other_aids"] = [*company.get("other_aids", ()), aid]


def _change(line: dict[str, Any], one: Mapping[str, Any]) -> int:
    """Tell one line what was found of it; the cents of base that a service which ended early takes away."""
    if one["kind"] == "premium":
        line["replaces_foreign"] = False
    elif one["kind"] == "aid":
        line["other_public_aid"] = one["amount"]
    elif one["kind"] == "retained":
        net, kept = parse_amount(line["net"]), parse_amount(one["amount"])
        if kept < net:
            vat = half_up(parse_amount(line["vat"]) * kept, net)
            line["net"], line["vat"] = amount_string(kept), amount_string(vat)
    else:
        return _end(line, date.fromisoformat(one["ended_on"]))
    return 0


def _end(line: dict[str, Any], ended_on: date) -> int:
    """Bring a line down to the days that were served, both ends counted (art. 14).

    ``half_up(amount of art. 5.1 × days served / days paid)``. What lies beyond the first twelve months was not helped
    (art. 5.2): a service that ends there, or after, leaves all that was helped.
    """
    start, end = (date.fromisoformat(line[name]) for name in ("service_start", "service_end"))
    if ended_on >= min(end, eve_of_anniversary(start)):
        return 0
    days, served = (end - start).days + 1, max(0, (ended_on - start).days + 1)
    net, vat, aid = (parse_amount(line[name]) for name in ("net", "vat", "other_public_aid"))
    left, whole = half_up((net - aid) * served, days), half_up((net - aid + vat) * served, days)
    aid_left = half_up(aid * served, days)
    line["net"] = amount_string(left + aid_left)
    line["vat"] = amount_string(whole - left)
    line["other_public_aid"] = amount_string(aid_left)
    line["service_start"] = line["service_start"] if served else None
    line["service_end"] = ended_on.isoformat() if served else None
    return max(0, net - aid + vat - left)
