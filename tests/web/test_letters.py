"""Letters on the pages of company, agents and administrator."""

from __future__ import annotations

import io
import zipfile

import pytest

from bonus.claims.letter_words import shipped
from bonus.extensions import db
from tests.claims.reading import decision_of
from tests.support.letters import letter_of
from tests.support.world import World, decided, run_jobs
from tests.web.visitor import Visitor, document, errors, signed_in, words


@pytest.fixture
def admin(world: World) -> Visitor:
    return signed_in(world.app, world.administrator.email)


def opened(world: World, dossier: object) -> bool:
    with world.app.app_context():
        found = decision_of(dossier).opened_at is not None  # type: ignore[arg-type]
        db.session.rollback()
        return found


def test_reading_by_the_company_notifies_by_an_agent_does_not(world: World, owner: Visitor) -> None:
    dossier = decided(world)
    run_jobs(world)
    with world.app.app_context():
        reference = letter_of(dossier).reference
        db.session.rollback()
    reviewer = signed_in(world.app, world.reviewer.email)
    page = reviewer.get(f"/agent/dossiers/{dossier.number}")
    assert "pas encore ouvert" in words(page)
    path = f"{dossier.number}/courriers/{reference}"
    assert reviewer.get(f"/agent/dossiers/{path}").status_code == 200
    assert reviewer.get(f"/agent/dossiers/{path}.pdf").data.startswith(b"%PDF")
    assert not opened(world, dossier)
    assert owner.get(f"/entreprise/dossiers/{path}.pdf").data.startswith(b"%PDF")
    assert opened(world, dossier)
    said = words(owner.get(f"/entreprise/dossiers/{path}"))
    for expected in (
        "Un bonus de 4 500,00 € vous est accordé.",
        "Recours contentieux",
        "Empreinte SHA-256 du contenu",
    ):
        assert expected in said
    assert "notifié le 22 novembre 2026" in words(reviewer.get(f"/agent/dossiers/{dossier.number}"))


def test_the_dossiers_page_notifies_too(world: World, owner: Visitor) -> None:
    dossier = decided(world)
    run_jobs(world)
    assert not opened(world, dossier)
    said = words(owner.get(f"/entreprise/dossiers/{dossier.number}"))
    assert opened(world, dossier)
    assert "Vous pouvez la contester jusqu’au 25 janvier 2027 inclus" in said


def test_the_letter_is_in_the_zip(world: World, owner: Visitor) -> None:
    dossier = decided(world)
    run_jobs(world)
    answer = owner.get(f"/entreprise/dossiers/{dossier.number}/dossier.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        (name,) = [name for name in archive.namelist() if name.startswith("decision-")]
        assert archive.read(name).startswith(b"%PDF")


def test_a_template_is_previewed_then_written(world: World, admin: Visitor) -> None:
    start = shipped("silence")
    page = admin.get("/admin/lettres/silence")
    assert document(page).xpath('//textarea[@name="text"]')[0].text_content().strip() == start.text
    sent = {"title": "Refus tacite", "text": f"Un mot.\n\n{start.text}", "from_on": "2026-11-22", "seen": "0"}
    preview = admin.post("/admin/lettres/silence", sent | {"apercu": "1"})
    assert "Aperçu : Refus tacite" in words(preview)
    assert "Un mot." in words(preview)
    pdf = admin.post("/admin/lettres/silence", sent | {"pdf": "1"})
    assert pdf.data.startswith(b"%PDF")
    assert "Version d’origine En vigueur" in words(admin.get("/admin/lettres/silence")), (
        "nothing is written yet"
    )
    written = admin.follow(admin.post("/admin/lettres/silence", sent | {"enregistrer": "1"}))
    assert "Aperçu : Refus tacite" in words(written)
    assert "Version 1 En vigueur" in words(admin.get("/admin/lettres/silence"))
    assert "Version 1" in words(admin.get("/admin/lettres"))
    assert admin.get("/admin/lettres/silence/versions/1.pdf").data.startswith(b"%PDF")


def test_what_is_refused_is_shown_with_what_was_typed(world: World, admin: Visitor) -> None:
    sent = {"title": "Refus", "text": "Pas de recours {ici}.", "from_on": "2026-11-22", "seen": "0"}
    for button in ("apercu", "pdf", "enregistrer"):
        page = admin.post("/admin/lettres/silence", sent | {button: "1"})
        assert page.status_code == 422
        assert any("{ici}" in error for error in errors(page))
        assert document(page).xpath('//textarea[@name="text"]')[0].text_content().strip() == sent["text"]


def test_nothing_at_other_addresses(world: World, admin: Visitor) -> None:
    for path in ("inconnue", "silence/versions/7", "silence/versions/7.pdf", "inconnue/versions/0"):
        assert admin.get(f"/admin/lettres/{path}").status_code == 404
