"""A journey by ProConnect: this house and a real provider, each with its own pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from bonus.companies.models import Company
from bonus.companies.proof_models import Application
from bonus.demo.cast import PASSWORD
from bonus.demo.invoices import BUYER
from bonus.extensions import db
from tests.support.application import application
from tests.support.databases import sqlite_copy
from tests.support.provider import Provider
from tests.support.world import World, build_world

from .conftest import PATIENCE
from .served import HOST
from .visitor import HEIGHT, WIDE, Visitor
from .watch import Watch

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIRET = "73282932000074"


@dataclass(frozen=True)
class Served:
    """A house that uses a provider, at its address."""

    address: str
    world: World


@pytest.fixture
def served(oidc: Provider, tmp_path: Path) -> Iterator[Served]:
    with application(sqlite_copy(tmp_path), tmp_path, **oidc.settings()) as app:
        world = build_world(app)
        app.config["CLOCK"] = lambda: datetime.now(UTC)
        server = make_server(HOST, 0, app, threaded=True)
        address = f"http://{HOST}:{server.port}"
        app.config["PUBLIC_URL"] = address
        oidc.registered(address)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Served(address, world)
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def visitor(browser: Browser, served: Served, oidc: Provider) -> Iterator[Visitor]:
    watch = Watch(served.address, oidc.issuer.removesuffix("/api/v2"))
    context = browser.new_context(
        base_url=served.address, locale="fr-FR", viewport={"width": WIDE, "height": HEIGHT}
    )
    context.set_default_timeout(PATIENCE)
    watch.follow(context)
    yield Visitor(context, watch)
    context.close()
    assert watch.faults == []
    assert watch.expected == []


def identify(visitor: Visitor, email: str) -> None:
    """Press the button of this page, and say who one is before the provider."""
    visitor.page.get_by_role("link", name="S’identifier avec ProConnect").click()
    visitor.page.get_by_label("Adresse électronique professionnelle").fill(email)
    visitor.page.get_by_role("button", name="Continuer").click()


def leave(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Se déconnecter").click()
    expect(visitor.page.get_by_text("Vous êtes déconnecté, ici et de ProConnect.")).to_be_visible()


def test_in_and_out_by_proconnect(visitor: Visitor, served: Served, oidc: Provider) -> None:
    page = visitor.page
    oidc.person("s-1", "camille@exemple.fr", siret=SIRET)
    oidc.person("s-2", served.world.owner.email, siret=SIRET)
    visitor.open("/connexion")
    visitor.look()
    page.emulate_media(color_scheme="dark")
    visitor.look((WIDE,))
    page.emulate_media(color_scheme="light")

    # One changes one's mind, then signs in: an account is made.
    page.get_by_role("link", name="S’identifier avec ProConnect").click()
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("Vous avez quitté ProConnect sans vous identifier.")).to_be_visible()
    identify(visitor, "camille@exemple.fr")
    expect(page.get_by_role("heading", name="Rejoindre une entreprise")).to_be_visible()
    visitor.look()
    leave(visitor)

    # An account that has a password asks for it once.
    visitor.open("/connexion")
    identify(visitor, served.world.owner.email)
    expect(page.get_by_role("heading", name="Relier ProConnect à votre compte")).to_be_visible()
    visitor.look()
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Relier et se connecter").click()
    expect(page.get_by_text("Votre identité ProConnect est reliée à votre compte.")).to_be_visible()
    leave(visitor)
    visitor.open("/connexion")
    identify(visitor, served.world.owner.email)
    expect(page.get_by_role("heading", name="Mes dossiers")).to_be_visible()
    leave(visitor)


def test_the_right_to_act_is_proven_by_proconnect(visitor: Visitor, served: Served, oidc: Provider) -> None:
    page, world = visitor.page, served.world
    with world.app.app_context():
        company = db.session.get_one(Company, world.company_id)
        company.proven_at = company.proven_by = None
        begun = Application(
            company_id=company.id, person_id=world.owner.person_id, created_at=datetime.now(UTC)
        )
        db.session.add(begun)
        db.session.commit()
    oidc.person("s-1", "camille@atelier.example", "eidas2", siret=SIRET)
    visitor.sign_in(world.owner.email)
    visitor.open("/entreprise/preuve")
    visitor.look()
    visitor.watch.expected.append(422)
    identify(visitor, "camille@atelier.example")
    expect(page.get_by_text("SIREN 732 829 320")).to_be_visible()
    visitor.look()
    oidc.person("s-1", "camille@atelier.example", "eidas2", siret=BUYER.siret)
    page.get_by_role("link", name="Recommencer").click()  # ProConnect knows them still, and asks nothing
    expect(page.get_by_text("Votre droit d’agir est prouvé")).to_be_visible()
