"""The French vocabulary of ``tests/cases/*.yaml``, turned into the facts the regulation reads.

A case says only what matters to it: everything else is the ordinary purchase of ``_ORDINARY``. A word
this file does not know is an error, so that no fact can be left out unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent.parent / "cases"

BUYER, SELLER = "732829320", "552100554"

_ORDINARY: dict[str, Any] = {
    "facture": "2026-03-10",
    "dépôt": "2026-04-01",
    "décision": "2026-05-04",
    "montant": "10 000,00",
    "solution": "Nuage",
    "vendeur": SELLER,
    "numéro": "F-1",
}
_COMPANY = {
    "nature": "entreprise",
    "effectif": 120,
    "chiffre d’affaires": "12 000 000,00",
    "bilan": "8 000 000,00",
    "activité": "62.01Z",
}
_SOLUTION: dict[str, Any] = {
    "axe": "cloud",
    "fournisseur": SELLER,
    "certifications": [{"label": "NFG", "du": "2025-01-01", "au": "2030-12-31"}],
}
_KINDS = {"entreprise": "enterprise", "organisme public": "public_body"}
_EVENTS = {"suspendue": "suspended", "rétablie": "reinstated", "retirée": "withdrawn"}
_LINE_WORDS = {
    "solution",
    "montant",
    "tva",
    "autres aides",
    "service",
    "remplace une solution étrangère",
    "décision",
}
_INVOICE_WORDS = {"facture", "numéro", "vendeur", "lignes"} | _LINE_WORDS
_CLAIM_WORDS = {"dossier", "acheteur", "dépôt", "décision", "factures"} | _INVOICE_WORDS
_YES_NO = {"oui": True, "non": False}
_STATUS = {"acceptée": "eligible", "en attente": "pending", "refusée": "refused"}
_CUTS = {
    "plafond par solution": "art6.solution",
    "plafond annuel": "art6.annual",
    "de minimis": "art7.de_minimis",
}
_REGIMES = {"réduction": "reduction", "déduction": "deduction"}
_OUTCOMES = {
    "accordé": "granted",
    "accordé en partie": "partly_granted",
    "en attente": "pending",
    "refusé": "refused",
}


@dataclass(frozen=True)
class Case:
    """One sentence of the law with its facts and what is due."""

    name: str
    facts: dict[str, Any]
    due: list[dict[str, Any]]
    outcomes: list[str] | None
    tax: list[dict[str, Any]]


def amount(text: str) -> str:
    """« 10 000,00 » as the facts write it."""
    if not isinstance(text, str):
        raise TypeError(f"un montant s’écrit entre guillemets : {text!r}")
    return text.replace(" ", "").replace(",", ".")


def _yes(word: str | None) -> bool | None:
    return None if word is None else _YES_NO[word]


def _pick(data: Mapping[str, Any], known: set[str], where: str) -> Mapping[str, Any]:
    if unknown := set(data) - known:
        raise ValueError(f"{where} : mots inconnus {sorted(unknown)}")
    return data


def _company(siren: str, data: Mapping[str, Any], where: str) -> dict[str, Any]:
    words = {*_COMPANY, "cessation", "en liquidation", "tva récupérable", "groupe", "entreprise unique"}
    words |= {"autres aides de minimis", "exercices"}
    told = {**_COMPANY, **_pick(data, words, where)}
    return {
        "siren": siren,
        "kind": _KINDS[told["nature"]],
        "headcount": told["effectif"],
        "turnover": amount(told["chiffre d’affaires"]),
        "balance_sheet": amount(told["bilan"]),
        "naf": told["activité"],
        "ceased_on": told.get("cessation"),
        "in_liquidation": _yes(told.get("en liquidation")),
        "vat_recoverable": _yes(told.get("tva récupérable")),
        "group": told.get("groupe"),
        "single_undertaking": told.get("entreprise unique"),
        "other_aids": [
            {"granted_on": aid["le"], "amount": amount(aid["montant"])}
            for aid in (_pick(a, {"le", "montant"}, where) for a in told.get("autres aides de minimis", []))
        ],
        "fiscal_years": [_year(year, where) for year in told.get("exercices", [])],
    }


def _year(told: Mapping[str, Any], where: str) -> dict[str, Any]:
    _pick(told, {"du", "au", "chiffre d’affaires", "régime"}, where)
    year = {
        "start": told["du"],
        "end": told["au"],
        "turnover": amount(told.get("chiffre d’affaires", "0,00")),
    }
    return {**year, "regime": _REGIMES[told["régime"]]} if "régime" in told else year


def _solution(name: str, data: Mapping[str, Any], where: str) -> dict[str, Any]:
    told = {**_SOLUTION, **_pick(data, set(_SOLUTION), where)}
    certifications = []
    for certification in told["certifications"]:
        _pick(certification, {"label", "du", "au", "événements"}, where)
        events = [
            {"type": _EVENTS[event["quoi"]], "on": event["le"], "retroactive": _yes(event.get("rétroactif"))}
            for event in (
                _pick(e, {"le", "quoi", "rétroactif"}, where) for e in certification.get("événements", [])
            )
        ]
        certifications.append(
            {
                "label": certification["label"],
                "valid_from": certification["du"],
                "valid_until": certification["au"],
                "events": events,
            }
        )
    return {
        "id": name,
        "supplier_id": told["fournisseur"],
        "axis": told["axe"],
        "certifications": certifications,
    }


def _line(number: int, told: Mapping[str, Any]) -> dict[str, Any]:
    start, end = told.get("service", (None, None))
    return {
        "number": number,
        "solution": told["solution"],
        "net": amount(told["montant"]),
        "vat": amount(told.get("tva", "0,00")),
        "other_public_aid": amount(told.get("autres aides", "0,00")),
        "service_start": start,
        "service_end": end,
        "replaces_foreign": _yes(told.get("remplace une solution étrangère")),
        "grant_date": told.get("décision de la ligne"),
    }


def _lines(told: Mapping[str, Any], where: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(told.get("lignes", [{}]), start=1):
        _pick(line, _LINE_WORDS, where)
        own = {"décision de la ligne": line["décision"]} if "décision" in line else {}
        yield _line(number, {**told, **line, **own})


def _claim(number: int, told: Mapping[str, Any], where: str) -> dict[str, Any]:
    filed = told["dépôt"]
    invoices = []
    for invoice in told.get("factures", [{}]):
        full = {**told, **_pick(invoice, _INVOICE_WORDS, where)}
        invoices.append(
            {
                "supplier_id": full["vendeur"],
                "number": full["numéro"],
                "issued_on": full["facture"],
                "lines": list(_lines(full, where)),
            }
        )
    return {
        "id": told.get("dossier", f"D-{number}"),
        "beneficiary": told.get("acheteur", BUYER),
        "channel": "claim",
        "filed_at": filed if "T" in filed else f"{filed}T12:00:00+01:00",
        "grant_date": told["décision"],
        "invoices": invoices,
    }


def _facts(told: Mapping[str, Any], where: str) -> dict[str, Any]:
    words = {
        "entreprise",
        "entreprises",
        "solutions",
        "dossiers",
        "déjà accordé",
        "déjà détenues",
    } | _CLAIM_WORDS
    _pick(told, words, where)
    companies = {BUYER: told.get("entreprise", {}), **told.get("entreprises", {})}
    solutions = told.get("solutions", {"Nuage": {}})
    claims = []
    for number, claim in enumerate(told.get("dossiers", [{}]), start=1):
        _pick(claim, _CLAIM_WORDS, where)
        claims.append(_claim(number, {**_ORDINARY, **told, **claim}, where))
    return {
        "registry": {"solutions": [_solution(name, data, where) for name, data in solutions.items()]},
        "beneficiaries": [_company(siren, data, where) for siren, data in companies.items()],
        "claims": claims,
        "prior": {
            "grants": [
                {
                    "beneficiary": grant.get("à", BUYER),
                    "solution": grant.get("solution", "Nuage"),
                    "issued_on": grant["facture"],
                    "granted_on": grant["décision"],
                    "amount": amount(grant["montant"]),
                }
                for grant in told.get("déjà accordé", [])
            ],
            "held_invoices": [
                {"supplier_id": held["vendeur"], "number": held["numéro"], "year": held["année"]}
                for held in told.get("déjà détenues", [])
            ],
        },
    }


def _due(told: Mapping[str, Any], where: str) -> dict[str, Any]:
    words = {"ligne", "motif", "base", "taux", "avant plafonds", "réductions", "bonus", "phrase"}
    _pick(told, words, where)
    due: dict[str, Any] = {"status": _STATUS[told.get("ligne", "refusée" if "motif" in told else "acceptée")]}
    due["reason"] = told.get("motif")
    for word, key in (("base", "base"), ("avant plafonds", "bonus_before_ceilings"), ("bonus", "bonus")):
        if word in told:
            due[key] = amount(told[word])
    if "taux" in told:
        due["rate_bp"] = round(float(told["taux"].removesuffix(" %").replace(",", ".")) * 100)
    if "réductions" in told:
        cuts = told["réductions"]
        due["reductions"] = [
            {"article": _CUTS[word], "amount": amount(cuts[word])} for word in _CUTS if word in cuts
        ]
    if "phrase" in told:
        due["sentence"] = told["phrase"]
    return due


def _tax(told: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What is due of one fiscal year; only what the case says."""
    words = {"base", "plafond", "base utilisée", "réduction", "déduction"}
    _pick(told, words | {"exercice", "reste", "phrase"}, where)
    due: dict[str, Any] = {"fiscal_year_end": told["exercice"]}
    for word, key in (("base", "own_base"), ("plafond", "ceiling"), ("base utilisée", "reduction_base_used")):
        if word in told:
            due[key] = amount(told[word])
    for word, key in (("réduction", "reduction"), ("déduction", "deduction")):
        if word in told:
            due[key] = told[word].replace(" ", "")
    if "reste" in told:
        left = told["reste"]
        due["carried_over"] = [{"from_fiscal_year_end": end, "base": amount(left[end])} for end in left]
    if "phrase" in told:
        due["sentence"] = told["phrase"]
    return due


def load_cases() -> list[Case]:
    """Every case of every file."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        # Every scalar stays text or a whole number: a date must reach the rules as the law writes it.
        data = yaml.load(path.read_text("utf-8"), Loader=_TextDates)  # noqa: S506 - a SafeLoader
        _pick(data, {"notion", "faits", "cas"}, path.name)
        for told in data["cas"]:
            where = f"{path.stem} : {told['phrase']}"
            _pick(told, {"phrase", "faits", "dû", "dossiers", "impôt"}, where)
            facts = {**data.get("faits", {}), **told.get("faits", {})}
            tax = [_tax(year, where) for year in told.get("impôt", [])]
            due = told["dû"] if isinstance(told["dû"], list) else [told["dû"]]
            outcomes = [_OUTCOMES[outcome] for outcome in told["dossiers"]] if "dossiers" in told else None
            found.append(
                Case(where, _facts(facts, where), [_due(line, where) for line in due], outcomes, tax)
            )
    return found


class _TextDates(yaml.SafeLoader):
    pass


_TextDates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
