"""Who may call the API: a key that is good and opens that. No cookie, no endless tries, no secret kept."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import select
from structlog.testing import capture_logs

from bonus.audit.models import AuditEntry
from bonus.extensions import db, limiter
from bonus.registry.keys import SCOPES, key_of, revoke_key
from bonus.registry.labels import certifier_named
from bonus.registry.scheme_models import CertifierKey
from bonus.web.access import audience_of
from tests.conftest import AppMaker
from tests.support.world import NOW, World, build_world
from tests.web.visitor import Visitor, signed_in

from .machine import UNTIL, Machine, body, event, key_for, refusal, written

CERTIFICATION = "/certifications/BV-1"
EVENT = f"{CERTIFICATION}/events/E-1"
OPERATIONS = [
    ("PUT", CERTIFICATION, "certifications:write"),
    ("PUT", EVENT, "events:write"),
    ("GET", CERTIFICATION, "read"),
    ("GET", "/certifications", "read"),
]


def call(machine: Machine, method: str, path: str) -> Any:
    if method == "GET":
        return machine.get(path)
    return machine.put(path, event() if "/events/" in path else body())


def revoked(world: World, key: str) -> None:
    with world.app.app_context():
        found = key_of(certifier_named("bureau-veritas"), key.split("_")[1])
        revoke_key(found, "Perdue par le certificateur", world.registry_keeper, NOW)


# ---------------------------------------------------------------- the key


def test_every_operation_is_listed_here(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    assert len(rules) == len(OPERATIONS)
    assert {scope for rule in rules for scope in audience_of(app, rule.endpoint)} == set(SCOPES)


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_each_asks_for_its_scope(world: World, method: str, path: str, scope: str) -> None:
    Machine(world.app, key_for(world)).put(CERTIFICATION, body())
    opens = Machine(world.app, key_for(world, "bureau-veritas", scope))
    assert call(opens, method, path).status_code in (200, 201)
    before = written(world)
    others = tuple(one for one in SCOPES if one != scope)
    response = call(Machine(world.app, key_for(world, "bureau-veritas", *others)), method, path)
    assert refusal(response) == (403, "key.scope")
    assert scope in response.json["message"]
    after = written(world)
    # The two keys, then the refusal, are in the log; nothing else is written.
    assert {name for name in after if after[name] != before[name]} == {"audit_entries"}


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_without_a_good_key_nobody_enters(world: World, method: str, path: str, scope: str) -> None:
    key = key_for(world)
    revoked(world, key)
    last = key_for(world, name="Dernier jour", until=UNTIL)
    for presented, code in (
        (None, "missing"),
        ("bsk_", "malformed"),
        (last[:-1] + "~", "malformed"),
        (key, "revoked"),
    ):
        response = call(Machine(world.app, presented), method, path)
        assert refusal(response) == (401, f"key.{code}")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    world.app.config["CLOCK"] = lambda: NOW + timedelta(days=366)
    assert refusal(call(Machine(world.app, last), method, path)) == (401, "key.expired")
    world.app.config["CLOCK"] = lambda: NOW
    assert call(Machine(world.app, last), method, path).status_code in (200, 201, 404)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {key}",
        "{key}",
        "Bearer {key} {key}",
        "Bearer: {key}",
        "Token {key}",
        "bearer\u00a0{key}",
    ],
)
def test_headers_that_present_no_key(world: World, header: str) -> None:
    client = world.app.test_client(use_cookies=False)
    sent = header.format(key=key_for(world))
    response = client.get("/api/v1/certifications", headers={"Authorization": sent})
    assert refusal(response)[0] == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(world: World, scheme: str) -> None:
    client = world.app.test_client(use_cookies=False)
    headers = {"Authorization": f"{scheme} {key_for(world)}"}
    assert client.get("/api/v1/certifications", headers=headers).status_code == 200


def test_a_key_in_the_address_is_not_read(world: World) -> None:
    key = key_for(world)
    for query in (f"access_token={key}", f"key={key}", f"Authorization=Bearer%20{key}"):
        assert refusal(Machine(world.app, None).get(f"/certifications?{query}")) == (401, "key.missing")


# ---------------------------------------------------------------- no cookie, no other site


@pytest.mark.parametrize("who", ["registry_keeper", "administrator", "owner"])
def test_a_session_opens_nothing(world: World, who: str) -> None:
    visitor = signed_in(world.app, getattr(world, who).email)
    assert refusal(visitor.get("/api/v1/certifications")) == (401, "key.missing")
    response = visitor.client.put("/api/v1/certifications/BV-1", json=body())
    assert refusal(response) == (401, "key.missing")


def test_a_key_opens_no_page(world: World) -> None:
    client = world.app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {key_for(world)}"}
    for path in ("/agent/registre", "/agent/registre/certificateurs", "/entreprise", "/agent/journal"):
        assert client.get(path, headers=headers).status_code == 302
    # And no form is let through without its token.
    assert client.post("/agent/registre/certificateurs", headers=headers).status_code == 400


def test_no_other_site_may_read(veritas: Machine) -> None:
    response = veritas.client.options(
        "/api/v1/certifications",
        headers={"Origin": "https://ailleurs.example", "Access-Control-Request-Method": "GET"},
    )
    assert response.status_code == 401
    read = veritas.get("/certifications")
    for answer in (response, read):
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "private, no-store"


# ---------------------------------------------------------------- tries


@pytest.fixture
def limited(make_app: AppMaker) -> World:
    world = build_world(make_app(RATELIMIT_ENABLED=True))
    # The first world of a run is made in an application of its own, whose settings are then the limiter's.
    limiter.enabled = True
    return world


def test_wrong_keys_are_counted_by_address(limited: World) -> None:
    good = key_for(limited)
    wrong = Machine(limited.app, good[:-3] + ("AAA" if not good.endswith("AAA") else "BBB"))
    for number in range(30):
        path = ("/certifications", CERTIFICATION)[number % 2]  # whatever the operation
        assert wrong.get(path).status_code == 401
    response = wrong.get("/certifications")
    assert refusal(response) == (429, "api.too_many_requests")
    assert 0 < int(response.headers["Retry-After"]) <= 15 * 60
    assert Machine(limited.app, good).get("/certifications").status_code == 429
    assert Machine(limited.app, good, "198.51.100.5").get("/certifications").status_code == 200


def test_a_scope_that_is_missing_counts_too(limited: World) -> None:
    reader = Machine(limited.app, key_for(limited, "bureau-veritas", "read"))
    for _ in range(30):
        assert reader.put(CERTIFICATION, body()).status_code == 403
    assert reader.put(CERTIFICATION, body()).status_code == 429


def test_good_calls_and_other_errors_do_not_count(limited: World) -> None:
    machine = Machine(limited.app, key_for(limited))
    for _ in range(40):
        assert machine.get("/certifications/NEANT").status_code == 404
    assert machine.put(CERTIFICATION, body(label="SECNUMCLOUD", audit=None)).status_code == 403
    assert machine.get("/certifications").status_code == 200


@pytest.mark.slow  # six hundred calls
def test_calls_are_bounded(limited: World) -> None:
    machine = Machine(limited.app, key_for(limited))
    statuses = [machine.get("/certifications?page=0").status_code for _ in range(601)]
    assert statuses == [422] * 600 + [429]
    # Pages have their own counts.
    assert Visitor(limited.app, "198.51.100.4").get("/aide").status_code == 200


# ---------------------------------------------------------------- what is kept


def test_the_last_use_is_noted(world: World) -> None:
    key = key_for(world)
    Machine(world.app, key).get("/certifications")
    with world.app.app_context():
        found = db.session.scalars(select(CertifierKey)).one()
        assert found.last_used_at == NOW


def test_no_secret_is_kept_nor_told(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Made, used, misused, revoked: its secret is in no answer, no log, no row."""
    key = key_for(world)
    _, prefix, secret = key.split("_", 2)
    wrong = secret[::-1]
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        answers = [
            Machine(world.app, key).put(CERTIFICATION, body()),
            Machine(world.app, key).get("/certifications"),
            Machine(world.app, key).get("/inconnu"),
            Machine(world.app, f"bsk_{prefix}_{wrong}").get("/certifications"),
            Machine(world.app, f"bsk_{secret}").get("/certifications"),
            Machine(world.app, secret).get("/certifications"),
            Machine(world.app, key).send(CERTIFICATION, b"{"),
        ]
        revoked(world, key)
        answers.append(Machine(world.app, key).get("/certifications"))
        structlog.get_logger().info("end")
    assert [answer.status_code for answer in answers] == [201, 200, 404, 401, 401, 401, 400, 401]
    assert [log["code"] for log in logs if log["event"] == "api.key_refused"] == [
        "key.unknown",
        "key.malformed",
        "key.malformed",
        "key.revoked",
    ]
    told = caplog.text + str(logs) + "".join(answer.text + str(answer.headers) for answer in answers)
    with world.app.app_context():
        for table in db.metadata.tables.values():
            told += str(db.session.execute(select(table)).all())
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject == f"certifier_key:{prefix}")
        )
        assert [(entry.action, entry.facts.get("why")) for entry in entries] == [
            ("registry.key_made", None),
            ("registry.key_refused", "key.unknown"),
            ("registry.key_revoked", None),
            ("registry.key_refused", "key.revoked"),
        ]
    assert prefix in told
    assert secret not in told
    assert wrong not in told
