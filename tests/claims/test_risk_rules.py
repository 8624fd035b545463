"""The published rules of risk at their boundaries: the day before and the day, the cent below and the cent above."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bonus.claims.risk_rules import (
    RULES,
    Labelled,
    Place,
    Priced,
    Reused,
    RiskFacts,
    found,
    plain_address,
    usual_price,
)
from bonus.claims.risk_words import TITLES, rules_in_words
from bonus.regulation import from_content, load_parameters
from tests.support.words import plain

FILED = date(2026, 11, 22)
LAW = load_parameters()


def flags(**facts: object) -> dict[str, tuple[int, str]]:
    return {
        one.code: (one.weight, plain(one.sentence))
        for one in found(RiskFacts(filed_on=FILED, **facts), LAW)  # type: ignore[arg-type]
    }


def test_nothing_strange_gives_none() -> None:
    assert flags() == {}


def test_an_invoice_reused() -> None:
    reused = (Reused("F-1", "BS-2026-000007", own=False), Reused("F 2", None), Reused("F3", "BS-2026-000001"))
    assert flags(reused=reused) == {
        "invoice_reused": (
            3,
            (
                "Facture déjà présentée, au même numéro à la ponctuation près : F-1 (dossier BS-2026-000007, d’une "
                "autre entreprise), F 2 (deux fois dans ce dossier), F3 (dossier BS-2026-000001)."
            ),
        )
    }


def test_a_long_list_names_three_and_counts_the_others() -> None:
    many = tuple(Reused(f"F-{rank}", f"BS-{rank}") for rank in range(5))
    (_, sentence) = flags(reused=many)["invoice_reused"]
    assert sentence.endswith("F-2 (dossier BS-2), et 2 autres.")
    (_, sentence) = flags(reused=many[:4])["invoice_reused"]
    assert sentence.endswith("et 1 autre.")


@pytest.mark.parametrize(
    ("days_before", "flagged"), [(31, False), (30, True), (1, True), (0, True), (-3, True)]
)
def test_a_new_iban(days_before: int, *, flagged: bool) -> None:
    changed = FILED - timedelta(days=days_before)
    assert ("new_iban" in flags(iban_changed_on=changed)) is flagged


def test_its_words_say_when() -> None:
    assert flags(iban_changed_on=date(2026, 11, 1))["new_iban"] == (
        2,
        "Changement d’IBAN demandé le 1er novembre 2026, 21 jours avant le dépôt (signalé jusqu’à 30 jours avant).",
    )
    assert "après le dépôt" in flags(iban_changed_on=date(2026, 11, 23))["new_iban"][1]
    assert "le jour du dépôt" in flags(iban_changed_on=FILED)["new_iban"][1]


# Twelve prices around 1 000 €: median 1 000,00, median deviation 100,00.
USUAL = (900_00,) * 6 + (1_100_00,) * 6


@pytest.mark.parametrize(
    ("cents", "flagged"),
    [
        (1_500_00, False),
        (1_500_01, True),
        (500_00, False),
        (499_99, True),
        (1_000_00, False),
        (-9_000_00, False),
    ],
)
def test_an_unusual_price(cents: int, *, flagged: bool) -> None:
    assert usual_price(USUAL, 1000) == (1_000_00, 100_00)
    assert ("unusual_price" in flags(priced=(Priced("Nuage", cents, USUAL),))) is flagged


def test_eleven_lines_say_nothing() -> None:
    assert flags(priced=(Priced("Nuage", 9_000_00, USUAL[1:]),)) == {}


def test_prices_all_alike_leave_a_tenth_each_way() -> None:
    """Without the least deviation a cent would be flagged: five times a tenth of the median is half of it."""
    alike = (1_000_00,) * 12
    assert usual_price(alike, 1000) == (1_000_00, 100_00)
    assert flags(priced=(Priced("Nuage", 1_500_00, alike),)) == {}
    assert "unusual_price" in flags(priced=(Priced("Nuage", 1_500_01, alike),))


def test_one_outlier_does_not_move_what_is_usual() -> None:
    assert usual_price((*USUAL, 10**12), 1000)[0] == 1_100_00
    assert usual_price((1_00, 2_00), 0) == (1_50, 50)
    assert usual_price((1, 2), 0) == (2, 1)  # half a cent goes away from zero; a deviation is never zero


@pytest.mark.parametrize(("days", "flagged"), [(-1, False), (0, True), (30, True), (31, False)])
def test_a_label_about_to_end(days: int, *, flagged: bool) -> None:
    issued = date(2026, 10, 15)
    labelled = (Labelled("Nuage", issued, issued + timedelta(days=days)),)
    assert ("label_ending" in flags(labelled=labelled)) is flagged


@pytest.mark.parametrize(("days", "flagged"), [(32, False), (31, True), (0, True)])
def test_a_company_created_a_month_ago(days: int, *, flagged: bool) -> None:
    assert ("new_company" in flags(founded_on=FILED - timedelta(days=days))) is flagged


def bonuses(*cents: int, days_before: int = 0) -> tuple[tuple[date, int], ...]:
    return tuple((FILED - timedelta(days=days_before), one) for one in cents)


@pytest.mark.parametrize(
    ("last", "flagged"), [(3_999_99, False), (4_000_00, True), (5_000_00, True), (5_000_01, False)]
)
def test_many_dossiers_just_under_the_limit(last: int, *, flagged: bool) -> None:
    assert ("under_limit" in flags(recent_bonuses=bonuses(4_500_00, 4_500_00, last))) is flagged


@pytest.mark.parametrize(("days", "flagged"), [(90, True), (91, False)])
def test_within_the_period(days: int, *, flagged: bool) -> None:
    three = bonuses(4_500_00, 4_500_00) + bonuses(4_500_00, days_before=days)
    assert ("under_limit" in flags(recent_bonuses=three)) is flagged


def test_two_are_not_many() -> None:
    assert flags(recent_bonuses=bonuses(4_500_00, 4_500_00)) == {}


HERE = Place("12 bis, avenue du Général-de-Gaulle", "69003")


@pytest.mark.parametrize(
    ("street", "postcode", "same"),
    [
        ("12 BIS AV. DU GENERAL DE GAULLE", "69003", True),
        ("12bis av du gal de Gaulle", "69 003", True),
        ("12 bis, avenue du Général-de-Gaulle", "69004", False),
        ("12, avenue du Général-de-Gaulle", "69003", False),
        ("", "69003", False),
        ("12 bis, avenue du Général-de-Gaulle", "", False),
    ],
)
def test_one_address(street: str, postcode: str, *, same: bool) -> None:
    sellers = (("Nuage SAS", Place(street, postcode)),)
    assert ("same_address" in flags(buyer=HERE, sellers=sellers)) is same


def test_an_address_without_a_number_says_nothing() -> None:
    assert plain_address(Place("zone industrielle", "69003")) is None
    assert flags(buyer=Place("Le Bourg", "01000"), sellers=(("A", Place("Le Bourg", "01000")),)) == {}


def test_each_rule_has_a_name_a_published_text_and_its_weight() -> None:
    rules = rules_in_words(LAW, FILED)
    assert [rule.code for rule in rules] == list(RULES) == list(TITLES)
    assert {rule.weight for rule in rules} == {1, 2, 3}
    published = plain(" ".join(rule.text for rule in rules))
    for figure in ("30 jours", "31 jours", "90 jours", "4 000,00 €", "5 000,00 €", "10 %", "12", "5 fois"):
        assert figure in published


def test_a_ministry_changes_a_weight_or_puts_a_rule_out_of_use_by_a_dated_version() -> None:
    key = '"risk.new_iban.weight":{"name":"Changement récent d’IBAN, poids du signal","unit":"points","versions":['
    assert key in LAW.content
    later = from_content(
        LAW.content.replace(key, key + '{"from":"2026-01-01","until":"2026-11-22","value":7},', 1).replace(
            '"until":"2026-11-22","value":7},{"from":"2026-01-01","value":2}',
            '"value":7},{"from":"2026-11-23","value":0}',
            1,
        )
    )
    changed = RiskFacts(filed_on=FILED, iban_changed_on=FILED)
    assert [one.weight for one in found(changed, later)] == [7]
    tomorrow = FILED + timedelta(days=1)
    assert found(RiskFacts(filed_on=tomorrow, iban_changed_on=tomorrow), later) == []
