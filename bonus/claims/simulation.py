"""The simulator: what the law itself would give for a purchase that is not made yet, and what is kept of it.

The same ``evaluate`` as the decision's, on facts of the same form: only the buyer does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bonus.calendar import civil_date, eve_of_anniversary
from bonus.errors import InvalidInput
from bonus.money import amount_string, format_euros, parse_amount
from bonus.registry.estimate import OF_THE_FICTION, check_price, fictional_beneficiary, fictional_buyers
from bonus.registry.models import Solution
from bonus.registry.service import facts_of
from bonus.regulation import Parameters, article_of, evaluate, label_of, load_parameters, sentences

from .simulated_tax import REGIMES, Incentive, fiscal_years, incentive

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


@dataclass(frozen=True)
class Limit:
    """A ceiling, in cents: how much of it is taken once the bonus is granted, what it cut, and what the law says of
    the cut ("" when there is none)."""

    code: str
    label: str
    article: str
    ceiling_cents: int
    taken_cents: int
    cut_cents: int
    sentence: str


@dataclass(frozen=True)
class Simulation:
    """What the purchase gives. ``status`` is eligible, pending or refused; ``code``, ``reason``, ``article`` and
    ``refusal`` (a sentence) why there is no bonus, "" when the line is eligible. ``base_why`` and ``why`` are the
    law's sentences on the base, and on the bonus."""

    purchase: Purchase
    on: date
    status: str
    code: str
    reason: str
    article: str
    refusal: str
    base_cents: int
    rate_bp: int
    bonus_cents: int
    base_why: list[str]
    why: list[str]
    limits: list[Limit]
    incentives: list[Incentive]

    @property
    def after_cents(self) -> int:
        """The price once the bonus is taken off."""
        return self.purchase.net_cents - self.bonus_cents

    @property
    def cuts(self) -> list[Limit]:
        """The ceilings that bite."""
        return [limit for limit in self.limits if limit.cut_cents]


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


def simulate(purchase: Purchase, now: datetime) -> Simulation:
    """Apply the law (arts. 2 to 8) to the purchase, as if invoiced, filed and granted on the day of ``now``.

    Raises InvalidInput when the purchase cannot be simulated.
    """
    law, on = load_parameters(), civil_date(now)
    check_purchase(purchase, law)
    outcome = evaluate(facts_for(purchase, now, law), law, trace=True)
    line = outcome["claims"][0]["lines"][0]
    reason = line["reason"] or ""
    told = [step for step in line["trace"] if step["code"] not in _hidden(purchase)]
    base = [step for step in told if str(step["code"]).startswith("spend.")]
    eligible = line["status"] == "eligible"
    return Simulation(
        purchase=purchase,
        on=on,
        status=line["status"],
        code=reason,
        reason=label_of(reason) if reason else "",
        article=article_of(reason) if reason else "",
        refusal="" if eligible else str(line["trace"][-1]["sentence"]),
        base_cents=parse_amount(line["base"]),
        rate_bp=line["rate_bp"],
        bonus_cents=parse_amount(line["bonus"]),
        base_why=sentences(base),
        why=sentences([step for step in told if step not in base]),
        limits=_limits(purchase, line, law, on) if eligible else [],
        incentives=[incentive(entries) for entries in _by_regime(outcome["tax"])] if eligible else [],
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


def _hidden(purchase: Purchase) -> frozenset[str]:
    """What the trace would say of things that do not exist: the buyer, the invoice, and a solution not chosen."""
    return OF_THE_FICTION if purchase.solution is not None else OF_THE_FICTION | {"solution.certified"}


def _limits(purchase: Purchase, line: Mapping[str, Any], law: Parameters, on: date) -> list[Limit]:
    cuts = {cut["article"]: parse_amount(cut["amount"]) for cut in line["reductions"]}
    said = {step["code"]: str(step["sentence"]) for step in line["trace"]}
    bonus, received = parse_amount(line["bonus"]), purchase.received_cents
    taken = {
        "art6.solution": (law.integer("ceiling.solution", on), purchase.received_for_solution_cents),
        "art6.annual": (law.integer(f"size.{purchase.size}.annual_ceiling", on), received),
    }
    if "de_minimis.checked" in said or "art7.de_minimis" in said:
        taken["art7.de_minimis"] = (
            law.integer("de_minimis.ceiling", on),
            received + purchase.de_minimis_cents,
        )
    return [
        Limit(
            code=code,
            label=label_of(code),
            article=article_of(code),
            ceiling_cents=ceiling,
            taken_cents=before + bonus,
            cut_cents=cuts.get(code, 0),
            sentence=said[code] if code in cuts else "",
        )
        for code, (ceiling, before) in taken.items()
    ]


def _by_regime(entries: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [found for regime in REGIMES if (found := [one for one in entries if one["regime"] == regime])]


def kept(simulation: Simulation) -> dict[str, Any]:
    """What a draft remembers of the simulation it comes from (plain JSON data): what was asked, and the answer."""
    asked, solution = simulation.purchase, simulation.purchase.solution
    return {
        "on": simulation.on.isoformat(),
        "solution": {"slug": solution.slug, "name": solution.name, "supplier": solution.supplier.name}
        if solution
        else None,
        "axis": asked.axis,
        "size": asked.size,
        "net_cents": asked.net_cents,
        "replaces_foreign": asked.replaces_foreign,
        "service_months": asked.service_months,
        "other_public_aid_cents": asked.other_public_aid_cents,
        "received_cents": asked.received_cents,
        "received_for_solution_cents": asked.received_for_solution_cents,
        "de_minimis_cents": asked.de_minimis_cents,
        "turnover_cents": asked.turnover_cents,
        "status": simulation.status,
        "rate_bp": simulation.rate_bp,
        "bonus_cents": simulation.bonus_cents,
    }
