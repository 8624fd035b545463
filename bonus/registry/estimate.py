"""« Bonus estimé »: what the law itself gives for a price, to a fictitious buyer of each size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bonus.calendar import civil_date
from bonus.errors import InvalidInput
from bonus.money import NBSP, amount_string, format_euros, parse_amount
from bonus.regulation import Parameters, article_of, evaluate, label_of, load_parameters, sentences
from bonus.regulation.wording import capitalised

from .models import Solution
from .service import facts_of

USUAL_CENTS = 10_000_00
MOST_CENTS = 100_000_000_00

# What the trace says of the buyer, who does not exist, and of an invoice that does not either.
OF_THE_FICTION = frozenset(
    {
        "purchase.period",
        "beneficiary.admitted",
        "purchase.admitted",
        "claim.in_time",
        "size.category",
    }
)
# Numbers that pass Luhn's check, to be read by the law and shown to nobody. More than there are sizes: the
# supplier may bear one of them, and nobody buys from themselves (art. 5.3).
_BUYERS = (
    "900900010",
    "900900028",
    "900900036",
    "900900044",
    "900900051",
    "900900069",
    "900900077",
    "900900085",
)


@dataclass(frozen=True)
class SizeEstimate:
    """What a buyer of one size gets: ``status`` is eligible, pending or refused, amounts in cents, rate in basis
    points; ``why`` is the working in sentences; ``code``, ``reason`` and ``article`` why there is no bonus ("" when
    there is)."""

    size: str
    name: str
    status: str
    rate_bp: int
    bonus_cents: int
    left_cents: int
    why: list[str]
    code: str
    reason: str
    article: str


@dataclass(frozen=True)
class Estimate:
    """An estimate for a price before tax, in cents, for each size, in the order of the law."""

    price_cents: int
    sizes: list[SizeEstimate]

    @property
    def possible(self) -> bool:
        """Whether at least one size gets a bonus."""
        return any(size.bonus_cents for size in self.sizes)

    @property
    def refusal(self) -> SizeEstimate | None:
        """The answer to all when nobody gets a bonus."""
        return None if self.possible else self.sizes[0]


def check_price(cents: int) -> None:
    """Raise InvalidInput unless a price can be estimated."""
    if not 0 < cents <= MOST_CENTS:
        most = format_euros(MOST_CENTS).replace(",00", "")
        raise InvalidInput(
            "estimate.price", f"Indiquez un prix supérieur à 0{NBSP}€, de {most} au plus.", field="montant"
        )


def estimate(solution: Solution, price_cents: int, now: datetime) -> Estimate:
    """What an invoice of today, filed and granted today, would give, with nothing received before (arts. 3 to 7).

    Raises InvalidInput when the price cannot be estimated.
    """
    check_price(price_cents)
    law = load_parameters()
    sizes = law.codes("size")
    buyers = dict(zip(sizes, fictional_buyers(solution.supplier.identifier, len(sizes)), strict=True))
    facts = {
        "registry": facts_of([solution], now),
        "beneficiaries": [fictional_beneficiary(size, buyers[size], law, civil_date(now)) for size in sizes],
        "claims": [_claim(size, buyers[size], solution, price_cents, now) for size in sizes],
    }
    claims = evaluate(facts, law, trace=True)["claims"]
    return Estimate(
        price_cents,
        [_told(size, claim["lines"][0], price_cents, law) for size, claim in zip(sizes, claims, strict=True)],
    )


def fictional_buyers(supplier: str, count: int) -> list[str]:
    """SIRENs of buyers who do not exist, none of which is the supplier's (art. 5.3)."""
    return [siren for siren in _BUYERS if siren != supplier][:count]


def fictional_beneficiary(size: str, siren: str, law: Parameters, on: date) -> dict[str, Any]:
    """Someone of that size on a day, in the form of the facts: as large as it may be, or one employee more than the
    last bounded size."""
    bounded = [code for code in law.codes("size") if f"size.{code}.headcount_below" in law.table]
    largest = size if size in bounded else bounded[-1]
    headcount = law.integer(f"size.{largest}.headcount_below", on) - (size in bounded)
    return {
        "siren": siren,
        "kind": "public_body" if size == "public" else "enterprise",
        "headcount": headcount,
        "turnover": amount_string(law.integer(f"size.{largest}.turnover_max", on)),
        "balance_sheet": amount_string(law.integer(f"size.{largest}.balance_sheet_max", on)),
        "naf": "62.01Z",
        "fiscal_years": [],
    }


def _claim(size: str, siren: str, solution: Solution, price_cents: int, now: datetime) -> dict[str, Any]:
    today = civil_date(now).isoformat()
    line = {"number": 1, "solution": solution.slug, "net": amount_string(price_cents)}
    invoice = {
        "supplier_id": solution.supplier.identifier,
        "number": f"ESTIMATION-{size}",
        "issued_on": today,
        "lines": [line],
    }
    return {
        "id": f"estimation-{size}",
        "beneficiary": siren,
        "channel": "claim",
        "filed_at": now.isoformat(),
        "grant_date": today,
        "invoices": [invoice],
    }


def _told(size: str, line: dict[str, Any], price_cents: int, law: Parameters) -> SizeEstimate:
    bonus, reason = parse_amount(line["bonus"]), line["reason"]
    return SizeEstimate(
        size=size,
        name=capitalised(law.name_of("size", size).short),
        status=line["status"],
        rate_bp=line["rate_bp"],
        bonus_cents=bonus,
        left_cents=price_cents - bonus,
        why=sentences([step for step in line["trace"] if step["code"] not in OF_THE_FICTION]),
        code=reason or "",
        reason=label_of(reason) if reason else "",
        article=article_of(reason) if reason else "",
    )
