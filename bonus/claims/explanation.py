"""How a dossier was computed, as CRPA art. R311-3-1-2 asks: degree and mode of the algorithm's contribution, data
processed and their sources, parameters and their weight in this situation. The operations are the lines' own workings.

Of a decision, from what was sealed with it; before one, from the estimate, for agents alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bonus.calendar import civil_date, format_date
from bonus.money import format_euros, format_rate, parse_amount
from bonus.regulation import Parameters, load_parameters
from bonus.siren import spaced_siren

from .assessing import Assessment
from .models import Claim
from .outcomes import Outcomes
from .replay import law_of

MOST_LINES = 100
"""Lines whose operations are written out; the table of the lines has the others."""
NO_DATA = "Aucune"
INVOICES, COMPANY = "Factures déposées par l’entreprise", "Déclaré par l’entreprise, dans son espace"
IDENTITY = "Annuaire des entreprises, ou déclaré par l’entreprise"
REGISTRY = "Registre des solutions labellisées, tel qu’il était connu ce jour-là"
SERVICE, RECORDS = "Dossier, tenu par le service", "Décisions déjà prises par le service"
_MODES = {
    "officer": (
        "Un algorithme a préparé cette décision ; des personnes l’ont prise.",
        (
            "Le calcul applique les règles du règlement aux données du dossier, ligne par ligne. Un instructeur l’a "
            "examiné et a proposé une décision ; un ordonnateur, qui est une autre personne, a décidé (art. 12). "
            "Chacun pouvait s’écarter du calcul en disant pourquoi."
        ),
    ),
    "rule": (
        "Un algorithme a pris cette décision, sans qu’une personne intervienne.",
        (
            "Toutes les conditions de la décision par règle étaient réunies (art. 12) : le calcul du règlement a été "
            "appliqué tel quel. L’entreprise peut demander qu’une personne l’examine en formant un recours (art. 11)."
        ),
    ),
    "silence": (
        "Aucun algorithme n’a pris cette décision : elle est née du silence gardé pendant le délai.",
        (
            "À la fin du délai, le silence vaut refus (art. 11). Le service a constaté ce refus par une tâche "
            "automatique, qui ne fait que comparer des dates. Le calcul des lignes est donné pour information."
        ),
    ),
    "appeal": (
        "Un algorithme a préparé cette décision ; des personnes l’ont prise, sur recours.",
        (
            "Le recours a été examiné par une personne qui n’avait pas agi sur le dossier (art. 11 et 12). Le calcul "
            "applique les règles du règlement aux données du dossier, ligne par ligne."
        ),
    ),
    "estimate": (
        "Rien n’est décidé : ce calcul est une estimation.",
        (
            "L’algorithme applique les règles du règlement aux données connues aujourd’hui. Un instructeur l’examine "
            "et propose ; un ordonnateur, qui est une autre personne, décide (art. 12)."
        ),
    ),
}


@dataclass(frozen=True)
class Datum:
    """A piece of data that was processed: its name, its value in French, where it comes from."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Applied:
    """A parameter of the regulation that was applied, its value and since when, its weight here, and to how many of
    the lines shown."""

    name: str
    value: str
    since: date
    article: str
    weight: str
    lines: int


@dataclass(frozen=True)
class Explanation:
    """What R311-3-1-2 asks, but the operations. ``decided_at`` is None of an estimate; ``version`` is the text's."""

    degree: str
    mode: str
    data: list[Datum]
    parameters: list[Applied]
    decided_at: datetime | None
    version: str
    facts_sha256: str | None


def explanation_of(
    claim: Claim, assessment: Assessment | None, outcomes: Outcomes, line_ids: Iterable[int]
) -> Explanation:
    """Explain a dossier's last decision, or its estimate (``assessment``) while none is taken or lines await theirs.

    ``line_ids``: the lines whose parameters are counted. Raises NotFound when the text of a decision was not kept.
    """
    decision = claim.decision if assessment is None else None
    if decision is None and assessment is None:
        raise ValueError("neither an assessment nor a decision")
    law = law_of(decision) if decision else load_parameters()
    facts = decision.facts if decision else assessment.facts if assessment else {}
    degree, mode = _MODES[decision.kind if decision else "estimate"]
    traces = [found["trace"] for line_id in line_ids if (found := outcomes.of(line_id)) and "trace" in found]
    return Explanation(
        degree,
        mode,
        _data(facts),
        _applied(traces, law),
        decision.decided_at if decision else None,
        law.version,
        decision.facts_sha256 if decision else None,
    )


def _data(facts: Mapping[str, Any]) -> list[Datum]:
    (who, *_), (claim, *_) = facts["beneficiaries"], facts["claims"]
    invoices, prior = claim["invoices"], facts.get("prior", {})
    lines = [line for invoice in invoices for line in invoice["lines"]]
    filed_on = civil_date(datetime.fromisoformat(claim["filed_at"]))
    return [
        *_company(who),
        Datum("Dépôt du dossier", format_date(filed_on), SERVICE),
        Datum("Date retenue pour accorder", format_date(date.fromisoformat(claim["grant_date"])), SERVICE),
        Datum("Factures", f"{_many(len(invoices), 'facture')}, {_many(len(lines), 'ligne')}", INVOICES),
        Datum("Montant hors taxes des lignes", format_euros(_sum(lines, "net")), INVOICES),
        Datum("TVA des lignes", format_euros(_sum(lines, "vat")), INVOICES),
        Datum(
            "Autres aides publiques pour ces achats", format_euros(_sum(lines, "other_public_aid")), COMPANY
        ),
        Datum(
            "Achats déclarés comme remplaçant une solution non européenne",
            _many(sum(bool(line["replaces_foreign"]) for line in lines), "ligne"),
            COMPANY,
        ),
        *_solutions(facts["registry"]["solutions"]),
        *_prior(prior, who),
    ]


