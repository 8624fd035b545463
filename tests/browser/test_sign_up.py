"""A company that nobody knew: signed up by its SIREN, drafted for, refused, proven by a letter, filed for."""

from __future__ import annotations

import io
import re

import pypdfium2
import pytest
from playwright.sync_api import expect

from bonus.adapters.company_directory import LocalDirectory
from bonus.demo.cast import PASSWORD
from bonus.demo.invoices import DemoParty
from tests.support.bills import bill
from tests.support.signing_up import printed_code

from .conftest import Visit
from .journey_company import declare

SIREN, EMAIL = "910001007", "margot@laiterie.example"
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_a_siren_to_a_filed_dossier(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("/")
    page.get_by_role("link", name="Inscrire votre entreprise").click()
    visitor.look()
    page.get_by_label("SIREN de votre entreprise").fill("910 001 008")
    visitor.refused(page.get_by_role("button", name="Trouver mon entreprise").click)
    expect(page.get_by_role("alert")).to_contain_text("erreur de copie")
    page.get_by_label("SIREN de votre entreprise").fill("910 001 007")
    page.get_by_role("button", name="Trouver mon entreprise").click()
    expect(page.get_by_role("main")).to_contain_text("Laiterie des Alpages Fictifs")
    visitor.look()
    page.get_by_role("button", name="Oui, c’est elle").click()
    visitor.look()
    page.get_by_label("Votre nom").fill("Margot Alpage")
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_role("button", name="Recevoir le lien").click()
    visitor.look()

    # The link that the mail brings, then a password.
    page.get_by_role("link", name="Lire les courriels de la démonstration").click()
    mail = (
        page.get_by_role("row")
        .filter(has_text=EMAIL)
        .get_by_role("link", name=re.compile("^Bonus.*confirmez"))
    )
    visitor.wait_for(mail)
    mail.click()
    page.locator("main a[href*='/inscription/lien/']").click()
    visitor.look()
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Créer mon compte").click()
    expect(page.get_by_role("main")).to_contain_text("Avant de déposer, il reste deux choses à faire")
    visitor.look()

    # A draft, that cannot be filed yet.
    found = LocalDirectory().find(SIREN)
    assert found is not None
    buyer = DemoParty(found.name, SIREN, "", "", found.street, found.postcode, found.town)
    name, content = bill(buyer=buyer)
    visitor.open("/entreprise/dossiers/nouveau")
    page.get_by_label("Déposez vos factures").set_input_files(
        {"name": name, "mimeType": "application/xml", "buffer": content}
    )
    page.get_by_role("button", name="Lire ces factures").click()
    expect(page.get_by_role("main")).to_contain_text("elle suppose une microentreprise")
    visitor.look()
    page.get_by_role("button", name="Continuer", exact=True).click()
    page.get_by_role("link", name="Continuer").click()
    review = page.url
    expect(page.get_by_role("button", name="Déposer le dossier")).to_have_count(0)
    visitor.look()

    # What is left: the figures, then the letter.
    page.get_by_role("link", name=re.compile("Indiquer l’effectif")).click()
    page.get_by_label("Effectif").fill("120")
    page.get_by_label("Chiffre d’affaires annuel").fill("9000000")
    page.get_by_label("Total de bilan").fill("5000000")
    page.get_by_role("button", name="Enregistrer les chiffres").click()
    page.goto(review)
    expect(page.get_by_role("main")).to_contain_text("il reste une chose à faire")
    page.get_by_role("link", name="Prouver votre droit d’agir").click()
    visitor.look()
    page.get_by_role("button", name="Recevoir un courrier").click()
    visitor.wait_for(page.get_by_label("Code reçu par courrier"))
    visitor.look()
    page.get_by_role("link", name="Lire les courriers de la démonstration").click()
    visitor.look()
    letter = page.get_by_role("row").filter(has_text="Laiterie").get_by_role("link", name="Ouvrir la lettre")
    document = pypdfium2.PdfDocument(io.BytesIO(visitor.download(letter.first)))
    code = printed_code(document[0].get_textpage().get_text_bounded())
    document.close()

    visitor.open("/entreprise/preuve")
    page.get_by_label("Code reçu par courrier").fill("ABCDE-23456")
    visitor.refused(page.get_by_role("button", name="Prouver mon droit d’agir").click)
    expect(page.get_by_role("alert")).to_contain_text("4 essais")
    visitor.look()
    page.get_by_label("Code reçu par courrier").fill(code.lower())
    page.get_by_role("button", name="Prouver mon droit d’agir").click()
    expect(page.get_by_role("main")).to_contain_text("vous pouvez maintenant déposer vos dossiers")
    page.goto(review)
    declare(visitor)
    page.get_by_role("button", name="Déposer le dossier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Dossier BS-\d{4}-\d{6}$"))
