"""Pushing a certification: entered once, corrected with a reason, never another's, never of another thing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bonus.audit.models import AuditEntry
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.registry.models import (
    Certification,
)
from tests.support.registry import disown
from tests.support.world import NOW, World

from .machine import Machine, body, refusal, sentence_at, written

ADDRESS = "/certifications/BV-2026-0042"
WHY = "Erreur de saisie de la date de fin"


def pushed(world: World) -> Certification:
    return db.session.scalars(select(Certification).where(Certification.reference == "BV-2026-0042")).one()


# ---------------------------------------------------------------- the first time, and again


def test_the_first_time_it_is_entered(world: World, veritas: Machine) -> None:
    response = veritas.put(ADDRESS, body(solution__aliases=["Coffre numérique", "COFFRE-FORT fictif"]))
    assert response.status_code == 201, response.text
    assert response.headers["Location"] == "/api/v1/certifications/BV-2026-0042"
    told: Any = response.json
    assert told["result"] == "created"
    assert told["message"] == "Inscrit."
    assert told["certification"] == veritas.get(ADDRESS).json
    assert told["certification"]["solution"] == {
        "name": "Coffre-fort Fictif",
        "product_reference": "CFF-01",
        "axis": "cloud",
        "aliases": ["Coffre numérique"],  # the other is its own name
    }
    with world.app.app_context():
        found = pushed(world)
        assert found.certifier.slug == "bureau-veritas"
        assert found.solution.supplier.identifier == "900600008"
        (fact,) = found.facts
        assert (fact.kind, fact.criteria, fact.evidence) == ("granted", [True, True, True], "RA-2026-118")
        assert fact.change.source == "api"
        assert fact.change.recorded_by.startswith("Bureau Veritas Certification (API, clé ")
        (message,) = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "follow_registry"))
        assert message.subject_id == fact.change_id
        entry = db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "registry.certification_entered")
            .order_by(AuditEntry.id.desc())
        ).first()
        assert entry is not None
        assert entry.address == "198.51.100.4"
        assert entry.facts["source"] == "api"


def test_the_same_again_writes_nothing(world: World, veritas: Machine) -> None:
    sent = body(solution__aliases=["Coffre numérique"])
    assert veritas.put(ADDRESS, sent).status_code == 201
    before = written(world)
    for again in (sent, sent | {"reason": "Envoi de chaque nuit"}, body(supplier__name="Archives F.")):
        response = veritas.put(ADDRESS, again)
        assert response.status_code == 200
        assert response.json is not None
        assert response.json["result"] == "unchanged"
        assert "Location" not in response.headers
    assert written(world) == before


@pytest.mark.parametrize(
    "audit", [None, {}, {"criteria": []}, {"audited_on": "2026-02-01", "evidence": None}]
)
def test_a_label_without_criteria_needs_no_audit(world: World, anssi: Machine, audit: object) -> None:
    content = body(label="SECNUMCLOUD", audit=None) | ({} if audit is None else {"audit": audit})
    response = anssi.put(ADDRESS, content)
    assert response.status_code == 201, response.text
    told: Any = response.json
    assert (told["certification"]["audit"] is None) == ("audited_on" not in (audit or ()))  # type: ignore[operator]
    again: Any = anssi.put(ADDRESS, body(label="SECNUMCLOUD", audit=None) | {"audit": audit or {}}).json
    assert again["result"] == "unchanged"


def test_other_names_are_noted_and_no_fact(world: World, veritas: Machine) -> None:
    veritas.put(ADDRESS, body())
    before = written(world)
    response = veritas.put(ADDRESS, body(solution__aliases=["Coffre numérique"]))
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["result"] == "completed"
    assert response.json["certification"]["solution"]["aliases"] == ["Coffre numérique"]
    after = written(world)
    assert after["solution_aliases"] == before["solution_aliases"] + 1
    assert after["certification_facts"] == before["certification_facts"]
    assert after["registry_changes"] == before["registry_changes"]
    with world.app.app_context():
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "registry.names_noted")
        ).one()
        assert entry.facts == {"names": ["Coffre numérique"]}


def test_an_offer_of_the_registry_is_found(world: World, veritas: Machine) -> None:
    """By its reference, though it is named otherwise; the demonstration's suite has NFG until the end of the year."""
    before = written(world)
    response = veritas.put(
        ADDRESS,
        body(
            label="SFG",
            audit=None,
            supplier={"identifier": "900 100 207", "name": "Nuage"},
            solution={"name": "Suite du bureau", "product_reference": "suite 1an", "axis": "workplace"},
        ),
    )
    assert response.status_code == 201, response.text
    after = written(world)
    assert (after["suppliers"], after["solutions"]) == (before["suppliers"], before["solutions"])
    with world.app.app_context():
        found = pushed(world).solution
        assert found.slug == "suite-bureautique-collaborative"
        assert [(alias.text, alias.source) for alias in found.aliases] == [("Suite du bureau", "certifier")]


def test_a_reference_learned_later_is_the_offers(world: World, veritas: Machine) -> None:
    veritas.put(ADDRESS, body(solution__product_reference=None))
    response = veritas.put(ADDRESS, body())
    assert response.json is not None
    assert response.json["result"] == "completed"
    assert response.json["certification"]["solution"]["product_reference"] == "CFF-01"
    assert veritas.put(ADDRESS, body()).json["result"] == "unchanged"  # type: ignore[index]
    assert veritas.put(ADDRESS, body(solution__product_reference=None)).json["result"] == "unchanged"  # type: ignore[index]


