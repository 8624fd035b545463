"""The pages do their work where no script runs: sign in, drop files, check the lines, file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .bills import older_day, write_invoices
from .conftest import Visit
from .journey_company import declare, join_documents

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_without_javascript(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.page
    visitor.sign_in("entreprise@demo.example")
    expect(page.locator("html")).not_to_have_class(re.compile("bs-js"))

    page.get_by_role("link", name=re.compile("^Déposer un (premier )?dossier$")).click()
    expect(page.get_by_text("Ou glissez-déposez ici.")).to_be_hidden()
    page.get_by_label("Déposez vos factures").set_input_files(write_invoices(tmp_path, older_day(80)))
    page.get_by_role("button", name="Lire ces factures").click()

    expect(page.get_by_role("heading", name="Vos lignes")).to_be_visible()
    data = page.get_by_role("article").filter(has_text="Plateforme de données souveraine, abonnement annuel")
    expect(data).to_contain_text("Bonus : 1 470,00 €")
    data.get_by_text("Pourquoi ?").click()
    expect(data.locator(".bs-why__body")).to_contain_text("Taux du bonus (art. 6)")
    page.get_by_role("button", name="Continuer").click()

    join_documents(visitor)
    expect(page.get_by_role("heading", name="Vérifier et déposer")).to_be_visible()
    declare(visitor)
    page.get_by_role("button", name="Déposer le dossier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Dossier BS-\d{4}-\d{6}$"))
    visitor.download(page.get_by_role("link", name="Accusé de réception"))
