"""The conditions of the fast lane (art. 12): facts in, each condition with its value and a sentence out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from bonus.calendar import format_date
from bonus.money import NBSP, format_euros
from bonus.regulation import Parameters
from bonus.regulation.wording import french

MOST_NAMED = 5
"""Names said in one sentence; the others are counted."""

NAMES: dict[str, str] = {
    "lines_eligible": "Toutes les lignes sont éligibles",
    "complete": "Le dossier est complet",
    "structured": "Les factures sont structurées",
    "bonus": "Un bonus est dû, et ne dépasse pas la limite",
    "no_flag": "Aucun signal de risque",
    "known_company": "L’entreprise a déjà déposé un dossier",
    "known_suppliers": "L’entreprise a déjà déposé un dossier avec chaque fournisseur",
    "not_given_up": "Aucune facture ne vient d’un dossier abandonné alors qu’un agent devait l’examiner",
    "yearly": "Le total accordé par règle dans l’année ne dépasse pas la limite",
    "announced": "Le tirage du jour a été annoncé la veille",
    "told": "Chaque fournisseur a été prévenu",
    "uncontested": "Aucun fournisseur n’a contesté",
}
"""The conditions, in the order they are shown: code → what people read."""
_ARTICLES = {"complete": "art. 11"}


@dataclass(frozen=True)
class LaneFacts:
    """What the conditions look at, on one day. Amounts in cents.

    ``lines`` counts the lines judged, ``eligible`` those that are; ``missing`` names the required documents not there;
    ``unstructured`` the invoices that a person typed, in whole or in part; ``flags`` the sentences of the risk flags.
    ``earlier`` counts the company's dossiers filed before and not given up, ``new_suppliers`` names the suppliers of
    whom none of these holds an invoice. ``granted_by_rule`` is what the company was granted by rule in the calendar
    year ``year``. ``unreachable`` names the suppliers that could not be told; ``contested_by`` those who contested.
    """

    lines: int
    eligible: int
    missing: Sequence[str]
    unstructured: Sequence[str]
    bonus_cents: int
    flags: Sequence[str]
    earlier: int
    new_suppliers: Sequence[str]
    granted_by_rule_cents: int
    year: int
    announced: bool
    unreachable: Sequence[str]
    contested_by: Sequence[str] = ()
    given_up: Sequence[str] = ()


@dataclass(frozen=True)
class Condition:
    """One condition as looked at: ``value`` is what was found, ``sentence`` says it for people, met or not."""

    code: str
    met: bool
    value: Any
    sentence: str

    @property
    def name(self) -> str:
        """What must be, in French."""
        return NAMES[self.code]

    def kept(self) -> dict[str, Any]:
        """The same as JSON, to be kept with the dossier."""
        return asdict(self) | {"name": self.name, "article": _ARTICLES.get(self.code, "art. 12")}


def conditions(facts: LaneFacts, law: Parameters, day: date) -> list[Condition]:
    """Every condition of art. 12 as it stands, under the limits in force on ``day``, met or not."""
    bonus_max = law.integer("lane.bonus_max", day)
    yearly_max = law.integer("lane.yearly_max", day)
    year_total = facts.granted_by_rule_cents + facts.bonus_cents
    others = facts.lines - facts.eligible
    found = [
        Condition(
            "lines_eligible",
            facts.lines > 0 and not others,
            {"lines": facts.lines, "eligible": facts.eligible},
            f"{facts.eligible} sur {_count(facts.lines, 'ligne éligible', 'lignes éligibles')}.",
        ),
        _none_of("complete", facts.missing, "Aucune pièce ne manque.", "Il manque : {}."),
        _none_of(
            "structured",
            facts.unstructured,
            "Aucune facture n’a été saisie à la main.",
            "Saisie à la main ou reprise d’un tableau, en tout ou partie : {}.",
        ),
        Condition(
            "bonus",
            0 < facts.bonus_cents <= bonus_max,  # nothing to grant is a refusal: a person's
            facts.bonus_cents,
            f"{format_euros(facts.bonus_cents)}, pour une limite de {format_euros(bonus_max)}.",
        ),
        _none_of("no_flag", facts.flags, "Aucun signal relevé.", "{}", between=" "),
        Condition(
            "known_company",
            facts.earlier > 0,
            facts.earlier,
            f"{_count(facts.earlier, 'dossier déposé', 'dossiers déposés')} avant celui-ci, et non abandonné"
            f"{'s' if facts.earlier > 1 else ''}."
            if facts.earlier
            else "C’est le premier dossier de l’entreprise.",
        ),
        _none_of(
            "known_suppliers",
            facts.new_suppliers,
            "Un dossier déposé avant porte sur chacun d’eux.",
            "Premier dossier avec : {}.",
        ),
        _none_of(
            "not_given_up",
            facts.given_up,
            "Aucune.",
            "Déjà dans un dossier abandonné pendant son examen : {}.",
        ),
        Condition(
            "yearly",
            year_total <= yearly_max,
            year_total,
            f"{format_euros(year_total)} en {facts.year}, ce dossier compris, pour une limite de "
            f"{format_euros(yearly_max)}.",
        ),
        Condition(
            "announced",
            facts.announced,
            facts.announced,
            "L’empreinte de sa graine a été publiée la veille du dépôt."
            if facts.announced
            else "L’empreinte d’aucune graine n’a été publiée la veille du dépôt : la voie était fermée ce jour-là.",
        ),
        _none_of(
            "told",
            facts.unreachable,
            "Le registre connaît une adresse pour chacun.",
            "Aucune adresse n’est connue, ou le courriel a été refusé : {}.",
        ),
        _none_of(
            "uncontested",
            facts.contested_by,
            "Aucune contestation reçue.",
            "Contesté par : {}.",
        ),
    ]
    return [Condition(one.code, one.met, one.value, french(one.sentence)) for one in found]


def unmet(found: Sequence[Condition]) -> list[Condition]:
    """Those that do not hold."""
    return [one for one in found if not one.met]


def last_day_to_contest(told_on: date, law: Parameters) -> date:
    """The last civil day on which a supplier told on a day may contest, that day included (art. 12).

    The day of the telling does not count: told on the 1st, five days end with the 6th.
    """
    return told_on + timedelta(days=law.integer("lane.contest_days", told_on))


def decided_from(told_on: date, law: Parameters) -> date:
    """The first civil day on which the rule may decide: the whole of the last day is the supplier's."""
    return last_day_to_contest(told_on, law) + timedelta(days=1)


def closed_sentence(day: date) -> str:
    """Why the lane is closed to what is filed on a day without an announced draw."""
    return french(f"Aucun tirage n’a été annoncé pour le {format_date(day)} : un agent examine ces dossiers.")


def _none_of(code: str, names: Sequence[str], met: str, otherwise: str, *, between: str = ", ") -> Condition:
    said = between.join(names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        said += f" et {_count(len(names) - MOST_NAMED, 'autre', 'autres')}"
    return Condition(code, not names, list(names[:MOST_NAMED]), otherwise.format(said) if names else met)


def _count(number: int, one: str, several: str) -> str:
    return f"{number}{NBSP}{one if number < 2 else several}"
