"""Signing in and out: what is kept, what is emptied, how often one may try, and where one goes next."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bonus.accounts.models import Person
from bonus.audit.models import AuditEntry
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.conftest import AppMaker
from tests.support.world import World, build_world
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

WRONG = "Adresse électronique ou mot de passe incorrect. Vérifiez votre saisie, puis recommencez."


# ---------------------------------------------------------------- where one goes next


@pytest.mark.parametrize(
    ("role", "landing"),
    [
        ("owner", "/entreprise"),
        ("accountant", "/cabinet"),
        ("reviewer", "/agent/dossiers"),
        ("officer", "/agent/dossiers"),
        ("accounting_officer", "/agent/paiements"),
        ("registry_keeper", "/agent/registre"),
        ("administrator", "/agent/journal"),
    ],
)
def test_each_role_begins_at_its_own_page(world: World, role: str, landing: str) -> None:
    visitor = Visitor(world.app)
    response = visitor.sign_in(getattr(world, role).email)
    assert response.headers["Location"] == landing
    page = visitor.get(landing)
    assert page.status_code == 200
    assert getattr(world, role).name in page.text
    assert visitor.get("/connexion").headers["Location"] == landing


@pytest.mark.parametrize(
    "suite",
    ["/entreprise/attestations", "/entreprise/dossiers/nouveau", "/agent/dossiers?file=decides&page=2"],
)
def test_one_comes_back_to_the_page_asked_for(world: World, suite: str) -> None:
    response = Visitor(world.app).sign_in(world.owner.email, url=f"/connexion?suite={quote(suite)}")
    assert response.headers["Location"] == suite


def test_the_page_asked_for_is_kept_through_a_wrong_password(world: World) -> None:
    visitor = Visitor(world.app)
    asked = visitor.get("/entreprise/attestations").headers["Location"]
    page = visitor.sign_in(world.owner.email, "wrong", url=asked)
    assert document(page).xpath("//main//form/@action") == [""], "the form is sent to the address of its page"
    assert visitor.sign_in(world.owner.email, url=asked).headers["Location"] == "/entreprise/attestations"


@pytest.mark.parametrize(
    "suite",
    [
        "//evil.example/entreprise",
        "///evil.example",
        "https://evil.example/entreprise",
        "https:evil.example",
        "http://localhost.evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t\\evil.example",
        "/\t/evil.example",
        "/\n\\evil.example",
        "/\r\nSet-Cookie: a=b",
        " //evil.example",
        "/x\\..\\\\evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "@evil.example",
        "",
    ],
)
def test_no_one_is_sent_elsewhere(world: World, suite: str) -> None:
    response = Visitor(world.app).sign_in(world.owner.email, url=f"/connexion?suite={quote(suite)}")
    assert response.status_code == 302
    assert response.headers["Location"] == "/entreprise"


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize("email", ["entreprise@demo.example", "inconnue@demo.example"])
def test_the_same_words_whether_the_address_or_the_password_is_wrong(world: World, email: str) -> None:
    response = Visitor(world.app).sign_in(email, "not the password")
    assert response.status_code == 422
    assert errors(response) == [WRONG]
    assert document(response).xpath('//input[@name="email"]/@value') == [email], "what was typed is kept"
    assert document(response).xpath('//input[@name="password"]/@value') in ([], [""]), "a password never is"


def test_what_is_missing_is_said_at_its_field(world: World) -> None:
    response = Visitor(world.app).sign_in("", "")
    assert response.status_code == 422
    assert errors(response) == ["Indiquez votre adresse électronique.", "Indiquez votre mot de passe."]
    links = document(response).xpath('//*[@id="erreurs"]//a/@href')
    assert [document(response).xpath(f'//*[@id="{link[1:]}"]/@name') for link in links] == [
        ["email"],
        ["password"],
    ]


@pytest.mark.parametrize(
    ("email", "password"),
    [("x" * 300, PASSWORD), ("é@demo.example", "x" * 5000), ("' OR 1=1 --", "'")],
)
def test_strange_input_is_refused_and_breaks_nothing(world: World, email: str, password: str) -> None:
    response = Visitor(world.app).sign_in(email, password)
    assert response.status_code == 422
    assert errors(response)


def test_case_and_spaces_of_the_address_do_not_count(world: World) -> None:
    assert Visitor(world.app).sign_in(f"  {world.owner.email.upper()} ").headers["Location"] == "/entreprise"


def test_a_closed_account_signs_in_no_more(world: World) -> None:
    with world.app.app_context():
        db.session.get_one(Person, world.owner.person_id).active = False
        db.session.commit()
    response = Visitor(world.app).sign_in(world.owner.email)
    assert (response.status_code, errors(response)) == (422, [WRONG])


def test_every_try_is_in_the_log_with_its_address(world: World) -> None:
    Visitor(world.app, "198.51.100.4").sign_in(world.owner.email, "wrong")
    visitor = Visitor(world.app, "198.51.100.5")
    visitor.sign_in(world.owner.email)
    visitor.post("/deconnexion")
    with world.app.app_context():
        entries = db.session.execute(
            select(AuditEntry.action, AuditEntry.address).where(AuditEntry.action.startswith("account."))
        ).all()
    assert [tuple(entry) for entry in entries] == [
        ("account.sign_in_refused", "198.51.100.4"),
        ("account.signed_in", "198.51.100.5"),
        ("account.signed_out", "198.51.100.5"),
    ]


# ---------------------------------------------------------------- the session


def test_the_session_is_emptied_at_sign_in(world: World) -> None:
    visitor = Visitor(world.app)
    before = visitor.token()
    with visitor.client.session_transaction() as session:
        session["left by someone else"] = "x"
    visitor.sign_in(world.owner.email)
    with visitor.client.session_transaction() as session:
        assert "left by someone else" not in session
        assert "csrf_token" not in session
    # A form that was open before, or that another had prepared, is worth nothing now.
    stale = visitor.client.post("/deconnexion", data={"csrf_token": before})
    assert stale.status_code == 400
    assert visitor.get("/entreprise").status_code == 200


def test_signing_out_leaves_nothing(world: World) -> None:
    visitor = signed_in(world.app, world.owner.email)
    response = visitor.post("/deconnexion")
    page = visitor.follow(response)
    assert "Vous êtes déconnecté." in words(page)
    assert world.owner.name not in page.text
    assert visitor.get("/entreprise").headers["Location"] == "/connexion?suite=/entreprise"


def test_a_cookie_copied_before_signing_out_opens_nothing(world: World) -> None:
    visitor, thief = signed_in(world.app, world.owner.email), Visitor(world.app)
    cookie = visitor.client.get_cookie("bonus")
    assert cookie is not None
    thief.client.set_cookie("bonus", cookie.value)
    assert thief.get("/entreprise").status_code == 200
    visitor.post("/deconnexion")
    assert thief.get("/entreprise").status_code == 302


def test_signing_out_needs_a_form(world: World) -> None:
    visitor = signed_in(world.app, world.owner.email)
    assert visitor.get("/deconnexion").status_code == 405
    assert visitor.post_without_token("/deconnexion").status_code == 400
    assert visitor.get("/entreprise").status_code == 200


def cookie(response: TestResponse) -> tuple[str, set[str]]:
    """The name and the attributes of the one cookie that is set."""
    (line,) = response.headers.getlist("Set-Cookie")
    pair, *attributes = line.split("; ")
    return pair.split("=")[0], {attribute for attribute in attributes if not attribute.startswith("Expires=")}


def test_the_cookie_over_https(make_app: AppMaker) -> None:
    world = build_world(make_app(SECURE_COOKIES=True))
    response = Visitor(world.app, https=True).get("/connexion")
    assert cookie(response) == ("__Host-bonus", {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"})
    visitor = Visitor(world.app, https=True)
    token = visitor.token()
    response = visitor.client.post(
        "/connexion",
        base_url="https://localhost",
        headers={"Referer": "https://localhost/connexion"},
        data={"email": world.owner.email, "password": PASSWORD, "csrf_token": token},
    )
    assert response.status_code == 302
    assert cookie(response) == ("__Host-bonus", {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"})


def test_over_https_a_form_sent_from_another_site_is_refused(make_app: AppMaker) -> None:
    world = build_world(make_app(SECURE_COOKIES=True))
    visitor = Visitor(world.app, https=True)
    response = visitor.client.post(
        "/connexion",
        base_url="https://localhost",
        headers={"Referer": "https://evil.example/"},
        data={"email": world.owner.email, "password": PASSWORD, "csrf_token": visitor.token()},
    )
    assert response.status_code == 400


def test_the_cookie_of_the_demonstration(client_app: Flask) -> None:
    assert cookie(Visitor(client_app).get("/connexion")) == ("bonus", {"HttpOnly", "Path=/", "SameSite=Lax"})


@pytest.fixture
def client_app(make_app: AppMaker) -> Flask:
    return make_app(DEMO=True)


# ---------------------------------------------------------------- a form of this site, or nothing


def test_without_its_token_a_form_changes_nothing(world: World) -> None:
    visitor = Visitor(world.app)
    response = visitor.post_without_token("/connexion", {"email": world.owner.email, "password": PASSWORD})
    assert response.status_code == 400
    page = document(response)
    assert page.get("lang") == "fr"
    assert spaced(page.findtext(".//h1")) == "Cette page est restée ouverte trop longtemps"
    assert "Rien n’a été enregistré." in words(response)
    assert visitor.get("/entreprise").status_code == 302
    with world.app.app_context():
        tries = select(func.count()).where(AuditEntry.action.startswith("account."))
        assert db.session.scalar(tries) == 0


@pytest.mark.parametrize("token", ["", "x", "IjEyMyI.aaaa.bbbb"])
def test_a_token_of_ones_own_making_is_refused(world: World, token: str) -> None:
    visitor = Visitor(world.app)
    visitor.token()
    response = visitor.client.post(
        "/connexion", data={"email": world.owner.email, "password": PASSWORD, "csrf_token": token}
    )
    assert response.status_code == 400


def test_the_token_of_another_visitor_is_refused(world: World) -> None:
    taken = Visitor(world.app).token()
    visitor = Visitor(world.app)
    visitor.token()
    assert visitor.client.post("/connexion", data={"csrf_token": taken}).status_code == 400


# ---------------------------------------------------------------- how often


@pytest.fixture(params=["memory", "valkey"])
def throttled(request: pytest.FixtureRequest, make_app: AppMaker) -> World:
    """The cast on an application that counts tries: in its own memory, and in a real Valkey."""
    url = request.getfixturevalue("redis_url") if request.param == "valkey" else ""
    return build_world(make_app(RATELIMIT_ENABLED=True, REDIS_URL=url))


def test_an_account_is_tried_eight_times_from_one_address(throttled: World) -> None:
    app, email = throttled.app, throttled.owner.email
    visitor = Visitor(app, "198.51.100.99")
    for rank in range(8):
        assert visitor.sign_in(email if rank % 2 else f" {email.upper()} ", "wrong").status_code == 422
    response = visitor.sign_in(email)
    assert response.status_code == 429
    assert spaced(document(response).findtext(".//h1") or "") == "Trop d’essais en peu de temps"
    assert "Réessayez dans 15 minutes." in words(response)
    assert 0 < int(response.headers["Retry-After"]) <= 900
    assert visitor.get("/entreprise").status_code == 302, "not signed in"
    assert Visitor(app, "198.51.100.99").sign_in(throttled.reviewer.email).status_code == 302, "others may"
    assert Visitor(app, "198.51.100.98").sign_in(email).status_code == 302, "nobody keeps a person out"


def test_an_account_is_tried_sixty_times_from_everywhere(throttled: World) -> None:
    app, email = throttled.app, throttled.owner.email
    visitors = [Visitor(app, f"198.51.100.{rank}") for rank in range(10)]
    statuses = [visitor.sign_in(email, "wrong").status_code for visitor in visitors for _ in range(6)]
    assert statuses == [422] * 60
    assert Visitor(app, "198.51.100.99").sign_in(email).status_code == 429


def test_signing_in_well_uses_up_no_try(throttled: World) -> None:
    for _ in range(10):
        assert Visitor(throttled.app).sign_in(throttled.owner.email).status_code == 302


def test_an_address_may_try_thirty_times_whatever_the_account(throttled: World) -> None:
    app = throttled.app
    visitor = Visitor(app, "198.51.100.7")
    token = visitor.token()
    statuses = [
        visitor.client.post(
            "/connexion",
            data={"email": f"person{rank}@demo.example", "password": "wrong", "csrf_token": token},
            environ_base={"REMOTE_ADDR": "198.51.100.7"},
        ).status_code
        for rank in range(31)
    ]
    assert statuses == [422] * 30 + [429]
    assert Visitor(app, "198.51.100.8").sign_in(throttled.owner.email).status_code == 302


def test_reading_the_page_is_not_a_try(throttled: World) -> None:
    visitor = Visitor(throttled.app)
    assert {visitor.get("/connexion").status_code for _ in range(40)} == {200}


def test_the_address_is_the_visitors_and_not_the_proxys(make_app: AppMaker) -> None:
    world = build_world(make_app(RATELIMIT_ENABLED=True, TRUSTED_PROXIES=1))
    Visitor(world.app).client.post(
        "/connexion",
        data={"email": world.owner.email, "password": "x", "csrf_token": Visitor(world.app).token()},
        environ_base={"REMOTE_ADDR": "10.0.0.1"},
        headers={"X-Forwarded-For": "192.0.2.66, 198.51.100.20"},
    )
    visitor = Visitor(world.app, "10.0.0.1")
    visitor.client.post(
        "/connexion",
        data={"email": world.owner.email, "password": "x", "csrf_token": visitor.token()},
        environ_base={"REMOTE_ADDR": "10.0.0.1"},
        headers={"X-Forwarded-For": "192.0.2.66, 198.51.100.20"},
    )
    with world.app.app_context():
        addresses = db.session.scalars(
            select(AuditEntry.address).where(AuditEntry.action == "account.sign_in_refused")
        ).all()
    assert addresses == ["198.51.100.20"], (
        "the last hop is the proxy's own word; what precedes is the visitor's"
    )
