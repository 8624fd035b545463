"""What is no request of ours: too large, not JSON, not one document, another method. Always JSON, never a failure."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bonus.web.api import views
from tests.support.world import World
from tests.web.visitor import Visitor

from .machine import Machine, body, key_for, refusal, sentence_at, written

ADDRESS = "/certifications/BV-1"
LIMIT = 64 * 1024


def padded(size: int) -> bytes:
    """A good body of exactly that many bytes."""
    content = json.dumps(body()).encode()
    return content + b" " * (size - len(content))


def test_the_largest_body_and_one_byte_more(world: World, veritas: Machine) -> None:
    before = written(world)
    assert refusal(veritas.send(ADDRESS, padded(LIMIT + 1))) == (413, "api.request_entity_too_large")
    assert written(world) == before
    assert veritas.send(ADDRESS, padded(LIMIT)).status_code == 201


def test_a_body_that_does_not_say_its_length(world: World, veritas: Machine) -> None:
    """Sent in pieces: no more of it is read than of another."""
    response = veritas.client.put(
        f"/api/v1{ADDRESS}",
        input_stream=io.BytesIO(padded(LIMIT * 20)),
        headers={**veritas._headers, "Content-Type": "application/json", "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert refusal(response)[0] == 413


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_a_large_form_is_not_read_either(world: World, kind: str) -> None:
    """Not even by what looks at every form, before any key."""
    data = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"a" * LIMIT * 2 + b"\r\n--x--\r\n"
    response = Machine(world.app, None).send(ADDRESS, data, kind)
    assert refusal(response) == (413, "api.request_entity_too_large")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json",
             "application/json-patch+json", "application/vnd.api+json"]
)  # fmt: skip
def test_other_types_are_refused(veritas: Machine, kind: str) -> None:
    assert refusal(veritas.send(ADDRESS, json.dumps(body()).encode(), kind)) == (
        415,
        "api.unsupported_media_type",
    )


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_is_taken(veritas: Machine, kind: str) -> None:
    assert veritas.send(ADDRESS, json.dumps(body()).encode(), kind).status_code == 201


def test_a_compressed_body_is_refused(veritas: Machine) -> None:
    response = veritas.send(ADDRESS, b"\x1f\x8b\x08", **{"Content-Encoding": "gzip"})
    assert refusal(response)[0] == 415


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"{'label': 'NFG'}",
        b'{"label": "NFG",}',
        b"\xff\xfe",
        json.dumps(body()).encode("utf-16"),
        "é".encode("latin-1"),
        b"\0",
        b"[" * LIMIT,
        b'{"a":' * 10_000,
        b"[" * 30_000 + b"]" * 30_000,
        json.dumps(body()).encode() * 2,
        b'{"label": "NFG", "label": "SFG"}',
        b'{"supplier": {"name": "a", "name": "b"}}',
        b'{"solution": {"aliases": [{"a": 1, "a": 2}]}}',
    ],
    ids=range(16),
)
def test_what_is_not_one_json_document(world: World, veritas: Machine, data: bytes) -> None:
    before = written(world)
    status, code = refusal(veritas.send(ADDRESS, data))
    assert (status, code) in {(400, "api.not_json"), (400, "api.repeated_key")}
    assert written(world) == before


@pytest.mark.parametrize("data", [b"[]", b"null", b'"NFG"', b"12", b"true", b"NaN", b"1e999", b"9" * 60_000])
def test_what_is_json_and_no_object(veritas: Machine, data: bytes) -> None:
    response = veritas.send(ADDRESS, data)
    assert refusal(response) == (422, "api.invalid_fields")
    assert sentence_at(response, "body")


@pytest.mark.parametrize(
    "value",
    [b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"-0", b"[[[[[[]]]]]]", b'{"a": {"b": {}}}', b"null"],
)
def test_strange_values(world: World, veritas: Machine, value: bytes) -> None:
    whole = json.dumps(body(label="@")).encode()
    response = veritas.send(ADDRESS, whole.replace(b'"@"', value))
    assert refusal(response) == (422, "api.invalid_fields")
    assert len(sentence_at(response, "label")) < 200


def test_a_long_name_of_field_is_cut(veritas: Machine) -> None:
    response = veritas.send(ADDRESS, json.dumps(body() | {"x" * 50_000: 1}).encode())
    assert refusal(response) == (422, "api.invalid_fields")
    assert len(response.data) < 1000


# ---------------------------------------------------------------- addresses and methods


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH"])
def test_other_methods(veritas: Machine, method: str) -> None:
    response = veritas.client.open(f"/api/v1{ADDRESS}", method=method, headers=veritas._headers)
    assert refusal(response) == (405, "api.method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT"}


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1", "/api/v1/", "/api/v2/certifications", "/api/v1/certifications/"]
)
def test_unknown_addresses(world: World, path: str) -> None:
    for visitor in (Machine(world.app, key_for(world, name=path)).client, Visitor(world.app).client):
        assert refusal(visitor.get(path)) == (404, "api.not_found")


def test_elsewhere_errors_are_pages(world: World) -> None:
    for path in ("/apis", "/api.json", "/inconnu"):
        response = world.app.test_client().get(path)
        assert (response.status_code, response.mimetype) == (404, "text/html")


# ---------------------------------------------------------------- failures of ours


def test_a_failure_says_a_reference_and_nothing_else(
    world: World, veritas: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any) -> None:
        raise OperationalError("SELECT secret", {}, Exception("the database is down"))

    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(views, "push_certification", fails)
    response = veritas.put(ADDRESS, body())
    assert refusal(response) == (500, "api.failure")
    assert "SELECT" not in response.text
    assert response.json is not None
    reference = response.json["message"].rsplit("Référence", 1)[1].strip(" \u00a0:.")
    assert reference in caplog.text
