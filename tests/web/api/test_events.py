"""Pushing what happens to a certification: known by the certifier's reference, corrected with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from bonus.extensions import db
from bonus.registry.models import Certification
from tests.support.registry import disown, learn
from tests.support.world import NOW, World

from .machine import Machine, body, event, refusal, sentence_at, written

CERTIFICATION = "/certifications/BV-2026-0042"
ADDRESS = f"{CERTIFICATION}/events/SUSP-7"


@pytest.fixture
def certified(veritas: Machine) -> Machine:
    """Bureau Veritas' machine, with one certification pushed."""
    assert veritas.put(CERTIFICATION, body()).status_code == 201
    return veritas


def result(machine: Machine, address: str, content: dict[str, Any]) -> str:
    response = machine.put(address, content)
    assert response.status_code in (200, 201), response.text
    told: Any = response.json
    assert (told["result"] == "created") == (response.status_code == 201)
    return str(told["result"])


def certification() -> Certification:
    return db.session.scalars(select(Certification).where(Certification.reference == "BV-2026-0042")).one()


# ---------------------------------------------------------------- a life


def test_a_whole_life(world: World, certified: Machine) -> None:
    assert result(certified, ADDRESS, event()) == "created"
    told: Any = certified.get(CERTIFICATION).json
    assert told["state"] == {"code": "suspended", "on": "2026-11-22", "since": "2026-10-05"}
    assert told["events"] == [
        {"reference": "SUSP-7", "type": "suspended", "on": "2026-10-05", "retroactive": False}
    ]
    assert told["in_force"] == [{"starts_on": "2026-03-01", "ends_on": "2026-10-04"}]
    back = event(type="reinstated", on="2026-11-02", reason="Écarts corrigés")
    assert result(certified, f"{CERTIFICATION}/events/RET-1", back) == "created"
    told = certified.get(CERTIFICATION).json
    assert told["state"]["code"] == "in_force"
    assert told["in_force"][1] == {"starts_on": "2026-11-02", "ends_on": "2029-02-28"}
    fraud = event(type="withdrawn", on="2026-11-22", retroactive=True, reason="Pièces falsifiées")
    assert result(certified, f"{CERTIFICATION}/events/FRAUDE", fraud) == "created"
    told = certified.get(CERTIFICATION).json
    assert told["state"] == {"code": "never_counted", "on": "2026-11-22", "since": "2026-11-22"}
    assert told["in_force"] == []
    assert [(fact["type"], fact["reason"], fact["source"]) for fact in told["history"]] == [
        ("granted", "", "api"),
        ("suspended", "Audit de surveillance non conforme", "api"),
        ("reinstated", "Écarts corrigés", "api"),
        ("withdrawn", "Pièces falsifiées", "api"),
    ]


def test_the_same_again_writes_nothing(world: World, certified: Machine) -> None:
    certified.put(ADDRESS, event())
    before = written(world)
    for again in (
        event(),
        event(retroactive=False, corrects=False),
        event(reason="La même, autrement dite", corrects=True),
    ):
        assert result(certified, ADDRESS, again) == "unchanged"
    assert written(world) == before


def test_the_answer_says_where_to_read(certified: Machine) -> None:
    response = certified.put(ADDRESS, event())
    assert response.headers["Location"] == "/api/v1/certifications/BV-2026-0042"
    assert response.json is not None
    assert response.json["certification"] == certified.get(CERTIFICATION).json


# ---------------------------------------------------------------- corrected


def test_another_day_is_a_correction(world: World, certified: Machine) -> None:
    certified.put(ADDRESS, event())
    before = written(world)
    other = event(on="2026-10-06")
    response = certified.put(ADDRESS, other)
    assert refusal(response) == (409, "registry.another_event")
    assert "suspension du 5 octobre 2026" in sentence_at(response, "corrects")
    assert written(world) == before
    assert (
        result(certified, ADDRESS, other | {"corrects": True, "reason": "Date de la lettre"}) == "corrected"
    )
    told: Any = certified.get(CERTIFICATION).json
    assert told["events"] == [
        {"reference": "SUSP-7", "type": "suspended", "on": "2026-10-06", "retroactive": False}
    ]
    assert [(fact["on"], fact["corrects"], fact["reference"]) for fact in told["history"]] == [
        (None, None, None),
        ("2026-10-05", None, "SUSP-7"),
        ("2026-10-06", 2, None),
    ]
    assert result(certified, ADDRESS, other) == "unchanged"
    # What was first told is now another content.
    assert refusal(certified.put(ADDRESS, event())) == (409, "registry.another_event")
    assert result(certified, ADDRESS, event(corrects=True)) == "corrected"
    assert written(world)["certification_facts"] == before["certification_facts"] + 2


def test_a_withdrawal_becomes_retroactive(certified: Machine) -> None:
    address = f"{CERTIFICATION}/events/W"
    assert result(certified, address, event(type="withdrawn")) == "created"
    fraud = event(type="withdrawn", retroactive=True, corrects=True, reason="C’était une fraude")
    assert result(certified, address, fraud) == "corrected"
    told: Any = certified.get(CERTIFICATION).json
    assert told["state"]["code"] == "never_counted"


def test_an_event_does_not_change_its_nature(world: World, certified: Machine) -> None:
    certified.put(ADDRESS, event())
    before = written(world)
    response = certified.put(ADDRESS, event(type="withdrawn", corrects=True))
    assert refusal(response) == (409, "registry.another_event")
    assert sentence_at(response, "type")
    assert written(world) == before


