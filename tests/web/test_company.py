"""A company follows what it filed: where it stands, what was decided and why, its certificate; or gives it up."""

from __future__ import annotations

from datetime import UTC, datetime

from bonus.claims.filing import abandon
from bonus.claims.models import Claim
from bonus.demo.invoices import DemoParty
from bonus.extensions import db
from tests.support.world import (
    NOW,
    World,
    certified,
    decided,
    draft,
    run_jobs,
    settled,
)
from tests.web.company_pages import DECLARED, address
from tests.web.visitor import Visitor, document, signed_in, words

NEW = "/entreprise/dossiers/nouveau"
UNKNOWN_SELLER = DemoParty("Vendeur Ignoré SAS", "900900002", "", "", "1 rue", "75001", "Paris")


# ---------------------------------------------------------------- giving up


def test_giving_a_draft_up(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    page = owner.get(f"{address(dossier)}/factures")
    (action,) = document(page).xpath('//form[contains(@action, "/abandon")]/@action')
    home = words(owner.follow(owner.post(action)))
    assert "Le dossier est abandonné." in home
    assert "Abandonné" in home
    page = owner.get(address(dossier))
    assert "Abandonné" in words(page)
    assert not document(page).xpath('//form[contains(@action, "/abandon")]')
    for step in ("/factures", "/lignes", "/depot"):
        assert owner.get(f"{address(dossier)}{step}").status_code == 302
    again = owner.follow(owner.post(action))
    assert "Ce dossier est « abandonné »" in words(again)


def test_what_is_decided_is_not_given_up(world: World, owner: Visitor) -> None:
    dossier = decided(world)
    page = owner.follow(owner.post(f"{address(dossier)}/abandon"))
    assert "Ce dossier est « accordé » : cette action n’est plus possible." in words(page)


# ---------------------------------------------------------------- following


def test_a_draft_is_found_again(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    home = owner.get("/entreprise")
    assert "À terminer" in words(home)
    assert f"{address(dossier)}/lignes" in document(home).xpath("//main//a/@href")


def test_a_first_visit_says_how_to_begin(owner: Visitor) -> None:
    home = owner.get("/entreprise")
    assert "Vous n’avez pas encore de dossier" in words(home)
    assert NEW in document(home).xpath("//main//a/@href")
    assert "Vous n’avez pas encore d’attestation" in words(owner.get("/entreprise/attestations"))


def test_a_granted_dossier_says_how_much_why_and_when(world: World, owner: Visitor) -> None:
    dossier = decided(world)
    page = owner.get(f"/entreprise/dossiers/{dossier.number}")
    text = words(page)
    assert "Un bonus de 4 500,00 € vous est accordé." in text
    assert "L’ordre de paiement est en préparation." in text
    assert "Hugues Martin" in text
    run_jobs(world)
    certified(world)
    text = words(owner.get(f"/entreprise/dossiers/{dossier.number}"))
    assert "au plus tard le 22 décembre 2026" in text
    assert "Attestation fiscale AF-2027-000001" in text


def test_a_refused_dossier_says_why_and_how_to_contest(world: World, owner: Visitor) -> None:
    reasons = "La facture F-1 porte sur un matériel, qui n’est pas une solution (art. 4)."
    dossier = decided(world, outcome="refuse", reasons=reasons)
    text = words(owner.get(f"/entreprise/dossiers/{dossier.number}"))
    assert "Votre demande est refusée." in text
    assert reasons in text
    assert "Recours gracieux" in text
    assert "deux mois" in text


def test_a_certificate_is_listed_and_taken(world: World, owner: Visitor) -> None:
    settled(world)
    page = owner.get("/entreprise/attestations")
    assert "AF-2027-000001" in words(page)
    assert "4 500,00 €" in words(page)
    (link,) = document(page).xpath('//main//a[contains(@href, ".pdf")]/@href')
    response = owner.get(link)
    assert response.data.startswith(b"%PDF-")
    assert response.headers["Content-Disposition"].startswith("attachment; filename=AF-2027-000001")
    twin = words(owner.get(link.removesuffix(".pdf")))
    for said in ("Base propre de l’exercice", "5 500,00 €", "Réduction d’impôt de l’exercice", "3 300,00 €"):
        assert said in twin
    data = owner.get(link.replace(".pdf", ".json")).get_json()
    assert data["working"]["reduction_euros"] == 3_300
    assert "10000,00" in owner.get(link.replace(".pdf", ".csv")).text
    journal = signed_in(world.app, world.administrator.email).get("/agent/journal")
    assert "Attestation téléchargée" in words(journal)


def test_the_page_of_a_decided_dossier_computes_nothing_again(world: World, owner: Visitor) -> None:
    """What was decided stays as it was read that day, whatever the registry becomes; while it may be contested, in
    the same words."""
    dossier = settled(world)
    place, messages = f"/entreprise/dossiers/{dossier.number}", "Messages avec l’instructeur"
    before = words(owner.get(place)).rpartition(messages)[0]
    world.app.config["CLOCK"] = lambda: datetime(2027, 1, 20, 9, tzinfo=UTC)
    after = words(signed_in(world.app, world.owner.email).get(place)).rpartition(messages)[0]
    assert before == after != ""


def test_a_draft_given_up_by_a_colleague_is_not_filed(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    with world.app.app_context():
        abandon(dossier.id, world.owner, NOW)
    response = owner.post(f"{address(dossier)}/depot", DECLARED)
    assert owner.follow(response).status_code == 200
    with world.app.app_context():
        assert db.session.get_one(Claim, dossier.id).number is None
