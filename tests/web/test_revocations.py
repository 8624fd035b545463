"""Taking a decision back, and reasons on request, on the pages of agents and company."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bonus.claims.letter_models import ReasonsRequest
from bonus.claims.models import Claim
from bonus.claims.revocation_models import Revocation
from bonus.extensions import db
from tests.support.letters import OBSERVED, letter_of
from tests.support.papers import plain_pdf
from tests.support.revocations import FACTS, WHY, granted, heard
from tests.support.silence import refused_by_silence
from tests.support.world import NOW, ON, Dossier, World, decided, draft, filed, run_jobs
from tests.web.visitor import Visitor, document, errors, signed_in, telephone_code, words

DAY = timedelta(days=1)


@pytest.fixture
def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


@pytest.fixture
def officer(world: World) -> Visitor:
    return signed_in(world.app, world.officer.email)


def silent(world: World) -> Dossier:
    with world.app.app_context():
        dossier = refused_by_silence(world, day=ON, filed=ON - 62 * DAY)
        db.session.rollback()
    return dossier


def being_heard(world: World) -> Dossier:
    with world.app.app_context():
        dossier = heard(world, day=ON - 20 * DAY, opened=ON - 20 * DAY)
        db.session.rollback()
    return dossier


def test_from_the_proposal_to_the_withdrawal(
    world: World, reviewer: Visitor, owner: Visitor, officer: Visitor
) -> None:
    dossier = granted(world, day=ON - 20 * DAY)
    place, mine = f"/agent/dossiers/{dossier.number}", f"/entreprise/dossiers/{dossier.number}"
    assert f"{place}/retrait" in reviewer.get(place).text
    refused = reviewer.post(f"{place}/retrait", {"ground": "conditions", "facts": "Trop court."})
    assert refused.status_code == 422
    assert document(refused).xpath('//textarea[@name="facts"]')[0].text_content().strip() == "Trop court."
    reviewer.follow(reviewer.post(f"{place}/retrait", {"ground": "conditions", "facts": FACTS}))
    said = words(owner.get(mine))
    assert "Nous envisageons de retirer la décision" in said
    assert FACTS in said
    assert "Votre entreprise" in said
    file = ("pv.pdf", plain_pdf(words="PV"))
    answered = owner.follow(owner.post_files(f"{mine}/observations", "files", [file], {"text": OBSERVED}))
    assert "Vos observations sont envoyées." in answered.text.replace("\u00a0", " ")
    page = words(officer.get(f"{place}/retrait"))
    assert "voici le procès-verbal" in page
    assert "pv.pdf" in page
    early = officer.post(f"{place}/retrait/decision", {"outcome": "revoke", "reasons": WHY})
    assert early.status_code == 422
    assert any("à partir du 8 décembre 2026" in error for error in errors(early))
    world.app.config["CLOCK"] = lambda: NOW + 16 * DAY
    sent = {"outcome": "revoke", "reasons": WHY}
    assert (
        officer.post(f"{place}/retrait/decision", sent).status_code == 401
    )  # days later, the code is asked again
    code = telephone_code(world.app, world.officer.email)
    officer.follow(officer.post(f"{place}/retrait/decision", sent | {"factor_code": code}))
    said = words(owner.get(mine))
    assert "Décision retirée" in said
    assert "Bonus accordé" in said
    assert "Bonus estimé" not in said
    history = words(owner.get(f"{mine}/historique"))
    for event in ("Retrait envisagé", "Vos observations envoyées", "Décision retirée"):
        assert event in history


def test_observations_that_cannot_be_taken(world: World, owner: Visitor) -> None:
    dossier = being_heard(world)
    place = f"/entreprise/dossiers/{dossier.number}/observations"
    page = owner.post_files(place, "files", [("x.exe", b"MZ\x00")], {"text": OBSERVED})
    assert page.status_code == 422
    assert "voici le procès-verbal" in document(page).xpath('//textarea[@name="text"]')[0].text_content()
    assert any("x.exe" in error for error in errors(page))
    assert owner.post(place, {"text": ""}).status_code == 422


def test_reasons_asked_and_given(world: World, owner: Visitor, reviewer: Visitor) -> None:
    dossier = silent(world)
    place, mine = f"/agent/dossiers/{dossier.number}", f"/entreprise/dossiers/{dossier.number}"
    assert "Demander les motifs" in words(owner.get(mine))
    owner.follow(owner.post(f"{mine}/motifs"))
    said = words(owner.get(mine))
    assert "dus au plus tard le 22 décembre 2026" in said
    assert "Demander les motifs" not in said
    listed = words(reviewer.get("/agent/motifs-et-retraits"))
    assert f"{dossier.number}" in listed
    assert "22/12/2026" in listed
    assert "Donner les motifs" in words(reviewer.get(place))
    assert reviewer.post(f"{place}/motifs", {"reasons": "Non."}).status_code == 422
    reviewer.follow(reviewer.post(f"{place}/motifs", {"reasons": WHY}))
    assert WHY in words(owner.get(mine)).replace("\u00a0", " ")
    assert "Aucune entreprise n’attend" in words(reviewer.get("/agent/motifs-et-retraits"))
    again = owner.follow(owner.post(f"{mine}/motifs"))
    assert "déjà été demandés" in words(again)


def state(world: World) -> list[Any]:
    with world.app.app_context():
        found = [
            db.session.execute(select(model.__table__).order_by(model.id)).all()
            for model in (Claim, Revocation, ReasonsRequest)
        ]
        db.session.rollback()
        return found


def test_another_companys_does_not_exist(world: World) -> None:
    running, quiet = being_heard(world), silent(world)
    neighbour, before = signed_in(world.app, world.neighbour_owner.email), state(world)
    for number in (running.number, running.reference):
        place = f"/entreprise/dossiers/{number}/observations"
        assert neighbour.get(place).status_code == 404
        assert neighbour.post(place, {"text": OBSERVED}).status_code == 404
    assert neighbour.post(f"/entreprise/dossiers/{quiet.number}/motifs").status_code == 404
    assert state(world) == before


def test_another_companys_letter_does_not_exist(world: World, owner: Visitor) -> None:
    own = decided(world)
    theirs = decided(world, filed(world, draft(world, company_id=world.neighbour_id)))
    run_jobs(world)
    with world.app.app_context():
        reference = letter_of(theirs).reference
        db.session.rollback()
    for dossier in (theirs.number, theirs.reference, own.number):
        for name in (reference, f"{reference}.pdf"):
            assert owner.get(f"/entreprise/dossiers/{dossier}/courriers/{name}").status_code == 404
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    assert neighbour.get(f"/entreprise/dossiers/{theirs.number}/courriers/{reference}").status_code == 200


def test_each_in_their_role(world: World, reviewer: Visitor, officer: Visitor) -> None:
    running, quiet, new = being_heard(world), silent(world), granted(world, day=ON - 20 * DAY)
    before = state(world)
    decision = {"outcome": "revoke", "reasons": WHY}
    assert reviewer.post(f"/agent/dossiers/{running.number}/retrait/decision", decision).status_code == 403
    assert officer.post(f"/agent/dossiers/{quiet.number}/motifs", {"reasons": WHY}).status_code == 403
    proposal = {"ground": "fraud", "facts": FACTS}
    refused = officer.post(f"/agent/dossiers/{new.number}/retrait", proposal)
    assert refused.status_code in (403, 422)
    accounting = signed_in(world.app, world.accounting_officer.email)
    assert accounting.get(f"/agent/dossiers/{new.number}/retrait").status_code == 403
    assert state(world) == before
