"""Which solution a line bought: by reference, by words, or nobody's guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.registry.matching import THRESHOLD, Candidate, match_line, words
from tests.support.words import plain

CLOUD = Candidate("cloud", "Hébergement cloud qualifié", "CLOUD-24")
SUITE = Candidate("suite", "Suite bureautique collaborative", "SUITE-1AN")
OFFERS = [CLOUD, SUITE]


def test_a_supplier_without_solutions() -> None:
    assert match_line("Hébergement cloud qualifié", "CLOUD-24", []).slug is None


@pytest.mark.parametrize("reference", ["CLOUD-24", "cloud-24", "  Cloud-24 "])
def test_the_reference_is_enough_whatever_the_name(reference: str) -> None:
    match = match_line("Ligne 1", reference, OFFERS)
    assert match.slug == "cloud"
    assert "Référence" in plain(match.reason)


def test_a_reference_of_two_offers_says_nothing() -> None:
    twins = [Candidate("a", "Alpha", "REF"), Candidate("b", "Beta", "REF")]
    assert match_line("Autre chose", "REF", twins).slug is None
    assert match_line("Beta", "REF", twins).slug == "b"


def test_an_offer_without_reference_is_no_match_for_an_empty_one() -> None:
    offers = [Candidate("a", "Alpha", None), Candidate("b", "Beta", "")]
    assert match_line("Gamma", "", offers).slug is None
    assert match_line("Gamma", None, offers).slug is None


@pytest.mark.parametrize(
    "name",
    [
        "Hébergement cloud qualifié",
        "HEBERGEMENT CLOUD QUALIFIE",
        "He\u0301bergement cloud qualifie\u0301",  # the accents apart, as a Mac writes them
        "Abonnement annuel : hébergement « cloud » qualifié, 24 mois",
        "qualifié cloud hébergement",
    ],
)
def test_case_accents_order_and_small_words_do_not_count(name: str) -> None:
    match = match_line(name, None, OFFERS)
    assert (match.slug, plain(match.reason)) == (
        "cloud",
        "Fournisseur et nom reconnus (100 % des mots de l’offre).",
    )


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("rouge vert bleu", "five"),  # 3 words of 5: 60 %, the threshold itself
        ("rouge vert", None),  # 40 %
        ("rouge", None),
        ("", None),
        ("rien de tout cela", None),
    ],
)
def test_nothing_below_the_threshold(name: str, slug: str | None) -> None:
    assert THRESHOLD == 60
    match = match_line(name, None, [Candidate("five", "rouge vert bleu noir blanc", None)])
    assert match.slug == slug
    assert ("60 %" if slug else "choisissez la solution") in plain(match.reason)


def test_two_offers_alike_are_left_to_the_person() -> None:
    offers = [
        Candidate("a", "Plateforme de données Alpha", None),
        Candidate("b", "Plateforme de données Beta", None),
    ]
    ambiguous = match_line("Plateforme données", None, offers)
    assert (ambiguous.slug, "Plusieurs offres" in ambiguous.reason) == (None, True)
    assert match_line("Plateforme de données Beta", None, offers).slug == "b"


def test_a_longer_name_does_not_win_by_its_words_alone() -> None:
    offers = [Candidate("short", "Stockage", None), Candidate("long", "Stockage objet européen", None)]
    assert match_line("Stockage objet européen", None, offers).slug is None  # both entirely there: ambiguous
    assert match_line("Stockage", None, offers).slug == "short"


@pytest.mark.parametrize(
    "name", ["Assistant d'IA générative", "ASSISTANT D’IA GENERATIVE", "assistant dʼIA générative"]
)
def test_an_apostrophe_of_any_kind_parts_two_words(name: str) -> None:
    match = match_line(name, None, [Candidate("ia", "Assistant d’IA générative", None)])
    assert plain(match.reason) == "Fournisseur et nom reconnus (100 % des mots de l’offre)."
    assert words("Main-d’œuvre") == words("MAIN D'OEUVRE") == {"main", "oeuvre"}


def test_an_offer_named_with_small_words_alone_matches_nothing() -> None:
    assert words("Service de l’an") == frozenset()
    assert match_line("Service de l’an", None, [Candidate("a", "Service de l’an", None)]).slug is None


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.uuids().map(str),
        st.text("abcé ", max_size=12),
        st.none() | st.sampled_from(["R1", "r2", ""]),
    ),
    max_size=4,
    unique_by=lambda candidate: candidate.slug,
)


@given(st.text("abcé ", max_size=12), st.none() | st.sampled_from(["R1", "R2", ""]), CANDIDATES)
def test_a_match_is_an_offer_of_the_supplier_and_does_not_depend_on_their_order(
    name: str, reference: str | None, candidates: list[Candidate]
) -> None:
    match = match_line(name, reference, candidates)
    assert match.slug is None or match.slug in {candidate.slug for candidate in candidates}
    assert match.reason.endswith((".", "solution achetée."))
    assert match_line(name, reference, candidates[::-1]).slug == match.slug
