"""The keeper's pages for certifiers and their keys, and the public page that explains the API."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bonus.audit.models import AuditEntry
from bonus.extensions import db
from bonus.registry.keys import keys_of
from bonus.registry.labels import certifier_named
from bonus.registry.models import Certification, RegistryChange
from bonus.registry.scheme_models import Certifier, CertifierKey
from tests.support.registry import certification_of, learn
from tests.support.world import CLOUD, NOW, ON, World
from tests.web.api.machine import Machine, body, event, key_for
from tests.web.visitor import Visitor, document, errors, signed_in, spaced, words

LIST = "/agent/registre/certificateurs"
VERITAS = f"{LIST}/bureau-veritas"
KEY = re.compile(r"bsk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")
FORM = {"name": "Extranet", "scopes": ["read", "events:write"], "expires_on": "2027-11-22"}
WHY = "Le poste qui la gardait a été volé."
NEW = {"slug": "label-europe", "name": "Label Europe", "email": "contact@label.example"}


@pytest.fixture
def keeper(world: World) -> Visitor:
    return signed_in(world.app, world.registry_keeper.email)


def made(keeper: Visitor, **changes: object) -> str:
    """A key made by the form, as the page shows it."""
    response = keeper.post(VERITAS, {**FORM, **changes})
    assert response.status_code == 200, errors(response)
    (shown,) = document(response).xpath("//main//pre/text()")
    return str(shown)


def prefix_of(key: str) -> str:
    return key.split("_")[1]


def rows(response: object, section: str) -> list[str]:
    found = document(response).xpath(f'//section[@aria-labelledby="{section}"]//tbody/tr')  # type: ignore[arg-type]
    return [spaced(row.text_content()) for row in found]


# ---------------------------------------------------------------- certifiers


def test_the_list_says_who_certifies_and_how_much(world: World, keeper: Visitor) -> None:
    key_for(world)
    text = words(keeper.get(LIST))
    with world.app.app_context():
        found = db.session.scalars(
            select(Certification).where(Certification.certifier.has(slug="bureau-veritas"))
        ).all()
        count = len(found)
    assert f"Bureau Veritas Certification bureau-veritas — {count} 1" in text
    assert "Direction générale des entreprises (DGE)" in text


def test_a_certifier_is_added(world: World, keeper: Visitor) -> None:
    response = keeper.post(LIST, NEW)
    assert response.headers["Location"] == f"{LIST}/label-europe"
    text = words(keeper.follow(response))
    assert "Label Europe est inscrit" in text
    assert "Aucun label : ce certificateur ne peut rien inscrire" in text
    assert "Aucune clé" in text
    assert "Aucun changement" in text
    with world.app.app_context():
        found = certifier_named("label-europe")
        assert (found.name, found.email) == ("Label Europe", "contact@label.example")
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject == "certifier:label-europe")
        ).one()
        assert entry.actor == f"Inès Moreau (n° {world.registry_keeper.person_id})"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": ""}, "Donnez un identifiant."),
        ({"slug": "Label Europe"}, "L’identifiant s’écrit en minuscules"),
        ({"slug": "-a"}, "L’identifiant s’écrit en minuscules"),
        ({"slug": "x" * 41}, "Cet identifiant dépasse 40 caractères."),
        ({"slug": "anssi"}, "Cet identifiant est déjà celui d’un certificateur."),
        ({"name": "  "}, "Donnez le nom du certificateur."),
        ({"name": "x" * 201}, "Ce nom dépasse 200 caractères"),
        ({"email": "label"}, "Écrivez une adresse"),
        ({"email": "a@b.c\nBcc: d@e.f"}, "Écrivez une adresse"),
    ],
)
def test_what_no_certifier_may_be(
    world: World, keeper: Visitor, changes: dict[str, str], sentence: str
) -> None:
    response = keeper.post(LIST, NEW | changes)
    assert response.status_code == 422
    assert any(sentence in error for error in errors(response)), errors(response)
    (kept,) = document(response).xpath('//input[@name="name"]/@value')
    assert kept == (NEW | changes)["name"].strip()
    with world.app.app_context():
        assert db.session.scalars(select(Certifier).where(Certifier.slug == "label-europe")).all() == []


def test_an_unknown_certifier_does_not_exist(keeper: Visitor) -> None:
    for path in (f"{LIST}/personne", f"{LIST}/personne/cles/{'0' * 12}/revocation", f"{LIST}/é"):
        assert keeper.get(path).status_code == 404
        assert "personne" not in words(keeper.get(path))
    assert keeper.post(f"{LIST}/personne", FORM).status_code == 404


def test_a_certifiers_page_says_its_labels_and_what_changed(world: World, keeper: Visitor) -> None:
    machine = Machine(world.app, key_for(world))
    machine.put("/certifications/BV-1", body())
    machine.put("/certifications/BV-1/events/S", event())
    with world.app.app_context():
        learn(certification_of(CLOUD, "NFG"), "suspended", ON, NOW)
        learn(certification_of(CLOUD, "SECNUMCLOUD"), "suspended", ON, NOW)
        theirs = certification_of(CLOUD, "SECNUMCLOUD").reference
    response = keeper.get(VERITAS)
    text = words(response)
    assert "Numérique France Garanti (NFG)" in text
    assert "Service France Garanti (SFG)" in text
    first, second, third, *_ = rows(response, "changements")
    assert "À la main" in first
    assert "Courrier du certificateur" in first
    assert "BV-1 Par l’API Bureau Veritas Certification (API, clé" in second
    assert "Audit de surveillance non conforme" in second
    assert "BV-1 Par l’API" in third
    assert theirs not in text


def test_the_last_changes_alone_are_listed(world: World, keeper: Visitor) -> None:
    machine = Machine(world.app, key_for(world))
    for rank in range(25):
        content = body(solution__product_reference=f"R{rank}")
        assert machine.put(f"/certifications/BV-{rank:02d}", content).status_code == 201
    listed = rows(keeper.get(VERITAS), "changements")
    assert len(listed) == 20
    assert "BV-24" in listed[0]
    with world.app.app_context():
        assert len(db.session.scalars(select(RegistryChange)).all()) > 25


# ---------------------------------------------------------------- keys


def test_a_key_is_shown_once(world: World, keeper: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        response = keeper.post(VERITAS, FORM)
    text = words(response)
    (key,) = KEY.findall(text)
    secret = key.split("_", 2)[2]
    assert "Copiez cette clé maintenant" in text
    assert "Inscrire et corriger des événements" in text
    assert "22 novembre 2027" in text
    assert response.headers["Cache-Control"] == "private, no-store"
    assert secret not in str(response.headers)  # no cookie holds it, no address
    assert secret not in caplog.text + str(logs)
    session = keeper.client.get_cookie("bonus")
    assert session is not None
    assert secret not in session.value
    for page in (VERITAS, LIST, f"{VERITAS}/cles/{prefix_of(key)}/revocation"):
        shown = keeper.get(page).text
        assert secret not in shown
        assert (prefix_of(key) in shown) == (page != LIST)
    assert Machine(world.app, key).get("/certifications").status_code == 200


def test_the_form_sent_again_makes_no_other(world: World, keeper: Visitor) -> None:
    made(keeper)
    response = keeper.post(VERITAS, FORM)
    assert response.status_code == 422
    assert "Une clé en service porte déjà le nom « Extranet »" in errors(response)[0]
    with world.app.app_context():
        assert len(keys_of(certifier_named("bureau-veritas"))) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Donnez un nom à la clé"),
        ({"name": "   "}, "Donnez un nom à la clé"),
        ({"name": "x" * 121}, "Ce nom dépasse 120 caractères"),
        ({"scopes": []}, "Choisissez au moins un droit."),
        ({"scopes": ["write"]}, ""),
        ({"expires_on": ""}, "Indiquez le dernier jour de service."),
        ({"expires_on": "demain"}, "Écrivez une date"),
        ({"expires_on": "2026-11-21"}, "Cette date est passée"),
        (
            {"expires_on": "2027-11-23"},
            "Une clé dure un an au plus : choisissez une date jusqu’au 22 novembre 2027.",
        ),
    ],
)
def test_what_no_key_may_be(world: World, keeper: Visitor, changes: dict[str, object], sentence: str) -> None:
    response = keeper.post(VERITAS, {**FORM, **changes})
    assert response.status_code == 422
    assert any(sentence in error for error in errors(response)), errors(response)
    assert KEY.search(response.text) is None
    with world.app.app_context():
        assert db.session.scalars(select(CertifierKey)).all() == []


@pytest.mark.parametrize("day", ["2026-11-22", "22/11/2026", "2027-11-22"])
def test_days_as_browsers_and_people_write_them(keeper: Visitor, day: str) -> None:
    assert KEY.fullmatch(made(keeper, expires_on=day))


def test_the_page_tells_each_keys_state(world: World, keeper: Visitor) -> None:
    active, expiring, gone = (
        made(keeper, name="Un"),
        made(keeper, name="Deux", expires_on="2026-11-22"),
        made(keeper, name="Trois"),
    )
    Machine(world.app, active).get("/certifications")
    revoke = f"{VERITAS}/cles/{prefix_of(gone)}/revocation"
    assert "Le journal le garde" in words(keeper.get(revoke))
    text = words(keeper.follow(keeper.post(revoke, {"reason": WHY})))
    assert "La clé « Trois » est révoquée : elle n’ouvre plus rien." in text
    assert Machine(world.app, gone).get("/certifications").status_code == 401
    tomorrow = datetime(2026, 11, 23, 9, tzinfo=UTC)
    world.app.config["CLOCK"] = lambda: tomorrow
    listed = rows(keeper.get(VERITAS), "cles")
    assert [("Révoquée" in row, "Expirée" in row, "En service" in row) for row in listed] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert f"Le 22/11/2026 : {WHY}" in listed[0]
    assert f"bsk_{prefix_of(expiring)}_…" in listed[1]
    assert "Jamais" in listed[1]
    assert "22 novembre 2026 à 10 h 00" in listed[2]
    links = document(keeper.get(VERITAS)).xpath('//a[contains(@href, "/revocation")]/@href')
    assert len(links) == 2


@pytest.mark.parametrize("reason", ["", "   ", "court", "x" * 1001])
def test_no_revocation_without_a_reason(world: World, keeper: Visitor, reason: str) -> None:
    key = made(keeper)
    response = keeper.post(f"{VERITAS}/cles/{prefix_of(key)}/revocation", {"reason": reason})
    assert response.status_code == 422
    assert len(errors(response)) == 1
    assert Machine(world.app, key).get("/certifications").status_code == 200


def test_a_key_is_revoked_once(keeper: Visitor) -> None:
    address = f"{VERITAS}/cles/{prefix_of(made(keeper))}/revocation"
    assert keeper.post(address, {"reason": WHY}).status_code == 302
    page = keeper.get(address)
    assert "Cette clé est déjà révoquée" in words(page)
    assert document(page).xpath("//main//form") == []
    again = keeper.post(address, {"reason": WHY})
    assert again.status_code == 422
    assert "déjà révoquée depuis le 22 novembre 2026" in errors(again)[0]


def test_another_certifiers_key_does_not_exist(world: World, keeper: Visitor) -> None:
    key = made(keeper)
    for address in (
        f"{LIST}/anssi/cles/{prefix_of(key)}/revocation",
        f"{VERITAS}/cles/{'0' * 12}/revocation",
    ):
        assert keeper.get(address).status_code == 404
        assert keeper.post(address, {"reason": WHY}).status_code == 404
    assert Machine(world.app, key).get("/certifications").status_code == 200


def test_what_a_certifier_writes_is_shown_as_text(world: World, keeper: Visitor) -> None:
    machine = Machine(world.app, key_for(world))
    reason = "<script>alert(1)</script> & plus"
    machine.put("/certifications/%3Cb%3E1", body())
    machine.put("/certifications/%3Cb%3E1/events/S", event(reason=reason))
    page = keeper.get(VERITAS)
    assert "<script>alert" not in page.text
    assert reason in words(page)
    assert "<b>1" in words(page)


# ---------------------------------------------------------------- who may not


@pytest.mark.parametrize(
    "who", ["owner", "accountant", "reviewer", "officer", "accounting_officer", "administrator"]
)
def test_other_roles_do_not_enter(world: World, who: str) -> None:
    with world.app.app_context():
        before = len(db.session.scalars(select(Certifier)).all())
    key = key_for(world)
    address = f"{VERITAS}/cles/{prefix_of(key)}/revocation"
    visitor = signed_in(world.app, getattr(world, who).email)
    for response in (
        visitor.get(LIST),
        visitor.post(LIST, NEW),
        visitor.get(VERITAS),
        visitor.post(VERITAS, FORM),
        visitor.get(address),
        visitor.post(address, {"reason": WHY}),
    ):
        assert response.status_code == 403
        assert "bsk_" not in response.text
    with world.app.app_context():
        assert len(db.session.scalars(select(Certifier)).all()) == before
        assert len(db.session.scalars(select(CertifierKey)).all()) == 1
    assert Machine(world.app, key).get("/certifications").status_code == 200


def test_nobody_enters_and_no_other_site_acts(world: World, keeper: Visitor) -> None:
    for path in (LIST, VERITAS):
        assert Visitor(world.app).get(path).headers["Location"].startswith("/connexion")
        assert keeper.post_without_token(path, FORM).status_code == 400


# ---------------------------------------------------------------- the public page


def test_the_api_is_explained_to_anyone(world: World) -> None:
    visitor = Visitor(world.app)
    response = visitor.get("/api")
    assert response.status_code == 200
    text = words(response)
    description = visitor.get("/api/v1/openapi.json").json
    assert description is not None
    operations = [
        (method.upper(), path, told)
        for path, methods in description["paths"].items()
        for method, told in methods.items()
        if method != "parameters"
    ]
    assert len(operations) == 4
    for method, path, told in operations:
        assert f"{method} {path}" in text
        assert told["summary"] in text
        assert spaced(told["description"]) in text
    for expected in (
        "curl --request PUT",
        "Authorization: Bearer $CLE",
        '"criteria": [true, true, true]',
        "solution.product_reference",
        "suspended, reinstated, withdrawn",
        "date, AAAA-MM-JJ",
        "texte, 10 à 1000 caractères",
        "certifications:write",
        "64 ko",
    ):
        assert expected in text, expected


def test_the_example_of_the_page_is_good(world: World) -> None:
    """As it is written there, but for the reference."""
    text = Visitor(world.app).get("/api").text
    (data,) = document(Visitor(world.app).get("/api")).xpath('//pre[contains(., "--data")]/text()')
    content = data.split("--data '", 1)[1].rsplit("'", 1)[0]
    machine = Machine(world.app, key_for(world))
    assert machine.send("/certifications/BV-1", content.encode()).status_code == 201
    assert machine.send("/certifications/EXEMPLE-2026-001", content.encode()).status_code == 422
    assert "EXEMPLE-2026-001" in text
