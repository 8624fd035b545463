"""A table of another company, or of another dossier, does not exist; and a reader neither loads nor takes one."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bonus.accounts.service import add_person
from bonus.claims.models import Claim, PurchaseLine
from bonus.claims.table_models import PurchaseTable
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.claims.loads.samples import loaded, taken
from tests.claims.tables.samples import PLAIN, as_csv
from tests.support.world import NOW, Dossier, World, draft
from tests.web.company_pages import address
from tests.web.test_not_mine import assert_unknown
from tests.web.visitor import Visitor, signed_in

PAGES = ("", "/a-corriger.csv", "/a-corriger.xlsx", "/fautes.csv", "/avertissements.csv")
ACTS = ("lignes", "abandon", "retrait")
FILES = [("t.csv", as_csv([PLAIN | {"facture": "F-9"}]))]


@pytest.fixture
def theirs(world: World) -> Dossier:
    return draft(world, [])


@pytest.fixture
def tables(world: World, theirs: Dossier) -> list[str]:
    """The addresses' names of two tables of the company's draft: one to take, one taken."""
    with world.app.app_context():
        names = [
            loaded(world, theirs.id, PLAIN).reference,
            taken(world, theirs.id, PLAIN | {"facture": "F-2"}).reference,
        ]
        db.session.rollback()
        return names


def state(world: World) -> list[object]:
    """All that a form could have changed of what is there."""
    with world.app.app_context():
        found = db.session.execute(
            select(PurchaseTable.id, PurchaseTable.status).order_by(PurchaseTable.id)
        ).all()
        lines = db.session.scalar(select(func.count(PurchaseLine.id)))
        return [*map(tuple, found), lines, db.session.scalar(select(func.count(Claim.id)))]


def test_of_another_company(world: World, theirs: Dossier, tables: list[str]) -> None:
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    own = draft(world, [], company_id=world.neighbour_id)
    before = state(world)
    assert_unknown(neighbour.get(f"{address(theirs)}/tableau"))
    assert_unknown(neighbour.post_files(f"{address(theirs)}/tableau", "file", FILES))
    for dossier in (theirs, own):
        for table in tables:
            for page in PAGES:
                assert_unknown(neighbour.get(f"{address(dossier)}/tableau/{table}{page}"))
            for act in ACTS:
                assert_unknown(neighbour.post(f"{address(dossier)}/tableau/{table}/{act}"))
    assert state(world) == before


def test_of_another_of_ones_own_dossiers(
    world: World, owner: Visitor, theirs: Dossier, tables: list[str]
) -> None:
    other = draft(world, [])
    before = state(world)
    for table in tables:
        assert owner.get(f"{address(other)}/tableau/{table}").status_code == 404
        for act in ACTS:
            assert owner.post(f"{address(other)}/tableau/{table}/{act}").status_code == 404
        assert owner.get(f"{address(theirs)}/tableau/{table}").status_code == 200, "one opens one's own"
    assert state(world) == before


def test_a_reader_does_not_load_nor_take(world: World, theirs: Dossier, tables: list[str]) -> None:
    with world.app.app_context():
        add_person(
            "lecteur@demo.example", "Lise", PASSWORD, NOW, company_id=world.company_id, company_role="reader"
        )
        db.session.commit()
    reader = signed_in(world.app, "lecteur@demo.example")
    before = state(world)
    new = "/entreprise/dossiers/nouveau/tableau"
    for response in (
        reader.get(new),
        reader.post_files(new, "file", FILES),
        reader.get(f"{address(theirs)}/tableau"),
        reader.post_files(f"{address(theirs)}/tableau", "file", FILES),
        *(reader.get(f"{address(theirs)}/tableau/{tables[0]}{page}") for page in PAGES),
        *(reader.post(f"{address(theirs)}/tableau/{table}/{act}") for table in tables for act in ACTS),
    ):
        assert response.status_code == 403
    assert state(world) == before
