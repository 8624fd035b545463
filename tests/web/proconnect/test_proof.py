"""Showing by ProConnect that one may act for a company (art. 2): by its SIRET, at the level asked for that."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bonus.accounts.models import CompanyMember
from bonus.companies.models import Company
from bonus.companies.proof_models import Application
from bonus.demo.invoices import BUYER
from bonus.extensions import db
from tests.support.provider import claims_asked
from tests.support.world import NEIGHBOUR, NOW
from tests.web.proconnect.passage import (
    HOME,
    OTHER_SIRET,
    SIRET,
    START,
    Passage,
    acts,
    identities,
    query_of,
)
from tests.web.visitor import Visitor, words

PROVE = f"{START}?pour=preuve&entreprise={BUYER.siren}"
MINE = "camille@atelier.example"


@pytest.fixture
def unproven(passage: Passage) -> Passage:
    """The company's owner, signed in by password; nobody has shown the right to act for it yet."""
    with passage.world.app.app_context():
        company = db.session.get_one(Company, passage.world.company_id)
        company.proven_at = company.proven_by = None
        db.session.commit()
    passage.visitor.sign_in(passage.world.owner.email)
    return passage


def proof(passage: Passage) -> str | None:
    with passage.world.app.app_context():
        return db.session.get_one(Company, passage.world.company_id).proven_by


def test_the_siret_of_the_company_proves_it(unproven: Passage) -> None:
    unproven.oidc.person("s-1", MINE, "eidas2", siret=SIRET)
    response = unproven.sign_in(MINE, PROVE)
    assert response.headers["Location"] == "/entreprise"
    assert "Votre droit d’agir est prouvé" in unproven.visitor.get("/entreprise").text
    assert proof(unproven) == "proconnect"
    assert identities(unproven) == [(unproven.world.owner.email, "s-1", SIRET)]
    assert acts(unproven) == ["account.signed_in", "account.identity_linked", "company.proven"]
    # Done: there is nothing left to prove.
    assert unproven.visitor.get(PROVE).status_code == 404


def test_the_level_asked_for_is_that_of_proofs(unproven: Passage) -> None:
    asked = claims_asked(query_of(unproven.leave_for(PROVE)))
    assert asked["acr"] == {"essential": True, "values": ["eidas2"]}


def test_a_level_that_is_enough_to_sign_in_is_not_enough_to_prove(unproven: Passage) -> None:
    unproven.oidc.person("s-1", MINE, "eidas2", siret=SIRET)
    back = unproven.identify(MINE, PROVE)
    unproven.oidc.order("set", idToken={"acr": "eidas1"})
    response = unproven.visitor.get(back)
    assert (response.status_code, "pas assez sûre" in words(response)) == (403, True)
    assert PROVE in response.text.replace("&amp;", "&"), "one may begin again"
    assert (proof(unproven), identities(unproven)) == (None, [])


def test_another_company_is_named_and_the_letter_remains(unproven: Passage) -> None:
    unproven.oidc.person("s-1", MINE, "eidas2", siret=OTHER_SIRET)
    response = unproven.sign_in(MINE, PROVE)
    assert response.status_code == 422
    said = words(response)
    assert "SIREN 732 829 320" in said
    assert "Atelier Fictif" in said
    assert "code envoyé par courrier" in said
    assert proof(unproven) is None


@pytest.mark.parametrize("siret", ["", "1234", "7328293200007X"])
def test_no_siret_proves_nothing(unproven: Passage, siret: str) -> None:
    unproven.oidc.person("s-1", MINE, "eidas2", siret=siret)
    response = unproven.sign_in(MINE, PROVE)
    assert response.status_code == 422
    assert "n’a pas transmis de SIRET" in words(response)
    assert proof(unproven) is None


def test_an_identity_of_somebody_else_proves_nothing(unproven: Passage) -> None:
    unproven.oidc.person("s-1", MINE, "eidas2", siret=SIRET)
    with unproven.another() as somebody:
        somebody.sign_in(MINE)
    response = unproven.sign_in(MINE, PROVE)
    assert response.status_code == 409
    assert "ouvre un autre compte que le vôtre" in words(response)
    assert (proof(unproven), identities(unproven)) == (None, [(MINE, "s-1", SIRET)])
    assert acts(unproven)[-1] == "account.link_refused"


