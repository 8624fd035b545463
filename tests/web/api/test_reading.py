"""What a certifier reads: its own certifications, and of them all that the registry knows."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import event as sql_event

from bonus.extensions import db
from bonus.registry.certifiers import PAGE
from tests.support.registry import certification_of
from tests.support.world import SUITE, World

from .machine import Machine, body, key_for, refusal, sentence_at


def test_one_by_its_reference(world: World, veritas: Machine) -> None:
    veritas.put("/certifications/BV-1", body())
    assert veritas.get("/certifications/BV-1").json == {
        "reference": "BV-1",
        "label": "NFG",
        "supplier": {"identifier": "900600008", "name": "Archives Fictives SA"},
        "solution": {
            "name": "Coffre-fort Fictif",
            "product_reference": "CFF-01",
            "axis": "cloud",
            "aliases": [],
        },
        "valid_from": "2026-03-01",
        "valid_until": "2029-02-28",
        "state": {"code": "in_force", "on": "2026-11-22", "since": None},
        "audit": {
            "criteria": [True, True, True],
            "audited_on": "2026-02-10",
            "evidence": "RA-2026-118",
        },
        "in_force": [{"starts_on": "2026-03-01", "ends_on": "2029-02-28"}],
        "events": [],
        "history": [
            {
                "number": 1,
                "type": "granted",
                "recorded_at": "2026-11-22T09:00:00Z",
                "source": "api",
                "reason": "",
                "reference": None,
                "valid_from": "2026-03-01",
                "valid_until": "2029-02-28",
                "on": None,
                "retroactive": False,
                "audit": {
                    "criteria": [True, True, True],
                    "audited_on": "2026-02-10",
                    "evidence": "RA-2026-118",
                },
                "corrects": None,
                "void": False,
            }
        ],
    }


def test_what_another_granted_does_not_exist(world: World, veritas: Machine, anssi: Machine) -> None:
    veritas.put("/certifications/BV-1", body())
    response, unknown = anssi.get("/certifications/BV-1"), anssi.get("/certifications/BV-9")
    assert refusal(response) == refusal(unknown) == (404, "registry.unknown_certification")
    assert response.data == unknown.data


def test_the_list_is_ones_own(world: World, veritas: Machine, anssi: Machine) -> None:
    veritas.put("/certifications/BV-1", body())
    own: Any = veritas.get("/certifications").json
    others: Any = anssi.get("/certifications").json
    with world.app.app_context():
        theirs = certification_of(SUITE, "NFG").reference
        db.session.rollback()
    references = [item["reference"] for item in own["items"]]
    assert {"BV-1", theirs} <= set(references)
    assert references == sorted(references)
    assert own["total"] == len(references)
    assert not set(references) & {item["reference"] for item in others["items"]}
    assert {item["label"] for item in own["items"]} <= {"NFG", "SFG"}
    assert {item["label"] for item in others["items"]} <= {"SECNUMCLOUD", "ANSSI_QUALIFICATION"}


def test_pages(world: World) -> None:
    machine = Machine(world.app, key_for(world, "afnor-certification"))
    for rank in range(PAGE + 1):
        content = body(
            label="SFG", audit=None, solution__axis="workplace", solution__product_reference=f"R-{rank:02d}"
        )
        assert machine.put(f"/certifications/A-{rank:02d}", content).status_code == 201
    first: Any = machine.get("/certifications").json
    second: Any = machine.get("/certifications?page=2").json
    third: Any = machine.get("/certifications?page=3").json
    assert [item["reference"] for item in first["items"]] == [f"A-{rank:02d}" for rank in range(PAGE)]
    assert [item["reference"] for item in second["items"]] == [f"A-{PAGE:02d}"]
    assert third["items"] == []
    assert {(page["pages"], page["total"]) for page in (first, second, third)} == {(2, PAGE + 1)}

    def queries(path: str) -> int:
        count = 0

        def seen(*_: object) -> None:
            nonlocal count
            count += 1

        with world.app.app_context():
            engine = db.engine
        sql_event.listen(engine, "before_cursor_execute", seen)
        try:
            assert machine.get(path).status_code == 200
        finally:
            sql_event.remove(engine, "before_cursor_execute", seen)
        return count

    assert queries("/certifications") <= queries("/certifications?page=2") + 3, "the cost grows with the list"


def test_an_empty_list(world: World) -> None:
    machine = Machine(world.app, key_for(world, "afnor-certification"))
    assert machine.get("/certifications").json == {"items": [], "page": 1, "pages": 1, "total": 0}


@pytest.mark.parametrize("page", ["0", "-1", "deux", "", "1.0", "1e3", "٣", "1000001", "9" * 40, "1&page=x"])
def test_a_page_that_is_none(veritas: Machine, page: str) -> None:
    response = veritas.get(f"/certifications?page={page}")
    if page == "1&page=x":
        assert response.status_code == 200  # the first counts
    else:
        assert refusal(response) == (422, "api.invalid_fields")
        assert sentence_at(response, "page")


def test_an_unknown_question_is_refused(veritas: Machine) -> None:
    response = veritas.get("/certifications?label=NFG")
    assert refusal(response) == (422, "api.invalid_fields")
    assert sentence_at(response, "label")


# ---------------------------------------------------------------- references


@pytest.mark.parametrize(
    "reference",
    [
        "A",
        "x" * 80,
        "NFG 2026 n° 42",
        "ÉTÉ-2026",
        "100%",
        "a?b#c&d=e",
        "%2F",
        "a+b",
        "<b>'\";--",
        "...",
        "证书",
        "🔒",
        "events",
    ],
)
def test_odd_references_are_addressed(world: World, veritas: Machine, reference: str) -> None:
    address = f"/certifications/{quote(reference, safe='')}"
    response = veritas.put(address, body())
    assert response.status_code == 201, response.text
    read = veritas.get(response.headers["Location"].removeprefix("/api/v1"))
    assert read.json is not None
    assert read.json["reference"] == reference
    assert veritas.put(f"{address}/events/{quote(reference, safe='')}", EVENT).status_code == 201


EVENT = {"type": "suspended", "on": "2026-10-05", "reason": "Audit de surveillance non conforme"}


@pytest.mark.parametrize(
    "encoded",
    ["%20", "%20A", "A%20", "A%5CB", "A%0AB", "A%09B", "%C2%A0", "A%E2%80%8B", "A%E2%80%AEB", "%2E", "%2E%2E", "x" * 81,
     "%FF", "A%7F", "%EF%BF%BD", "%ED%A0%80"],
)  # fmt: skip
def test_references_that_are_none(veritas: Machine, encoded: str) -> None:
    for response in (
        veritas.put(f"/certifications/{encoded}", body()),
        veritas.get(f"/certifications/{encoded}"),
    ):
        assert refusal(response) == (422, "api.invalid_fields"), response.text
        assert sentence_at(response, "reference")


@pytest.mark.parametrize("encoded", ["A/B", "A%2FB", "%2F", "..%2F..%2Fagent", "A/"])
def test_a_slash_is_no_part_of_a_reference(veritas: Machine, encoded: str) -> None:
    response = veritas.put(f"/certifications/{encoded}", body())
    assert refusal(response)[0] == 404, response.text
    assert response.json is not None
    assert "barre oblique" in response.json["message"]


def test_a_zero_byte_stops_at_the_door(veritas: Machine) -> None:
    assert refusal(veritas.get("/certifications/A%00B")) == (400, "api.bad_request")


def test_one_reference_is_written_one_way(veritas: Machine) -> None:
    """é in one character or two: the same."""
    assert veritas.put("/certifications/E%CC%81T", body()).status_code == 201
    assert veritas.put("/certifications/%C3%89T", body()).status_code == 200


def test_the_example_is_nobodys(veritas: Machine) -> None:
    response = veritas.put("/certifications/EXEMPLE-2026-001", body())
    assert refusal(response) == (422, "api.invalid_fields")
    assert "l’exemple" in sentence_at(response, "reference")
