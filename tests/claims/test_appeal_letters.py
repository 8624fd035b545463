"""The letters that answer an appeal: sealed like the others, with the reasons, and the judge within two months."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.claims.letter_content import LetterContent
from bonus.claims.letter_models import Letter
from bonus.claims.letter_remedies import after_annulment, outcome_sentence
from bonus.claims.letters import content_of, file_name
from bonus.claims.models import Claim
from bonus.claims.notification import record_opening
from bonus.extensions import db
from tests.support.appeals import (
    REASONS,
    SUITE,
    answered,
    appealed,
    lines_of,
    refused_by_officer,
    refused_in_part,
)
from tests.support.letters import letter_of
from tests.support.world import NOW, ON, Dossier, World, run_jobs


def said(letter: Letter) -> str:
    return (
        "\n".join(block.text for block in content_of(letter).blocks)
        .replace("\u00a0", " ")
        .replace("\u202f", " ")
    )


def opened(world: World, dossier: Dossier) -> None:
    record_opening(db.session.get_one(Claim, dossier.id), world.owner, NOW)


@pytest.mark.parametrize(
    ("outcome", "kind", "sentence"),
    [
        ("confirm", "confirmed", "la décision contestée est confirmée"),
        ("annul", "annulled", "la décision contestée est annulée"),
    ],
)
def test_an_answer_is_a_sealed_letter(
    any_world: World, any_session: Session, outcome: str, kind: str, sentence: str
) -> None:
    world = any_world
    dossier = refused_by_officer(world)
    answered(world, appealed(world, dossier), outcome)
    run_jobs(world)
    letter = letter_of(dossier)
    assert (letter.kind, letter.decision_id, letter.template_version) == (kind, None, 0)
    assert letter.pdf is not None
    assert letter.pdf.startswith(b"%PDF")
    assert hashlib.sha256(letter.pdf).hexdigest() == letter.pdf_sha256
    content = content_of(letter)
    assert content.digest() == letter.content_sha256
    assert LetterContent.from_dict(content.to_dict()) == content
    assert file_name(letter).startswith("decision-sur-recours-")
    text = said(letter)
    for expected in (
        sentence,
        "Vous avez contesté le 22 novembre 2026 la décision du 22 novembre 2026",
        REASONS.replace("\u00a0", " "),
        "deux mois francs pour saisir le tribunal administratif",
        "Recours contentieux",
        "www.telerecours.fr",
        f"{world.other_officer.name}\nOrdonnateur",
    ):
        assert expected in text
    assert "Recours gracieux" not in text  # a second one would keep no time limit
    assert "{" not in text


def test_one_too_late_says_until_when_it_could_be(world: World, session: Session) -> None:
    dossier = refused_by_officer(world)
    opened(world, dossier)
    late = NOW + timedelta(days=65)  # 23 January was the last day, a Saturday; then Monday 25
    answered(world, appealed(world, dossier, now=late), "reject_late", now=late)
    run_jobs(world, late)
    letter = letter_of(dossier)
    assert letter.kind == "rejected_late"
    text = said(letter)
    assert "pouvait être formé jusqu’au 25 janvier 2027 inclus" in text
    assert "ne prolonge pas le délai" in text


def test_a_reform_says_what_it_adds_and_has_one_letter(world: World, session: Session) -> None:
    dossier = refused_in_part(world)
    line = lines_of(dossier)[1]
    answered(world, appealed(world, dossier), "reform", {str(line): SUITE})
    run_jobs(world)
    assert (
        db.session.scalar(select(func.count()).select_from(Letter).where(Letter.claim_id == dossier.id)) == 2
    )
    letter = letter_of(dossier, "appeal")
    assert letter.decision is not None
    text = said(letter)
    assert "de plus vous est accordé, qui s’ajoute aux 4 500,00 € déjà accordés." in text
    assert "Recours gracieux" not in text
    assert content_of(letter).about[-1][0] == "Complément accordé"


def test_a_reform_of_a_whole_refusal_adds_to_nothing() -> None:
    assert outcome_sentence("granted", "10 euros").text == "Un bonus de 10 euros vous est accordé."
    added = outcome_sentence("partly_granted", "10,00 €", before="5,00 €").text
    assert added.endswith("déjà accordés\u00a0; le reste de ce que vous contestez ne l’est pas.")


def test_what_follows_an_annulment() -> None:
    (filed_again,), (examined,) = after_annulment(None), after_annulment(ON)
    assert "déposer de nouveau ces factures" in filed_again.text
    assert "au plus tard le 22 novembre 2026" in examined.text.replace("\u00a0", " ")
