"""The agents’ queue by keyboard: move, open, search; the letters are left to who types, and can be turned off."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import Visit
from .test_request import file_without_proof

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_keys_of_the_queue(visit: Visit, tmp_path: Path) -> None:
    number = file_without_proof(visit(), tmp_path)
    reviewer = visit()
    reviewer.sign_in("instructrice@demo.example")
    reviewer.open("/agent/dossiers?file=a-verifier")
    page = reviewer.page
    reviewer.look()
    links, search = page.locator("[data-open]"), page.locator("[data-search]")
    press = page.keyboard.press
    for key, place in (("j", 0), ("k", 0), ("j", min(1, links.count() - 1)), ("k", 0)):
        press(key)
        expect(links.nth(place)).to_be_focused()
    press("/")
    expect(search).to_be_focused()
    page.keyboard.type("jk/?")
    expect(search).to_have_value("jk/?")
    search.blur()
    press("?")
    keys = page.get_by_role("dialog", name="Touches du clavier")
    expect(keys).to_be_visible()
    reviewer.look()
    press("Escape")
    expect(keys).to_be_hidden()
    page.get_by_role("button", name="Touches du clavier").click()
    page.get_by_label("Employer ces touches sur cet appareil").uncheck()
    keys.get_by_role("button", name="Fermer").click()
    page.reload()
    press("?")
    expect(keys).to_be_hidden()
    page.get_by_role("button", name="Touches du clavier").click()
    page.get_by_label("Employer ces touches sur cet appareil").check()
    keys.get_by_role("button", name="Fermer").click()
    links.filter(has_text=number).focus()
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Dossier {number}")
