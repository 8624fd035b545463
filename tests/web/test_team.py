"""The team's pages: invited, joined, removed at once; and which company one acts for."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bonus.accounts.models import CompanyMember, Invitation
from bonus.accounts.service import add_person
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.support.space import secret_of
from tests.support.world import ENTERED, World, draft, filed
from tests.web.company_pages import filled
from tests.web.visitor import Visitor, document, errors, signed_in, words

PAGE = "/entreprise/equipe"
INVITE, CHOOSE = f"{PAGE}/invitation", "/entreprise/choisir"
EMAIL = "nouvelle@entreprise.example"


def invite(world: World, owner: Visitor, email: str = EMAIL, role: str = "filer") -> str:
    """Send an invitation by the page; the address of its link."""
    sent = filled(owner.get(INVITE), "//main//form[1]") | {"email": email, "role": role}
    response = owner.post(INVITE, sent)
    assert response.status_code == 302, errors(response)
    with world.app.app_context():
        return f"/invitation/{secret_of(email)}"


def member(world: World, name: str, role: str) -> tuple[Visitor, int]:
    """One more person of the company, signed in."""
    with world.app.app_context():
        person = add_person(
            f"{name}@demo.example", name, PASSWORD, ENTERED, company_id=world.company_id, company_role=role
        )
        db.session.commit()
        member_id = person.memberships[0].id
    return signed_in(world.app, f"{name}@demo.example"), member_id


def own_id(world: World) -> int:
    with world.app.app_context():
        return db.session.scalars(
            select(CompanyMember.id).where(CompanyMember.person_id == world.owner.person_id)
        ).one()


def both(world: World, role: str = "reader") -> Visitor:
    """The neighbour's owner, who is also of the company."""
    with world.app.app_context():
        db.session.add(
            CompanyMember(person_id=world.neighbour_owner.person_id, company_id=world.company_id, role=role)
        )
        db.session.commit()
    return signed_in(world.app, world.neighbour_owner.email)


def choose(visitor: Visitor, company_id: int, suite: str = "") -> None:
    response = visitor.post(f"{CHOOSE}{suite}", {"company": str(company_id)})
    assert response.status_code == 302


# ---------------------------------------------------------------- invitations


def test_a_newcomer_is_invited_and_joins(world: World, owner: Visitor) -> None:
    link = invite(world, owner)
    assert f"{EMAIL} Déposant 22/11/2026" in words(owner.get(PAGE))
    newcomer = Visitor(world.app)
    text = words(newcomer.get(link))
    assert "Camille Laurent vous invite à rejoindre l’espace de l’entreprise Atelier Fictif SAS." in text
    short = newcomer.post(link, {"name": "Noa Neuf", "password": "court"})
    assert short.status_code == 422
    assert "12 à 200 caractères" in errors(short)[0]
    home = newcomer.follow(newcomer.post(link, {"name": "Noa Neuf", "password": PASSWORD}))
    assert "Votre compte est créé." in words(home)
    assert newcomer.get("/entreprise/dossiers/nouveau").status_code == 200  # a filer may
    assert newcomer.get(INVITE).status_code == 403
    assert "Noa Neuf" in words(owner.get(PAGE))
    over = Visitor(world.app).get(link)
    assert over.status_code == 409
    assert "Cette invitation a déjà servi." in words(over)


def test_someone_with_an_account_signs_in_first(world: World, owner: Visitor) -> None:
    link = invite(world, owner, world.neighbour_owner.email, "reader")
    visitor = Visitor(world.app)
    (door,) = document(visitor.get(link)).xpath('//main//a[contains(@href, "/connexion")]/@href')
    assert visitor.post(link, {"name": "X", "password": PASSWORD}).status_code == 409
    response = visitor.sign_in(world.neighbour_owner.email, url=door)
    assert response.headers["Location"] == link
    home = visitor.follow(visitor.post(link))
    assert "Vous faites maintenant partie de l’équipe de l’entreprise Atelier Fictif SAS." in words(home)
    assert "Atelier Fictif SAS" in words(visitor.get("/entreprise"))  # the one just joined is chosen


