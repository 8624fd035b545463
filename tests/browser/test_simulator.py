"""The simulator by keyboard alone: a visitor simulates, keeps the address, signs in, and has a draft in one press."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from bonus.demo.cast import PASSWORD

from .conftest import Visit
from .test_keyboard import move_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def simulate(page: Page) -> None:
    """Find the solution, say the price and the size, ask."""
    page.goto("/simulateur")
    move_to(page, "main input[name=q]")
    page.keyboard.type("hebergement")
    move_to(page, "main button[name=chercher]")
    page.keyboard.press("Enter")
    expect(page.locator("#resultats")).to_be_visible()
    move_to(page, "main button[name=choix]")
    page.keyboard.press("Enter")
    expect(page.locator("main input[name=solution]")).to_be_attached()
    move_to(page, "main input[name=montant]")
    page.keyboard.type("12 000")
    move_to(page, "main select[name=taille]")
    page.keyboard.press("ArrowDown")
    move_to(page, "main form button[type=submit].fr-btn:not([name])")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Et maintenant ?")).to_be_visible()


def test_from_a_price_to_a_draft(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    simulate(page)
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["solution"] == ["hebergement-cloud-qualifie"]
    move_to(page, "main .bs-why summary")
    page.keyboard.press("Enter")
    expect(page.locator("main details[open] .bs-why__body").first).to_be_visible()
    shared = page.locator("main a.bs-address").get_attribute("href")
    assert shared is not None
    visitor.look()

    other = visit()
    other.open(shared)
    figures = "main .bs-figures__value"
    assert other.page.locator(figures).all_inner_texts() == page.locator(figures).all_inner_texts()

    move_to(page, "main a[href^='/connexion?suite=']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    move_to(page, "main input[name=email]")
    page.keyboard.type("entreprise@demo.example")
    move_to(page, "main input[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Et maintenant ?")).to_be_visible()
    move_to(page, "main form[action$='/simulation'] button, main form[action*='nouveau'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/entreprise/dossiers/*/factures*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nouveau dossier")
    visitor.look()


@pytest.mark.parametrize("email", [None, "entreprise@demo.example"])
def test_its_pages_at_each_width(visit: Visit, email: str | None) -> None:
    visitor = visit()
    if email:
        visitor.sign_in(email)
    for address, status in (
        ("/simulateur", 200),
        ("/simulateur?usage=cloud&montant=900000&taille=sme", 200),
        ("/simulateur?q=zzz&chercher=oui", 200),
        ("/simulateur?montant=douze&taille=sme&usage=cloud", 422),
    ):
        visitor.open(address, status)
        visitor.look()
