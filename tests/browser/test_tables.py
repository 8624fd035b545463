"""A company loads a table of lines that has errors: the report read, the good rows kept, the others corrected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bonus.calendar import civil_date
from tests.claims.tables.samples import PLAIN, as_csv

from .conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NEW = "/entreprise/dossiers/nouveau"


def row(number: int, **values: Any) -> dict[str, Any]:
    """A row of an invoice of its own. The service reads the machine's clock: its date follows it."""
    day = civil_date(datetime.now(UTC)) - timedelta(days=20)
    return PLAIN | {"facture": f"NAV-{number}", "date_facture": day.strftime("%d/%m/%Y")} | values


def test_a_table_with_errors_to_its_end(visit: Visit, tmp_path: Path) -> None:
    visitor = visit()
    page = visitor.page
    visitor.sign_in("entreprise@demo.example")
    visitor.open(NEW)
    page.get_by_role("link", name="Charger un tableau de lignes").click()
    visitor.look()
    rows = [row(number) for number in range(600)]  # enough for a job to read them
    rows[10] |= {"montant_ht": "1.250"}
    rows[20] |= {"fournisseur": "900100208"}
    path = tmp_path / "achats.csv"
    path.write_bytes(as_csv(rows))
    page.get_by_label("Votre tableau").set_input_files(path)
    page.get_by_role("button", name="Lire ce tableau").click()
    # Nobody reloads it.
    keep = page.get_by_role("button", name="Garder les 598 bonnes lignes")
    expect(keep).to_be_visible()
    visitor.look()
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("row", name="12 montant_ht")).to_contain_text("peut se lire de deux façons")
    with page.expect_download() as kept:
        page.get_by_role("link", name="Lignes à corriger (CSV)").click()
    text = Path(kept.value.path()).read_text("utf-8-sig")
    keep.click()
    expect(page.get_by_role("heading", name="Le tableau est dans le dossier")).to_be_visible()
    expect(page.get_by_text("2 lignes restent à corriger.")).to_be_visible()
    visitor.look()

    corrected = tmp_path / "corrigees.csv"
    corrected.write_text(text.replace(";1.250;", ";1250,00;").replace("900100208", "900100207"), "utf-8-sig")
    page.get_by_role("link", name="Charger un autre tableau").click()
    page.get_by_label("Votre tableau").set_input_files(corrected)
    page.get_by_role("button", name="Lire ce tableau").click()
    page.get_by_role("button", name="Ajouter les 2 lignes au dossier").click()
    page.get_by_role("link", name="Continuer vers les lignes").click()

    expect(page.get_by_role("link", name="Toutes 600")).to_be_visible()
    page.get_by_role("link", name="Dernière page").click()
    for number in ("NAV-599", "NAV-10", "NAV-20"):
        expect(page.get_by_role("heading", name=f"Facture {number}", exact=True)).to_be_visible()
    visitor.look()
    page.get_by_role("button", name="Continuer", exact=True).click()
    expect(page.locator("#piece-invoice_copy")).to_contain_text(
        "Demandée pour les factures déclarées par un tableau"
    )
    visitor.look()
    page.get_by_role("link", name="Continuer").click()
    table = page.get_by_role("region", name="Vos factures")
    expect(table).to_contain_text("598 factures, 598 lignes")
    expect(table).to_contain_text("2 factures, 2 lignes")
    visitor.look()
    # All of it leaves in one act.
    page.get_by_role("link", name="Revenir aux pièces").click()
    page.get_by_role("link", name="Revenir aux lignes").click()
    page.get_by_role("link", name="Revenir aux factures").click()
    page.get_by_role("link", name="achats.csv").click()
    page.get_by_text("Retirer ce tableau du dossier").click()
    page.get_by_role("button", name="Retirer tout le tableau").click()
    expect(page.get_by_role("link", name="corrigees.csv")).to_be_visible()
    expect(page.get_by_role("link", name="achats.csv")).to_have_count(0)


def test_without_javascript(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.page
    visitor.sign_in("entreprise@demo.example")
    visitor.open(f"{NEW}/tableau")
    path = tmp_path / "achats.csv"
    path.write_bytes(as_csv(row(9_000 + number) for number in range(501)))
    page.get_by_label("Votre tableau").set_input_files(path)
    page.get_by_role("button", name="Lire ce tableau").click()
    visitor.wait_for(page.get_by_role("button", name="Ajouter les 501 lignes au dossier"))
    page.get_by_role("button", name="Ajouter les 501 lignes au dossier").click()
    visitor.wait_for(page.get_by_role("heading", name="Le tableau est dans le dossier"))