def test_another_address_does_not_open_it(world: World, owner: Visitor) -> None:
    link = invite(world, owner)
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    assert "Cette invitation est pour une autre adresse" in words(neighbour.get(link))
    assert neighbour.post(link).status_code == 409
    with world.app.app_context():
        assert db.session.scalars(select(Invitation.accepted_at)).one() is None


def test_a_link_of_nothing_is_not_found(world: World) -> None:
    for secret in ("x", "a" * 43, "%00", "é" * 40, "x" * 2_000):
        assert Visitor(world.app).get(f"/invitation/{secret}").status_code in (400, 404)


def test_sent_again_then_cancelled(world: World, owner: Visitor) -> None:
    first = invite(world, owner)
    again, cancel = document(owner.get(PAGE)).xpath('//form[contains(@action, "/invitations/")]/@action')
    assert "L’ancien ne sert plus." in words(owner.follow(owner.post(again)))
    assert Visitor(world.app).get(first).status_code == 404
    with world.app.app_context():
        second = f"/invitation/{secret_of(EMAIL)}"
    assert Visitor(world.app).get(second).status_code == 200
    assert "L’invitation est annulée." in words(owner.follow(owner.post(cancel)))
    assert Visitor(world.app).get(second).status_code == 409
    assert owner.post(again).status_code == 404
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    for action in (again, cancel):
        assert neighbour.post(action).status_code == 404


def test_an_invitation_that_cannot_be(world: World, owner: Visitor) -> None:
    sent = filled(owner.get(INVITE), "//main//form[1]")
    assert len(errors(owner.post(INVITE, sent | {"email": ""}))) == 2
    refused = owner.post(INVITE, sent | {"email": world.owner.email, "role": "reader"})
    assert errors(refused) == ["Cette personne est déjà dans l’équipe."]
    assert f'value="{world.owner.email}"' in refused.text


# ---------------------------------------------------------------- roles, and leaving


def test_removed_one_is_out_at_the_next_request(world: World, owner: Visitor) -> None:
    """Two browsers: one is at work when the other removes them."""
    theirs, member_id = member(world, "zoe", "filer")
    dossier = draft(world)
    assert theirs.get("/entreprise").status_code == 200
    done = owner.follow(owner.post(f"{PAGE}/{member_id}/retrait"))
    assert "Cette personne n’a plus accès à l’entreprise." in words(done)
    for address in ("/entreprise", f"/entreprise/dossiers/{dossier.reference}/lignes"):
        assert theirs.get(address).status_code == 403
    assert (
        theirs.post(f"/entreprise/dossiers/{dossier.reference}/depot", {"declaration": "y"}).status_code
        == 403
    )
    assert signed_in(world.app, "zoe@demo.example").get("/entreprise").status_code == 403


def test_a_role_changes_at_the_next_request(world: World, owner: Visitor) -> None:
    theirs, member_id = member(world, "zoe", "filer")
    assert theirs.get("/entreprise/dossiers/nouveau").status_code == 200
    done = owner.follow(owner.post(f"{PAGE}/{member_id}", {"role": "reader"}))
    assert "zoe est maintenant lecteur." in words(done)
    assert theirs.get("/entreprise/dossiers/nouveau").status_code == 403
    assert theirs.get("/entreprise").status_code == 200


def test_the_last_owner_stays(world: World, owner: Visitor) -> None:
    own = f"{PAGE}/{own_id(world)}"
    sentence = "Une entreprise garde toujours un responsable : donnez d’abord ce rôle à une autre personne."
    assert [" ".join(one.split()) for one in errors(owner.post(own, {"role": "filer"}))] == [sentence]
    assert sentence in words(owner.follow(owner.post(f"{own}/retrait")))
    assert owner.get(PAGE).status_code == 200


def test_an_owner_leaves_when_another_stays(world: World, owner: Visitor) -> None:
    member(world, "zoe", "owner")
    response = owner.post(f"{PAGE}/{own_id(world)}/retrait")
    assert response.headers["Location"] == "/"
    assert "Vous avez quitté l’équipe." in words(owner.follow(response))
    assert owner.get("/entreprise").status_code == 403


