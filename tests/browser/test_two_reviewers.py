"""Two reviewers on one dossier at once: the second is told, nothing typed is lost; the keys, and turning them off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bonus.demo.cast import PASSWORD
from tests.support.desk import demonstration
from tests.support.world import Dossier, World, filed

from .served import house
from .visitor import HEIGHT, WIDE, demonstrated_code, grave_findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REASONS = "La facture porte sur un matériel, qui n’est pas une solution (art. 4)."
# What the page does each half minute, it also does when one comes back to it.
PATIENCE = 10_000
_COME_BACK = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, World, list[str]]]:
    """The address, the cast, and the numbers of two dossiers of one day, in the order they are due."""
    folder = tmp_path_factory.mktemp("two")
    with house(folder) as there:
        makers: tuple[Callable[[World], Dossier], ...] = (demonstration, filed)
        numbers = [str(there.do(make, there.world).number) for make in makers]
        yield there.address, there.world, numbers


def arrived(browser: Browser, address: str, email: str) -> Page:
    context = browser.new_context(
        base_url=address, locale="fr-FR", viewport={"width": WIDE, "height": HEIGHT}
    )
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/connexion")
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    page.get_by_label("Code à six chiffres").fill(demonstrated_code(page, email))
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_url(lambda url: "/connexion" not in url)
    return page


def test_the_second_is_told_and_nothing_is_lost(
    browser: Browser, served: tuple[str, World, list[str]]
) -> None:
    address, world, (number, _) = served
    first = arrived(browser, address, world.reviewer.email)
    second = arrived(browser, address, world.other_reviewer.email)
    first.goto(f"/agent/dossiers/{number}")
    second.goto(f"/agent/dossiers/{number}")
    there = f"{world.reviewer.name} (depuis "
    expect(second.get_by_text(there)).to_be_visible()
    expect(first.locator("[data-others]")).to_be_hidden()
    first.evaluate(_COME_BACK)
    expect(first.locator("[data-others]")).to_contain_text(f"{world.other_reviewer.name} (depuis ")

    # The second types a refusal; meanwhile the first proposes.
    second.locator("label", has_text="Refuser, avec des motifs").click()
    second.locator("textarea[name=reasons]").fill(REASONS)
    first.locator("label", has_text="Appliquer le calcul du règlement").click()
    first.get_by_role("button", name="Proposer à l’ordonnateur").click()
    expect(first.get_by_text("Votre proposition est transmise à l’ordonnateur.")).to_be_visible()
    second.evaluate(_COME_BACK)
    expect(second.locator(".bs-here__news")).to_contain_text(f"{world.reviewer.name} a proposé une décision")

    # Sent all the same, the refusal is not recorded, and is still there.
    second.get_by_role("button", name="Proposer à l’ordonnateur").click()
    expect(second.locator("#erreurs")).to_contain_text(f"{world.reviewer.name} a proposé une décision")
    expect(second.locator(".bs-kept")).to_contain_text(REASONS)
    expect(second.get_by_label("Nouvelle note")).to_have_value(
        f"Proposition\u00a0: Refuser, avec des motifs\nMotifs en fait, ou observations\u00a0: {REASONS}"
    )
    assert grave_findings(second) == []
    second.get_by_role("button", name="Enregistrer la note").click()
    expect(second.locator(".bs-note")).to_contain_text(REASONS)

    # The first leaves: the second, back on the page, is alone.
    expect(second.locator("[data-others]")).to_be_visible()
    first.goto("/agent/dossiers")
    second.evaluate(_COME_BACK)
    expect(second.locator("[data-others]")).to_be_hidden()


def test_the_keys_lead_and_can_be_turned_off(browser: Browser, served: tuple[str, World, list[str]]) -> None:
    address, world, (number, after) = served
    page = arrived(browser, address, world.reviewer.email)
    page.goto(f"/agent/dossiers/{number}")
    keys = page.locator("[data-keys]")
    page.keyboard.press("?")
    expect(keys.get_by_text("dossier suivant de ma file")).to_be_visible()
    page.keyboard.press("d")
    expect(page.get_by_role("heading", name="Proposer une décision")).to_be_focused()
    page.keyboard.press("i")
    note = page.get_by_label("Nouvelle note")
    expect(note).to_be_focused()
    # While one types, they are letters.
    page.keyboard.type("on nomme")
    expect(note).to_have_value("on nomme")
    note.blur()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Dossier {after}")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Dossier {number}")
    # Turned off, they stay so on the next page.
    page.keyboard.press("?")
    keys.locator("label").click()
    page.reload()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Dossier {number}")
    expect(keys.locator("dl")).to_be_hidden()
    assert grave_findings(page) == []
