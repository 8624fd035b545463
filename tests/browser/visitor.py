"""A person at a browser: opens pages, signs in, downloads, and looks at each page as everyone may see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from bonus.demo.cast import PASSWORD

from .watch import Watch

WIDE, NARROW = 1280, 360
HEIGHT = 850
HOVER_FADES = 800
"""Milliseconds that DSFR takes to give a colour back once the mouse is away; axe reads colours."""
GRAVE = ("serious", "critical")
_STILL = "Promise.allSettled(document.getAnimations().map((one) => one.finished))"


def demonstrated_code(page: Page, email: str) -> str:
    """The code of the moment, from the page of the demonstration."""
    text = page.request.get("/demonstration/codes").text()
    found = re.search(re.escape(email) + r"</td><td[^>]*>(\d{6})<", text)
    assert found is not None, email
    return found[1]


class Visitor:
    """One page in a context of its own (its cookies, its theme)."""

    def __init__(self, context: BrowserContext, watch: Watch) -> None:
        self.watch = watch
        self.page: Page = context.new_page()

    def open(self, address: str, status: int = 200) -> None:
        """Go to an address of the service, which must answer so."""
        if status >= 400:
            self.watch.expected.append(status)
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == status

    def refused(self, act: Callable[[], None]) -> None:
        """Do what submits a form that is sent back to be mended."""
        self.watch.expected.append(422)
        with self.page.expect_navigation() as navigation:
            act()
        assert navigation.value.status == 422

    def confirmed(self, act: Callable[[], None], email: str) -> None:
        """Do a grave act some time after signing in: the code is asked again, and the act goes on with it."""
        self.watch.expected.append(401)
        act()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Confirmer que c’est vous")
        self.look()
        self.give_code(email)

    def sign_in(self, email: str) -> None:
        """From the sign-in page to one's own home."""
        self.open("/connexion")
        self.page.get_by_label("Adresse électronique").fill(email)
        self.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        self.page.get_by_role("main").get_by_role("button", name="Se connecter").click()
        expect(self.page.get_by_role("button", name="Se déconnecter")).to_be_attached()
        if "/connexion/code" in self.page.url:
            self.give_code(email)

    def give_code(self, email: str) -> None:
        """The code that the telephone shows, which the demonstration tells."""
        self.page.get_by_label("Code à six chiffres").fill(demonstrated_code(self.page, email))
        self.page.get_by_role("button", name="Continuer").click()
        self.page.wait_for_url(lambda url: "/connexion" not in url)

    def choose(self, label: str, within: Locator | None = None) -> None:
        """Tick a box or a radio as one does with a mouse: by its label, DSFR draws the mark there."""
        (within or self.page.get_by_role("main")).locator("label", has_text=label).click()

    def download(self, link: Locator) -> bytes:
        """What a link gives to keep."""
        with self.page.expect_download() as kept:
            link.click()
        return Path(kept.value.path()).read_bytes()

    def wait_for(self, found: Locator, tries: int = 60) -> None:
        """Ask for the page again until something is on it: the worker has its own pace."""
        for _ in range(tries):
            try:
                expect(found).to_be_visible(timeout=500)
            except AssertionError:
                self.page.reload()
            else:
                return
        expect(found).to_be_visible()

    def look(self, widths: tuple[int, ...] = (WIDE, NARROW)) -> None:
        """The page at each width: nothing beyond its edge, nothing grave for axe, nothing that Watch saw."""
        heading = self.page.get_by_role("heading", level=1).inner_text()
        expect(self.page).to_have_title(f"{heading} · Bonus Souveraineté")
        self.page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(HOVER_FADES)
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.evaluate(_STILL)
            where = f"{self.page.url} at {width} px"
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{where} overflows"
            assert grave_findings(self.page) == [], where
        self.page.set_viewport_size({"width": WIDE, "height": HEIGHT})
        assert self.watch.faults == []


def grave_findings(page: Page) -> list[str]:
    """What axe finds serious or critical, with the elements it concerns."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{found['id']} ({found['impact']}): {node['target']} {node['failureSummary']}"
        for found in violations
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]
