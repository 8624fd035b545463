"""The help page says the law of the day: its figures come from the parameters, none is typed in it."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bonus.regulation.loader import from_content, load_parameters
from bonus.web.public.views import law_in_words

NBSP, NARROW = "\u00a0", "\u202f"
ON = date(2026, 11, 22)
TEXTS = Path(__file__).parents[2] / "templates" / "public"


def test_figures_of_the_2026_text() -> None:
    law = law_in_words(load_parameters(), ON)
    assert law["minimum_claim"] == f"500{NBSP}€"
    assert law["rate_cap"] == f"50{NBSP}%"
    assert (law["filing_months"], law["decision_months"], law["payment_days"]) == (6, 2, 30)
    assert ("Quantique", f"40{NBSP}%") in law["axes"]
    by_name = {size["name"]: size for size in law["sizes"]}
    assert by_name["Microentreprise"]["bonus"] == f"+{NBSP}15{NBSP}points"
    assert by_name["Grande entreprise"]["bonus"] == f"−{NBSP}10{NBSP}points"
    assert by_name["Organisme public"]["bonus"] == "sans changement"
    assert by_name["Organisme public"]["ceiling"] == f"300{NARROW}000{NBSP}€"
    assert by_name["Organisme public"]["headcount"] is None
    assert by_name["Microentreprise"]["turnover"] == f"2{NARROW}000{NARROW}000{NBSP}€"


def test_a_changed_parameter_changes_the_words() -> None:
    content = json.loads(load_parameters().content)
    text = json.dumps(content).replace('"500.00"', '"750.50"')
    law = law_in_words(from_content(text), ON)
    assert law["minimum_claim"] == f"750,50{NBSP}€"


def test_the_page_shows_them(client: FlaskClient) -> None:
    page = client.get("/aide").text
    for words in (f"500{NBSP}€", f"6{NBSP}mois", f"60{NARROW}000{NBSP}€", "1er janvier 2026", "SecNumCloud"):
        assert words in page


@pytest.mark.parametrize("name", ["aide.html", "home.html"])
def test_no_figure_of_the_law_is_typed(name: str) -> None:
    text = re.sub(r"\{[{%#].*?[}%#]\}", "", (TEXTS / name).read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(rf"\d[\d{NBSP}{NARROW} ]*(?:€|%|mois|jours|ans\b|points)", text) == []
