"""How members of a set are named, and when a holder's name is the company's."""

from __future__ import annotations

import pytest

from bonus.companies.identifiers import member_identifier, same_name
from bonus.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("732829320", "732829320"),
        (" 732 829\u00a0320 ", "732829320"),
        ("732 829 320 00074", "732829320"),
        ("FR44732829320", "732829320"),
        ("de 136 695 976", "DE136695976"),
        ("NO 923 609 016 MVA", "NO923609016MVA"),
    ],
)
def test_what_is_typed_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert member_identifier(typed) == kept


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("732829321", "erreur de copie"),
        ("73282932000075", "erreur de copie"),
        ("FR45732829320", "un SIREN (9 chiffres)"),
        ("DE136695977", "un SIREN"),
        ("US123456789", "un SIREN"),
        ("", "un SIREN"),
        ("Dupont SARL", "un SIREN"),
        ("７３２８２９３２０", "erreur de copie"),  # full-width digits match no registry
    ],
)
def test_a_wrong_key_is_told_from_what_is_no_number(typed: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=r"company\.wrong_identifier") as refusal:
        member_identifier(typed, "here")
    assert words in refusal.value.sentence
    assert refusal.value.field == "here"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Atelier Fictif SAS", "ATELIER FICTIF", True),
        ("S.A.S. Atelier Fictif", "Atelier-Fictif", True),
        ("Société Générale", "SOCIETE GENERALE SA", True),
        ("Fictif Atelier", "Atelier Fictif", True),
        ("Atelier Fictif", "Atelier Fictif 2", False),
        ("Holding Fictive", "Atelier Fictif", False),
        ("SAS", "SARL", False),
        ("Été & Fils", "ETE ET FILS", False),
    ],
)
def test_a_name_is_the_same_but_for_its_dress(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
    assert same_name(other, one) is same
