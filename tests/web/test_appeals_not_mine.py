"""Appeals on pages: not another company's, not by who may only look, not by the wrong role; nothing typed is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bonus.claims.appeal_models import Appeal
from bonus.extensions import db
from tests.support.appeals import GROUNDS, REASONS, SUITE, appealed, lines_of, refused_in_part
from tests.support.world import World, draft
from tests.web.visitor import signed_in


@pytest.fixture
def case(world: World) -> tuple[str, str, int]:
    """The number of a dossier refused in part, the reference of its appeal, and its refused line."""
    with world.app.app_context():
        dossier = refused_in_part(world)
        found = (str(dossier.number), appealed(world, dossier), lines_of(dossier)[1])
        db.session.rollback()
    return found


def status_of(world: World, reference: str) -> str:
    with world.app.app_context():
        found = db.session.scalars(select(Appeal.status).where(Appeal.reference == reference)).one()
        db.session.rollback()
    return found


def test_not_another_company_s(world: World, case: tuple[str, str, int]) -> None:
    number, reference, _ = case
    stranger = signed_in(world.app, world.neighbour_owner.email)
    assert stranger.get(f"/entreprise/dossiers/{number}/recours").status_code == 404
    address = f"/entreprise/dossiers/{number}/recours"
    assert stranger.post(address, {"rank": "1", "grounds": GROUNDS}).status_code == 404
    assert stranger.post(f"{address}/{reference}/retrait", {}).status_code == 404
    with world.app.app_context():
        own = draft(world, company_id=world.neighbour_id)
    # Another's appeal is not withdrawn through one's own dossier.
    mine = f"/entreprise/dossiers/{own.reference}/recours/{reference}/retrait"
    assert stranger.post(mine, {}).status_code == 404
    assert status_of(world, reference) == "filed"


def test_the_journey_on_pages(world: World, case: tuple[str, str, int]) -> None:
    number, reference, wrong = case
    reviewer, officer = (
        signed_in(world.app, one.email) for one in (world.other_reviewer, world.other_officer)
    )
    page = f"/agent/recours/{reference}"
    first = signed_in(world.app, world.reviewer.email)
    assert "Vous êtes intervenu sur ce dossier" in first.get(page).text
    assert first.post(f"{page}/examen", {}).status_code == 403
    assert officer.post(f"{page}/examen", {}).status_code == 403
    assert reviewer.post(f"{page}/examen", {}).status_code == 302
    short = reviewer.post(
        f"{page}/proposition", {"outcome": "reform", "reasons": "Trop court", "lines": str(wrong)}
    )
    assert short.status_code == 422
    assert "Trop court" in short.text
    fields = {"outcome": "reform", "reasons": REASONS, "lines": str(wrong), "solution": SUITE}
    assert reviewer.post(f"{page}/proposition", fields).status_code == 302
    assert reviewer.post(f"{page}/decision", {}).status_code == 403
    shown = officer.get(page).text
    assert "3\u202f500,00" in shown
    assert officer.post(f"{page}/decision", {"seen": "autre chose"}).status_code == 422
    assert officer.post(f"{page}/decision", {"seen": ""}).status_code == 302
    assert status_of(world, reference) == "reformed"
    owner = signed_in(world.app, world.owner.email)
    assert REASONS.split(" :")[0] in owner.get(f"/entreprise/dossiers/{number}/recours").text


def test_nothing_typed_is_lost_and_an_unknown_one_is_not_there(
    world: World, case: tuple[str, str, int]
) -> None:
    number, _, _ = case
    owner = signed_in(world.app, world.owner.email)
    address = f"/entreprise/dossiers/{number}/recours"
    assert "au plus tard le" in owner.get(address).text
    assert owner.post(address, {"rank": "1", "grounds": GROUNDS}).status_code == 422  # appealed already
    reviewer = signed_in(world.app, world.reviewer.email)
    assert reviewer.get("/agent/recours/inconnu").status_code == 404
