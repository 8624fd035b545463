"""Pages that wait for nobody's dossier, in light, small and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import Visit
from .visitor import WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PUBLIC = [
    "/",
    "/connexion",
    "/verifier",
    "/aide",
    "/contact",
    "/accessibilite",
    "/mentions-legales",
    "/donnees-personnelles",
    "/donnees",
    "/solutions",
    "/solutions/hebergement-cloud-qualifie",
    "/solutions?q=hebergment&usage=cloud",
    "/solutions?q=xyzzy&label=NFG",
]


@pytest.mark.parametrize("address", [*PUBLIC, "/nulle-part"])
def test_public_page(visit: Visit, address: str) -> None:
    visitor = visit(color_scheme="light")
    visitor.open(address, 404 if address == "/nulle-part" else 200)
    expect(visitor.page.locator("html")).to_have_attribute("data-fr-theme", "light")
    expect(visitor.page.get_by_text("Démonstration, dispositif fictif.")).to_be_visible()
    visitor.look()
    visitor.page.emulate_media(color_scheme="dark")
    expect(visitor.page.locator("html")).to_have_attribute("data-fr-theme", "dark")
    visitor.look((WIDE,))


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("registre", "/agent/registre"),
        ("administrateur", "/agent/journal?verifier=1"),
        ("comptable", "/agent/comptes"),
        ("entreprise", "/entreprise/etablissement"),
        ("entreprise", "/entreprise/etablissement/aides/nouvelle"),
        ("entreprise", "/entreprise/equipe"),
        ("entreprise", "/entreprise/equipe/invitation"),
        ("entreprise", "/entreprise/banque/changement"),
    ],
)
def test_page_of_someone(visit: Visit, who: str, address: str) -> None:
    visitor = visit()
    visitor.sign_in(f"{who}@demo.example")
    visitor.open(address)
    visitor.look()
