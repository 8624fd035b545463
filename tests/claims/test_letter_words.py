"""Templates of letters: a closed list of names, nothing the law wants said left out, nothing ever run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.claims.letter_words import (
    BLOCKS,
    KINDS,
    REQUIRED,
    VALUES,
    Block,
    Template,
    check,
    filled,
    filled_title,
    names_of,
    shipped,
)
from bonus.errors import InvalidInput
from tests.support.words import plain

TEXT = "Bonjour {entreprise}.\n\n## Suite\n\n{recours}\n\n{delai_recours}"


def refusal(kind: str = "silence", title: str = "Refus", text: str = TEXT) -> tuple[str | None, str]:
    with pytest.raises(InvalidInput) as raised:
        check(kind, title, text)
    return raised.value.field, plain(raised.value.sentence)


@pytest.mark.parametrize("kind", KINDS)
def test_what_ships_is_whole(kind: str) -> None:
    template = shipped(kind)
    assert check(kind, template.title, template.text) == (template.title, template.text)
    assert set(REQUIRED[kind]) <= set(names_of(kind))
    assert "{" not in "".join(
        block.text
        for block in filled(
            template, dict.fromkeys(VALUES, "v"), {name: [Block("text", "b")] for name in BLOCKS}
        )
    )


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_the_law_wants_said_can_be_taken_out(kind: str) -> None:
    template = shipped(kind)
    for name in REQUIRED[kind]:
        without = template.text.replace(f"{{{name}}}", "…")
        field, sentence = refusal(kind, template.title, without)
        assert field == "text"
        assert f"{{{name}}}" in sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{config}\n\n" + TEXT, "« {config} » n’est pas un champ"),
        ("{montant}\n\n" + TEXT, "« {montant} » n’est pas un champ"),  # of other letters
        ("{entreprise.name}\n\n" + TEXT, "accolades"),
        ("{% for x in y %}\n\n" + TEXT, "accolades"),
        ("{7*7}\n\n" + TEXT, "accolades"),
        ("{{ entreprise }\n\n" + TEXT, "accolades"),
        ("Voici : {recours}\n\n{delai_recours}", "mettez-le seul"),
        ("Bonjour.", "{recours}"),
        ("", "Écrivez le texte"),
        ("x" * 12_001, "12 000 caractères"),
        ("Bon\x08jour\n\n" + TEXT, "caractère invisible (U+0008), ligne 1, après « Bon »"),
        ("Bon\tjour\n\n" + TEXT, "tabulation"),
        (TEXT + "\r\nle \u202erefus", "sens de lecture (U+202E)"),
    ],
)
def test_what_is_refused_says_what_to_do(text: str, said: str) -> None:
    field, sentence = refusal(text=text)
    assert field == "text"
    assert said in sentence


@pytest.mark.parametrize(
    "title", ["", "   ", "x" * 121, "{recours}", "{inconnu}", "Re\u2066fus", "Refus\u2028"]
)
def test_a_title_is_a_line(title: str) -> None:
    assert refusal(title=title)[0] == "title"


def test_it_is_filled_once() -> None:
    """What a value holds is never read as a template."""
    title, text = check("silence", "Pour {entreprise}", TEXT)
    values = dict.fromkeys(VALUES, "") | {"entreprise": "{recours} & fils"}
    blocks = {"recours": [Block("text", "Le juge.")], "delai_recours": [Block("text", "{entreprise}")]}
    template = Template("silence", 1, title, text)
    assert filled_title(template, values) == "Pour {recours} & fils"
    assert filled(template, values, blocks) == (
        Block("text", "Bonjour {recours} & fils."),
        Block("heading", "Suite"),
        Block("text", "Le juge."),
        Block("text", "{entreprise}"),
    )


def test_a_heading_that_nothing_follows_is_left_out() -> None:
    template = Template("silence", 1, "T", "## Vide\n\n{recours}\n\n## Suite\n\n{delai_recours}\n\n## Fin")
    found = filled(template, {}, {"recours": [], "delai_recours": [Block("text", "Deux mois.")]})
    assert found == (Block("heading", "Suite"), Block("text", "Deux mois."))


@given(st.text(max_size=300))
def test_anything_is_taken_or_refused_in_a_sentence(text: str) -> None:
    field = "text"
    try:
        check("silence", "Titre", f"{text}\n\n{TEXT}")
    except InvalidInput as refused:
        field = str(refused.field)
    assert field == "text"
