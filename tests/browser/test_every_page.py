"""Every page on a telephone and by keyboard alone: each stop is reached and seen, nothing overflows, nothing grave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from bonus.demo.cast import PASSWORD
from tests.web.site import STATUSES, Site, furnished
from tests.web.visitor import telephone_code

from .served import house
from .test_keyboard import press
from .visitor import HEIGHT, NARROW, grave_findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What one can act upon, each with a mark; of the radios of one name, the Tab key stops at one.
_MARK_STOPS = """
() => {
  document.querySelectorAll("main details").forEach((one) => { one.open = true; });
  const groups = new Set();
  let count = 0;
  document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']").forEach((one) => {
    if (one.disabled || one.type === "hidden" || one.tabIndex < 0 || one.closest("[inert]")) return;
    if (!one.checkVisibility({checkVisibilityCSS: true})) return;
    if (one.type === "radio") {
      const name = `${one.form?.id} ${one.name}`;
      if (groups.has(name)) return;
      groups.add(name);
    }
    one.dataset.stop = count++;
  });
  return count;
}
"""
# A radio stands for those of its name: the one ticked has the stop.
_REACHED = """
() => {
  const one = document.activeElement;
  if (one.type !== "radio") return one.dataset.stop ?? null;
  const radios = [...document.querySelectorAll("[type=radio]")];
  const same = radios.filter((other) => other.name === one.name && other.form === one.form);
  return same.find((other) => other.dataset.stop !== undefined)?.dataset.stop ?? null;
}
"""
_WHAT = "one => one.outerHTML.slice(0, 150)"
_BEYOND = 5
"""Stops that are not ours to count: a table that scrolls, the browser's own."""
_PARTS_OF_A_DATE = 3
"""Stops that a date has after its first: its month, its year, its calendar."""
AUDIENCES = ("visitor", "company", "agent")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Site]]:
    """The site, made and answered by other threads."""
    with house(tmp_path_factory.mktemp("site")) as there:
        yield there.address, there.do(furnished, there.world)


def audience(email: str | None, address: str) -> str:
    if email is None:
        return "visitor"
    return "agent" if address.startswith("/agent") else "company"


def walked(page: Page) -> None:
    """Go through the page by the Tab key, from its first stop to its last; each is seen (``press``)."""
    wanted = {str(number) for number in range(page.evaluate(_MARK_STOPS))}
    reached: set[str] = set()
    beyond = _BEYOND + _PARTS_OF_A_DATE * page.locator("[type=date]").count()
    for _ in range(len(wanted) + beyond):
        reached.add(str(press(page, "Tab", _REACHED)))
    missed = [
        page.locator(f"[data-stop='{one}']").evaluate("one => one.outerHTML.slice(0, 150)")
        for one in wanted - reached
    ]
    assert missed == [], page.url


def sign_in(page: Page, email: str, app: Flask) -> None:
    page.goto("/connexion")
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda url: not url.endswith("/connexion"))
    if "/connexion/code" in page.url:
        page.get_by_label("Code à six chiffres").fill(telephone_code(app, email))
        page.get_by_role("button", name="Continuer").click()
    page.wait_for_url(lambda url: "/connexion" not in url)


@pytest.mark.parametrize("group", AUDIENCES)
def test_on_a_telephone_by_keyboard(browser: Browser, served: tuple[str, Site], group: str) -> None:
    address, site = served
    people: dict[str | None, list[tuple[str, str]]] = {}
    for name, (email, place) in site.pages.items():
        if audience(email, place) == group:
            people.setdefault(email, []).append((name, place))
    assert people
    for email, pages in people.items():
        with browser.new_context(
            base_url=address, locale="fr-FR", viewport={"width": NARROW, "height": HEIGHT}
        ) as context:
            page = context.new_page()
            if email is not None:
                sign_in(page, email, site.app)
            for name, place in pages:
                answer = page.goto(place)
                assert answer is not None
                assert answer.status == STATUSES.get(name, 200), name
                walked(page)
                assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, name
                assert grave_findings(page) == [], name
