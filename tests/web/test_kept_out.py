"""Who acted on a dossier in one role is told on its page that another person does the rest, and sees no form of it."""

from __future__ import annotations

import pytest

from bonus.accounts.models import AgentRole, CompanyMember
from bonus.audit.service import Actor
from bonus.claims.examination import send_back
from bonus.extensions import db
from tests.support.world import NOW, Dossier, World, filed, proposed
from tests.web.visitor import Visitor, document, signed_in, words

DECIDES = "Vous avez instruit ce dossier : un ordonnateur qui n’y est pas intervenu le décide (art. 12)."


def with_role(world: World, who: Actor, role: str) -> None:
    assert who.person_id is not None
    with world.app.app_context():
        db.session.add(AgentRole(person_id=who.person_id, role=role))
        db.session.commit()


def forms_of(visitor: Visitor, dossier: Dossier) -> set[str]:
    page = document(visitor.get(f"/agent/dossiers/{dossier.number}"))
    return {form.get("action").rsplit("/", 1)[1] for form in page.xpath('//form[@method="post"]')}


def test_who_proposed_does_not_decide(world: World) -> None:
    with_role(world, world.reviewer, "authorising_officer")
    dossier = proposed(world)
    visitor = signed_in(world.app, world.reviewer.email)
    assert DECIDES in words(visitor.get(f"/agent/dossiers/{dossier.number}")).replace("\u00a0", " ")
    assert not forms_of(visitor, dossier) & {"decision", "renvoi"}
    officer = signed_in(world.app, world.officer.email)
    assert "Vous avez" not in words(officer.get(f"/agent/dossiers/{dossier.number}"))
    assert {"decision", "renvoi"} <= forms_of(officer, dossier)


def test_who_sent_back_does_not_examine(world: World) -> None:
    with_role(world, world.officer, "reviewer")
    dossier = proposed(world)
    with world.app.app_context():
        send_back(dossier.id, "Le montant retenu de la ligne 2 est à vérifier.", world.officer, NOW)
    visitor = signed_in(world.app, world.officer.email)
    text = words(visitor.get(f"/agent/dossiers/{dossier.number}")).replace("\u00a0", " ")
    assert (
        "Vous avez agi sur ce dossier comme ordonnateur : un autre instructeur l’examine (art. 12)." in text
    )
    assert "proposition" not in forms_of(visitor, dossier)
    assert "Demander des pièces" not in text


@pytest.mark.parametrize("role", ["reviewer", "authorising_officer"])
def test_nobody_acts_on_a_dossier_of_their_company(world: World, role: str) -> None:
    who = world.reviewer if role == "reviewer" else world.officer
    dossier = filed(world) if role == "reviewer" else proposed(world)
    with world.app.app_context():
        db.session.add(CompanyMember(company_id=world.company_id, person_id=who.person_id, role="filer"))
        db.session.commit()
    visitor = signed_in(world.app, who.email)
    text = words(visitor.get(f"/agent/dossiers/{dossier.number}")).replace("\u00a0", " ")
    assert "Vous faites partie de l’entreprise de ce dossier" in text
    assert not forms_of(visitor, dossier) & {"proposition", "decision", "instruction"}