@pytest.mark.parametrize("role", ["filer", "reader"])
def test_others_see_the_team_and_change_nothing(world: World, role: str) -> None:
    visitor, _ = member(world, "zoe", role)
    page = visitor.get(PAGE)
    assert "Camille Laurent" in words(page)
    assert document(page).xpath("//main//form | //main//a[contains(@href, '/equipe/')]") == []
    own = own_id(world)
    for address in (INVITE, f"{PAGE}/{own}"):
        assert visitor.get(address).status_code == 403
    for address in (INVITE, f"{PAGE}/{own}", f"{PAGE}/{own}/retrait", f"{PAGE}/invitations/1/renvoi"):
        assert visitor.post(address, {"role": "reader"}).status_code == 403


def test_another_company_s_people_do_not_exist(world: World) -> None:
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    own = own_id(world)
    assert "Camille" not in neighbour.get(PAGE).text
    assert neighbour.get(f"{PAGE}/{own}").status_code == 404
    assert neighbour.post(f"{PAGE}/{own}", {"role": "reader"}).status_code == 404
    assert neighbour.post(f"{PAGE}/{own}/retrait").status_code == 404


# ---------------------------------------------------------------- several companies


def test_of_several_companies_one_is_chosen(world: World) -> None:
    visitor = both(world)
    response = visitor.get("/entreprise/attestations")
    assert response.headers["Location"] == f"{CHOOSE}?suite=/entreprise/attestations"
    text = words(visitor.follow(response))
    assert "Atelier Fictif SAS" in text
    assert "Voisin Fictif SARL" in text
    chosen = visitor.post(f"{CHOOSE}?suite=/entreprise/attestations", {"company": str(world.neighbour_id)})
    assert chosen.headers["Location"] == "/entreprise/attestations"
    assert "Voisin Fictif SARL" in words(visitor.get("/entreprise"))
    choose(visitor, world.company_id)
    assert "Atelier Fictif SAS" in words(visitor.get("/entreprise"))
    assert visitor.post(CHOOSE, {"company": "999"}).status_code == 404
    assert (
        visitor.post(f"{CHOOSE}?suite=//evil.example", {"company": str(world.company_id)}).headers["Location"]
        == "/entreprise"
    )


def test_the_role_is_that_of_the_company_chosen(world: World) -> None:
    """An owner of one, a reader of the other: what they may do in one says nothing of the other."""
    visitor, dossier = both(world, "reader"), filed(world)
    choose(visitor, world.neighbour_id)
    assert visitor.get("/entreprise/dossiers/nouveau").status_code == 200
    assert visitor.get(f"/entreprise/dossiers/{dossier.number}").status_code == 404
    choose(visitor, world.company_id)
    assert visitor.get(f"/entreprise/dossiers/{dossier.number}").status_code == 200
    assert visitor.get("/entreprise/dossiers/nouveau").status_code == 403
    assert visitor.post(f"/entreprise/dossiers/{dossier.number}/abandon").status_code == 403
    assert visitor.get(INVITE).status_code == 403


def test_the_choice_is_looked_at_again_in_each_request(world: World, owner: Visitor) -> None:
    visitor = both(world)
    choose(visitor, world.company_id)
    assert "Atelier Fictif SAS" in words(visitor.get("/entreprise"))
    with world.app.app_context():
        member_id = db.session.scalars(
            select(CompanyMember.id).where(
                CompanyMember.company_id == world.company_id,
                CompanyMember.person_id == world.neighbour_owner.person_id,
            )
        ).one()
    owner.post(f"{PAGE}/{member_id}/retrait")
    text = words(visitor.get("/entreprise"))
    assert "Voisin Fictif SARL" in text
    assert "Atelier" not in text


def test_a_second_tab_changes_nothing_of_the_other_company(world: World) -> None:
    visitor = both(world, "owner")
    choose(visitor, world.company_id)
    sent = filled(visitor.get("/entreprise/etablissement/taille"), "//main//form[1]") | {"headcount": "7"}
    choose(visitor, world.neighbour_id)  # in another tab
    response = visitor.post("/entreprise/etablissement/taille", sent)
    assert response.status_code == 422
    assert "a été ouverte pour une autre entreprise" in errors(response)[0]
