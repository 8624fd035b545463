"""What a parameter may be: its units, the keys the rules know, the families that data may extend.

A family (axes, labels, size categories) holds one group of parameters per code; adding a code is a
change of data alone. A key that no rule knows is refused, so a misspelt key cannot pass unseen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bonus.money import BP_UNIT, parse_amount

# int: basis points, cents, persons, years, months, days · date · tuple of codes · "MM-DD" · none
Value = int | date | tuple[str, ...] | str | None

EVERY = ("every",)
LARGE = "large"
PUBLIC = "public"
DE_MINIMIS = "de_minimis"
LEGAL_BASES = (DE_MINIMIS, "notified_scheme")
DOCUMENTS = "document"
GROUNDS = "ground"
GROUND_USES = ("refuse", "reduce", "any", "never")
DOCUMENT_RULES = ("always", "long_service", "replaces_foreign", "table", "never")
THRESHOLDS = ("headcount_below", "turnover_max", "balance_sheet_max")

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")
_MAX_CENTS = 10**15


def read_date(raw: object) -> date:
    """Read ``2026-01-31``. Raises ValueError with a French reason."""
    if not isinstance(raw, str) or not _DATE.fullmatch(raw):
        raise ValueError(f"date attendue sous la forme AAAA-MM-JJ, lu {raw!r}")
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise ValueError(f"la date {raw} n’existe pas") from error


def _integer(raw: object, low: int, high: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ValueError(f"nombre entier attendu, lu {raw!r}")
    if not low <= raw <= high:
        raise ValueError(f"nombre attendu entre {low} et {high}, lu {raw}")
    return raw


def _bp(raw: object) -> Value:
    if isinstance(raw, float):
        raise ValueError(
            f"un taux s’écrit en points de base entiers (3000 pour 30 %), jamais en nombre à virgule : {raw}"
        )
    return _integer(raw, -BP_UNIT, BP_UNIT)


def _eur(raw: object) -> Value:
    if not isinstance(raw, str):
        raise ValueError(f"un montant s’écrit entre guillemets avec deux décimales, lu {raw!r}")
    try:
        cents = parse_amount(raw)
    except ValueError as error:
        raise ValueError(f'montant attendu avec deux décimales, comme "500.00", lu {raw!r}') from error
    if not 0 <= cents <= _MAX_CENTS:
        raise ValueError(f"montant hors limites : {raw}")
    return cents


def _persons(raw: object) -> Value:
    return _integer(raw, 0, 10_000_000)


def _months(raw: object) -> Value:
    return _integer(raw, 1, 1200)


def _years(raw: object) -> Value:
    return _integer(raw, 1, 100)


def _fractions(raw: object) -> Value:
    return _integer(raw, 1, 100)


def _fiscal_years(raw: object) -> Value:
    return _integer(raw, 0, 100)


def _days(raw: object) -> Value:
    return _integer(raw, 0, 36_600)


def _points(raw: object) -> Value:
    return _integer(raw, 0, 100)


def _number(raw: object) -> Value:
    return _integer(raw, 1, 100_000)


def _date_or_none(raw: object) -> Value:
    return None if raw is None else read_date(raw)


def _month_day(raw: object) -> Value:
    found = _MONTH_DAY.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise ValueError(f'jour attendu entre guillemets sous la forme "MM-JJ", lu {raw!r}')
    month, day = int(found[1]), int(found[2])
    try:
        date(2023, month, day)  # a common year: the day must exist every year
    except ValueError as error:
        raise ValueError(f"le jour {raw} n’existe pas chaque année") from error
    return found[0]


def _codes(raw: object, shape: str, what: str) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(
        isinstance(item, str) and re.fullmatch(shape, item) for item in raw
    ):
        raise ValueError(f"liste de {what} attendue, lu {raw!r}")
    if len(set(raw)) != len(raw):
        raise ValueError(f"liste de {what} : un élément figure deux fois")
    return tuple(raw)


def _legal_basis(raw: object) -> Value:
    if not isinstance(raw, str) or raw not in LEGAL_BASES:
        raise ValueError(f"valeur attendue parmi {', '.join(LEGAL_BASES)}, lu {raw!r}")
    return raw


def _naf_divisions(raw: object) -> Value:
    return _codes(raw, r"\d{2}", 'divisions NAF à deux chiffres entre guillemets, comme "01",')


def _axes(raw: object) -> Value:
    return EVERY if raw == "every" else _codes(raw, r"[a-z][a-z0-9_]*", "codes d’axes, ou « every »,")


def _document_rule(raw: object) -> Value:
    if not isinstance(raw, str) or raw not in DOCUMENT_RULES:
        raise ValueError(f"valeur attendue parmi {', '.join(DOCUMENT_RULES)}, lu {raw!r}")
    return raw


def _ground_use(raw: object) -> Value:
    if not isinstance(raw, str) or raw not in GROUND_USES:
        raise ValueError(f"valeur attendue parmi {', '.join(GROUND_USES)}, lu {raw!r}")
    return raw


UNITS: dict[str, Callable[[object], Value]] = {
    "bp": _bp,
    "eur": _eur,
    "persons": _persons,
    "years": _years,
    "fiscal_years": _fiscal_years,
    "fractions": _fractions,
    "months": _months,
    "days": _days,
    "points": _points,
    "number": _number,
    "date": _date_or_none,
    "month_day": _month_day,
    "naf_divisions": _naf_divisions,
    "axes": _axes,
    "legal_basis": _legal_basis,
    "document_rule": _document_rule,
    "ground_use": _ground_use,
}


@dataclass(frozen=True)
class Family:
    """Parameters repeated for each code: ``<family>.<code>.<field>``, each field with its unit."""

    code: str
    fields: dict[str, str]
    required: tuple[str, ...]


SCALARS: dict[str, str] = {
    "period.start": "date",
    "period.end": "date",
    "beneficiary.excluded_naf_divisions": "naf_divisions",
    "spend.service_months": "months",
    "spend.minimum_claim": "eur",
    "spend.filing_months": "months",
    "premium.replaces_foreign": "bp",
    "premium.two_labels": "bp",
    "bonus.rate_floor": "bp",
    "bonus.rate_cap": "bp",
    "ceiling.solution": "eur",
    "de_minimis.legal_basis": "legal_basis",
    "de_minimis.ceiling": "eur",
    "de_minimis.window_years": "years",
    "de_minimis.register_days": "days",
    "de_minimis.register_years": "years",
    "tax.ceiling_floor": "eur",
    "tax.ceiling_rate": "bp",
    "tax.reduction_rate": "bp",
    "tax.reduction_threshold": "eur",
    "tax.reduction_rate_above": "bp",
    "tax.carry_over_years": "fiscal_years",
    "tax.deduction_fractions": "fractions",
    "reservation.days": "days",
    "budget.sme_reserve": "bp",
    "budget.sme_reserve_until": "month_day",
    "examination.decision_months": "months",
    "examination.completion_days": "days",
    "examination.reasons_months": "months",
    "examination.concurrence_threshold": "eur",
    "notification.unopened_days": "days",
    "appeal.months": "months",
    "appeal.decision_months": "months",
    "examination.pending_months": "months",
    "revocation.unlawful_months": "months",
    "revocation.hearing_days": "days",
    "payment.days": "days",
    "lane.bonus_max": "eur",
    "lane.yearly_max": "eur",
    "lane.contest_days": "days",
    "lane.draw_share": "bp",
    "control.years": "years",
    "recovery.reply_days": "days",
    "recovery.barred_years": "years",
    "risk.invoice_reused.weight": "points",
    "risk.new_iban.weight": "points",
    "risk.new_iban.days": "days",
    "risk.unusual_price.weight": "points",
    "risk.unusual_price.lines": "number",
    "risk.unusual_price.deviations": "number",
    "risk.unusual_price.least_deviation": "bp",
    "risk.label_ending.weight": "points",
    "risk.label_ending.days": "days",
    "risk.new_company.weight": "points",
    "risk.new_company.days": "days",
    "risk.under_limit.weight": "points",
    "risk.under_limit.share": "bp",
    "risk.under_limit.dossiers": "number",
    "risk.under_limit.days": "days",
    "risk.same_address.weight": "points",
}
# The only value that may be empty: a scheme without an announced end.
NULLABLE = frozenset({"period.end"})

FAMILIES: dict[str, Family] = {
    "axis": Family(r"[a-z][a-z0-9_]*", {"rate": "bp"}, ("rate",)),
    "label": Family(r"[A-Z][A-Z0-9_]*", {"axes": "axes"}, ("axes",)),
    DOCUMENTS: Family(r"[a-z][a-z0-9_]*", {"required": "document_rule"}, ("required",)),
    GROUNDS: Family(r"[a-z][a-z0-9_]*", {"use": "ground_use"}, ("use",)),
    "size": Family(
        r"[a-z][a-z0-9_]*",
        {
            "headcount_below": "persons",
            "turnover_max": "eur",
            "balance_sheet_max": "eur",
            "bonus": "bp",
            "annual_ceiling": "eur",
        },
        ("bonus", "annual_ceiling"),
    ),
}


def unit_of(key: str) -> str | None:
    """The unit a known key must have, or None when no rule knows the key."""
    if key in SCALARS:
        return SCALARS[key]
    parts = key.split(".")
    if len(parts) != 3 or parts[0] not in FAMILIES:
        return None
    family = FAMILIES[parts[0]]
    return family.fields.get(parts[2]) if re.fullmatch(family.code, parts[1]) else None


def is_name(key: str) -> bool:
    """True for a key of ``names``: ``<family>.<code>``."""
    parts = key.split(".")
    return len(parts) == 2 and parts[0] in FAMILIES and bool(re.fullmatch(FAMILIES[parts[0]].code, parts[1]))
