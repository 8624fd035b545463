"""How a decision was computed, as CRPA art. R311-3-1-2 asks: its four parts, for agents and for the company."""

from __future__ import annotations

from typing import Any

import pytest

from bonus.claims.models import Claim
from bonus.extensions import db
from tests.support.bills import Item, bill
from tests.support.world import World, decided, draft, filed
from tests.web.visitor import document, signed_in, words

PARTS = [
    "1. La part de l’algorithme",
    "2. Les données traitées et leurs sources",
    "3. Les paramètres et leur poids dans ce dossier",
    "4. Les opérations, ligne par ligne",
]
REASONS = "La facture porte sur un matériel, qui n’est pas une solution (art. 4)."


def test_the_company_and_the_agents_read_the_same(world: World) -> None:
    dossier = decided(world)
    addresses = {
        world.owner.email: f"/entreprise/dossiers/{dossier.number}/explication",
        world.reviewer.email: f"/agent/dossiers/{dossier.number}/explication",
        world.officer.email: f"/agent/dossiers/{dossier.number}/explication",
    }
    texts = set()
    for email, address in addresses.items():
        page = signed_in(world.app, email).get(address)
        assert [title for title in document(page).xpath("//h2/text()") if title[0].isdigit()] == PARTS
        texts.add(words(page).partition("Une question, un désaccord")[0].partition("1. La part")[2].strip())
    (text,) = texts
    for said in (
        "Un algorithme a préparé cette décision ; des personnes l’ont prise.",
        "SIREN 900 300 401",
        "Chiffre d’affaires du groupe 6 000 000,00 €",
        "Taux de base, cloud (art. 6) 30 % 01/01/2026",
        "PME : +10 points",
        "Solution certifiée à la date de la facture",
        "10 000,00 € × 45 % (art. 6) 4 500,00 €",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("rule", "Un algorithme a pris cette décision, sans qu’une personne intervienne."),
        (
            "silence",
            "Aucun algorithme n’a pris cette décision : elle est née du silence gardé pendant le délai.",
        ),
        ("appeal", "Un algorithme a préparé cette décision ; des personnes l’ont prise, sur recours."),
    ],
)
def test_how_far_the_algorithm_went(world: World, kind: str, sentence: str) -> None:
    dossier = decided(world)
    with world.app.app_context():
        decision = db.session.get_one(Claim, dossier.id).decisions[0]
        decision.kind = kind
        if kind != "appeal":
            decision.decided_by_id = decision.proposed_by_id = None
        db.session.commit()
    page = signed_in(world.app, world.owner.email).get(f"/entreprise/dossiers/{dossier.number}/explication")
    assert sentence in words(page)


def test_a_line_the_officer_refused_is_not_explained_by_the_computation(world: World) -> None:
    dossier = decided(world, outcome="refuse", reasons=REASONS)
    page = signed_in(world.app, world.owner.email).get(f"/entreprise/dossiers/{dossier.number}/explication")
    assert "Le calcul du règlement n’a pas été suivi : l’ordonnateur a refusé cette ligne" in words(page)
    assert "4 500,00 €" not in words(page).partition("4. Les opérations")[2]


def test_before_a_decision_agents_read_the_estimate_and_the_company_waits(world: World) -> None:
    dossier = filed(world)
    agent = signed_in(world.app, world.reviewer.email)
    text = words(agent.get(f"/agent/dossiers/{dossier.number}/explication"))
    assert "Rien n’est décidé : ce calcul est une estimation." in text
    assert "4 500,00 € de bonus si le dossier était décidé aujourd’hui" in text
    owner = signed_in(world.app, world.owner.email)
    answer = owner.get(f"/entreprise/dossiers/{dossier.number}/explication")
    assert answer.headers["Location"] == f"/entreprise/dossiers/{dossier.number}"
    assert "dès que votre dossier sera décidé" in words(owner.follow(answer))


def test_what_is_explained_is_what_was_sealed(world: World) -> None:
    dossier = decided(world)
    with world.app.app_context():
        claim = db.session.get_one(Claim, dossier.id)
        claim.company.headcount = 9_999  # afterwards
        sealed = claim.decisions[0].facts_sha256
        db.session.commit()
    text = words(
        signed_in(world.app, world.reviewer.email).get(f"/agent/dossiers/{dossier.number}/explication")
    )
    assert "Effectif du groupe 42" in text
    assert sealed in text


def test_of_many_lines_the_first_hundred_and_where_the_others_are(world: World) -> None:
    lines: list[Any] = [Item(100_00) for _ in range(101)]
    dossier = filed(world, draft(world, [bill(*lines, number="F-101")]))
    page = signed_in(world.app, world.reviewer.email).get(f"/agent/dossiers/{dossier.number}/explication")
    assert len(document(page).xpath('//section[@class="bs-operation"]')) == 100
    assert "Voici les 100 premières lignes sur 101. Toutes les lignes (CSV)" in words(page)
    (link,) = document(page).xpath('//a[contains(., "Toutes les lignes")]/@href')
    assert link.endswith(f"/{dossier.number}/lignes.csv")
