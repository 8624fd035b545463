"""What is said of the official rules: French sentences, each thing once. Needs no Saxon."""

from __future__ import annotations

import pytest

from bonus.adapters.einvoice import rule_words
from bonus.adapters.einvoice.model import STRUCTURE, RuleFinding
from bonus.adapters.einvoice.rule_words import RuleWarning, number_of, rule_warnings
from tests.support.words import plain


def said(*findings: RuleFinding) -> list[RuleWarning]:
    return rule_warnings([finding.as_json() for finding in findings])


def one(
    rule: str, *, line: int | None = None, place: str | None = None, text: str = "The rule."
) -> RuleWarning:
    [warning] = said(RuleFinding(rule, line, place, text))
    return warning


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        ("BR-25", "BR-25"),
        ("BR-CO-15", "BR-CO-15"),
        ("BR-FR-05_BT-22_PMT", "BR-FR-05"),
        ("BR-FR-32-LEGALID", "BR-FR-32"),
        ("BR-FR-DEC-01_BT-92_BT-99", "BR-FR-DEC-01"),
        ("BR-FR-MV-14-EXT-FR-FE-136", "BR-FR-MV-14"),
        ("BR-AE-09", "BR-AE-09"),
        (STRUCTURE, STRUCTURE),
    ],
)
def test_the_number_of_a_rule(rule: str, number: str) -> None:
    assert number_of(rule) == number


def test_a_known_rule_says_it_all() -> None:
    assert one("BR-25", line=2) == RuleWarning("BR-25", 2, "Le nom de ce qui est vendu manque.", "")


@pytest.mark.parametrize(
    ("place", "who"), [("seller", "du vendeur"), ("buyer", "du client"), (None, "d’une entreprise citée")]
)
def test_whose_number_is_wrong(place: str | None, who: str) -> None:
    warning = one("BR-FR-32-LEGALID", place=place)
    assert warning.sentence == f"Le numéro légal {who} n’est pas un SIREN de 9 chiffres."


def test_one_number_that_says_several_things() -> None:
    sentences = {one(f"BR-FR-05_BT-22_{code}").sentence for code in ("PMT", "PMD", "AAB", "TXD")}
    assert len(sentences) == 4


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            "BR-S-08",
            "Dans le détail de la TVA, la base des ventes au taux normal ou réduit n’est pas la somme",
        ),
        ("BR-E-04", "La facture a des lignes exonérées, mais un numéro de TVA manque"),
        ("BR-AE-07", "Le taux de TVA ne convient pas à des ventes en autoliquidation."),
    ],
)
def test_the_rules_of_each_vat_category(rule: str, sentence: str) -> None:
    assert one(rule).sentence.startswith(sentence)
    assert one(rule).text == ""


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("BR-CO-99", "Une règle européenne de facturation n’est pas respectée."),
        ("BR-S-77", "Une règle européenne de facturation n’est pas respectée."),
        ("BR-FR-MV-01_EXT-FR-FE-163", "Une règle française de facturation n’est pas respectée."),
        ("BR-CL-23", "Un code ne fait pas partie de la liste officielle."),
        ("BR-DEC-12", "Un montant a plus de deux décimales."),
    ],
)
def test_any_other_rule_comes_with_its_own_text(rule: str, sentence: str) -> None:
    warning = one(rule, text="An Invoice shall.")
    assert (warning.sentence, warning.text) == (sentence, "An Invoice shall.")


def test_the_form_of_the_file_has_no_number() -> None:
    warning = one(STRUCTURE, text="Element 'ram:ID' must occur exactly 1 times.")
    assert warning.rule == ""
    assert "forme" in warning.sentence


def test_each_thing_is_said_once() -> None:
    """An unexplained discount breaks two rules; the seller's number too. Another line says it again."""
    found = said(
        RuleFinding("BR-33", None, None, ""),
        RuleFinding("BR-CO-21", None, None, ""),
        RuleFinding("BR-FR-10_BT-30", None, None, ""),
        RuleFinding("BR-FR-32-LEGALID", None, "seller", ""),
        RuleFinding("BR-26", 1, None, ""),
        RuleFinding("BR-26", 2, None, ""),
    )
    assert [(warning.rule, warning.line) for warning in found] == [
        ("BR-33", None),
        ("BR-FR-10", None),
        ("BR-26", 1),
        ("BR-26", 2),
    ]


def test_nothing_found_and_nothing_run() -> None:
    assert rule_warnings([]) == rule_warnings(None) == []


def test_all_sentences_are_written_alike() -> None:
    sentences = [
        *rule_words._EUROPEAN.values(),
        *rule_words._FRENCH.values(),
        *rule_words._OF_RATES.values(),
        *rule_words._GENERAL.values(),
    ]
    assert len(sentences) > 90
    for sentence in map(plain, sentences):
        assert sentence[0].isupper(), sentence
        assert sentence.endswith("."), sentence
        assert "BT-" not in sentence, sentence  # no term of the standard in what people read
