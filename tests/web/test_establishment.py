"""The company's own page: what its owners declare, seen by all of its people, and the room of art. 7."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bonus.accounts.service import add_person
from bonus.companies.models import Company, CompanyLink, DeMinimisAid
from bonus.demo.cast import PASSWORD
from bonus.demo.invoices import BUYER
from bonus.extensions import db
from tests.support.space import STRANGER, furnish_space
from tests.support.world import ENTERED, NEIGHBOUR, World, settled
from tests.web.company_pages import filled
from tests.web.visitor import Visitor, document, errors, signed_in, words

PAGE = "/entreprise/etablissement"
FIGURES, NEW_AID = f"{PAGE}/taille", f"{PAGE}/aides/nouvelle"


def company_form(visitor: Visitor, url: str, **typed: str) -> dict[str, str]:
    """A page's form as it stands, with something typed."""
    return filled(visitor.get(url), "//main//form[1]") | typed


def aid_typed(visitor: Visitor, **changes: str) -> dict[str, str]:
    typed = {
        "amount": "12 345,67",
        "granted_on": "2025-03-01",
        "authority": "Région Bretagne",
        "instrument": "grant",
    }
    return company_form(visitor, NEW_AID, **typed | changes)


def seen_by(world: World, role: str) -> Visitor:
    with world.app.app_context():
        add_person(
            f"{role}@demo.example", role, PASSWORD, ENTERED, company_id=world.company_id, company_role=role
        )
        db.session.commit()
    return signed_in(world.app, f"{role}@demo.example")


def test_identity_and_size_with_their_why(owner: Visitor) -> None:
    text = words(owner.get(PAGE))
    for said in (
        "Atelier Fictif SAS",
        "900 300 401",
        "62.01Z",
        "42 personnes",
        "6 000 000,00 €",
        "Petite ou moyenne entreprise (PME)",
        "Votre catégorie est donc : Petite ou moyenne entreprise (PME).",
        "moins de 250",
    ):
        assert said in text, said


def test_figures_are_changed_and_the_category_follows(owner: Visitor) -> None:
    sent = company_form(
        owner, FIGURES, headcount="1 250", turnover="60 000 000", balance_sheet="43 000 000,01"
    )
    text = words(owner.follow(owner.post(FIGURES, sent)))
    assert "Les chiffres sont enregistrés." in text
    assert "1 250 personnes" in text
    assert "Votre catégorie est donc : Entreprise de taille intermédiaire (ETI)." in text


def test_what_is_mistyped_stays_on_the_page(owner: Visitor) -> None:
    sent = company_form(owner, FIGURES, headcount="-4", turnover="beaucoup", balance_sheet="")
    response = owner.post(FIGURES, sent)
    assert response.status_code == 422
    assert len(errors(response)) == 2
    assert 'value="beaucoup"' in response.text
    response = owner.post(FIGURES, sent | {"turnover": "1", "balance_sheet": "1"})
    assert errors(response) == ["Ce nombre est hors limites. Relisez-le."]


def test_members_are_added_and_removed_in_each_list(world: World, owner: Visitor) -> None:
    for kind, title in (("group", "Groupe"), ("single_undertaking", "Entreprise unique")):
        form = f'//form[@action="{PAGE}/liens/{kind}"]'
        sent = filled(owner.get(PAGE), form) | {f"{kind}-member": f"FR44{STRANGER}"}
        response = owner.follow(owner.post(f"{PAGE}/liens/{kind}", sent))
        assert f"{STRANGER} est ajouté à la liste « {title} »." in words(response)
        response = owner.post(f"{PAGE}/liens/{kind}", sent)
        assert errors(response) == ["Cette entreprise est déjà dans la liste."]
    (remove, _) = document(owner.get(PAGE)).xpath('//form[contains(@action, "/retrait")]/@action')
    assert "retirée de la liste" in words(owner.follow(owner.post(remove)))
    with world.app.app_context():
        assert db.session.scalars(select(CompanyLink.kind)).all() == ["single_undertaking"]
    assert owner.post(f"{PAGE}/liens/amis", {"amis-member": STRANGER}).status_code == 404
    bad = {"group-company": str(world.company_id), "group-member": "732829321"}
    assert "erreur de copie" in errors(owner.post(f"{PAGE}/liens/group", bad))[0]


def test_a_link_that_another_declares_is_seen(world: World, owner: Visitor) -> None:
    with world.app.app_context():
        db.session.add(
            CompanyLink(company_id=world.neighbour_id, kind="single_undertaking", member=BUYER.siren)
        )
        db.session.commit()
    text = words(owner.get(PAGE))
    assert "900 400 508 une autre entreprise" in text
    assert NEIGHBOUR.name not in text
    assert "Un lien compte quelle que soit l’entreprise qui le déclare." in text