def _company(who: Mapping[str, Any]) -> list[Datum]:
    public = who["kind"] == "public_body"
    return [
        Datum("SIREN", spaced_siren(who["siren"]), IDENTITY),
        Datum("Nature", "Organisme public" if public else "Entreprise", IDENTITY),
        Datum("Activité (NAF)", str(who["naf"]), IDENTITY),
        Datum("Effectif du groupe", str(who["headcount"]), COMPANY),
        Datum("Chiffre d’affaires du groupe", format_euros(parse_amount(who["turnover"])), COMPANY),
        Datum("Total du bilan du groupe", format_euros(parse_amount(who["balance_sheet"])), COMPANY),
        Datum("TVA récupérable", "Oui" if who["vat_recoverable"] else "Non", COMPANY),
        Datum(
            "Cessation d’activité",
            format_date(date.fromisoformat(who["ceased_on"])) if who["ceased_on"] else NO_DATA,
            IDENTITY,
        ),
        Datum("Liquidation judiciaire", "Oui" if who["in_liquidation"] else "Non", IDENTITY),
        Datum("Sociétés du même groupe", _named(who["group"]), COMPANY),
        Datum("Sociétés de la même entreprise unique", _named(who["single_undertaking"]), COMPANY),
    ]


def _solutions(solutions: list[Mapping[str, Any]]) -> list[Datum]:
    certifications = sum(len(solution["certifications"]) for solution in solutions)
    return [
        Datum(
            "Solutions et certifications",
            f"{_many(len(solutions), 'solution')}, {_many(certifications, 'certification')}",
            REGISTRY,
        )
    ]


def _prior(prior: Mapping[str, Any], who: Mapping[str, Any]) -> list[Datum]:
    grants, held = prior.get("grants", []), prior.get("held_invoices", [])
    aids = [*who.get("other_aids", []), *prior.get("other_aids", [])]
    return [
        Datum("Bonus déjà accordés (plafonds des art. 6 et 7)", _many(len(grants), "ligne"), RECORDS),
        Datum(
            "Autres aides de minimis",
            f"{_many(len(aids), 'aide')}, {format_euros(_sum(aids, 'amount'))}" if aids else NO_DATA,
            "Déclaré par l’entreprise, ou lu au registre central des aides",
        ),
        Datum("Factures présentées dans un autre dossier", _many(len(held), "facture"), RECORDS),
    ]


def _applied(traces: Iterable[Iterable[Mapping[str, Any]]], law: Parameters) -> list[Applied]:
    """Each parameter and value once, in the order they were met, with how many lines it was applied to."""
    counted: dict[tuple[str, str], tuple[Mapping[str, Any], int]] = {}
    for trace in traces:
        seen = set()
        for step in trace:
            if step["parameter"] is None or step["effective_from"] is None:
                continue
            key = (str(step["parameter"]), repr(step["value"]))
            if key not in seen:
                seen.add(key)
                counted[key] = (counted.get(key, (step, 0))[0], counted.get(key, (step, 0))[1] + 1)
    return [
        Applied(
            law[key].name if key in law.table else key,
            _value(step["value"], law[key].unit if key in law.table else "", law),
            date.fromisoformat(step["effective_from"]),
            step["article"],
            _weight(step),
            count,
        )
        for (key, _), (step, count) in counted.items()
    ]


def _value(value: Any, unit: str, law: Parameters) -> str:
    if isinstance(value, list):
        if "every" in value:
            return "Tous les usages"
        return (
            ", ".join(law.name_of("axis", str(one)).short for one in value)
            if unit == "axes"
            else ", ".join(map(str, value))
        )
    match unit:
        case "bp":
            return format_rate(int(value))
        case "eur":
            return format_euros(parse_amount(str(value)))
        case "date":
            return format_date(date.fromisoformat(str(value)))
        case "days" | "months" | "persons" | "years":
            words = {"days": "jours", "months": "mois", "persons": "personnes", "years": "ans"}
            return f"{value}\u00a0{words[unit]}"
    return str(value)


def _weight(step: Mapping[str, Any]) -> str:
    """What a parameter does in the computation, in a few words."""
    family = str(step["code"]).partition(".")[0]
    if family == "rate":
        return str(step["sentence"]).removesuffix(f" ({step['article']})").removesuffix(".")
    return {
        "purchase": "Condition de l’achat",
        "beneficiary": "Condition du bénéficiaire",
        "solution": "Condition de la solution",
        "claim": "Condition du dossier",
        "size": "Fixe la catégorie de taille",
        "spend": "Calcule la base",
    }.get(family, "Plafonne le bonus")


def _sum(rows: Iterable[Mapping[str, Any]], name: str) -> int:
    return sum(parse_amount(row[name]) for row in rows)


def _many(count: int, word: str) -> str:
    number = f"{count:,}".replace(",", "\u202f")
    return f"{number} {word}{'s' if count > 1 else ''}"


def _named(identifiers: Iterable[str]) -> str:
    return ", ".join(spaced_siren(one) for one in identifiers) or NO_DATA
