"""Signing in and filing a dossier with the keyboard alone: one always sees where one is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bonus.claims.filing import DECLARATIONS
from bonus.demo.cast import PASSWORD
from tests.support.papers import PLAIN

from .bills import older_day, write_invoices
from .conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What is drawn around what has the focus: DSFR draws it around the mark that stands for a box, and around
# the whole of a tile whose title is the link. A date's button, inside its field, has the browser's own ring.
_FOCUS_IS_SEEN = """
() => {
  const one = document.activeElement;
  const shown = one.matches("[type=checkbox], [type=radio]") ? one.labels[0] : one;
  const drawn = [null, "::before", "::after"].some((part) => {
    const style = getComputedStyle(shown, part);
    return (part === null || style.content !== "none")
      && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  });
  const place = shown.getBoundingClientRect();
  const inside = one.matches("[type=date]:not(:focus-visible)");
  return (drawn || inside) && place.width > 0 && place.height > 0
    && place.bottom > 0 && place.top < innerHeight && place.right > 0 && place.left < innerWidth;
}
"""
# Past the last stop there is nothing of the page to see: the focus is the browser's own.
_AT_THE_STOP = """
() => [
  document.activeElement === document.body || (%s)(),
  document.activeElement.outerHTML.slice(0, 200),
  (%s)(),
]
"""
_STOPS = 80


def press(page: Page, key: str, asked: str = "() => null") -> Any:
    """Move the focus on; the place it comes to must be seen. Gives what a function of JavaScript then answers: one
    question to the browser at each stop, as pages have many."""
    page.keyboard.press(key)
    seen, where, answer = page.evaluate(_AT_THE_STOP % (_FOCUS_IS_SEEN, asked))
    assert seen, f"focus not seen on {page.url}: {where}"
    return answer


def move_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Go from stop to stop until the one wanted has the focus."""
    for _ in range(_STOPS):
        if press(page, key, f"() => document.activeElement.matches({json.dumps(selector)})"):
            return
    raise AssertionError(f"{selector} is not reached on {page.url}")


def test_keyboard_only(visit: Visit, tmp_path: Path) -> None:
    visitor = visit()
    page = visitor.page
    sign_in(page)
    move_to(page, "a[href$='/dossiers/nouveau']")
    page.keyboard.press("Enter")
    add_files(page, write_invoices(tmp_path, older_day(40)))
    check_lines(page)
    join_a_document(page)
    file_it(page)


def test_a_focus_that_is_not_shown_is_told(visit: Visit) -> None:
    page = visit().page
    page.goto("/connexion")
    move_to(page, "input[name=email]")
    page.evaluate("document.querySelector('input[name=password]').style.outline = 'none'")
    with pytest.raises(AssertionError, match="focus not seen"):
        press(page, "Tab")


def sign_in(page: Page) -> None:
    page.goto("/")
    press(page, "Tab")
    expect(page.get_by_role("link", name="Contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#contenu")).to_be_focused()
    move_to(page, "a[href='/entreprise']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    move_to(page, "input[name=email]")
    page.keyboard.type("entreprise@demo.example")
    move_to(page, "input[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mes dossiers")


def add_files(page: Page, invoices: list[Path]) -> None:
    expect(page.get_by_role("heading", name="Vos factures")).to_be_visible()
    move_to(page, "input[type=file]")
    page.locator("input[type=file]").set_input_files(invoices)  # the window to choose is the system's
    move_to(page, "main form button[type=submit]")
    page.keyboard.press("Space")


def check_lines(page: Page) -> None:
    """Change a line, change it back, open a « Pourquoi ? »."""
    expect(page.get_by_role("heading", name="Vos lignes")).to_be_visible()
    move_to(page, "select")
    solution = page.locator("select:focus")
    before = solution.input_value()
    page.keyboard.press("ArrowUp")
    assert solution.input_value() != before
    page.keyboard.press("ArrowDown")
    assert solution.input_value() == before
    move_to(page, "article [type=checkbox]")
    page.keyboard.press("Space")
    expect(page.locator(":focus")).to_be_checked()
    page.keyboard.press("Space")
    expect(page.locator(":focus")).not_to_be_checked()
    move_to(page, "select", "Shift+Tab")
    move_to(page, "article .bs-why summary")
    page.keyboard.press("Enter")
    expect(page.locator("article details[open] .bs-why__body")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator("article details[open]")).to_have_count(0)
    # The form's own buttons come last, after those of every line.
    move_to(page, "#lignes .bs-buttons button[type=submit]")
    page.keyboard.press("Enter")


def join_a_document(page: Page) -> None:
    expect(page.get_by_role("heading", name="Vos pièces")).to_be_visible()
    move_to(page, "input[type=file]")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "releve.pdf", "mimeType": "application/pdf", "buffer": PLAIN}
    )
    move_to(page, "#piece-payment_proof form button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("#piece-payment_proof")).to_contain_text("Jointe")
    move_to(page, "main .bs-buttons a[href$='/depot']")
    page.keyboard.press("Enter")


def file_it(page: Page) -> None:
    expect(page.get_by_role("heading", name="Vérifier et déposer")).to_be_visible()
    for code in DECLARATIONS:
        move_to(page, f"input[name={code}]")
        page.keyboard.press("Space")
    move_to(page, "main form .bs-buttons button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Dossier BS-\d{4}-\d{6}$"))