def test_an_aid_from_declared_to_removed(world: World, owner: Visitor) -> None:
    text = words(owner.follow(owner.post(NEW_AID, aid_typed(owner))))
    assert "L’aide est déclarée." in text
    assert "Région BretagneSubvention" in text  # on two lines
    assert "Ce qu’il vous reste d’aides de minimis : 287 654,33 €" in text
    assert "12 345,67 € reçus sur 300 000,00 €" in text
    (page,) = document(owner.get(PAGE)).xpath(
        f'//a[starts-with(@href, "{PAGE}/aides/") and contains(., "Corriger")]/@href'
    )
    sent = filled(owner.get(page), "//main//form[1]")
    assert (sent["amount"], sent["granted_on"], sent["instrument"]) == ("12345,67", "2025-03-01", "grant")
    assert "L’aide est corrigée." in words(owner.follow(owner.post(page, sent | {"amount": "2 000"})))
    assert "298 000,00 €" in words(owner.get(PAGE))
    assert "L’aide est retirée." in words(owner.follow(owner.post(f"{page}/retrait")))
    with world.app.app_context():
        assert db.session.query(DeMinimisAid).count() == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "0"}, "Écrivez un montant supérieur à zéro."),
        ({"amount": "1,234"}, "Écrivez un montant en euros"),
        ({"granted_on": "2026-11-23"}, "Écrivez le jour où l’aide a été accordée, au plus tard aujourd’hui."),
        ({"granted_on": "hier"}, "Écrivez une date, par exemple 22/11/2026."),
        ({"authority": " "}, "Indiquez qui a accordé l’aide."),
        ({"instrument": ""}, "Choisissez la forme de l’aide."),
        ({"recipient": NEIGHBOUR.siren}, "Choisissez votre entreprise"),
    ],
)
def test_an_aid_that_cannot_be_is_told_at_its_field(
    owner: Visitor, changes: dict[str, str], sentence: str
) -> None:
    response = owner.post(NEW_AID, aid_typed(owner, **changes))
    assert response.status_code == 422
    assert sentence in errors(response)[0]


def test_an_aid_a_decision_counted_is_left_as_it_is(world: World, owner: Visitor) -> None:
    with world.app.app_context():
        aid = furnish_space(world).aid
    text = words(owner.get(PAGE))
    assert "comptée dans une décision" in text
    assert "Corriger ou retirer" not in text
    assert "elle ne change plus ici" in words(owner.follow(owner.get(f"{PAGE}/aides/{aid}")))
    for address in (f"{PAGE}/aides/{aid}", f"{PAGE}/aides/{aid}/retrait"):
        assert "elle ne change plus ici" in words(owner.follow(owner.post(address, {"amount": "1"})))


def test_the_home_shows_the_room_and_why(world: World, owner: Visitor) -> None:
    settled(world)
    owner.post(NEW_AID, aid_typed(owner, amount="290 000"))
    response = owner.get("/entreprise")
    text = words(response)
    assert "Ce qu’il vous reste d’aides de minimis : 5 500,00 €" in text
    assert "accordées du 22 novembre 2023 au 22 novembre 2026 inclus" in text
    assert "22/11/2026 Bonus Souveraineté 4 500,00 €" in text
    (bar,) = document(response).xpath('//progress[@aria-labelledby="de-minimis"]')
    assert (bar.get("value"), bar.get("max")) == ("29450000", "30000000")


def test_a_public_body_has_neither_room_nor_categories(world: World, owner: Visitor) -> None:
    with world.app.app_context():
        db.session.get_one(Company, world.company_id).kind = "public_body"
        db.session.commit()
    text = words(owner.get(PAGE))
    assert "Un organisme public a sa propre catégorie" in text
    assert "Aides de minimis" not in text


@pytest.mark.parametrize("role", ["filer", "reader"])
def test_others_look_and_do_not_change(world: World, role: str) -> None:
    with world.app.app_context():
        space = furnish_space(world, aid_used=False)
    visitor = seen_by(world, role)
    page = visitor.get(PAGE)
    assert page.status_code == 200
    assert document(page).xpath("//main//form") == []
    assert "Corriger ou retirer" not in words(page)
    for address in (FIGURES, NEW_AID, f"{PAGE}/aides/{space.aid}"):
        assert visitor.get(address).status_code == 403
        assert visitor.post(address).status_code == 403
    for address in (
        f"{PAGE}/liens/group",
        f"{PAGE}/liens/{space.link}/retrait",
        f"{PAGE}/aides/{space.aid}/retrait",
    ):
        assert visitor.post(address).status_code == 403


def test_what_is_another_company_s_does_not_exist(world: World) -> None:
    with world.app.app_context():
        space = furnish_space(world, aid_used=False)
    neighbour = signed_in(world.app, world.neighbour_owner.email)
    assert "Région Bretagne" not in neighbour.get(PAGE).text
    assert neighbour.get(f"{PAGE}/aides/{space.aid}").status_code == 404
    for address in (f"aides/{space.aid}", f"aides/{space.aid}/retrait", f"liens/{space.link}/retrait"):
        assert neighbour.post(f"{PAGE}/{address}").status_code == 404
    with world.app.app_context():
        assert db.session.get(DeMinimisAid, space.aid) is not None
        assert db.session.get(CompanyLink, space.link) is not None


def test_a_form_opened_for_another_company_changes_nothing(world: World, owner: Visitor) -> None:
    sent = company_form(owner, FIGURES, headcount="7") | {"company": str(world.neighbour_id)}
    response = owner.post(FIGURES, sent)
    assert response.status_code == 422
    assert "a été ouverte pour une autre entreprise" in errors(response)[0]
    with world.app.app_context():
        assert db.session.scalars(select(Company.headcount)).all() == [42, 42]
