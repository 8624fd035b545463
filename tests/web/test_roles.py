"""What a role opens, in a house of its own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bonus.accounts.service import add_person
from bonus.certificates.models import TaxCertificate
from bonus.claims.filing import abandon
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.support.world import NOW, World, draft, settled
from tests.web.company_pages import DECLARED
from tests.web.test_not_mine import assert_unknown
from tests.web.visitor import signed_in, words


@pytest.mark.parametrize("role", ["owner", "filer"])
def test_an_owner_and_a_filer_act(world: World, role: str) -> None:
    with world.app.app_context():
        add_person(
            "deposant@demo.example", "Dan", PASSWORD, NOW, company_id=world.company_id, company_role=role
        )
        db.session.commit()
    visitor = signed_in(world.app, "deposant@demo.example")
    dossier = draft(world)
    response = visitor.post(f"/entreprise/dossiers/{dossier.reference}/depot", DECLARED)
    assert response.status_code == 302


def test_a_draft_given_up_stays_invisible_to_agents(world: World) -> None:
    dossier = draft(world)
    with world.app.app_context():
        abandon(dossier.id, world.owner, NOW)
    assert_unknown(signed_in(world.app, world.reviewer.email).get(f"/agent/dossiers/{dossier.reference}"))


def test_a_firm_without_mandate_sees_nothing(world: World) -> None:
    settled(world)
    with world.app.app_context():
        number = db.session.scalars(select(TaxCertificate.number)).one()
    stranger = signed_in(world.app, world.stranger_accountant.email)
    assert_unknown(stranger.get(f"/cabinet/attestations/{number}.pdf"))
    assert "Aucun client pour le moment" in words(stranger.get("/cabinet"))
