"""The published rules of risk: facts of a dossier in, flags out (art. 12). Pure; thresholds and weights are dated data.

A flag says that an agent should look, and with what figures. It refuses nothing and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from text_unidecode import unidecode

from bonus.calendar import format_date
from bonus.money import BP_UNIT, NBSP, format_euros, half_up
from bonus.regulation import Parameters
from bonus.regulation.wording import french

MOST_NAMED = 3
"""Invoices, lines or suppliers that a sentence names; the others are counted."""


@dataclass(frozen=True)
class Reused:
    """An invoice of the dossier whose number, bare of punctuation, an earlier filing by the same supplier holds.

    ``elsewhere`` is that dossier's number, None when it is this very dossier; ``own``: of the same company.
    """

    number: str
    elsewhere: str | None
    own: bool = True


@dataclass(frozen=True)
class Priced:
    """A line and what others paid for the same solution, all in cents excluding VAT."""

    solution: str
    net_cents: int
    usual_cents: tuple[int, ...] = ()


@dataclass(frozen=True)
class Labelled:
    """A line's solution, the invoice's day, and the last day on which a label counts from there."""

    solution: str
    issued_on: date
    ends_on: date


@dataclass(frozen=True, order=True)
class Place:
    """An address as written: the street with its number, and the postcode."""

    street: str
    postcode: str


@dataclass(frozen=True)
class RiskFacts:
    """What the rules look at; days are civil days in Paris, bonuses in cents.

    ``iban_changed_on`` is the last change asked for, None when the first account still stands; ``recent_bonuses``
    pairs the filing day and the expected bonus of the company's dossiers, this one included; ``sellers`` pairs each
    supplier's name and address.
    """

    filed_on: date
    reused: Sequence[Reused] = ()
    iban_changed_on: date | None = None
    priced: Sequence[Priced] = ()
    labelled: Sequence[Labelled] = ()
    founded_on: date | None = None
    recent_bonuses: Sequence[tuple[date, int]] = ()
    buyer: Place = Place("", "")
    sellers: Sequence[tuple[str, Place]] = ()


@dataclass(frozen=True)
class Found:
    """A rule that a dossier meets: its code, its weight on the filing day, and why, in French."""

    code: str
    weight: int
    sentence: str


@dataclass(frozen=True)
class Law:
    """The parameters of a day, by their name within the rules of risk."""

    parameters: Parameters
    on: date

    @property
    def lane_limit(self) -> int:
        """The bonus, in cents, up to which the fast lane is open (art. 12)."""
        return self.parameters.integer("lane.bonus_max", self.on)

    def __call__(self, name: str) -> int:
        """The whole value of ``risk.<name>``: points, days, a count, basis points or cents."""
        return self.parameters.integer(f"risk.{name}", self.on)


def found(facts: RiskFacts, parameters: Parameters) -> list[Found]:
    """The flags of a dossier, in the order of the rules; one whose weight is zero on that day is not looked for."""
    law = Law(parameters, facts.filed_on)
    flags = []
    for code, rule in RULES.items():
        weight = law(f"{code}.weight")
        sentence = rule(facts, law) if weight else None
        if sentence is not None:
            flags.append(Found(code, weight, french(sentence)))
    return flags


def plain_address(place: Place) -> tuple[str, str] | None:
    """An address as the rule compares it: postcode, and the words of the street without accents, case, punctuation
    or usual abbreviations. None when there is not enough of it to say anything."""
    words = re.findall(r"[a-z]+|[0-9]+", unidecode(place.street).lower())
    street = " ".join(_WORDS.get(word, word) for word in words)
    postcode = "".join(re.findall(r"[A-Z0-9]", place.postcode.upper()))
    if not postcode or not any(word.isdigit() for word in words) or len(words) < 2:
        return None
    return postcode, street


_WORDS = {
    "r": "rue",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "pl": "place",
    "imp": "impasse",
    "all": "allee",
    "ch": "chemin",
    "che": "chemin",
    "chem": "chemin",
    "rte": "route",
    "sq": "square",
    "q": "quai",
    "crs": "cours",
    "fg": "faubourg",
    "fbg": "faubourg",
    "st": "saint",
    "ste": "sainte",
    "gal": "general",
    "mal": "marechal",
    "dr": "docteur",
    "pt": "petit",
    "gd": "grand",
    "zi": "zone industrielle",
    "za": "zone artisanale",
}


@lru_cache(maxsize=256)  # the lines of a dossier compare with the same amounts
def usual_price(amounts: tuple[int, ...], least_deviation_bp: int) -> tuple[int, int]:
    """The median of some amounts and their median deviation from it, in cents, the latter at least
    ``least_deviation_bp`` of the median: prices that are all alike would otherwise flag a cent."""
    middle = _median(amounts)
    deviation = _median([abs(amount - middle) for amount in amounts])
    return middle, max(deviation, half_up(middle * least_deviation_bp, BP_UNIT), 1)


def _median(amounts: Sequence[int]) -> int:
    ordered = sorted(amounts)
    rank = len(ordered) // 2
    return half_up(ordered[rank] + ordered[~rank], 2)


def _invoice_reused(facts: RiskFacts, _law: Law) -> str | None:
    if not facts.reused:
        return None
    named = [f"{one.number} ({_holder(one)})" for one in facts.reused]
    return f"Facture déjà présentée, au même numéro à la ponctuation près : {_some(named)}."


def _holder(one: Reused) -> str:
    if one.elsewhere is None:
        return "deux fois dans ce dossier"
    return f"dossier {one.elsewhere}" + ("" if one.own else ", d’une autre entreprise")


def _new_iban(facts: RiskFacts, law: Law) -> str | None:
    changed, days = facts.iban_changed_on, law("new_iban.days")
    if changed is None or changed < facts.filed_on - timedelta(days=days):
        return None
    when = _gap(changed, facts.filed_on)
    return (
        f"Changement d’IBAN demandé le {format_date(changed)}, {when} (signalé jusqu’à {_days(days)} avant)."
    )


def _gap(day: date, filed_on: date) -> str:
    between = (filed_on - day).days
    if between < 0:
        return "après le dépôt"
    return f"{_days(between)} avant le dépôt" if between else "le jour du dépôt"


def _unusual_price(facts: RiskFacts, law: Law) -> str | None:
    far = []
    for line in facts.priced:
        if line.net_cents <= 0 or len(line.usual_cents) < law("unusual_price.lines"):
            continue
        middle, deviation = usual_price(line.usual_cents, law("unusual_price.least_deviation"))
        if abs(line.net_cents - middle) > law("unusual_price.deviations") * deviation:
            far.append(
                f"{line.solution}, {format_euros(line.net_cents)} hors taxes, quand le montant médian de "
                f"{len(line.usual_cents)} lignes est {format_euros(middle)} "
                f"(écart médian {format_euros(deviation)})"
            )
    return f"Montant éloigné du prix habituel de la solution : {_some(far, ' ; ')}." if far else None


def _label_ending(facts: RiskFacts, law: Law) -> str | None:
    days = law("label_ending.days")
    named = [
        f"{one.solution}, label jusqu’au {format_date(one.ends_on)}, facture du {format_date(one.issued_on)}"
        for one in facts.labelled
        if 0 <= (one.ends_on - one.issued_on).days <= days
    ]
    named = list(dict.fromkeys(named))
    return (
        f"Label qui finit {_days(days)} ou moins après la facture : {_some(named, ' ; ')}." if named else None
    )


def _new_company(facts: RiskFacts, law: Law) -> str | None:
    founded, days = facts.founded_on, law("new_company.days")
    if founded is None or founded < facts.filed_on - timedelta(days=days):
        return None
    return (
        f"Entreprise créée le {format_date(founded)}, {_gap(founded, facts.filed_on)} "
        f"(signalée jusqu’à {_days(days)} avant)."
    )


def _under_limit(facts: RiskFacts, law: Law) -> str | None:
    limit, days, least = law.lane_limit, law("under_limit.days"), law("under_limit.dossiers")
    floor = half_up(limit * law("under_limit.share"), BP_UNIT)
    first = facts.filed_on - timedelta(days=days)
    count = sum(
        first <= day <= facts.filed_on and floor <= cents <= limit for day, cents in facts.recent_bonuses
    )
    if count < least:
        return None
    return (
        f"{count} dossiers déposés en {_days(days)} pour un bonus estimé entre {format_euros(floor)} et "
        f"{format_euros(limit)}, la limite de la voie rapide (signalé à partir de {least})."
    )


def _same_address(facts: RiskFacts, _law: Law) -> str | None:
    here = plain_address(facts.buyer)
    if here is None:
        return None
    named = list(dict.fromkeys(name for name, place in facts.sellers if plain_address(place) == here))
    if not named:
        return None
    where = f"{facts.buyer.street}, {facts.buyer.postcode}"
    return f"Vendeur et acheteur à la même adresse, {where} : {_some(named)}."


def _some(named: Sequence[str], between: str = ", ") -> str:
    more = len(named) - MOST_NAMED
    others = f"{between}et {more} autre{'s' if more > 1 else ''}" if more > 0 else ""
    return between.join(named[:MOST_NAMED]) + others


def _days(number: int) -> str:
    return f"{number}{NBSP}jour{'s' if number > 1 else ''}"


RULES: dict[str, Callable[[RiskFacts, Law], str | None]] = {
    "invoice_reused": _invoice_reused,
    "new_iban": _new_iban,
    "unusual_price": _unusual_price,
    "label_ending": _label_ending,
    "new_company": _new_company,
    "under_limit": _under_limit,
    "same_address": _same_address,
}
"""The rules by code; each gives its French reason, None when the dossier does not meet it."""
