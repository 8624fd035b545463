"""The conditions of art. 12, each at its boundary, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bonus.claims.lane_rules import (
    NAMES,
    LaneFacts,
    conditions,
    decided_from,
    last_day_to_contest,
    unmet,
)
from bonus.claims.lane_words import unmet_in_words
from bonus.regulation import load_parameters
from tests.support.words import plain

DAY = date(2026, 11, 22)
GOOD = LaneFacts(
    lines=2,
    eligible=2,
    missing=(),
    unstructured=(),
    bonus_cents=5_000_00,
    flags=(),
    earlier=1,
    new_suppliers=(),
    granted_by_rule_cents=10_000_00,
    year=2026,
    announced=True,
    unreachable=(),
)


def lacking(facts: LaneFacts) -> list[str]:
    return [one.code for one in unmet(conditions(facts, load_parameters(), DAY))]


def sentence(facts: LaneFacts, code: str) -> str:
    found = {one.code: one for one in conditions(facts, load_parameters(), DAY)}
    return plain(found[code].sentence)


def test_all_hold_at_the_limits() -> None:
    """5 000.00 in the dossier, 15 000.00 in the year."""
    found = conditions(GOOD, load_parameters(), DAY)
    assert [one.code for one in found] == list(NAMES)
    assert unmet(found) == []


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        (replace(GOOD, bonus_cents=5_000_01, granted_by_rule_cents=0), ["bonus"]),
        (replace(GOOD, bonus_cents=0), ["bonus"]),
        (replace(GOOD, bonus_cents=1), []),
        (replace(GOOD, granted_by_rule_cents=10_000_01), ["yearly"]),
        (replace(GOOD, eligible=1), ["lines_eligible"]),
        (replace(GOOD, lines=0, eligible=0), ["lines_eligible"]),
        (replace(GOOD, missing=["Preuve de paiement"]), ["complete"]),
        (replace(GOOD, unstructured=["F-1"]), ["structured"]),
        (replace(GOOD, flags=["Facture déjà présentée."]), ["no_flag"]),
        (replace(GOOD, earlier=0), ["known_company"]),
        (replace(GOOD, new_suppliers=["Nuage"]), ["known_suppliers"]),
        (replace(GOOD, given_up=["F-1"]), ["not_given_up"]),
        (replace(GOOD, announced=False), ["announced"]),
        (replace(GOOD, unreachable=["Nuage"]), ["told"]),
        (replace(GOOD, contested_by=["Nuage"]), ["uncontested"]),
    ],
)
def test_each_alone(changed: LaneFacts, codes: list[str]) -> None:
    assert lacking(changed) == codes


def test_sentences_say_figures_and_names() -> None:
    assert sentence(GOOD, "bonus") == "5 000,00 €, pour une limite de 5 000,00 €."
    assert sentence(GOOD, "yearly") == (
        "15 000,00 € en 2026, ce dossier compris, pour une limite de 15 000,00 €."
    )
    many = replace(GOOD, unstructured=[f"F-{rank}" for rank in range(8)])
    assert sentence(many, "structured").endswith("F-0, F-1, F-2, F-3, F-4 et 3 autres.")


def test_what_is_kept_says_itself_again() -> None:
    kept = [one.kept() for one in conditions(replace(GOOD, earlier=0), load_parameters(), DAY)]
    assert {one["article"] for one in kept} == {"art. 11", "art. 12"}
    assert "premier dossier" in unmet_in_words(kept)


def test_five_days_the_day_of_the_telling_not_counted() -> None:
    law = load_parameters()
    assert last_day_to_contest(DAY, law) == date(2026, 11, 27)
    assert decided_from(DAY, law) == date(2026, 11, 28)
    assert last_day_to_contest(date(2028, 2, 27), law) == date(2028, 3, 3)
