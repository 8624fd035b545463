"""A draft loses nothing: a server killed while one types, a network that goes, a session that ends, another device."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bonus.demo.cast import PASSWORD

from .bills import older_day, write_invoices
from .conftest import PATIENCE
from .served import Demonstration

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def served(chromium_path: str, tmp_path: Path) -> Iterator[Demonstration]:
    served = Demonstration(tmp_path)
    try:
        served.start()
        yield served
    finally:
        served.stop()


@pytest.fixture
def device(browser: Browser, served: Demonstration) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=served.address, locale="fr-FR")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def sign_in(page: Page) -> None:
    page.get_by_label("Adresse électronique").fill("entreprise@demo.example")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()


def a_draft(page: Page, folder: Path) -> str:
    """The address of the lines of a new draft, where the page is left."""
    page.goto("/connexion?suite=/entreprise/dossiers/nouveau")
    sign_in(page)
    page.locator("input[type=file]").set_input_files(write_invoices(folder, older_day(40)))
    page.get_by_role("button", name="Lire ces factures").click()
    expect(page.get_by_role("heading", name="Vos lignes")).to_be_visible()
    return page.url


def test_nothing_typed_is_lost(
    browser: Browser, served: Demonstration, device: BrowserContext, tmp_path: Path
) -> None:
    page = device.new_page()
    address = a_draft(page, tmp_path)
    aid = page.get_by_label("Autre aide publique reçue").first
    said = page.locator("#enregistrement")
    estimate = page.locator(".bs-estimate").inner_text()

    aid.fill("100,00")
    expect(said).to_contain_text("Brouillon enregistré")
    expect(page.locator(".bs-estimate")).not_to_have_text(estimate)  # live: the aid lowers the base

    served.kill()
    aid.fill("250,00")
    expect(said).to_contain_text("Pas de connexion")
    served.start()
    expect(said).to_contain_text("Brouillon enregistré")

    device.set_offline(True)
    aid.fill("300,00")
    expect(said).to_contain_text("Pas de connexion")
    device.set_offline(False)
    expect(said).to_contain_text("Brouillon enregistré")

    device.clear_cookies()
    aid.fill("350,00")
    expect(said).to_contain_text("Votre session a pris fin")
    page.get_by_role("link", name="Se reconnecter").click()
    sign_in(page)
    expect(page).to_have_url(address)
    expect(page.locator("#enregistrement")).to_contain_text("Brouillon enregistré")
    expect(page.get_by_label("Autre aide publique reçue").first).to_have_value("350,00")

    other = browser.new_context(base_url=served.address, locale="fr-FR")
    elsewhere = other.new_page()
    elsewhere.goto(address)
    sign_in(elsewhere)
    expect(elsewhere.get_by_label("Autre aide publique reçue").first).to_have_value("350,00")
    other.close()


def test_killed_and_closed_it_comes_back_on_the_same_device(
    served: Demonstration, device: BrowserContext, tmp_path: Path
) -> None:
    page = device.new_page()
    address = a_draft(page, tmp_path)
    served.kill()
    page.get_by_label("Autre aide publique reçue").first.fill("125,50")
    expect(page.locator("#enregistrement")).to_contain_text("Pas de connexion")
    page.close()
    served.start()
    again = device.new_page()
    again.goto(address)
    expect(again.get_by_label("Autre aide publique reçue").first).to_have_value("125,50")
    expect(again.locator("#enregistrement")).to_contain_text("Brouillon enregistré")


def test_what_cannot_be_saved_yet_is_still_there_when_the_page_comes_back(
    device: BrowserContext, tmp_path: Path
) -> None:
    page = device.new_page()
    a_draft(page, tmp_path)
    aid = page.get_by_label("Autre aide publique reçue").first
    with page.expect_response(lambda answer: answer.status == 422):
        aid.fill("douze")
    page.reload()
    expect(aid).to_have_value("douze")
    expect(page.locator(".fr-message--error").first).to_be_visible()
    aid.fill("12,00")
    expect(page.locator("#enregistrement")).to_contain_text("Brouillon enregistré")
    page.reload()
    expect(aid).to_have_value("12,00")


def test_two_tabs(device: BrowserContext, tmp_path: Path) -> None:
    first = device.new_page()
    address = a_draft(first, tmp_path)
    second = device.new_page()
    second.goto(address)
    first.get_by_label("Autre aide publique reçue").first.fill("10,00")
    expect(first.locator("#enregistrement")).to_contain_text("Brouillon enregistré")
    second.get_by_label("Autre aide publique reçue").first.fill("20,00")
    expect(second.locator("#enregistrement")).to_contain_text("modifiée ailleurs")
    asked = second.locator("article .fr-alert")
    expect(asked).to_contain_text(re.compile(r"autre aide de 10,00\s€"))
    second.get_by_role("button", name="Garder ma saisie").click()
    expect(second.get_by_label("Autre aide publique reçue").first).to_have_value("20,00")
    first.reload()
    expect(first.get_by_label("Autre aide publique reçue").first).to_have_value("20,00")
