"""The simulator: what the law itself would give for a purchase that is not made yet, and what is kept of it.

The same ``evaluate`` as the decision's, on facts of the same form: only the buyer does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bonus.calendar import civil_date
from bonus.money import parse_amount
from bonus.registry.estimate import OF_THE_FICTION
from bonus.regulation import Parameters, article_of, evaluate, label_of, load_parameters, sentences

from .simulated_purchase import Purchase, check_purchase, facts_for
from .simulated_tax import REGIMES, Incentive, incentive


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
