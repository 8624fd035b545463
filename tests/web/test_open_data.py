"""The catalogue as open data: its page, its files, and what is sent again."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from urllib.parse import urlsplit

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.conftest import AppMaker
from tests.support.registry import certification_of, learn
from tests.support.world import NOW, ON, SUITE, World, build_world
from tests.web.visitor import Visitor, words


@pytest.fixture
def anyone(world: World) -> Visitor:
    return Visitor(world.app)


def test_the_page_describes_every_field(anyone: Visitor) -> None:
    said = words(anyone.get("/donnees"))
    schema = json.loads(anyone.get("/donnees/schema.json").text)
    solution = schema["properties"]["solutions"]["items"]["properties"]
    certification = solution["certifications"]["items"]["properties"]
    header = anyone.get("/donnees/solutions.csv").text.splitlines()[0]
    for name in (*schema["properties"], *solution, *certification, *header.split(",")):
        assert name in said, name
    assert "Licence Ouverte 2.0 (etalab-2.0)" in said
    assert "État au 22 novembre 2026" in said


def test_the_files(world: World, anyone: Visitor) -> None:
    response = anyone.get("/donnees/solutions.json")
    assert response.mimetype == "application/json"
    assert 'rel="license"' in response.headers["Link"]
    found = json.loads(response.text)
    schema = anyone.get("/donnees/schema.json")
    assert schema.mimetype == "application/schema+json"
    jsonschema.Draft202012Validator(json.loads(schema.text)).validate(found)
    assert found["schema"] == "http://localhost/donnees/schema.json"
    assert len(found["solutions"]) == 11
    for solution in found["solutions"]:
        assert anyone.get(urlsplit(solution["page"]).path).status_code == 200
    response = anyone.get("/donnees/solutions.csv")
    assert response.mimetype == "text/csv"
    name = "solutions-labellisees-2026-11-22.csv"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert len(rows) == 12
    assert {row["identifiant"] for row in rows} == {one["identifiant"] for one in found["solutions"]}


@pytest.mark.parametrize("address", ["/donnees/solutions.csv", "/donnees/solutions.json"])
def test_a_file_is_sent_again_only_when_it_changed(world: World, anyone: Visitor, address: str) -> None:
    response = anyone.get(address)
    etag, modified = response.headers["ETag"], response.headers["Last-Modified"]
    for header in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
        again = anyone.get(address, headers=header)
        assert (again.status_code, again.data) == (304, b"")
    head = anyone.client.head(address)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", etag)
    with world.app.app_context():
        learn(certification_of(SUITE), "suspended", ON, NOW)
    changed = anyone.get(address, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag
    world.app.config["CLOCK"] = lambda: NOW + timedelta(days=1)
    assert anyone.get(address, headers={"If-None-Match": changed.headers["ETag"]}).status_code == 200


def test_the_two_files_are_not_one(anyone: Visitor) -> None:
    tags = {anyone.get(f"/donnees/solutions.{kind}").headers["ETag"] for kind in ("csv", "json")}
    assert len(tags) == 2


def test_who_asks_too_much_waits(make_app: AppMaker) -> None:
    app = build_world(make_app(RATELIMIT_ENABLED=True)).app
    visitor = Visitor(app)
    statuses = [visitor.get("/donnees/solutions.csv").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert visitor.get("/solutions").status_code == 200
