"""The letter of each decision (art. 11): asked for with it, written once, sealed, frozen, named in the log."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bonus.adapters.seal import verify_seal
from bonus.audit.models import AuditEntry
from bonus.claims.letter_content import LetterContent
from bonus.claims.letter_models import Letter
from bonus.claims.letters import content_of, letters_of, open_letter, write_letter, written_letter
from bonus.claims.models import Decision
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.parts import sealer
from tests.claims.reading import claim_of, decision_of
from tests.support.bills import bill
from tests.support.letters import letter_of
from tests.support.words import plain
from tests.support.world import (
    NOW,
    World,
    decided,
    draft,
    filed,
    run_jobs,
    set_envelope,
)

WHY = "Le contrat montre une autre solution (art. 4)."


def pdf_text(data: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


def said(content: LetterContent) -> str:
    return plain("\n".join(block.text for block in content.blocks))


def test_it_is_written_once_and_frozen(any_world: World, any_session: Session) -> None:
    dossier = decided(any_world)
    letter = letter_of(dossier)
    assert (letter.kind, letter.written_at, letter.pdf) == ("granted", None, None)
    write_letter(letter.id, NOW)
    first = letter_of(dossier)
    pdf, digest = first.pdf, first.content_sha256
    assert pdf is not None
    assert first.pdf_sha256 == hashlib.sha256(pdf).hexdigest()
    assert content_of(first).digest() == digest
    assert verify_seal(pdf, sealer().trust).genuine
    write_letter(letter.id, NOW + timedelta(days=3))
    again = letter_of(dossier)
    assert (again.pdf, again.written_at) == (pdf, NOW)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "letter.written")).one()
    assert (entry.facts["content_sha256"], entry.facts["template"]) == (digest, 0)


def test_what_a_grant_says(world: World, session: Session) -> None:
    dossier = decided(world)
    run_jobs(world)
    content = content_of(letter_of(dossier))
    text = said(content)
    decision = decision_of(dossier)
    for expected in (
        "Un bonus de 4 500,00 € vous est accordé.",
        f"dossier n° {dossier.number}",
        "deux mois francs",
        "R112-20",
        "Recours gracieux",
        "tribunal administratif",
        "L311-3-1",
        f"{world.officer.name}\nOrdonnateur",
        plain(decision.reasons.splitlines()[0]),
    ):
        assert expected in text
    (line,) = content.lines
    assert (line.fate, line.base_cents, line.rate_bp, line.bonus_cents) == (
        "Accordée",
        10_000_00,
        4500,
        4_500_00,
    )
    assert ("Empreinte SHA-256 des faits retenus", decision.facts_sha256) in content.sealed
    assert LetterContent.from_dict(content.to_dict()) == content


def test_a_refusal_states_its_reasons(world: World, session: Session) -> None:
    dossier = decided(world, outcome="refuse", reasons=WHY)
    run_jobs(world)
    letter = letter_of(dossier)
    content = content_of(letter)
    assert letter.kind == "refused"
    assert WHY in said(content)
    (line,) = content.lines
    assert (line.fate, plain(line.why), line.bonus_cents) == (
        "Refusée",
        "Refus motivé de l’ordonnateur (art. 11)",
        0,
    )


@pytest.mark.parametrize("kind", ["rule", "silence", "appeal"])
def test_how_it_was_taken_changes_the_words(world: World, session: Session, kind: str) -> None:
    """The same decision, as a rule, silence or an appeal would have left it."""
    dossier = decided(world)
    nobody = {} if kind == "appeal" else {"decided_by_id": None, "proposed_by_id": None}
    db.session.execute(update(Decision).values(kind=kind, **nobody))
    db.session.execute(update(Letter).values(kind=kind))
    db.session.commit()
    run_jobs(world)
    text = said(content_of(letter_of(dossier)))
    assert ("sans intervention humaine" in text) == (kind == "rule")
    assert ("Vous avez contesté" in text) == (kind == "appeal")
    assert ("demander les motifs" in text) == (kind == "silence")
    assert (world.officer.name in text) == (kind == "appeal")
    assert ("22 novembre 2026, jour où il est né" in text) == (kind == "silence")


def test_the_waiting_list_tells_amount_and_rank(any_world: World, any_session: Session) -> None:
    """Ranks are those of one class, in the order dossiers became complete, whatever the order they are decided in."""
    set_envelope(any_world, 100)
    earlier = filed(any_world, now=NOW - timedelta(days=2))
    later = filed(any_world, draft(any_world, [bill(number="F-L")]), now=NOW - timedelta(days=1))
    other = filed(any_world, draft(any_world, company_id=any_world.neighbour_id), now=NOW - timedelta(days=3))
    ranks = []
    for dossier in (later, earlier, other):
        decided(any_world, dossier)
        facts = letter_of(dossier, "waiting").facts
        ranks.append((facts["amount_cents"] > 0, facts["rank"]))
    assert ranks == [(True, 1), (True, 1), (True, 1)], "each was the first of those that waited then"
    last = decided(any_world, filed(any_world, draft(any_world, [bill(number="F-M")])))
    assert letter_of(last, "waiting").facts["rank"] == 4
    run_jobs(any_world)
    text = said(content_of(letter_of(last)))
    assert "au rang 4 de la file « toutes entreprises »" in text, "from 1 October there is one queue"
    assert "aucun droit à paiement" in text
    assert "Recours contentieux" in text


def test_a_large_dossier_refers_to_its_list(world: World, session: Session) -> None:
    """Bounded whatever its lines: the list that the decision names, by its SHA-256, stands in their place."""
    dossier = decided(world)
    listed = {"lines": 50_000, "sha256": "ab" * 32, "stored_as": "x"}
    db.session.execute(update(Decision).values(full_list=listed))
    db.session.commit()
    run_jobs(world)
    content = content_of(letter_of(dossier))
    assert content.lines == ()
    assert content.full_list is not None
    assert "50 000 lignes figure dans la liste jointe à cette décision" in said(content)
    assert f"Son empreinte SHA-256 : {listed['sha256']}" in said(content)


def test_the_pdf_says_the_same(world: World, session: Session) -> None:
    dossier = decided(world, outcome="refuse", reasons=WHY)
    run_jobs(world)
    letter = letter_of(dossier)
    assert letter.pdf is not None
    text = " ".join(plain(pdf_text(letter.pdf)).split())  # a sentence may go on at the next line
    for expected in (
        "Décision de refus",
        str(dossier.number),
        WHY,
        "Hugues Martin",
        str(letter.content_sha256),
    ):
        assert expected in text


def test_opening_a_letter_notifies_its_decision(world: World, session: Session) -> None:
    dossier = decided(world)
    run_jobs(world)
    reference = letter_of(dossier).reference
    claim = claim_of(dossier)
    assert written_letter(claim, reference).opened_at is None
    opened = open_letter(claim, reference, world.owner, NOW)
    assert (opened.opened_at, decision_of(dossier).opened_at) == (NOW, NOW)
    other = decided(world)
    with pytest.raises(NotFound):
        open_letter(claim_of(other), reference, world.owner, NOW)
    with pytest.raises(NotFound):  # asked for, not written yet
        open_letter(claim_of(other), letter_of(other).reference, world.owner, NOW)


def test_letters_come_in_their_order(world: World, session: Session) -> None:
    dossier = decided(world)
    assert [letter.about for letter in letters_of(dossier.id)] == [f"decision:{decision_of(dossier).id}"]
