"""The queue of what is to be read again: its page, its table and the ways to it, for those who may read (art. 12)."""

from __future__ import annotations

import pytest

from bonus.claims.concurrence import object_to
from tests.claims.test_concurrence import REASONS, large
from tests.support.words import plain
from tests.support.world import NOW, World
from tests.web.test_desk_queries import counted
from tests.web.visitor import signed_in

HERE = "/agent/dossiers?file=a-relire"
TABLE = "/agent/dossiers.csv?file=a-relire"
ALL = "/agent/dossiers"


def test_a_second_reviewer_finds_it_reads_it_and_it_is_to_be_decided(world: World) -> None:
    dossier = large(world)
    reader = signed_in(world.app, world.other_reviewer.email)
    page = plain(reader.get(HERE).text)
    assert str(dossier.number) in page
    assert "puis le silence vaut refus" in page
    assert "À relire" in page
    assert "1 dossier" in page
    assert str(dossier.number) in reader.get(TABLE).text
    # Opened from there, its page leads back to it.
    assert 'href="/agent/dossiers?file=a-relire"' in reader.get(f"{ALL}/{dossier.number}").text
    assert str(dossier.number) not in reader.get(f"{ALL}?file=a-decider").text


def test_who_proposed_does_not_see_it_there(world: World) -> None:
    dossier = large(world)
    proposer = signed_in(world.app, world.reviewer.email)
    page = plain(proposer.get(HERE).text)
    assert str(dossier.number) not in page
    assert "Rien à relire" in page
    assert "un autre instructeur les relit" in page
    assert str(dossier.number) not in proposer.get(TABLE).text
    assert str(dossier.number) in proposer.get(f"{ALL}?recherche={dossier.number}").text


def test_an_officer_has_no_such_queue(world: World) -> None:
    dossier = large(world)
    officer = signed_in(world.app, world.officer.email)
    page = officer.get(f"{ALL}?file=a-decider")
    assert "a-relire" not in page.text
    assert str(dossier.number) not in page.text
    for address in (HERE, TABLE):
        answer = officer.get(address)
        assert answer.status_code == 403, address
        assert str(dossier.number) not in answer.text
    assert "À décider" in plain(officer.get(HERE).text)
    report = officer.get("/agent/pilotage")
    assert "À relire" in plain(report.text)
    assert "file=a-relire" not in report.text


@pytest.mark.parametrize("who", ["owner", "accounting_officer", "administrator"])
@pytest.mark.parametrize("address", [HERE, TABLE])
def test_nobody_else(world: World, who: str, address: str) -> None:
    dossier = large(world)
    answer = signed_in(world.app, getattr(world, who).email).get(address)
    assert answer.status_code in (403, 404)
    assert str(dossier.number) not in answer.text


def test_sent_back_it_is_to_be_proposed_by_anyone(world: World) -> None:
    dossier = large(world)
    with world.app.app_context():
        object_to(dossier.id, REASONS, world.other_reviewer, NOW)
    reviewer = signed_in(world.app, world.reviewer.email)
    assert str(dossier.number) in reviewer.get(f"{ALL}?file=a-proposer").text


def test_the_page_asks_as_much_for_ten_as_for_one(world: World) -> None:
    large(world)
    reader = signed_in(world.app, world.second_reader.email)
    reader.get(HERE)
    with counted(world) as few:
        assert reader.get(HERE).text.count("data-row") == 1
    for _ in range(5):
        large(world)
    with counted(world) as many:
        assert reader.get(HERE).text.count("data-row") == 6
    assert len(many) <= len(few)
    assert len(many) < 30
