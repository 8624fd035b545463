"""What is typed, as words and patterns."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bonus.registry.search_patterns import (
    LONGEST_TYPED,
    MAX_WORDS,
    exact,
    found,
    mistakes_allowed,
    near,
    padded,
    read,
    spelled,
)

from .offers import enter_offers


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Hébergement", ["hebergement"]),
        ("  L’hébergement, de DONNÉES ! ", ["hebergement", "donnees"]),
        ("cloud cloud Cloud", ["cloud"]),
        ("de la", ["de", "la"]),
        ("pour l’", ["pour", "l"]),
        ("", []),
        ("%_*\"'()", []),
        ("🚀", []),
        ("\x00\ud800", []),
        ("900 100 207", ["900100207"]),
        ("900 100 207 00011", ["900100207"]),
        ("FR 50 900400508", ["900400508"]),
        ("DE 136 695 976", ["de136695976"]),
        ("12 345", ["12", "345"]),
        ("x" * 10_000, ["x" * LONGEST_TYPED]),
        (" ".join(f"mot{rank}" for rank in range(20)), [f"mot{rank}" for rank in range(MAX_WORDS)]),
    ],
)
def test_words(typed: str, words: list[str]) -> None:
    assert read(typed) == words


@given(st.text(max_size=400))
@example('" OR rowid:*')
@example("\ud800\x00%")
def test_whatever_is_typed_gives_words_that_no_database_reads_as_a_command(typed: str) -> None:
    words = read(typed)
    assert len(words) <= MAX_WORDS
    assert all(re.fullmatch(r"[a-z0-9]+", word) for word in words)


@pytest.mark.parametrize(
    ("word", "text", "there"),
    [
        ("cloud", "hebergement cloud", True),
        ("cloud", "cloudwatt", True),
        ("cloud", "sovcloud", False),
        ("clouds", "un cloud", True),
        ("reseaux", "reseau prive", True),
        ("gas", "ga", False),
        ("r", "r", True),
        ("r", "reseau", False),
        ("ia", "iam", True),
        ("ia", "media", False),
    ],
)
def test_a_word_is_found_by_its_beginning_in_the_singular_or_the_plural(
    word: str, text: str, there: bool
) -> None:
    assert found([exact(word)], padded(text)) is there


@pytest.mark.parametrize(
    ("word", "allowed"), [("ia", 0), ("sfg", 0), ("paie", 1), ("donnees", 1), ("securite", 2)]
)
def test_mistakes_allowed(word: str, allowed: int) -> None:
    assert mistakes_allowed(word) == allowed


def mistyped(word: str) -> set[str]:
    """Every word one mistake away: a letter left out, added, changed, or two swapped."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return {
        *(left + right[1:] for left, right in cuts if right),
        *(left + "k" + right for left, right in cuts),
        *(left + "k" + right[1:] for left, right in cuts if right),
        *(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1),
    } - {word}


def test_any_one_mistake_is_forgiven(any_session: Session) -> None:
    enter_offers()
    for word in ("cloud", "assistant", "numerique", "quantique"):
        for typed in mistyped(word):
            if len(typed) >= 4:
                assert found([(*exact(typed), *near(typed))], padded(word)), typed


def test_and_some_others(any_session: Session) -> None:
    enter_offers()
    assert found([near("hebregemnt")], padded("hebergement"))
    assert found([near("suitebureautique")], padded("suite bureautique"))
    assert found([near("securite")], padded("cybersecurite"))
    for typed in ("xyzzy", "ia", "m365", "clxyd", "sfg"):
        assert near(typed) in ((), (typed,)), typed


def test_the_nearest_words_first_and_not_too_many(any_session: Session) -> None:
    enter_offers()
    patterns = near("hebergemen")
    assert patterns[:3] == ("hebergemen", " hebergement ", " hebergements ")


@pytest.mark.parametrize(
    ("pattern", "texts", "written"),
    [
        (" hebergement ", ["Cloud", "L’Hébergement d’État"], "hébergement"),
        (" suite bureautique", ["Suite bureautique collaborative"], "suite bureautique"),
        ("securite", ["Cybersécurité"], "securite"),
        (" oeuvres ", ["Œuvres & Archives"], "œuvres"),
    ],
)
def test_as_people_write_it(pattern: str, texts: list[str], written: str) -> None:
    assert spelled(pattern, texts) == written
