"""Who gave an agent's password and no code: what the public pages let them do, and learn."""

from __future__ import annotations

import base64
import re

from bonus.accounts.invitations import invite
from bonus.accounts.models import Person
from bonus.accounts.second_factor import forget
from bonus.adapters.second_factor import code_at, step_of
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.support.space import secret_of
from tests.support.world import NOW, World
from tests.web.visitor import Visitor, document, errors, signed_in, words

ENROLMENT = "/connexion/double-authentification"


def half_signed(world: World, email: str) -> Visitor:
    visitor = Visitor(world.app)
    assert visitor.post("/connexion", {"email": email, "password": PASSWORD}).status_code == 302
    return visitor


def unenrolled(world: World) -> str:
    with world.app.app_context():
        forget(world.reviewer.person_id or 0)
        db.session.commit()
    return world.reviewer.email


def secret_shown(visitor: Visitor) -> str:
    (written,) = document(visitor.get(ENROLMENT)).xpath("//main//*[contains(@class, 'bs-code')]")
    return "".join(written.text_content().split())


def code_of(secret: str) -> str:
    return code_at(base64.b32decode(secret), step_of(NOW))


def test_each_session_is_shown_a_secret_of_its_own(world: World) -> None:
    """A stranger who looked first does not know the one its owner puts in place."""
    email = unenrolled(world)
    stranger, owner = half_signed(world, email), half_signed(world, email)
    seen = secret_shown(stranger)
    assert secret_shown(stranger) == seen  # a page loaded again, and a code still right
    own = secret_shown(owner)
    assert own != seen
    refused = stranger.post(ENROLMENT, {"factor_code": code_of(seen)})
    assert refused.status_code == 422
    assert "recommencée ailleurs" in errors(refused)[0]
    # Now the stranger's page replaced the owner's: theirs says so too, and shows another, that serves.
    asked_again = owner.post(ENROLMENT, {"factor_code": code_of(own)})
    assert asked_again.status_code == 422
    done = owner.post(ENROLMENT, {"factor_code": code_of(secret_shown(owner))})
    assert re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", words(done))
    assert stranger.get("/agent/dossiers").headers["Location"].startswith("/connexion/code")


def test_signing_in_again_shows_another_secret(world: World) -> None:
    email = unenrolled(world)
    visitor = half_signed(world, email)
    seen = secret_shown(visitor)
    visitor.post("/deconnexion")
    visitor.post("/connexion", {"email": email, "password": PASSWORD})
    assert secret_shown(visitor) != seen


def test_an_agent_accepts_no_invitation_of_a_company(world: World) -> None:
    """Neither with the password alone, nor with the code (art. 12)."""
    email = world.officer.email
    with world.app.app_context():
        invite(world.company_id, email, "filer", world.owner, NOW)
        url = f"/invitation/{secret_of(email)}"
        db.session.rollback()
    for visitor in (half_signed(world, email), signed_in(world.app, email)):
        page = visitor.get(url)
        assert "n’agit pas pour une entreprise" in words(page)
        assert not document(page).xpath("//main//form")
        assert visitor.post(url).status_code == 409
    with world.app.app_context():
        assert db.session.get_one(Person, world.officer.person_id).memberships == []
        db.session.rollback()


def test_the_administrator_is_told_what_a_reset_took(world: World) -> None:
    administrator = signed_in(world.app, world.administrator.email)
    page = f"/agent/agents/{world.reviewer.person_id}"
    assert "L’ancien sert jusque-là" in words(administrator.get(page))
    done = administrator.follow(administrator.post(f"{page}/double-authentification"))
    assert "l’ancien mot de passe ne sert plus" in words(done)
    assert "Il n’a pas encore choisi de mot de passe" in words(done)
    refused = Visitor(world.app).post("/connexion", {"email": world.reviewer.email, "password": PASSWORD})
    assert refused.status_code == 422
