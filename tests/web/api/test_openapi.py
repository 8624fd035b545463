"""The API is as its description says: schemathesis makes up requests from it, good and bad, and checks each answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from bonus.regulation import load_parameters
from tests.support.world import World

from .machine import BODY, Machine, body, event, key_for

CERTIFICATION = "/api/v1/certifications/{reference}"
EVENT = "/api/v1/certifications/{reference}/events/{event_reference}"
OPERATIONS = [
    (CERTIFICATION, "PUT"),
    (EVENT, "PUT"),
    (CERTIFICATION, "GET"),
    ("/api/v1/certifications", "GET"),
]
EXAMPLES = 25


def description(client: FlaskClient) -> dict[str, Any]:
    response = client.get("/api/v1/openapi.json")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    return dict(response.json or {})


def test_what_the_description_says(world: World) -> None:
    told = description(world.app.test_client())
    assert told["openapi"] == "3.1.0"
    assert told["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    schemas = told["components"]["schemas"]
    assert schemas["SolutionIn"]["properties"]["axis"]["enum"] == list(load_parameters().codes("axis"))
    assert schemas["CertificationIn"]["properties"]["valid_from"]["format"] == "date"
    for name, schema in schemas.items():
        assert schema["additionalProperties"] is False, name
    operations = {
        told["operationId"]: (told["security"], set(told["responses"]))
        for methods in told["paths"].values()
        for method, told in methods.items()
        if method != "parameters"
    }
    assert {name: security for name, (security, _) in operations.items()} == {
        "put_certification": [{"key": ["certifications:write"]}],
        "put_event": [{"key": ["events:write"]}],
        "get_certification": [{"key": ["read"]}],
        "list_certifications": [{"key": ["read"]}],
    }
    assert all({"401", "403", "422", "429"} <= statuses for _, statuses in operations.values())


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_as_described(world: World, path: str, method: str, mode: GenerationMode) -> None:
    good = mode is GenerationMode.POSITIVE
    statuses = checked(world, path, method, mode, plausible if good else lambda _: None)
    assert statuses <= {200, 201, 400, 401, 404, 409, 415, 422}
    assert statuses & ({200, 201} if good else {400, 401, 404, 415, 422}), "it tried one kind alone"


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_looks_good_and_means_nothing(world: World, path: str, method: str) -> None:
    """Labels, numbers, days and references made of anything."""
    statuses = checked(world, path, method, GenerationMode.POSITIVE, lambda _: None)
    assert statuses <= {200, 201, 404, 409, 422}


def checked(
    world: World, path: str, method: str, mode: GenerationMode, prepare: Callable[[Case[Any]], None]
) -> set[int]:
    """Call an operation with requests made up for it; the statuses of the answers, each as described."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world.app)
    key = key_for(world)
    machine = Machine(world.app, key)
    assert machine.put("/certifications/NFG-2026-0042", body()).status_code == 201
    assert machine.put("/certifications/NFG-2026-0042/events/SUSP-2026-007", event()).status_code == 201
    seen = set()
    # A good form is not all: the label, the dates, the reference may be wrong.
    excluded: list[CheckFunction] = [positive_data_acceptance]
    if method == "GET":
        # What is wrong with an address may leave no trace once it is written: test_reading has what must be refused.
        excluded.append(negative_data_rejection)

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def check(case: Case[Any]) -> None:
        prepare(case)
        response = case.call_and_validate(
            headers={"Authorization": f"Bearer {key}"}, excluded_checks=excluded
        )
        seen.add(response.status_code)

    check()
    return seen


def plausible(case: Case[Any]) -> None:
    """What no form can say: a label that exists, a number whose key is right, days that follow."""
    if "event_reference" in case.path_parameters or (case.method == "GET" and case.path_parameters):
        case.path_parameters["reference"] = "NFG-2026-0042"
    if case.method != "PUT":
        return
    assert isinstance(case.body, dict)
    if "event_reference" in case.path_parameters:
        case.body |= {"type": "reinstated", "on": "2026-11-01", "retroactive": False, "corrects": False}
    else:
        case.body |= {name: BODY[name] for name in ("label", "valid_from", "valid_until", "audit")}
        assert isinstance(case.body["supplier"], dict)
        case.body["supplier"]["identifier"] = "900600008"


def test_the_checks_are_loaded() -> None:
    """Else the test above would find nothing to check."""
    load_all_checks()
    assert len(schemathesis.checks.CHECKS.get_all()) > 5
