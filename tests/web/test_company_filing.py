"""A company files a dossier by its pages: invoices, lines, declaration, acknowledgement; and each error on the way."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.claims.models import Claim, PurchaseLine
from bonus.demo.invoices import OTHER_SELLER, DemoParty
from bonus.extensions import db
from tests.support.bills import Item, bill, demo_files
from tests.support.world import (
    AUDIT,
    CLOUD,
    DATA,
    ON,
    SUITE,
    Dossier,
    World,
    draft,
    filed,
)
from tests.web.company_pages import DECLARED, address, filled
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

NEW = "/entreprise/dossiers/nouveau"
UNKNOWN_SELLER = DemoParty("Vendeur Ignoré SAS", "900900002", "", "", "1 rue", "75001", "Paris")


def line(world: World, dossier: Dossier, position: int = 1) -> PurchaseLine:
    with world.app.app_context():
        claim = db.session.get_one(Claim, dossier.id)
        found = claim.invoices[0].lines[position - 1]
        db.session.expunge_all()
        return found


# ---------------------------------------------------------------- the whole journey


def test_from_invoices_to_the_acknowledgement(world: World, owner: Visitor) -> None:
    response = owner.upload(NEW, demo_files(ON))
    lines = owner.follow(response)
    assert lines.status_code == 200
    assert re.fullmatch(r"/entreprise/dossiers/[\w-]{22}/lignes", response.headers["Location"])
    text = words(lines)
    assert "Facture FA-20261122-01" in text
    assert "Nuage Fictif SAS (900 100 207) · 29 octobre 2026" in text
    assert "Données Fictives SARL (900 200 304) · 16 novembre 2026" in text
    assert "6 957,94 €" in text, "the expected bonus"
    assert "L’avoir AV-20261122-01 (-456,00 € hors taxes) est déduit" in text.replace("−", "-")
    chosen = {name: value for name, value in filled(lines).items() if name.endswith("solution")}
    assert list(chosen.values()) == [CLOUD, SUITE, AUDIT, DATA, DATA]
    why = document(lines).xpath('//details[.//summary[contains(., "Pourquoi")]]')
    assert len(why) == 6, "each line and the total say why"
    assert "Au moins deux labels reconnus" in spaced(why[1].text_content()) + spaced(why[0].text_content())

    invoices = owner.get(response.headers["Location"].replace("/lignes", "/factures"))
    text = words(invoices)
    for read in (
        "Avoir AV-20261122-01",
        "18 563,00 €",
        "FA-20261122-01.pdf · Factur-X",
        "DF-20261122-07.xml · XML UBL",
    ):
        assert read in text

    documents = owner.follow(owner.post(response.headers["Location"], filled(lines)))
    text = words(documents)
    assert "2 pièces manquent encore." in text
    assert "Hébergement cloud qualifié, abonnement de 24 mois (facture FA-20261122-01)" in text

    review = owner.get(response.headers["Location"].replace("/lignes", "/depot"))
    text = words(review)
    assert "Il manque preuve de paiement, contrat" in text
    assert "Atelier Fictif SAS" in text
    assert "6 957,94 €" in text
    assert "À déposer au plus tard le" in text
    assert "29/04/2027" in text
    assert "au plus tard le 22 janvier 2027 (art. 11)" in text

    claim_page = owner.follow(owner.post(address_of(review), DECLARED))
    text = words(claim_page)
    assert "Votre dossier est déposé sous le numéro BS-2026-000001." in text
    assert "Dossier BS-2026-000001" in text
    assert "Un instructeur va prendre votre dossier." in text
    assert "22 janvier 2027" in text
    acknowledgement = owner.get("/entreprise/dossiers/BS-2026-000001/accuse-de-reception.pdf")
    assert acknowledgement.mimetype == "application/pdf"
    assert (
        acknowledgement.headers["Content-Disposition"]
        == "attachment; filename=accuse-de-reception-BS-2026-000001.pdf"
    )
    said = pdf_text(acknowledgement.data)
    for expected in (
        "BS-2026-000001",
        "22 novembre 2026",
        "22 janvier 2027",
        "rejet",
        "FA-20261122-01",
        "6 957,94 €",
    ):
        assert expected in said, expected
    assert "BS-2026-000001" in words(owner.get("/entreprise"))


def address_of(review: TestResponse) -> str:
    found = document(review).xpath('//form[@aria-label="Déposer le dossier"]/@action')
    assert len(found) == 1
    return str(found[0])


def pdf_text(data: bytes) -> str:
    return spaced(" ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages))


# ---------------------------------------------------------------- invoices


def test_what_could_not_be_read_is_named_and_the_rest_is_kept(world: World, owner: Visitor) -> None:
    response = owner.upload(NEW, [("notes.pdf", b"pas une facture"), bill(number="F-1")])
    assert response.status_code == 422
    assert "Un fichier n’a pas pu être pris" in words(response)
    assert "notes.pdf" in words(response)
    assert "Facture F-1" in words(response)
    (action,) = document(response).xpath('//form[@aria-label="Ajouter des factures"]/@action')
    assert re.fullmatch(r"/entreprise/dossiers/[\w-]{22}/factures", action), (
        "the next try goes to the same draft"
    )


def test_the_same_file_twice_is_said(world: World, owner: Visitor) -> None:
    file = bill()
    dossier = draft(world, [file])
    response = owner.upload(f"{address(dossier)}/factures", [file])
    assert response.status_code == 422
    assert "Ce fichier est déjà dans le dossier." in words(response)


def test_an_invoice_to_another_company_is_questioned_with_both_names(world: World, owner: Visitor) -> None:
    other = DemoParty("Autre Acheteur", "900400508", "", "", "1 rue", "75001", "Paris")
    page = owner.follow(owner.upload(NEW, [bill(buyer=other)]))
    text = words(page)
    assert "Autre Acheteur (SIREN 900 400 508), pas à Atelier Fictif SAS (SIREN 900 300 401)" in text
    assert "l’instructeur demandera pourquoi" in text


def test_an_invoice_is_taken_out(world: World, owner: Visitor) -> None:
    dossier = draft(world, [bill(number="F-1"), bill(number="F-2")])
    page = owner.get(f"{address(dossier)}/factures")
    (remove,) = document(page).xpath(
        '//form[contains(., "Facture F-1")][contains(@action, "/retrait")]/@action'
    )
    after = words(owner.follow(owner.post(remove)))
    assert "La facture est retirée du dossier." in after
    assert "Facture F-2" in after
    assert "Facture F-1" not in after
    assert owner.post(remove).status_code == 404


def test_a_draft_without_invoice_goes_back_to_the_first_step(world: World, owner: Visitor) -> None:
    dossier = draft(world, [])
    assert owner.get(f"{address(dossier)}/lignes").headers["Location"] == f"{address(dossier)}/factures"
    assert owner.get(address(dossier)).headers["Location"] == f"{address(dossier)}/factures"
    review = owner.get(f"{address(dossier)}/depot")
    assert "Ce dossier est vide" in words(review)
    response = owner.post(f"{address(dossier)}/depot", DECLARED)
    assert response.status_code == 422
    assert errors(response) == [
        "Le dossier ne contient aucune facture : ajoutez-en au moins une avant de déposer."
    ]


# ---------------------------------------------------------------- lines


def test_a_match_is_corrected_and_the_estimate_follows(world: World, owner: Visitor) -> None:
    dossier = draft(world, [bill(Item(10_000_00, name="Prestation", reference="?"))])
    page = owner.get(f"{address(dossier)}/lignes")
    sent = filled(page)
    assert sent["lines-0-solution"] == ""
    assert "0,00 €" in spaced(document(page).xpath('string(//*[@class="bs-estimate"])'))
    sent |= {
        "lines-0-solution": AUDIT,
        "lines-0-replaces_foreign": "y",
        "lines-0-other_public_aid": "1 000,50",
    }
    response = owner.post(f"{address(dossier)}/lignes", sent | {"update": "1"})
    assert response.headers["Location"] == f"{address(dossier)}/lignes", "it stays on the page"
    page = owner.follow(response)
    # (10 000,00 − 1 000,50) × (35 + 10 + 10) % = 8 999,50 × 55 %, the cap being 50 %
    assert spaced(document(page).xpath('string(//*[@class="bs-estimate"])')) == "4 499,75 €"
    again = filled(page)
    assert again["lines-0-solution"] == AUDIT
    assert again["lines-0-replaces_foreign"] == "y"
    assert again["lines-0-other_public_aid"] == "1000,50"
    kept = line(world, dossier)
    assert (kept.matched_by_person, kept.other_public_aid_cents, kept.replaces_foreign) == (
        True,
        1_000_50,
        True,
    )


def test_a_match_is_undone(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    sent = filled(owner.get(f"{address(dossier)}/lignes")) | {"lines-0-solution": ""}
    owner.follow(owner.post(f"{address(dossier)}/lignes", sent))
    review = owner.get(f"{address(dossier)}/depot")
    assert "Ce dossier n’ouvre droit à aucun bonus" in words(review)
    assert line(world, dossier).solution_id is None


def test_the_suppliers_own_solutions_come_first(world: World, owner: Visitor) -> None:
    page = owner.get(f"{address(draft(world))}/lignes")
    groups = document(page).xpath("//select[1]/optgroup/@label")
    assert groups == ["Sans correspondance", "Solutions de ce fournisseur"]
    own = document(page).xpath('//select[1]/optgroup[@label="Solutions de ce fournisseur"]/option/text()')
    assert [spaced(text) for text in own] == [
        "Audit de cybersécurité",
        "Hébergement cloud qualifié",
        "Suite bureautique collaborative",
    ]


def test_a_supplier_the_registry_does_not_know(world: World, owner: Visitor) -> None:
    page = owner.get(f"{address(draft(world, [bill(seller=UNKNOWN_SELLER)]))}/lignes")
    assert page.status_code == 200
    assert "Solutions de ce fournisseur" not in document(page).xpath("//optgroup/@label")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("mille", "Écrivez un montant en euros, par exemple 1 250,50."),
        ("12,345", "Écrivez un montant en euros, par exemple 1 250,50."),
        ("-5", "L’autre aide publique est un montant positif ou nul."),
    ],
)
def test_a_wrong_amount_is_said_at_its_field_and_all_is_kept(
    world: World, owner: Visitor, typed: str, sentence: str
) -> None:
    dossier = draft(world, [bill(Item(5_000_00), Item(6_000_00, name="Audit", reference="AUDIT-JOUR"))])
    sent = filled(owner.get(f"{address(dossier)}/lignes"))
    sent |= {"lines-0-solution": SUITE, "lines-1-other_public_aid": typed, "lines-1-replaces_foreign": "y"}
    response = owner.post(f"{address(dossier)}/lignes", sent)
    assert response.status_code == 422
    assert errors(response) == [sentence]
    (link,) = document(response).xpath('//*[@id="erreurs"]//a/@href')
    (field,) = document(response).xpath(f'//*[@id="{link[1:]}"]')
    assert field.get("name") == "lines-1-other_public_aid"
    assert field.get("aria-invalid") == "true"
    assert sentence in spaced(document(response).xpath(f'string(//*[@id="{field.get("aria-describedby")}"])'))
    assert filled(response) == sent, "all that was chosen and typed is still there"
    assert line(world, dossier, 2).other_public_aid_cents == 0
    assert not line(world, dossier).matched_by_person


def test_a_solution_that_is_not_in_the_registry(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    sent = filled(owner.get(f"{address(dossier)}/lignes")) | {"lines-0-solution": "inventee"}
    response = owner.post(f"{address(dossier)}/lignes", sent)
    assert response.status_code == 422
    assert errors(response) == ["Cette solution n’est pas au registre."]
    assert line(world, dossier).solution is not None


def test_a_dossier_of_credit_notes_alone_shows_its_lines(world: World, owner: Visitor) -> None:
    dossier = draft(world, [bill(Item(-500_00), number="AV-9", corrects="F-9")])
    for page in ("/factures", "/lignes", "/depot"):
        assert owner.get(f"{address(dossier)}{page}").status_code == 200


# ---------------------------------------------------------------- filing


def test_without_the_declaration_nothing_is_filed(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    response = owner.post(f"{address(dossier)}/depot", {})
    assert response.status_code == 422
    assert len(errors(response)) == len(DECLARED)
    for code in DECLARED:
        response = owner.post(f"{address(dossier)}/depot", DECLARED | {code: ""})
        assert response.status_code == 422
        (error,) = errors(response)
        assert error.startswith("Cochez")
    with world.app.app_context():
        claim = db.session.get_one(Claim, dossier.id)
        assert (claim.status, claim.declarations) == ("draft", None)


def test_a_filed_dossier_is_shown_and_changed_no_more(world: World, owner: Visitor) -> None:
    dossier = filed(world)
    for page in ("/factures", "/lignes", "/depot"):
        for response in (
            owner.get(f"{address(dossier)}{page}"),
            owner.post(f"{address(dossier)}{page}", DECLARED),
        ):
            assert response.headers["Location"].startswith("/entreprise/dossiers/")
            assert owner.follow(response).status_code == 200
    assert owner.post(f"{address(dossier)}/factures/1/retrait").status_code == 409
    with world.app.app_context():
        claim = db.session.get_one(Claim, dossier.id)
        assert (claim.status, claim.number, len(claim.invoices)) == ("filed", "BS-2026-000001", 1)


def test_filing_twice_gives_one_number(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    numbers = {owner.post(f"{address(dossier)}/depot", DECLARED).headers["Location"] for _ in range(2)}
    assert numbers == {"/entreprise/dossiers/BS-2026-000001", address(dossier)}
    with world.app.app_context():
        assert [claim.number for claim in db.session.scalars(select(Claim))] == ["BS-2026-000001"]


def test_a_refusal_to_come_is_said_before_filing_and_may_be_filed(world: World, owner: Visitor) -> None:
    dossier = draft(world, [bill(Item(499_99))])
    review = owner.get(f"{address(dossier)}/depot")
    assert "Ce dossier n’ouvre droit à aucun bonus" in words(review)
    assert "500,00 €" in words(review)
    assert "(art. 5.4)" in words(review)
    assert owner.post(f"{address(dossier)}/depot", DECLARED).status_code == 302


def test_an_invoice_of_an_open_dossier_is_told(world: World, owner: Visitor) -> None:
    file = bill(number="F-1")
    first = filed(world, draft(world, [file]))
    second = draft(world, [file])
    text = words(owner.get(f"{address(second)}/depot"))
    assert f"un dossier que vous avez déposé ({first.number})" in text
    assert "(art. 5.3)" in text


def test_another_seller_of_the_registry_is_matched_by_its_reference(world: World, owner: Visitor) -> None:
    dossier = draft(world, [bill(Item(700_00, name="Données", reference="DATA-1AN"), seller=OTHER_SELLER)])
    assert filled(owner.get(f"{address(dossier)}/lignes"))["lines-0-solution"] == DATA


def test_a_page_of_files_sent_again_opens_no_second_draft(world: World) -> None:
    """Without JavaScript, what could not be read is said at the address of the form: it may be reloaded."""
    owner = signed_in(world.app, world.owner.email)
    (reference,) = document(owner.get(NEW)).xpath('//input[@name="draft"]/@value')
    files = [bill(), ("illisible.xml", b"<rien/>")]
    for _ in range(2):
        response = owner.post_files(NEW, "files", files, {"draft": reference})
        assert response.status_code == 422
        assert "illisible.xml" in words(response)
    with world.app.app_context():
        claim = db.session.scalars(select(Claim)).one()
        assert (claim.reference, len(claim.invoices)) == (reference, 1)


@pytest.mark.parametrize("forged", ["BS-2026-000001", "x", "é" * 22, "a" * 23])
def test_a_forged_reference_names_no_dossier(world: World, forged: str) -> None:
    owner = signed_in(world.app, world.owner.email)
    owner.post_files(NEW, "files", [bill()], {"draft": forged})
    with world.app.app_context():
        assert db.session.scalars(select(Claim.reference)).one() != forged


def test_the_reference_of_another_company_opens_one_s_own_draft(world: World) -> None:
    theirs = draft(world, company_id=world.neighbour_id)
    owner = signed_in(world.app, world.owner.email)
    owner.post_files(NEW, "files", [bill(number="F-9")], {"draft": theirs.reference})
    with world.app.app_context():
        mine = db.session.scalars(select(Claim).where(Claim.company_id == world.company_id)).one()
        assert (mine.reference != theirs.reference, len(mine.invoices)) == (True, 1)
        assert len(db.session.get_one(Claim, theirs.id).invoices) == 1
