"""What is read in an offer's name and in an invoice line, and which words are taken for one another."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.registry.likeness import THRESHOLD, compare
from bonus.registry.words import fold, read_line, read_offer, same_reference, singular


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("donnees", "donnee"),
        ("journaux", "journal"),
        ("reseaux", "reseau"),
        ("cloud", "cloud"),
        ("bus", "bus"),  # too short to be cut
        ("h100s", "h100s"),  # a model, not a plural
    ],
)
def test_the_plural(word: str, one: str) -> None:
    assert singular(word) == one


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Main-d’œuvre", "main- oeuvre"),
        ("MAIN D'OEUVRE", "main  oeuvre"),
        ("TEST D INTRUSION", "test  intrusion"),
        ("Serveur D annuel", "serveur d annuel"),
        ("R.H.", "rh."),
        ("Paie+", "paie plus"),
        ("10 000 000 jetons", "10000000 jetons"),
        ("n° 3", "no  3"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    "aside",
    [
        ", du 01/03/2026 au 31/12/2026",
        " (01/03 au 31/12)",
        " 2026-03-01",
        " – mars 2026",
        ", 1er janvier au 31 décembre",
        " T2 2026",
        " 2e trimestre",
        ", semaine 12",
        " 03/2026",
        " x 25",
        " × 25 utilisateurs",
        ", 25 postes",
        " 2x",
        ", 1 250,00 € HT",
        " à 12 € par mois",
        " - TVA 20 %",
        " pro Nutzer",
        ", commande n° BC-4512",
        " (contrat 12-B)",
        ", sans engagement",
        ", support et maintenance inclus",
        ", 40 utilisateurs supplémentaires",
        " – site de Nantes",
        " 12 mois",
        " 500 Go",
        " 2026",
    ],
)
def test_what_every_invoice_says_is_put_aside(aside: str) -> None:
    said = read_line(f"Messagerie{aside}")
    assert (said.words, said.bare) == (("messagerie",), frozenset())


@pytest.mark.parametrize(
    ("text", "words", "bare"),
    [
        ("Stockage S3", ("stockage", "s3"), set()),
        ("Serveur x86", ("serveur", "x86"), set()),
        ("Messagerie n° 2", ("messagerie",), {"2"}),
        ("Pack 50", ("pack",), {"50"}),
        ("Webinaire 2000", ("webinaire",), {"2000"}),
        ("Messagerie, site web", ("messagerie", "site", "web"), set()),
        ("Messagerie, projet de migration", ("messagerie", "projet", "migration"), set()),
        ("Messagerie, module supplémentaire", ("messagerie", "module", "supplementaire"), set()),
        ("Messagerie hors forfait", ("messagerie", "hor"), set()),
    ],
)
def test_what_may_be_another_purchase_is_not(text: str, words: tuple[str, ...], bare: set[str]) -> None:
    said = read_line(text)
    assert (said.words, {value for value, _ in said.bare}) == (words, bare)


def test_numbers_go_with_what_they_count() -> None:
    assert read_line("Serveur 32Go, 64 GB, 1,5 To, 12 mois, 50 postes, 2026").numbers == {
        ("32", "go"),
        ("64", "go"),
        ("1.5", "to"),
        ("12", "moi"),
        ("50", ""),
        ("2026", "année"),
    }


@pytest.mark.parametrize("reference", ["SD-VPS-S", "sd vps s", "SD.VPS.S", " sdvpss"])
def test_references_compare_by_letters_and_digits(reference: str) -> None:
    assert same_reference(reference) == "sdvpss"
    assert same_reference(None) == same_reference(" -/") == ""


def matched(line: str, name: str) -> bool:
    return compare(read_line(line), name, set(read_offer(name).words)).score >= THRESHOLD


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Hébergment", "Hébergement"),
        ("Messagerie standart", "Messagerie Standard"),
        ("Suite collabarativ", "Suite collaborative"),  # two mistakes in a long word
        ("Gestion commercial", "Gestion commerciale"),
        ("Suite bureaut. collab.", "Suite bureautique collaborative"),
        ("Cyber-sécurité", "Cybersécurité"),
        ("Coffrefort numérique", "Coffre-fort numérique"),
        ("GED", "Gestion électronique de documents"),
        ("Gestion électronique de documents", "GED"),
        ("BDD managée", "Base de données managée"),
        ("Serveur dédié 64Go", "Serveur dédié 64 Go"),
        ("Audit de sécurité, 4 jours", "Audit de sécurité"),
    ],
)
def test_two_ways_to_write_the_same(line: str, name: str) -> None:
    assert matched(line, name)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Accès interne", "Accès internet"),
        ("Assistant local", "Assistant vocal"),  # the first letter is never mistyped
        ("Paye", "Paie"),  # four letters: too short for a mistake
        ("Hébergmnt", "Hébergement"),  # two mistakes in a short word
        ("Suite bureaut", "Suite bureautique"),  # cut, but nothing shows it
        ("Suite bureau.", "Suite bureautique"),  # another word, at the end of a sentence
        ("Data. Pro", "Database Pro"),
        ("Module H101", "Module H100"),
        ("Serveur dédié 64 Go", "Serveur dédié 32 Go"),
        ("Serveur dédié 64 Go, 32 Go", "Serveur dédié 32 Go"),
        ("Pack 500 boîtes, 50 postes", "Pack 50 boîtes"),
        ("Forfait 24 mois sécurité", "Forfait 12 mois sécurité"),
        ("Hector Paie, 2 jours", "Hector Paie"),  # somebody's work
        ("Abonnement cloud", "Cloud"),
    ],
)
def test_two_different_things(line: str, name: str) -> None:
    assert not matched(line, name)


@given(st.text(max_size=200), st.text(max_size=80))
def test_any_text_is_read_and_compared(line: str, name: str) -> None:
    likeness = compare(read_line(line), name, set())
    assert 0 <= likeness.score <= 100
    assert not (likeness.score >= THRESHOLD and (likeness.missing or likeness.extra))


@pytest.mark.parametrize("piece", ["1 ", "a", "1", "a.", "x 1", "- ", "1,", "d'", "commande 1-"])
def test_a_text_made_to_be_slow_is_read_in_no_time(piece: str) -> None:
    start = process_time()
    read_line((piece * 500)[:500])
    assert process_time() - start < 0.5
