"""The pages of a reform above the threshold and of an annulled refusal: who may, what each is told (arts. 11, 12)."""

from __future__ import annotations

from sqlalchemy import select

from bonus.claims.appeal_models import Appeal
from bonus.extensions import db
from tests.support.appeals import REASONS, annulled, large_reform
from tests.support.words import plain
from tests.support.world import World
from tests.web.visitor import signed_in


def status_of(world: World, reference: str) -> str:
    with world.app.app_context():
        found = db.session.scalars(select(Appeal.status).where(Appeal.reference == reference)).one()
        db.session.rollback()
    return found


def test_a_second_reviewer_reads_it_before_the_officer(world: World) -> None:
    with world.app.app_context():
        _, reference, _ = large_reform(world)
        db.session.rollback()
    page = f"/agent/recours/{reference}"
    officer, second, examiner, first, owner = (
        signed_in(world.app, one.email)
        for one in (
            world.other_officer,
            world.second_reader,
            world.other_reviewer,
            world.reviewer,
            world.owner,
        )
    )
    assert "Un second instructeur doit d’abord confirmer" in officer.get(page).text
    assert f"{page}/decision" not in officer.get(page).text
    assert officer.post(f"{page}/decision", {"seen": ""}).status_code == 422
    for other in (examiner, first, officer, owner):
        assert other.post(f"{page}/confirmation", {}).status_code == 403
        assert other.post(f"{page}/objection", {"reasons": REASONS}).status_code == 403
        assert f"{page}/confirmation" not in other.get(page).text
    assert "Relire la proposition" in second.get(page).text
    short = second.post(f"{page}/objection", {"reasons": "Trop court"})
    assert short.status_code == 422
    assert "Trop court" in short.text
    assert second.post(f"{page}/confirmation", {"seen": "autre chose"}).status_code == 422
    assert second.post(f"{page}/confirmation", {"seen": ""}).status_code == 302
    shown = plain(officer.get(page).text)
    assert f"Confirmé par {world.second_reader.name}" in shown
    assert f"{page}/decision" in shown
    assert officer.post(f"{page}/decision", {"seen": ""}).status_code == 302
    assert status_of(world, reference) == "reformed"


def test_who_does_not_agree_sends_it_back(world: World) -> None:
    with world.app.app_context():
        _, reference, _ = large_reform(world)
        db.session.rollback()
    second = signed_in(world.app, world.second_reader.email)
    assert second.post(f"/agent/recours/{reference}/objection", {"reasons": REASONS}).status_code == 302
    assert status_of(world, reference) == "under_examination"


def test_an_annulled_refusal_is_told_to_both_sides(world: World) -> None:
    with world.app.app_context():
        dossier = annulled(world)
        db.session.rollback()
    owner, reviewer = (signed_in(world.app, one.email) for one in (world.owner, world.other_reviewer))
    mine = plain(owner.get(f"/entreprise/dossiers/{dossier.number}").text)
    assert "Nous examinons de nouveau votre demande" in mine
    assert "Refus du 22 novembre 2026, annulé" in mine
    assert "la contester jusqu" not in mine
    assert "au plus tard le 22 janvier 2027" in mine
    assert "Le label que des lignes attendaient" not in mine
    told = plain(owner.get(f"/entreprise/dossiers/{dossier.number}/recours").text)
    assert "votre demande est de nouveau examinée" in told
    assert "déposer de nouveau" not in told
    desk = plain(reviewer.get(f"/agent/dossiers/{dossier.number}").text)
    assert "Une décision a été annulée sur recours" in desk
    assert "22 janvier 2027" in desk
    assert "Décision annulée sur recours" in desk
    assert "Dossier de nouveau à instruire" in desk
