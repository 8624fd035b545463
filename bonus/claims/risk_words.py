"""The rules of risk as they are published: what each looks at, with the figures of a day. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bonus.money import BP_UNIT, NBSP, format_euros, format_rate, half_up
from bonus.regulation import Parameters
from bonus.regulation.wording import french

from .risk_rules import RULES, Law

TITLES = {
    "invoice_reused": "Facture déjà présentée",
    "new_iban": "IBAN changé récemment",
    "unusual_price": "Montant inhabituel",
    "label_ending": "Label proche de sa fin",
    "new_company": "Entreprise récente",
    "under_limit": "Dossiers juste sous la limite",
    "same_address": "Vendeur et acheteur à la même adresse",
}
"""Code → the rule's name, as agents and the public read it."""


@dataclass(frozen=True)
class PublishedRule:
    """One rule: its name, what it looks at in French, and its weight; a rule of no weight is not looked at."""

    code: str
    title: str
    text: str
    weight: int


def rules_in_words(parameters: Parameters, on: date) -> list[PublishedRule]:
    """All the rules with the thresholds of a day."""
    law = Law(parameters, on)
    return [
        PublishedRule(code, TITLES[code], french(_TEXTS[code](law)), law(f"{code}.weight")) for code in RULES
    ]


def _days(law: Law, name: str) -> str:
    return f"{law(name)}{NBSP}jours"


def _unusual(law: Law) -> str:
    return (
        "Le montant hors taxes d’une ligne s’écarte du montant médian de la solution de plus de "
        f"{law('unusual_price.deviations')} fois l’écart médian. L’écart médian vaut au moins "
        f"{format_rate(law('unusual_price.least_deviation'))} du montant médian. La comparaison porte sur les "
        "dernières lignes déposées par d’autres dossiers, quand elles sont au moins "
        f"{law('unusual_price.lines')}."
    )


def _under(law: Law) -> str:
    limit = law.lane_limit
    floor = half_up(limit * law("under_limit.share"), BP_UNIT)
    return (
        f"L’entreprise a déposé au moins {law('under_limit.dossiers')} dossiers en "
        f"{_days(law, 'under_limit.days')}, chacun pour un bonus estimé entre {format_euros(floor)} et "
        f"{format_euros(limit)}, la limite de la voie rapide."
    )


_TEXTS: dict[str, Callable[[Law], str]] = {
    "invoice_reused": lambda _law: (
        "Une facture du même fournisseur et de la même année, au même numéro à la ponctuation près, figure dans un "
        "dossier déposé avant, ou deux fois dans celui-ci. Un dossier abandonné ne compte pas, ni une facture dont "
        "toutes les lignes ont été refusées."
    ),
    "new_iban": lambda law: (
        f"L’entreprise a demandé un changement d’IBAN dans les {_days(law, 'new_iban.days')} avant le dépôt, ou "
        "depuis. Le premier compte enregistré n’est pas un changement."
    ),
    "unusual_price": _unusual,
    "label_ending": lambda law: (
        f"Le label de la solution finit {_days(law, 'label_ending.days')} ou moins après la date de la facture, sans "
        "qu’un autre prenne la suite."
    ),
    "new_company": lambda law: (
        f"L’entreprise a été créée dans les {_days(law, 'new_company.days')} avant le dépôt, d’après l’annuaire des "
        "entreprises."
    ),
    "under_limit": _under,
    "same_address": lambda _law: (
        "L’adresse du vendeur, sur la facture électronique, est celle de l’acheteur. Les accents, la casse, la "
        "ponctuation et les abréviations courantes ne comptent pas."
    ),
}
