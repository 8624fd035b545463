"""Who may enter: every address, as nobody and as each role, by reading and by sending a form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from bonus.accounts.models import Person
from bonus.extensions import db
from bonus.web.access import PUBLIC, ROLES, allow, audience_of
from tests.support.application import application
from tests.support.databases import sqlite_copy
from tests.support.world import World, build_world
from tests.web.audiences import (
    AUDIENCES,
    FILERS_ONLY,
    MACHINES,
    PASSAGES,
)
from tests.web.house import House, furnished, kept
from tests.web.visitor import Visitor, signed_in, words


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for the module: the walks change nothing, which is checked when all are done."""
    folder = tmp_path_factory.mktemp("house")
    # A demonstration: its mails have pages.
    with application(sqlite_copy(folder), folder, DEMO=True) as app:
        house = furnished(app)
        before = kept(app)
        yield house
        assert kept(app) == before


WHO = (
    "nobody",
    "no role",
    "reader",
    "company",
    "accountant",
    "reviewer",
    "authorising_officer",
    "accounting_officer",
    "registry_keeper",
    "administrator",
)


def test_every_address_names_who_may_enter(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {endpoint: set(audience_of(app, endpoint)) for endpoint in endpoints} == {
        endpoint: set(audience) for endpoint, audience in (AUDIENCES | MACHINES).items()
    }


def test_every_role_is_walked() -> None:
    assert set(WHO) == ROLES | {"nobody", "no role", "reader"}


def may_enter(who: str, endpoint: str) -> bool:
    if who == "reader":
        return endpoint not in FILERS_ONLY and bool(AUDIENCES[endpoint] & {PUBLIC, "company"})
    return bool(AUDIENCES[endpoint] & {PUBLIC, who})


def is_invitation(response: TestResponse, suite: str | None) -> bool:
    """Whether the answer asks to sign in, to come back to ``suite``."""
    where = "/connexion" if suite is None else f"/connexion?suite={suite}"
    return response.status_code == 302 and response.headers["Location"] == where


@pytest.mark.parametrize("who", WHO)
def test_reading_every_address(house: House, who: str) -> None:
    visitor = entered(house, who)
    seen = 0
    for endpoint in sorted(AUDIENCES):
        if endpoint in {"dsfr", *PASSAGES} or not is_answered(house.app, endpoint, "GET"):
            continue  # DSFR's files have tests of their own, as ProConnect has
        address = house.address(endpoint)
        response = visitor.get(address)
        seen += 1
        if may_enter(who, endpoint):
            assert response.status_code in (200, 302, 503), (endpoint, response.status_code)
            assert not response.headers.get("Location", "").startswith("/connexion"), endpoint
        elif who == "nobody":
            assert is_invitation(response, suite=address), endpoint
        else:
            assert response.status_code == 403, (endpoint, response.status_code)
            assert "Vous n’avez pas accès à cette page" in words(response)
    assert seen > 25


@pytest.mark.parametrize("who", WHO)
def test_sending_a_form_to_every_address(house: House, who: str) -> None:
    visitor = entered(house, who)
    seen = 0
    for endpoint in sorted(AUDIENCES):
        if endpoint in {"public.sign_out", *PASSAGES} or not is_answered(house.app, endpoint, "POST"):
            continue
        address = house.address(endpoint)
        if who == "nobody" or may_enter(who, endpoint):
            assert visitor.post_without_token(address).status_code == 400, endpoint
        response = visitor.post(address)
        seen += 1
        if may_enter(who, endpoint):
            # Empty forms, on a dossier that is decided: asked again, or told that it is too late.
            assert response.status_code in (302, 409, 422), (endpoint, response.status_code)
            assert not response.headers.get("Location", "").startswith("/connexion"), endpoint
        elif who == "nobody":
            assert is_invitation(response, suite=None), endpoint
        else:
            assert response.status_code == 403, (endpoint, response.status_code)
    assert seen > 10


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_other_methods_are_guarded_alike(house: House, method: str) -> None:
    nobody, administrator = entered(house, "nobody"), entered(house, "administrator")
    for endpoint, audience in AUDIENCES.items():
        if PUBLIC in audience or not is_answered(house.app, endpoint, method):
            continue
        address = house.address(endpoint)
        assert nobody.client.open(address, method=method).status_code == 302, endpoint
        expected = {200} if "administrator" in audience else {403}
        assert {administrator.client.open(address, method=method, buffered=True).status_code} == expected, (
            endpoint
        )


def entered(house: House, who: str) -> Visitor:
    email = house.emails[who]
    return signed_in(house.app, email) if email else Visitor(house.app)


def is_answered(app: Flask, endpoint: str, method: str) -> bool:
    return any(method in (rule.methods or ()) for rule in app.url_map.iter_rules(endpoint))


# ---------------------------------------------------------------- what no role opens


@pytest.mark.parametrize("who", WHO)
def test_an_unknown_address_is_unknown_to_everyone(house: House, who: str) -> None:
    visitor = entered(house, who)
    for address in (
        "/inconnu",
        "/entreprise/inconnu",
        "/agent/inconnu",
        "/admin",
        "/agent/dossiers/",
        "/.env",
    ):
        response = visitor.get(address)
        assert response.status_code == 404, address
        assert "Cette page n’existe pas" in words(response)


def test_a_route_that_names_nobody_is_closed_to_all(own_app: Flask) -> None:
    app, world = own_app, build_world(own_app)
    app.add_url_rule("/oubli", "forgotten", lambda: "secret")
    assert is_invitation(Visitor(app).get("/oubli"), suite="/oubli")
    response = signed_in(app, world.administrator.email).get("/oubli")
    assert response.status_code == 403
    assert "secret" not in response.text


@pytest.mark.parametrize(
    "audience",
    [(), ("reviewer", "reviewr"), ("nobody",), ("",), ("read", "events:write"), ("read", "reviewer")],
)
def test_an_audience_that_does_not_exist_is_refused_when_it_is_written(audience: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not an audience"):
        allow(*audience)


def test_an_account_that_is_closed_is_out_at_once(world: World) -> None:
    visitor = signed_in(world.app, world.owner.email)
    assert visitor.get("/entreprise").status_code == 200
    with world.app.app_context():
        db.session.get_one(Person, world.owner.person_id).active = False
        db.session.commit()
    assert is_invitation(visitor.get("/entreprise"), suite="/entreprise")


def test_a_role_that_is_taken_back_is_lost_at_once(world: World) -> None:
    visitor = signed_in(world.app, world.reviewer.email)
    assert visitor.get("/agent/dossiers").status_code == 200
    with world.app.app_context():
        db.session.delete(db.session.get_one(Person, world.reviewer.person_id).agent_roles[0])
        db.session.commit()
    assert visitor.get("/agent/dossiers").status_code == 403


def test_a_session_made_elsewhere_opens_nothing(world: World, tmp_path: Path) -> None:
    """A cookie signed with another secret, though it names the administrator."""
    other = Flask("other", root_path=str(tmp_path))
    other.secret_key = "a secret that the service does not have, long enough"
    serializer = other.session_interface.get_signing_serializer(other)  # type: ignore[attr-defined]
    with world.app.app_context():
        identity = db.session.get_one(Person, world.administrator.person_id).get_id()
    forged = serializer.dumps({"_user_id": identity, "_fresh": True})
    visitor = Visitor(world.app)
    visitor.client.set_cookie("bonus", forged)
    assert is_invitation(visitor.get("/agent/journal"), suite="/agent/journal")
