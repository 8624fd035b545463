"""What an e-invoice's file says, as people read it: its EN 16931 terms under French names, as on paper. Pure.

Values are the file's own: written with the spaces of French, never corrected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from bonus.calendar import format_date
from bonus.money import NBSP, format_euros, from_decimal
from bonus.regulation.wording import french
from bonus.siren import spaced_siren

MOST_LINES = 100
"""Lines of a file that are written out; its number says how many there are."""
LONGEST = 500
_BEFORE_A_SIGN = re.compile(r" (?=[%€])")
_KINDS = {"380": "Facture", "381": "Avoir", "384": "Facture rectificative", "386": "Facture d’acompte"}
_ABOUT = {
    "BT-1": "Numéro",
    "BT-3": "Nature",
    "BT-2": "Date",
    "BT-9": "Échéance",
    "BT-72": "Date de livraison",
    "BT-73": "Début de période",
    "BT-74": "Fin de période",
    "BT-5": "Monnaie",
    "BT-10": "Référence de l’acheteur",
    "BT-11": "Projet",
    "BT-12": "Contrat",
    "BT-13": "Bon de commande",
    "BT-20": "Conditions de paiement",
    "BT-84": "Compte à créditer",
}
_PARTY = {
    "name": "Nom",
    "legal_identifier": "Identifiant légal",
    "vat_identifier": "Numéro de TVA",
    "addr_l1": "Adresse",
    "addr_l2": "Complément",
    "postcode": "Code postal",
    "city": "Commune",
    "country_code": "Pays",
}
_TOTALS = {
    "BT-106": "Somme des lignes",
    "BT-107": "Remises",
    "BT-108": "Frais",
    "BT-109": "Total hors taxes",
    "BT-110": "TVA",
    "BT-112": "Total toutes taxes",
    "BT-113": "Déjà payé",
    "BT-114": "Arrondi",
    "BT-115": "Reste à payer",
}
_AMOUNTS = frozenset(_TOTALS)
_DAYS = frozenset({"BT-2", "BT-9", "BT-72", "BT-73", "BT-74", "BT-134", "BT-135"})


@dataclass(frozen=True)
class Section:
    """Rows of (name, value) under a title; ``amounts``: values are figures, written to the right."""

    title: str
    rows: list[tuple[str, str]]
    amounts: bool = False


@dataclass(frozen=True)
class FileLine:
    """A line of the file: what, how many, when, at which price."""

    number: str
    name: str
    detail: str
    net: str


@dataclass(frozen=True)
class FileTable:
    """A file as people read it; ``line_count`` counts all its lines, of which the first ``MOST_LINES`` are given."""

    sections: list[Section]
    lines: list[FileLine]
    line_count: int


def read_terms(terms: Mapping[str, Any]) -> FileTable:
    """The terms of a file as a table. What is not in it is left out; whatever a value is, it is written."""
    entries = [entry for entry in _list(terms.get("BG-25")) if isinstance(entry, dict)]
    sections = [
        Section("Facture", [*_rows(terms, _ABOUT), *_corrected(terms)]),
        Section("Vendeur", _rows(_group(terms, "BG-4"), _PARTY)),
        Section("Acheteur", _rows(_group(terms, "BG-7"), _PARTY)),
        Section("Remises et frais", list(_adjusted(terms)), amounts=True),
        Section("Totaux", _rows(terms, _TOTALS), amounts=True),
        Section("Mentions", [("Mention", _text(note.get("BT-22"))) for note in _notes(terms)]),
    ]
    return FileTable(
        [section for section in sections if section.rows],
        [_line(entry) for entry in entries[:MOST_LINES]],
        len(entries),
    )


def _rows(terms: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, _value(key, terms[key])) for key, name in names.items() if terms.get(key)]


def _value(key: str, value: Any) -> str:
    said = _text(value)
    if key == "BT-3":
        return _KINDS.get(said, said)
    if key in _AMOUNTS:
        return _amount(said)
    if key == "legal_identifier":
        return spaced_siren(said)
    return _day(said) if key in _DAYS else said


def _amount(said: str) -> str:
    try:
        return format_euros(from_decimal(Decimal(said)))
    except (InvalidOperation, ValueError):
        return said


def _day(said: str) -> str:
    try:
        return format_date(date.fromisoformat(said))
    except ValueError:
        return said


def _line(entry: Mapping[str, Any]) -> FileLine:
    detail = [_text(entry.get("BT-155"))]
    if entry.get("BT-129"):
        price = f" × {_amount(_text(entry['BT-146']))}" if entry.get("BT-146") else ""
        detail.append(f"{_text(entry['BT-129'])}{price}")
    if entry.get("BT-134") and entry.get("BT-135"):
        detail.append(f"du {_day(_text(entry['BT-134']))} au {_day(_text(entry['BT-135']))}")
    return FileLine(
        _text(entry.get("BT-126")),
        _text(entry.get("BT-153")),
        " · ".join(filter(None, detail)),
        _amount(_text(entry.get("BT-131"))),
    )


def _corrected(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    numbers = [_text(entry.get("BT-25")) for entry in _list(terms.get("BG-3")) if isinstance(entry, dict)]
    return [("Corrige", ", ".join(filter(None, numbers)))] if any(numbers) else []


def _adjusted(terms: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for key, name in (("BG-20", "Remise"), ("BG-21", "Frais")):
        for entry in _list(terms.get(key)):
            if isinstance(entry, dict):
                reason = _text(entry.get("reason"))
                yield (f"{name} : {reason}" if reason else name), _amount(_text(entry.get("amount")))


def _notes(terms: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [note for note in _list(terms.get("BG-1")) if isinstance(note, dict) and note.get("BT-22")]


def _group(terms: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = terms.get(key)
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    parts = value if isinstance(value, list) else [value]
    said = " ".join(" ".join(str(part).split()) for part in parts if part)[:LONGEST]
    return _BEFORE_A_SIGN.sub(NBSP, french(said))
