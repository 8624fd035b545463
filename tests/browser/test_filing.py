"""From real invoices, written by others, to a filed dossier: one without lines, a credit note, one in UBL, a table."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bonus.calendar import civil_date
from tests.claims.tables.samples import PLAIN, as_csv
from tests.support import papers

from .conftest import Visit
from .journey_company import card, declare

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "invoices"
REAL = ("Facture_FR_MINIMUM.pdf", "Avoir_FR_type381_EN16931.pdf", "ubl-21-en16931.xml")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not FOLDER.is_dir(),
        reason="the invoices written by others (../shared/invoices) are not on this machine",
    ),
]


def test_from_real_invoices_to_a_filed_dossier(visit: Visit, tmp_path: Path) -> None:
    visitor = visit()
    page = visitor.page
    visitor.sign_in("entreprise@demo.example")
    visitor.open("/entreprise/dossiers/nouveau")
    page.get_by_label("Déposez vos factures").set_input_files([FOLDER / name for name in REAL])
    page.get_by_role("button", name="Lire ces factures").click()

    # Addressed to somebody else: each is questioned, none is refused (its examination decides).
    without_lines = page.get_by_role("article").filter(has_text="Facture_FR_MINIMUM.pdf")
    expect(without_lines).to_contain_text("Au bon moulin")
    expect(page.get_by_role("article").filter(has_text="ubl-21-en16931.xml")).to_contain_text("XML UBL")
    credit_note = page.get_by_role("article").filter(has_text="Avoir_FR_type381_EN16931.pdf")
    expect(credit_note.get_by_role("heading")).to_contain_text("Avoir")
    visitor.look()

    # What the first does not detail is typed; a euro too much is said.
    without_lines.get_by_role("link", name="Saisir les lignes").click()
    visitor.look()
    page.get_by_label("Produit ou service acheté").fill("Farine du moulin")
    page.get_by_label("Montant hors taxes").fill("625,90")
    page.get_by_label("TVA", exact=True).fill("46,25")
    save = page.locator("main .bs-buttons").get_by_role("button", name="Enregistrer les lignes")
    visitor.refused(save.click)
    expect(page.get_by_role("alert")).to_contain_text("1,00")
    page.get_by_label("Montant hors taxes").fill("624,90")
    save.click()

    # A table with an error: the good row is kept.
    page.get_by_role("link", name="Charger un tableau de lignes").click()
    day = (civil_date(datetime.now(UTC)) - timedelta(days=20)).strftime("%d/%m/%Y")
    rows = [
        PLAIN | {"facture": "REEL-1", "date_facture": day},
        PLAIN | {"facture": "REEL-2", "date_facture": day, "montant_ht": "douze"},
    ]
    table = tmp_path / "achats.csv"
    table.write_bytes(as_csv(rows))
    page.get_by_label("Votre tableau").set_input_files(table)
    page.get_by_role("button", name="Lire ce tableau").click()
    page.get_by_role("button", name="Garder la bonne ligne").click()
    page.get_by_role("link", name="Continuer vers les lignes").click()

    expect(card(page, "Farine du moulin")).to_be_visible()
    page.get_by_label("Autre aide publique reçue").first.fill("1,00")
    expect(page.locator("#enregistrement")).to_contain_text("Brouillon enregistré")
    visitor.look()
    page.get_by_role("button", name="Continuer", exact=True).click()

    block = page.locator("#piece-payment_proof")
    block.get_by_label("Joindre un fichier").set_input_files(
        {"name": "releve.pdf", "mimeType": "application/pdf", "buffer": papers.PLAIN}
    )
    block.get_by_role("button", name="Joindre", exact=True).click()
    expect(page.locator("#piece-payment_proof")).to_contain_text("Jointe")
    page.get_by_role("link", name="Continuer").click()
    declare(visitor)
    visitor.look()
    page.get_by_role("button", name="Déposer le dossier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Dossier BS-\d{4}-\d{6}$"))
    visitor.look()
    assert visitor.download(page.get_by_role("link", name="Tout le dossier"))[:2] == b"PK"