def test_an_address_of_another_account_proves_nothing(unproven: Passage) -> None:
    other = unproven.world.neighbour_owner.email
    unproven.oidc.person("s-1", other, "eidas2", siret=SIRET)
    response = unproven.sign_in(other, PROVE)
    assert response.status_code == 409
    assert "celle d’un autre compte" in words(response)
    assert (proof(unproven), identities(unproven)) == (None, [])


def test_an_identity_that_is_theirs_already_serves_again(unproven: Passage) -> None:
    unproven.oidc.person("s-1", MINE, "eidas2", siret=OTHER_SIRET)
    assert unproven.sign_in(MINE, PROVE).status_code == 422
    unproven.oidc.person("s-1", MINE, "eidas2", siret=SIRET)
    assert unproven.sign_in(MINE, PROVE).status_code == 302
    assert proof(unproven) == "proconnect"
    assert identities(unproven) == [(unproven.world.owner.email, "s-1", SIRET)]


def test_only_who_began_may_end(unproven: Passage) -> None:
    """Somebody else signs in before the same browser while the first is at ProConnect."""
    unproven.oidc.person("s-1", MINE, "eidas2", siret=SIRET)
    back = unproven.identify(MINE, PROVE)
    with unproven.visitor.client.session_transaction() as session:
        flow = session["proconnect_flow"]
    neighbour = Visitor(unproven.world.app)
    neighbour.sign_in(unproven.world.neighbour_owner.email)
    with neighbour.client.session_transaction() as session:
        session["proconnect_flow"] = flow
    for visitor in (neighbour, Visitor(unproven.world.app)):
        assert visitor.get(back).status_code == 400
    assert (proof(unproven), identities(unproven)) == (None, [])


def test_who_cancels_is_back_before_the_proof(unproven: Passage) -> None:
    back = unproven.browser.cancel(unproven.leave_for(PROVE)).removeprefix(HOME)
    assert unproven.visitor.get(back).headers["Location"] == "/entreprise/preuve"


def test_who_began_to_sign_the_company_up_proves_it_and_the_former_owner_leaves(unproven: Passage) -> None:
    """Nobody had shown anything: the first to do so is the owner."""
    world = unproven.world
    with world.app.app_context():
        db.session.add(
            Application(
                company_id=world.company_id, person_id=world.neighbour_owner.person_id, created_at=NOW
            )
        )
        db.session.commit()
    unproven.oidc.person("s-1", MINE, "eidas2", siret=SIRET)
    with unproven.another() as first:
        first.visitor.sign_in(world.neighbour_owner.email)
        page = first.visitor.get(f"/entreprise/preuve/{BUYER.siren}")
        assert PROVE in page.text.replace("&amp;", "&")
        assert first.sign_in(MINE, PROVE).headers["Location"] == "/entreprise"
        assert BUYER.name in first.visitor.get("/entreprise").text
    with world.app.app_context():
        owners = db.session.scalars(
            select(CompanyMember.person_id).where(CompanyMember.company_id == world.company_id)
        ).all()
    assert owners == [world.neighbour_owner.person_id]
    assert unproven.visitor.get(PROVE).status_code == 404


def test_nobody_proves_without_signing_in(passage: Passage) -> None:
    assert passage.visitor.get(PROVE).headers["Location"].startswith("/connexion?suite=")


@pytest.mark.parametrize("siren", [NEIGHBOUR.siren, "", "x" * 300, "123456789"])
def test_a_company_that_is_not_mine_is_unknown(unproven: Passage, siren: str) -> None:
    assert unproven.visitor.get(f"{START}?pour=preuve&entreprise={siren}").status_code == 404


@pytest.mark.parametrize("role", ["filer", "reader"])
def test_only_an_owner_proves(unproven: Passage, role: str) -> None:
    with unproven.world.app.app_context():
        member = db.session.scalars(
            select(CompanyMember).where(CompanyMember.person_id == unproven.world.owner.person_id)
        ).one()
        member.role = role
        db.session.commit()
    assert unproven.visitor.get(PROVE).status_code == 404


def test_what_is_proven_is_proven_no_more(passage: Passage) -> None:
    passage.visitor.sign_in(passage.world.owner.email)
    assert passage.visitor.get(PROVE).status_code == 404


def test_a_purpose_that_is_none(passage: Passage) -> None:
    assert passage.visitor.get(f"{START}?pour=autre").status_code == 404