# ---------------------------------------------------------------- corrected


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_until": "2028-02-29"},
        {"valid_from": "2026-02-11"},
        {"audit__audited_on": "2026-02-09"},
        {"audit__evidence": "RA-2026-119"},
    ],
)
def test_other_dates_or_audit_are_a_correction(
    world: World, veritas: Machine, changes: dict[str, Any]
) -> None:
    veritas.put(ADDRESS, body())
    before = written(world)
    response = veritas.put(ADDRESS, body(**changes))
    assert refusal(response) == (422, "registry.reason_missing")
    assert "dites pourquoi" in sentence_at(response, "reason")
    assert written(world) == before

    response = veritas.put(ADDRESS, body(reason=WHY, **changes))
    assert response.status_code == 200, response.text
    told: Any = response.json
    assert told["result"] == "corrected"
    first, second = told["certification"]["history"]
    assert (first["corrects"], second["corrects"], second["reason"]) == (None, 1, WHY)
    assert veritas.put(ADDRESS, body(**changes)).json["result"] == "unchanged"  # type: ignore[index]
    assert written(world)["certification_facts"] == before["certification_facts"] + 1
    # And back: a correction of the correction.
    assert veritas.put(ADDRESS, body(reason=WHY)).json["result"] == "corrected"  # type: ignore[index]
    with world.app.app_context():
        assert [fact.corrects_id is None for fact in pushed(world).facts] == [True, False, False]


def test_a_correction_that_cannot_be(world: World, veritas: Machine) -> None:
    veritas.put(ADDRESS, body())
    veritas.put(
        f"{ADDRESS}/events/S1", {"type": "suspended", "on": "2026-10-05", "reason": "Audit non conforme"}
    )
    before = written(world)
    response = veritas.put(ADDRESS, body(valid_from="2026-10-06", reason=WHY))
    assert refusal(response) == (422, "registry.outside_validity")
    assert sentence_at(response, "valid_from") == sentence_at(response, "valid_until")
    response = veritas.put(ADDRESS, body(audit__criteria=[True, True, False], reason=WHY))
    assert refusal(response) == (422, "registry.criteria")
    assert "Majorité de la valeur ajoutée" in sentence_at(response, "audit.criteria")
    assert written(world) == before


@pytest.mark.parametrize(
    "reason", ["", " \u00a0", "trop court"[:9], "x" * 1001, 12, None, ["Une bonne raison"]]
)
def test_a_reason_that_is_none(world: World, veritas: Machine, reason: object) -> None:
    response = veritas.put(ADDRESS, {**body(), "reason": reason})
    assert refusal(response) == (422, "api.invalid_fields")
    assert sentence_at(response, "reason")


def test_what_the_keeper_annulled_is_not_entered_again(world: World, veritas: Machine) -> None:
    veritas.put(ADDRESS, body())
    with world.app.app_context():
        disown(pushed(world).facts[0], NOW)
    before = written(world)
    response = veritas.put(ADDRESS, body())
    assert refusal(response) == (409, "registry.annulled")
    assert written(world) == before
    assert veritas.put("/certifications/BV-2026-0043", body()).status_code == 201


# ---------------------------------------------------------------- another thing under the same reference


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"label": "SFG", "audit": None}, "label", "registry.another_label"),
        ({"supplier__identifier": "900100207"}, "supplier.identifier", "registry.another_supplier"),
        (
            {"solution__name": "Autre coffre", "solution__product_reference": "AC"},
            "solution.name",
            "registry.another_solution",
        ),
        ({"solution__product_reference": "CFF-02"}, "solution.name", "registry.another_solution"),
        ({"solution__axis": "data"}, "solution.axis", "registry.another_axis"),
    ],
)
def test_a_reference_never_changes_its_object(
    world: World, veritas: Machine, changes: dict[str, Any], field: str, code: str
) -> None:
    veritas.put(ADDRESS, body())
    before = written(world)
    for reason in ({}, {"reason": WHY}):
        response = veritas.put(ADDRESS, body(**changes, **reason))
        assert refusal(response) == (409, code)
        assert sentence_at(response, field)
    assert written(world) == before


def test_an_offer_is_of_one_axis(world: World, veritas: Machine) -> None:
    veritas.put(ADDRESS, body())
    response = veritas.put("/certifications/BV-2", body(solution__axis="data", label="SFG", audit=None))
    assert refusal(response) == (409, "registry.another_axis")
    assert "Cloud" in sentence_at(response, "solution.axis")


def test_two_certifiers_may_use_the_same_reference(world: World, veritas: Machine, anssi: Machine) -> None:
    assert veritas.put(ADDRESS, body()).status_code == 201
    other = body(label="SECNUMCLOUD", audit=None)
    assert anssi.put(ADDRESS, other).status_code == 201
    with world.app.app_context():
        found = db.session.scalars(
            select(Certification).where(Certification.reference == "BV-2026-0042")
        ).all()
        assert {one.certifier.slug for one in found} == {"bureau-veritas", "anssi"}
        assert len({one.solution_id for one in found}) == 1
