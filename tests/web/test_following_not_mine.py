"""What follows the filing of another company's dossier does not exist, and a reader acts on none of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bonus.accounts.service import add_person
from bonus.claims.models import Claim, Document
from bonus.claims.request_models import ClaimMessage, ItemFile, RequestedItem
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.support.papers import PLAIN
from tests.support.requests import asked, item_ids, prepared
from tests.support.world import NOW, ON, Dossier, World, draft, filed
from tests.web.visitor import Visitor, signed_in

PIECE = ("releve.pdf", PLAIN)
REASON = "Nous avons commandé par téléphone."


@pytest.fixture
def theirs(world: World) -> tuple[Dossier, int, str]:
    """A dossier whose answer is prepared and not sent: it, an item, a file of it."""
    dossier = filed(world)
    with world.app.app_context():
        asked(world, dossier, day=ON)
        prepared(world, dossier, NOW)
        item = item_ids(dossier)[0]
        found = db.session.scalars(
            select(Document.reference).join(ItemFile, ItemFile.document_id == Document.id)
        ).one()
        db.session.rollback()
    return dossier, item, found


def state(world: World) -> list[Any]:
    with world.app.app_context():
        found = [
            db.session.execute(select(model.__table__).order_by(*model.__table__.primary_key)).all()
            for model in (Claim, ClaimMessage, Document, ItemFile, RequestedItem)
        ]
        db.session.rollback()
        return found


def statuses(visitor: Visitor, theirs: tuple[Dossier, int, str]) -> list[int]:
    """What each act answers, by the dossier's number and by its reference."""
    dossier, item, file = theirs
    found = []
    for name in (dossier.number, dossier.reference):
        place = f"/entreprise/dossiers/{name}"
        found += [
            visitor.get(f"{place}/desistement"),
            visitor.get(f"{place}/reponse"),
            visitor.post(f"{place}/messages", {"text": "Bonjour."}),
            visitor.post(f"{place}/desistement", {"sure": "y"}),
            visitor.post(f"{place}/reponse"),
            visitor.post_files(f"{place}/reponse/{item}/ajout", f"piece-{item}-files", [PIECE]),
            visitor.post(f"{place}/reponse/{item}/motif", {f"motif-{item}-reason": REASON}),
            visitor.post(f"{place}/reponse/pieces/{file}/retrait"),
        ]
    return [response.status_code for response in found]


def test_another_company(world: World, theirs: tuple[Dossier, int, str]) -> None:
    neighbour, before = signed_in(world.app, world.neighbour_owner.email), state(world)
    assert set(statuses(neighbour, theirs)) == {404}
    page = neighbour.get(f"/entreprise/dossiers/{theirs[0].number}/historique")
    assert page.status_code == 404
    assert "Atelier Fictif" not in page.text
    assert state(world) == before


def test_another_company_through_its_own_dossier(world: World, theirs: tuple[Dossier, int, str]) -> None:
    with world.app.app_context():
        own = filed_by_neighbour(world)
        asked(world, own, day=ON)
    neighbour, before = signed_in(world.app, world.neighbour_owner.email), state(world)
    _, item, file = theirs
    place = f"/entreprise/dossiers/{own.number}/reponse"
    for response in (
        neighbour.post_files(f"{place}/{item}/ajout", f"piece-{item}-files", [PIECE]),
        neighbour.post(f"{place}/{item}/motif", {f"motif-{item}-reason": REASON}),
        neighbour.post(f"{place}/pieces/{file}/retrait"),
    ):
        assert response.status_code == 404
    assert state(world) == before


def filed_by_neighbour(world: World) -> Dossier:
    return filed(world, draft(world, company_id=world.neighbour_id))


def test_a_reader(world: World, theirs: tuple[Dossier, int, str]) -> None:
    with world.app.app_context():
        company: dict[str, Any] = {"company_id": world.company_id, "company_role": "reader"}
        add_person("lecture@demo.example", "Lise Lecture", PASSWORD, NOW, **company)
        db.session.commit()
    reader, before = signed_in(world.app, "lecture@demo.example"), state(world)
    assert set(statuses(reader, theirs)) == {403}
    place = f"/entreprise/dossiers/{theirs[0].number}"
    page = reader.get(place)
    assert page.status_code == reader.get(f"{place}/historique").status_code == 200
    for act in ("/reponse", "/desistement", "/messages"):
        assert f"{place}{act}" not in page.text.replace("#messages", "")
    assert state(world) == before


def test_one_does_all_that_of_ones_own(
    world: World, theirs: tuple[Dossier, int, str], owner: Visitor
) -> None:
    """Without this the tests above could pass on addresses that nobody opens."""
    assert not {403, 404} & set(statuses(owner, theirs)[:7])
