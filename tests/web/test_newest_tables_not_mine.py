"""The tables of appeals, of reasons owed and of decisions being taken back: for those who examine, and nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from bonus.accounts.models import AgentRole
from bonus.claims.appeal_models import Appeal
from bonus.claims.revocation_models import Revocation
from bonus.extensions import db
from tests.support.appeals import appealed, refused_in_part
from tests.support.revocations import heard
from tests.support.world import World
from tests.web.test_table_exports import rows, sheet
from tests.web.visitor import Visitor, signed_in

TABLES = {
    "recours": "/agent/recours",
    "motifs": "/agent/motifs-et-retraits/motifs",
    "retraits": "/agent/motifs-et-retraits/retraits",
}
KINDS = ("csv", "xlsx")
SEE = ("reviewer", "second_reader", "officer")
KEPT_OUT = (
    "owner",
    "neighbour_owner",
    "accountant",
    "accounting_officer",
    "administrator",
    "registry_keeper",
)


@pytest.fixture
def house(world: World) -> dict[str, str]:
    """One row in each table: its dossier's number, by the table."""
    with world.app.app_context():
        contested = refused_in_part(world)
        appealed(world, contested)
        taken_back = heard(world)
        assert db.session.scalars(select(Appeal)).one().status == "filed"
        assert db.session.scalars(select(Revocation)).one().status == "hearing"
        numbers = {"recours": str(contested.number), "retraits": str(taken_back.number)}
        db.session.rollback()
    return numbers


def addresses() -> list[str]:
    return [f"{address}.{kind}" for address in TABLES.values() for kind in KINDS]


@pytest.mark.parametrize("who", SEE)
def test_who_examines_has_each_of_them(world: World, house: dict[str, str], who: str) -> None:
    visitor = signed_in(world.app, getattr(world, who).email)
    for table, address in TABLES.items():
        listed = rows(visitor.get(f"{address}.csv"))
        assert [row[0] for row in listed[1:]] == ([house[table]] if table in house else [])
        assert list(sheet(visitor.get(f"{address}.xlsx"))[0]) == listed[0]


@pytest.mark.parametrize("who", KEPT_OUT)
def test_nobody_else(world: World, house: dict[str, str], who: str) -> None:
    visitor = signed_in(world.app, getattr(world, who).email)
    for address in addresses():
        response = visitor.get(address)
        assert response.status_code in (403, 404), address
        assert response.mimetype == "text/html"
        assert not any(number in response.text for number in house.values())


def test_nobody_at_all_is_asked_who_they_are(world: World, house: dict[str, str]) -> None:
    stranger = Visitor(world.app)
    for address in addresses():
        response = stranger.get(address)
        assert (response.status_code, "/connexion" in response.headers["Location"]) == (302, True), address


def test_an_agent_whose_role_was_taken_away(world: World, house: dict[str, str]) -> None:
    visitor = signed_in(world.app, world.reviewer.email)
    assert visitor.get(addresses()[0]).status_code == 200
    with world.app.app_context():
        db.session.execute(delete(AgentRole).where(AgentRole.person_id == world.reviewer.person_id))
        db.session.commit()
    for address in addresses():
        assert visitor.get(address).status_code in (302, 403, 404), address


@pytest.mark.parametrize("kind", ["pdf", "csv.exe", "CSV", ""])
def test_no_other_kind_of_file(world: World, house: dict[str, str], kind: str) -> None:
    visitor = signed_in(world.app, world.reviewer.email)
    for address in TABLES.values():
        assert visitor.get(f"{address}.{kind}").status_code == 404, address
