"""What a file says, as people read it: whatever it holds, nothing is corrected and nothing breaks."""

from __future__ import annotations

from typing import Any

import pytest

from bonus.claims.terms_table import MOST_LINES, FileTable, read_terms
from tests.support.words import plain

TERMS: dict[str, Any] = {
    "BT-1": "FA-1",
    "BT-2": "2026-10-29",
    "BT-3": "381",
    "BT-5": "EUR",
    "BG-3": [{"BT-25": "FA-0"}],
    "BG-4": {"name": "Nuage Fictif SAS", "legal_identifier": "900100207"},
    "BG-7": {"name": "Atelier Fictif SAS"},
    "BG-20": [{"amount": "977.00", "reason": "Bienvenue"}],
    "BT-109": "18563.00",
    "BT-112": "22275.6",
    "BG-25": [
        {
            "BT-126": "1",
            "BT-153": "Hébergement",
            "BT-155": "CLOUD-24",
            "BT-129": "2",
            "BT-146": "6000.00",
            "BT-131": "12000.00",
            "BT-134": "2026-10-29",
            "BT-135": "2028-10-28",
        }
    ],
}


def said(table: FileTable) -> dict[str, dict[str, str]]:
    return {section.title: {name: plain(value) for name, value in section.rows} for section in table.sections}


def test_a_file_in_french() -> None:
    table = read_terms(TERMS)
    assert said(table) == {
        "Facture": {
            "Numéro": "FA-1",
            "Nature": "Avoir",
            "Date": "29 octobre 2026",
            "Monnaie": "EUR",
            "Corrige": "FA-0",
        },
        "Vendeur": {"Nom": "Nuage Fictif SAS", "Identifiant légal": "900 100 207"},
        "Acheteur": {"Nom": "Atelier Fictif SAS"},
        "Remises et frais": {"Remise\u00a0: Bienvenue": "977,00 €"},
        "Totaux": {"Total hors taxes": "18 563,00 €", "Total toutes taxes": "22 275,60 €"},
    }
    (line,) = table.lines
    assert (line.number, line.name, plain(line.net)) == ("1", "Hébergement", "12 000,00 €")
    assert plain(line.detail) == "CLOUD-24 · 2 × 6 000,00 € · du 29 octobre 2026 au 28 octobre 2028"


def test_of_many_lines_the_first_and_how_many_there_are() -> None:
    table = read_terms({"BG-25": [{"BT-126": str(rank)} for rank in range(MOST_LINES + 1)]})
    assert (len(table.lines), table.line_count) == (MOST_LINES, MOST_LINES + 1)


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"BT-2": "hier", "BT-109": "beaucoup", "BT-3": "999"},
        {"BT-1": ["a", "b"], "BG-4": "personne", "BG-25": "aucune", "BG-3": None, "BG-20": [3], "BG-1": [{}]},
        {"BT-109": "1E99999", "BT-112": "NaN", "BG-25": [None, {"BT-131": "0.005"}]},
    ],
)
def test_whatever_a_file_holds_it_is_written(terms: dict[str, Any]) -> None:
    table = read_terms(terms)
    assert isinstance(table, FileTable)
    if terms.get("BT-109") == "beaucoup":
        assert said(table)["Totaux"] == {"Total hors taxes": "beaucoup"}
        assert said(table)["Facture"]["Date"] == "hier"
