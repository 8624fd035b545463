"""What a reader of a letter would not see is refused, and found for who typed it."""

from __future__ import annotations

import pytest

from bonus.claims.examination import propose
from bonus.claims.letter_templates import write_template
from bonus.claims.letter_words import shipped
from bonus.claims.line_proposals import LineProposal
from bonus.claims.models import Claim
from bonus.claims.revocations import open_revocation
from bonus.claims.unseen import require_seen
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.money import NBSP
from bonus.regulation import REFUSE, grounds_on, load_parameters
from tests.support.world import NOW, ON, World, decided, filed

TURNED = "La facture 12\u202e34 ne porte pas de label en cours (art. 4)."


def said(text: str) -> str:
    with pytest.raises(InvalidInput) as raised:
        require_seen(text, "reasons")
    assert raised.value.field == "reasons"
    return raised.value.sentence.replace(NBSP, " ")


@pytest.mark.parametrize("code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
def test_what_turns_the_direction_is_named(code: int) -> None:
    assert f"change le sens de lecture (U+{code:04X})" in said(f"a{chr(code)}b")


@pytest.mark.parametrize(
    "letter",
    [
        *"\u00ad\u200b\u200c\u200d\u2028\u2029\u2060\ufeff\u3164\u2800\x00\x1b\x7f\x85\ue000",
        "\U000e0041",
        "\ud800",
    ],
)
def test_what_does_not_show_is_named(letter: str) -> None:
    assert f"(U+{ord(letter):04X})" in said(f"a{letter}b")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Élève à l’œuvre, 12\u202f345,67\u00a0€ ; « n° 3 »",
        "a\r\n\tb\n",
        "Ł Ω Ж 漢 שלום",
        "👍🏽 é",
        "e\u0301",
    ],
)
def test_what_people_type_is_taken(text: str) -> None:
    require_seen(text, "reasons")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("\u200bBonjour", "une espace sans largeur (U+200B), au début : effacez"),
        ("Vu la facture\u200b 12", "après « Vu la facture » : effacez"),
        ("Un.\r\n\r\nVu\u202ela", "ligne 3, après « Vu » : effacez"),
        ("Un.\n\u202ela", "au début de la ligne 2 : effacez"),
        ("a" * 50 + "\u202e", f"après « …{'a' * 30} » : effacez"),
    ],
)
def test_where_it_stands_is_said(text: str, where: str) -> None:
    assert where in said(text)


def test_no_reasons_nor_facts_hold_it(world: World) -> None:
    dossier, granted = filed(world), decided(world)
    with world.app.app_context():
        ground = grounds_on(ON, load_parameters(), REFUSE)[0].code
        line = LineProposal(
            db.session.get_one(Claim, dossier.id).invoices[0].lines[0].id, REFUSE, ground, TURNED
        )
        with pytest.raises(InvalidInput, match="U\\+202E") as refused:
            propose(dossier.id, "refuse", TURNED, world.reviewer, NOW, ground=ground)
        assert refused.value.field == "reasons"
        with pytest.raises(InvalidInput, match="U\\+202E"):
            propose(dossier.id, "apply", TURNED, world.reviewer, NOW)
        with pytest.raises(InvalidInput, match="U\\+202E") as of_line:
            propose(dossier.id, "apply", "", world.reviewer, NOW, lines=[line])
        assert of_line.value.field == f"line:{line.line_id}:facts"
        with pytest.raises(InvalidInput, match="U\\+202E") as revoking:
            open_revocation(granted.id, "unlawful", TURNED, world.reviewer, NOW)
        assert revoking.value.field == "facts"


def test_no_template_is_written_with_it(world: World) -> None:
    with world.app.app_context():
        text = shipped("refused").text + "\n\nVotre \u2066dossier"
        with pytest.raises(InvalidInput, match="U\\+2066") as refused:
            write_template("refused", "Refus", text, ON, 0, world.administrator, NOW)
        assert refused.value.field == "text"
