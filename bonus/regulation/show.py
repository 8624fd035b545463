"""The law of a day, as a person reads it: every value with its unit, article, date of effect and model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from bonus.calendar import MONTHS, format_date
from bonus.money import NBSP, format_euros, format_rate
from bonus.regulation.schema import EVERY, Value
from bonus.regulation.values import Parameter, Parameters
from bonus.regulation.wording import french, grouped

_BASES = {"de_minimis": "aides de minimis", "notified_scheme": "régime d’aides notifié"}
_DOCUMENT_RULES = {
    "always": "toujours demandée",
    "long_service": "demandée quand le service dure plus longtemps que la durée prise en compte",
    "replaces_foreign": "demandée quand l’achat remplace une solution non européenne",
    "table": "demandée pour les factures déclarées par un tableau",
    "never": "n’est plus demandée",
}


def law_of(parameters: Parameters, on: date) -> Iterator[str]:
    """Line by line, notion after notion, in the order of the files."""
    yield french(f"Règlement en vigueur le {format_date(on)}")
    yield french(f"Version des paramètres : {parameters.version}")
    notion = None
    for parameter in parameters.table.values():
        if parameter.notion != notion:
            notion = parameter.notion
            yield ""
            yield notion
        yield from _entry(parameters, parameter, on)


def _entry(parameters: Parameters, parameter: Parameter, on: date) -> Iterator[str]:
    version = parameter.on(on)
    following = [later for later in parameter.versions if later.effective_from > on]
    if version.effective_from > on:
        value = "pas encore de valeur ce jour-là"
        effect = f"à partir du {format_date(version.effective_from)}"
    else:
        value = _value(version.value, parameter.unit, parameters)
        effect = f"en vigueur depuis le {format_date(version.effective_from)}"
        if following:
            effect += f", jusqu’à la version du {format_date(following[0].effective_from)}"
    yield french(f"  {parameter.name} : {value}")
    yield french(f"    {parameter.article} · {effect} · {version.model} · {parameter.key}")


def _value(value: Value, unit: str, parameters: Parameters) -> str:
    if value is None:
        return "aucun"
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, tuple):
        return _list(value, unit, parameters)
    if isinstance(value, int):
        return _NUMBERS[unit](value)
    if unit == "month_day":
        month, day = (int(part) for part in value.split("-"))
        return f"{'1er' if day == 1 else day} {MONTHS[month - 1]}"
    if unit == "document_rule":
        return _DOCUMENT_RULES[value]
    return f"{_BASES[value]} ({value})"


def _list(codes: tuple[str, ...], unit: str, parameters: Parameters) -> str:
    if not codes:
        return "aucun"
    if unit != "axes":
        return f"divisions {', '.join(codes)} de la NAF"
    if codes == EVERY:
        return "tous les axes"
    return ", ".join(parameters.name_of("axis", code).short for code in codes)


def _counted(one: str, many: str) -> Callable[[int], str]:
    return lambda number: f"{grouped(number)}{NBSP}{many if abs(number) > 1 else one}"


_NUMBERS: dict[str, Callable[[int], str]] = {
    "bp": lambda bp: f"{format_rate(bp)} ({grouped(bp)}{NBSP}points de base)",
    "eur": format_euros,
    "persons": _counted("personne", "personnes"),
    "years": _counted("année", "années"),
    "fiscal_years": _counted("exercice", "exercices"),
    "fractions": _counted("fraction", "fractions"),
    "months": _counted("mois", "mois"),
    "days": _counted("jour", "jours"),
    "points": _counted("point", "points"),
    "number": grouped,
}
