"""The agents' workspace: what is shown of a dossier, filters in the address, what is kept, who is put in charge."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from bonus.claims.assignment import assign
from bonus.claims.models import Claim
from bonus.extensions import db
from tests.support.world import NOW, ON, Dossier, World, draft, filed, proposed
from tests.web.test_table_exports import rows, sheet
from tests.web.visitor import Visitor, document, signed_in, words

QUEUE = "/agent/dossiers?file=a-verifier"


@pytest.fixture
def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


@pytest.fixture
def administrator(world: World) -> Visitor:
    return signed_in(world.app, world.administrator.email)


def in_charge(world: World, dossier: Dossier) -> int | None:
    with world.app.app_context():
        found = db.session.get_one(Claim, dossier.id).assigned_to_id
        db.session.rollback()
        return found


def test_the_day_and_what_happens_then(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    text = words(reviewer.get(QUEUE))
    for said in (
        str(dossier.number),
        "22/01/2027",
        "dans 61 jours",
        "puis le silence vaut refus",
        "Personne",
    ):
        assert said in text
    assert "première échéance 22/01/2027" in text
    world.app.config["CLOCK"] = lambda: NOW + timedelta(days=62)
    assert "Retard d’un jour" in words(signed_in(world.app, world.reviewer.email).get(QUEUE))


def test_filters_are_tags_that_one_removes(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    asked = f"{QUEUE}&axe=cloud&region=84&de=1+000&attribue=personne"
    page = reviewer.get(asked)
    tags = document(page).xpath('//a[contains(@class, "fr-tag--dismiss")]')
    assert [" ".join(tag.text_content().split()) for tag in tags] == [
        "Retirer le filtre Axe : Cloud",
        "Retirer le filtre Région : Auvergne-Rhône-Alpes",
        "Retirer le filtre Achats à partir de 1 000,00 €",
        "Retirer le filtre Attribué : à personne",
    ]
    assert str(dossier.number) in words(page)
    assert "axe=" not in tags[0].get("href")
    assert "region=84" in tags[0].get("href")
    empty = reviewer.get(f"{QUEUE}&axe=quantum")
    assert "Aucun dossier avec ces filtres" in words(empty)
    assert "Effacer les filtres" in words(empty)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("de=beaucoup", "Écrivez un montant en euros"),
        ("de=5&a=4", "est plus petit que le montant « à partir de »"),
        ("fournisseur=x", "Écrivez le SIREN du fournisseur"),
    ],
)
def test_a_filter_that_cannot_be_read_says_so_and_keeps_what_was_typed(
    world: World, reviewer: Visitor, query: str, sentence: str
) -> None:
    page = reviewer.get(f"{QUEUE}&{query}")
    assert page.status_code == 200
    assert sentence in words(page)
    assert f'value="{query.partition("=")[2].partition("&")[0]}"' in page.text


@pytest.mark.parametrize(
    "query", ["axe=zzz", "taille=zz", "region=99", "age=7", "attribue=tous", "axe=" + "x" * 900]
)
def test_a_choice_that_does_not_exist_asks_nothing(world: World, reviewer: Visitor, query: str) -> None:
    dossier = filed(world)
    assert str(dossier.number) in words(reviewer.get(f"{QUEUE}&{query}"))


def test_the_former_address_leads_to_the_queue(reviewer: Visitor) -> None:
    answer = reviewer.get("/agent/dossiers?file=a-instruire&axe=cloud")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/agent/dossiers?file=a-verifier&axe=cloud",
    )


def test_what_is_kept_follows_the_filters(world: World, reviewer: Visitor) -> None:
    filed(world)
    taken = filed(world)
    with world.app.app_context():
        assign(taken.id, world.reviewer.person_id, world.reviewer, NOW)
    asked = "/agent/dossiers.{}?file=a-verifier&attribue=moi&region=84"
    [titles, row] = rows(reviewer.get(asked.format("csv")))
    assert (row[0], row[titles.index("Instructeur")], row[titles.index("Échéance")]) == (
        taken.number,
        world.reviewer.name,
        "22/01/2027",
    )
    assert [line[0] for line in sheet(reviewer.get(asked.format("xlsx")))[1:]] == [taken.number]
    assert asked.format("csv").partition("?")[2] in reviewer.get(
        asked.format("csv").replace(".csv", "")
    ).text.replace("&amp;", "&")


def test_a_search_looks_in_all_that_is_filed(world: World, reviewer: Visitor) -> None:
    one, ready = filed(world), proposed(world)
    hidden = draft(world)
    text = words(reviewer.get("/agent/dossiers?recherche=atelier"))
    assert str(one.number) in text
    assert str(ready.number) in text
    assert hidden.reference not in text
    assert "Aucun dossier pour « <b>x »" in words(reviewer.get("/agent/dossiers?recherche=<b>x"))


def test_taking_a_dossier_from_the_list_and_giving_it_back(world: World, reviewer: Visitor) -> None:
    dossier = filed(world)
    address = f"/agent/dossiers/{dossier.number}/attribution"
    assert "Prendre" in words(reviewer.get(QUEUE))
    answer = reviewer.post(address, data={"a": "moi", "suite": QUEUE})
    assert (answer.status_code, answer.headers["Location"]) == (302, QUEUE)
    assert in_charge(world, dossier) == world.reviewer.person_id
    text = words(reviewer.get(QUEUE))
    assert f"Le dossier {dossier.number} vous est attribué." in text
    assert "Rendre" in text
    assert reviewer.post(address, data={"a": "personne", "suite": "//ailleurs.example"}).headers[
        "Location"
    ] == (f"/agent/dossiers/{dossier.number}")
    assert in_charge(world, dossier) is None


@pytest.mark.parametrize("whom", ["", "x", "999999", "-1", "1" * 30, "officer"])
def test_nobody_else_is_put_in_charge(world: World, reviewer: Visitor, whom: str) -> None:
    dossier = filed(world)
    chosen = str(world.officer.person_id) if whom == "officer" else whom
    answer = reviewer.post(f"/agent/dossiers/{dossier.number}/attribution", data={"a": chosen})
    assert answer.status_code == 302
    assert in_charge(world, dossier) is None
    assert "Choisissez un instructeur de la liste." in words(reviewer.get(QUEUE))


def test_an_officer_gives_and_takes_nothing_for_themselves(world: World) -> None:
    dossier = filed(world)
    officer = signed_in(world.app, world.officer.email)
    assert "Prendre" not in words(officer.get(QUEUE))
    officer.post(f"/agent/dossiers/{dossier.number}/attribution", data={"a": str(world.reviewer.person_id)})
    assert in_charge(world, dossier) == world.reviewer.person_id


def test_the_administrator_writes_rules(world: World, administrator: Visitor) -> None:
    root, someone = "/agent/attributions", str(world.reviewer.person_id)
    assert "Aucune règle" in words(administrator.get(root))
    wrong = {"name": "Grands", "rank": "1", "from": "500", "below": "400", "reviewers": someone}
    answer = administrator.post(f"{root}/regles/nouvelle", data=wrong)
    assert answer.status_code == 422
    assert "plus grand que le montant" in words(answer)
    assert 'value="Grands"' in answer.text
    right = wrong | {"below": "", "regions": "84", "axes": "cloud"}
    assert administrator.post(f"{root}/regles/nouvelle", data=right).status_code == 302
    text = words(administrator.get(root))
    for said in ("Grands", "Auvergne-Rhône-Alpes", "Cloud", "À partir de 500,00 €", world.reviewer.name):
        assert said in text
    dossier = filed(world)
    assert in_charge(world, dossier) == world.reviewer.person_id
    assert administrator.post(f"{root}/regles/1", data=right | {"name": ""}).status_code == 422
    assert administrator.post(f"{root}/regles/1", data=right | {"name": "Autres"}).status_code == 302
    assert "Autres" in words(administrator.get(root))
    assert administrator.post(f"{root}/regles/1/suppression").status_code == 302
    assert "Aucune règle" in words(administrator.get(root))
    assert administrator.get(f"{root}/regles/1").status_code == 404
    cover = f"{root}/instructeurs/{someone}"
    assert administrator.post(cover, data={"regions": ["11", "04"]}).status_code == 302
    assert "La Réunion, Île-de-France" in words(administrator.get(root))
    assert administrator.post(cover, data={"regions": "xx"}).status_code == 422
    assert administrator.get(f"{root}/instructeurs/{world.officer.person_id}").status_code == 404


def test_a_page_asks_the_database_as_much_for_fifty_as_for_one(
    app: Flask, world: World, reviewer: Visitor
) -> None:
    """No query is made row by row."""

    def queries(address: str) -> int:
        made: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            made.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert reviewer.get(address).status_code == 200
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return len([one for one in made if one.startswith(("SELECT", "WITH"))])

    filed(world)
    asked = (QUEUE, f"{QUEUE}&region=84&de=1", f"{QUEUE}&axe=cloud", "/agent/dossiers?recherche=atelier")
    before = [queries(address) for address in asked]
    with app.app_context():
        for rank in range(60):
            whose = (None, world.reviewer.person_id, world.other_reviewer.person_id)[rank % 3]
            db.session.add(
                Claim(reference=f"r{rank}", number=f"BS-2026-9{rank:05d}", company_id=world.company_id, status="filed",
                      created_at=NOW, filed_at=NOW, decision_due_on=ON + timedelta(days=rank), assigned_to_id=whose)
            )  # fmt: skip
        db.session.commit()
    after = [queries(address) for address in asked]
    # Two parts more are gone through: mine, and others'.
    assert all(many <= one + 2 for one, many in zip(before, after, strict=True)), (before, after)
    assert max(after) <= 16


def test_a_draft_is_given_to_nobody(world: World, reviewer: Visitor) -> None:
    hidden = draft(world)
    for number in (hidden.reference, "None", "BS-2026-999999"):
        assert reviewer.post(f"/agent/dossiers/{number}/attribution", data={"a": "moi"}).status_code == 404
    assert in_charge(world, hidden) is None
