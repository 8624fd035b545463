"""The administrator's page: the log, the latest first, and whether its chain is whole."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text, update

from bonus.audit.models import AuditEntry
from bonus.audit.service import record
from bonus.extensions import db
from tests.support.world import NOW, World, settled
from tests.web.visitor import Visitor, document, signed_in, spaced, words

PAGE = "/agent/journal"


@pytest.fixture
def administrator(world: World) -> Visitor:
    return signed_in(world.app, world.administrator.email)


def test_each_act_of_a_dossier_is_there_in_french(world: World, administrator: Visitor) -> None:
    settled(world)
    said = words(administrator.get(PAGE))
    for act in (
        "Connexion",
        "Brouillon ouvert",
        "Document ajouté",
        "Dossier déposé",
        "Décision proposée",
        "Décision prise",
        "Ordre de paiement",
        "Attestation émise",
    ):
        assert act in said, act


def test_every_act_that_is_recorded_has_its_words(world: World, administrator: Visitor) -> None:
    settled(world)
    with world.app.app_context():
        actions = set(db.session.scalars(select(AuditEntry.action)))
    page = document(administrator.get(PAGE))
    for cell in page.xpath("//tbody/tr/td[2]"):
        act, code = spaced(cell.text), spaced(cell.xpath("string(.//span)"))
        assert code in actions
        assert act != code, "an act without French words"


def test_the_latest_comes_first_and_pages_follow(world: World, administrator: Visitor) -> None:
    with world.app.app_context():
        for rank in range(100):
            record("test.act", f"subject:{rank}", world.administrator, NOW, rank=rank)
        db.session.commit()
        total = db.session.scalar(select(func.count(AuditEntry.id))) or 0
    assert total > 100
    page = administrator.get(PAGE)
    numbers = [int(number) for number in document(page).xpath("//tbody/tr/th/text()")]
    assert numbers == list(range(total, total - 50, -1))
    assert "subject:99" in words(page)
    last = document(administrator.get(f"{PAGE}?page=3")).xpath("//tbody/tr/th/text()")
    assert [int(number) for number in last] == list(range(total - 100, 0, -1))
    assert document(page).xpath(f'//nav//a[@href="{PAGE}?page=2"]')


@pytest.mark.parametrize("page", ["0", "-3", "99", "9999999999999999999999", "x"])
def test_a_page_that_does_not_exist_is_the_nearest_one(administrator: Visitor, page: str) -> None:
    response = administrator.get(f"{PAGE}?page={page}")
    assert response.status_code == 200
    assert document(response).xpath("//tbody/tr")


def test_the_chain_is_checked_when_asked(world: World, administrator: Visitor) -> None:
    assert "La chaîne est" not in words(administrator.get(PAGE))
    assert "La chaîne est entière" in words(administrator.get(f"{PAGE}?verifier=1"))


def test_an_entry_that_was_changed_is_told(world: World, administrator: Visitor) -> None:
    with world.app.app_context():
        db.session.execute(text("DROP TRIGGER audit_entries_no_update"))  # who tampers has such rights
        db.session.execute(update(AuditEntry).where(AuditEntry.id == 3).values(actor="Quelqu’un d’autre"))
        db.session.commit()
    said = words(administrator.get(f"{PAGE}?verifier=1"))
    assert "La chaîne est rompue" in said
    assert "Entrée n° 3 : son contenu a été modifié." in said


def test_the_working_of_an_entry_is_in_its_details(world: World, administrator: Visitor) -> None:
    settled(world)
    with world.app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.decided")).one()
        number, digest = entry.id, entry.hash
    page = document(administrator.get(PAGE))
    (row,) = page.xpath(f'//tbody/tr[th[normalize-space()="{number}"]]')
    details = spaced(row.xpath("string(.//details)"))
    assert digest in details
    assert "450000" in details