def test_there_is_nothing_to_correct(world: World, certified: Machine) -> None:
    before = written(world)
    response = certified.put(ADDRESS, event(corrects=True))
    assert refusal(response) == (422, "registry.nothing_to_correct")
    assert sentence_at(response, "corrects")
    assert written(world) == before


def test_a_correction_that_cannot_be(world: World, certified: Machine) -> None:
    certified.put(ADDRESS, event())
    certified.put(f"{CERTIFICATION}/events/R", event(type="reinstated", on="2026-11-02"))
    before = written(world)
    response = certified.put(ADDRESS, event(on="2026-11-03", corrects=True))
    assert refusal(response) == (422, "registry.not_suspended")
    assert sentence_at(response, "on")
    assert written(world) == before


def test_what_the_keeper_annulled_is_told(world: World, certified: Machine) -> None:
    certified.put(ADDRESS, event())
    with world.app.app_context():
        disown(certification().facts[1], NOW)
    before = written(world)
    for content in (event(), event(corrects=True, on="2026-10-06")):
        assert refusal(certified.put(ADDRESS, content)) == (409, "registry.annulled")
    assert written(world) == before
    told: Any = certified.get(CERTIFICATION).json
    assert told["state"]["code"] == "in_force"
    assert told["events"] == []
    assert told["history"][2]["void"] is True
    assert result(certified, f"{CERTIFICATION}/events/SUSP-8", event()) == "created"


def test_nothing_happens_to_a_certification_that_never_was(world: World, certified: Machine) -> None:
    with world.app.app_context():
        disown(certification().facts[0], NOW)
    before = written(world)
    assert refusal(certified.put(ADDRESS, event())) == (409, "registry.annulled")
    assert written(world) == before
    told: Any = certified.get(CERTIFICATION).json
    assert (told["state"]["code"], told["audit"], told["in_force"]) == ("annulled", None, [])


def test_a_keepers_event_is_shown_without_the_keepers_words(world: World, certified: Machine) -> None:
    with world.app.app_context():
        learn(certification(), "suspended", date(2026, 10, 1), NOW)
    told: Any = certified.get(CERTIFICATION).json
    assert told["events"][0]["reference"] is None
    assert (told["history"][1]["source"], told["history"][1]["reason"]) == ("keeper", "")
    assert "Courrier" not in str(told)
    assert refusal(certified.put(ADDRESS, event())) == (422, "registry.already_suspended")


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"on": "2026-11-23"}, "on", "registry.future_event"),
        ({"on": "2026-02-28"}, "on", "registry.outside_validity"),
        ({"type": "reinstated"}, "on", "registry.not_suspended"),
        ({"retroactive": True}, "retroactive", "registry.retroactive"),
        ({"type": "reinstated", "retroactive": True}, "retroactive", "registry.retroactive"),
    ],
)
def test_what_cannot_happen(
    world: World, certified: Machine, changes: dict[str, Any], field: str, code: str
) -> None:
    before = written(world)
    response = certified.put(ADDRESS, event(**changes))
    assert refusal(response) == (422, code)
    assert sentence_at(response, field)
    assert written(world) == before


@pytest.mark.parametrize("day", ["2026-03-01", "2026-11-22"])
def test_the_first_day_and_today(certified: Machine, day: str) -> None:
    assert result(certified, ADDRESS, event(on=day)) == "created"


def test_today_is_in_paris(world: World, certified: Machine) -> None:
    world.app.config["CLOCK"] = lambda: NOW.replace(hour=23, minute=30)
    assert result(certified, ADDRESS, event(on="2026-11-23")) == "created"


def test_a_retroactive_correction_of_a_suspension(world: World, certified: Machine) -> None:
    """Refused by a sentence, not by a constraint of the database."""
    certified.put(ADDRESS, event())
    response = certified.put(ADDRESS, event(retroactive=True, corrects=True))
    assert refusal(response) == (422, "registry.retroactive")


def test_nothing_undoes_a_withdrawal(certified: Machine) -> None:
    certified.put(f"{CERTIFICATION}/events/W", event(type="withdrawn"))
    response = certified.put(ADDRESS, event(type="reinstated", on="2026-11-01"))
    assert refusal(response) == (422, "registry.after_withdrawal")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "revoked"}, "type"),
        ({"type": None}, "type"),
        ({"on": None}, "on"),
        ({"on": "2026-13-01"}, "on"),
        ({"reason": None}, "reason"),
        ({"reason": "court"}, "reason"),
        ({"retroactive": "oui"}, "retroactive"),
        ({"retroactive": 0}, "retroactive"),
        ({"corrects": "true"}, "corrects"),
        ({"valid_until": "2026-12-31"}, "valid_until"),
    ],
)
def test_what_has_not_the_right_form(certified: Machine, changes: dict[str, Any], field: str) -> None:
    response = certified.put(ADDRESS, event(**changes))
    assert refusal(response) == (422, "api.invalid_fields")
    assert sentence_at(response, field)


# ---------------------------------------------------------------- not mine


def test_another_certifiers_certification_does_not_exist(
    world: World, certified: Machine, anssi: Machine
) -> None:
    before = written(world)
    response = anssi.put(ADDRESS, event())
    unknown = anssi.put("/certifications/NEANT/events/SUSP-7", event())
    assert refusal(response) == refusal(unknown) == (404, "registry.unknown_certification")
    assert response.data == unknown.data
    assert written(world) == before


def test_one_reference_for_two_certifications(certified: Machine) -> None:
    """An event's reference is its certification's own."""
    certified.put("/certifications/B", body(solution__product_reference="CFF-02"))
    assert result(certified, ADDRESS, event()) == "created"
    assert result(certified, "/certifications/B/events/SUSP-7", event(on="2026-10-09")) == "created"
