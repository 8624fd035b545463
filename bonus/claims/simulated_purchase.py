"""A purchase one thinks of, and the facts of it that the law reads: those of a dossier, whose buyer does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bonus.calendar import civil_date, eve_of_anniversary
from bonus.errors import InvalidInput
from bonus.money import amount_string, format_euros
from bonus.registry.estimate import check_price, fictional_beneficiary, fictional_buyers
from bonus.registry.models import Solution
from bonus.registry.service import facts_of
from bonus.regulation import Parameters

from .simulated_tax import REGIMES, fiscal_years

MOST_MONTHS = 120
MOST_TURNOVER_CENTS = 1_000_000_000_000_00
MOST_AID_CENTS = 100_000_000_00
PUBLIC_BODY = "public"
# No address of the registry has a space: this is no other solution than the one simulated.
_OTHER_SOLUTION = "autre solution"
_SIMULATED = "solution simulée"


@dataclass(frozen=True)
class Purchase:
    """A purchase one thinks of, invoiced, filed and granted today. Amounts in cents; ``axis`` alone when no solution
    is chosen: then it is one of that axis that holds one recognised label.

    ``received_cents`` are the bonuses of this scheme already granted for invoices of this year (art. 6), of which
    ``received_for_solution_cents`` for the same solution; ``de_minimis_cents`` the other aids that count (art. 7).
    ``turnover_cents`` is that of each fiscal year (art. 8).
    """

    net_cents: int
    size: str
    axis: str
    solution: Solution | None = None
    replaces_foreign: bool = False
    service_months: int | None = None
    other_public_aid_cents: int = 0
    received_cents: int = 0
    received_for_solution_cents: int = 0
    de_minimis_cents: int = 0
    turnover_cents: int = 0


def check_purchase(purchase: Purchase, law: Parameters) -> None:
    """Raise InvalidInput, at the field of the form, unless the purchase can be simulated."""
    check_price(purchase.net_cents)
    if purchase.size not in law.codes("size"):
        raise InvalidInput("simulation.size", "Choisissez votre taille dans la liste.", field="taille")
    if purchase.axis not in law.codes("axis"):
        raise InvalidInput("simulation.axis", "Choisissez un usage dans la liste.", field="usage")
    if purchase.service_months is not None and not 1 <= purchase.service_months <= MOST_MONTHS:
        raise InvalidInput(
            "simulation.months", f"Indiquez un nombre de mois, de 1 à {MOST_MONTHS}.", field="duree"
        )
    for field, cents, most in (
        ("aide", purchase.other_public_aid_cents, MOST_AID_CENTS),
        ("recu", purchase.received_cents, MOST_AID_CENTS),
        ("recu_solution", purchase.received_for_solution_cents, MOST_AID_CENTS),
        ("minimis", purchase.de_minimis_cents, MOST_AID_CENTS),
        ("ca", purchase.turnover_cents, MOST_TURNOVER_CENTS),
    ):
        if not 0 <= cents <= most:
            words = format_euros(most).replace(",00", "")
            raise InvalidInput("simulation.amount", f"Indiquez un montant de 0 à {words}.", field=field)
    if purchase.received_for_solution_cents > purchase.received_cents:
        raise InvalidInput(
            "simulation.received",
            "Ce que vous avez reçu pour cette solution ne peut pas dépasser le total reçu cette année.",
            field="recu_solution",
        )


def facts_for(purchase: Purchase, now: datetime, law: Parameters) -> dict[str, Any]:
    """What ``evaluate`` reads: the same purchase by one buyer a tax regime (one in all for a public body)."""
    on = civil_date(now)
    registry = _registry(purchase, now, law)
    supplier = registry["solutions"][0]["supplier_id"]
    regimes = REGIMES[:1] if purchase.size == PUBLIC_BODY else REGIMES
    buyers = dict(zip(regimes, fictional_buyers(supplier, len(regimes)), strict=True))
    solution = registry["solutions"][0]["id"]
    return {
        "registry": registry,
        "beneficiaries": [_buyer(purchase, siren, regime, law, on) for regime, siren in buyers.items()],
        "claims": [
            {
                "id": f"simulation-{regime}",
                "beneficiary": siren,
                "channel": "claim",
                "filed_at": now.isoformat(),
                "grant_date": on.isoformat(),
                "invoices": [
                    {
                        "supplier_id": supplier,
                        "number": f"SIMULATION-{regime}",
                        "issued_on": on.isoformat(),
                        "lines": [_line(purchase, solution, on)],
                    }
                ],
            }
            for regime, siren in buyers.items()
        ],
        "prior": {
            "grants": [
                grant for siren in buyers.values() for grant in _received(purchase, siren, solution, on)
            ]
        },
    }


def _registry(purchase: Purchase, now: datetime, law: Parameters) -> dict[str, Any]:
    if purchase.solution is not None:
        return facts_of([purchase.solution], now)
    on = civil_date(now)
    label = next(
        label
        for label in law.codes("label")
        if _recognised(law.on(f"label.{label}.axes", on).value, purchase)
    )
    certification = {
        "label": label,
        "valid_from": on.isoformat(),
        "valid_until": on.isoformat(),
        "events": [],
    }
    offer = {
        "id": _SIMULATED,
        "supplier_id": _SIMULATED,
        "axis": purchase.axis,
        "certifications": [certification],
    }
    return {"solutions": [offer]}


def _recognised(axes: object, purchase: Purchase) -> bool:
    return isinstance(axes, tuple) and (axes == ("every",) or purchase.axis in axes)


def _buyer(purchase: Purchase, siren: str, regime: str, law: Parameters, on: date) -> dict[str, Any]:
    found = fictional_beneficiary(purchase.size, siren, law, on)
    found["fiscal_years"] = fiscal_years(purchase.turnover_cents, regime, law, on)
    if purchase.de_minimis_cents:
        found["other_aids"] = [
            {"granted_on": on.isoformat(), "amount": amount_string(purchase.de_minimis_cents)}
        ]
    return found


def _line(purchase: Purchase, solution: str, on: date) -> dict[str, Any]:
    line: dict[str, Any] = {
        "number": 1,
        "solution": solution,
        "net": amount_string(purchase.net_cents),
        "other_public_aid": amount_string(purchase.other_public_aid_cents),
        "replaces_foreign": purchase.replaces_foreign,
    }
    if purchase.service_months is not None:
        line["service_start"] = on.isoformat()
        line["service_end"] = eve_of_anniversary(on, purchase.service_months).isoformat()
    return line


def _received(purchase: Purchase, siren: str, solution: str, on: date) -> list[dict[str, Any]]:
    """What was granted before for invoices of this year: for this solution, and for another."""
    same = purchase.received_for_solution_cents
    return [
        {
            "beneficiary": siren,
            "solution": bought,
            "issued_on": on.isoformat(),
            "granted_on": on.isoformat(),
            "amount": amount_string(cents),
        }
        for bought, cents in ((solution, same), (_OTHER_SOLUTION, purchase.received_cents - same))
        if cents
    ]
