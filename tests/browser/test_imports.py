"""The keeper imports a certifier's file: the page follows the job by itself, and without any script too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.registry.files.samples import as_csv
from tests.registry.imports.samples import AUDITED, PLAIN

from .conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
IMPORTS = "/agent/registre/imports"


def write(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "certifications.csv"
    path.write_bytes(as_csv(rows))
    return path


def row(prefix: str, number: int) -> dict[str, Any]:
    """A certification of its own: the demonstration stays between tests."""
    own = {"solution": f"Offre {prefix} {number}", "reference_offre": f"{prefix}-{number}"}
    return AUDITED | own | {"certification": f"{prefix}-{number}"}


def test_the_page_follows_the_job(visit: Visit, tmp_path: Path) -> None:
    visitor = visit()
    page = visitor.page
    visitor.sign_in("registre@demo.example")
    page.get_by_role("link", name="Imports").click()
    visitor.look()
    page.get_by_label("Certificateur", exact=True).select_option("bureau-veritas")
    faulty = PLAIN | {"certification": "JS-F", "fournisseur": "123456789"}
    path = write(tmp_path, *(row("JS", number) for number in range(3_000)), faulty)
    page.get_by_label("Fichier du certificateur").set_input_files(path)
    page.get_by_role("button", name="Lire ce fichier").click()
    # Nobody reloads it.
    button = page.get_by_role("button", name="Importer les 3 000 bonnes lignes et laisser la fautive")
    expect(button).to_be_visible()
    visitor.look()
    with page.expect_download() as kept:
        page.get_by_role("link", name="Télécharger toutes les fautes (CSV)").click()
    assert "siren" in Path(kept.value.path()).read_text("utf-8-sig")
    page.get_by_role("link", name="À ajouter 3 000").click()
    expect(page.get_by_role("row")).to_have_count(51)
    button.click()
    expect(page.get_by_role("heading", name="Le registre est à jour")).to_be_visible()
    expect(page.get_by_text("Fait", exact=True)).to_be_visible()
    visitor.look()


def test_without_javascript(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.page
    visitor.sign_in("registre@demo.example")
    visitor.open(IMPORTS)
    page.get_by_label("Certificateur", exact=True).select_option("bureau-veritas")
    page.get_by_label("Fichier du certificateur").set_input_files(write(tmp_path, row("NJ", 1)))
    page.get_by_role("button", name="Lire ce fichier").click()
    visitor.wait_for(page.get_by_role("button", name="Importer la ligne"))
    page.get_by_role("button", name="Importer la ligne").click()
    visitor.wait_for(page.get_by_role("heading", name="Le registre est à jour"))
