"""Machines that push at the same moment, in real processes: one row, one fact, no failure."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import func, select

from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.registry.models import Certification, CertificationFact, RegistryChange, Solution, Supplier
from tests.support.crew import Crew
from tests.support.world import World

from .machine import Machine, body, event, key_for

ADDRESS = "/certifications/BV-1"
WHY = "Erreur de saisie de la date de fin"


def calling(key: str, path: str, content: dict[str, Any]) -> tuple[int, str]:
    """One call, in a process of its own: the status, and what it did or its code."""
    response = Machine(current_app._get_current_object(), key).put(path, content)  # type: ignore[attr-defined]
    told: Any = response.json
    return response.status_code, told.get("result") or told["code"]


def race(world: World, crew: Crew, calls: list[tuple[str, str, dict[str, Any]]]) -> list[tuple[int, str]]:
    return sorted(crew.race(world.app, calling, calls))


def of_offer(table: Any) -> int:
    """How many rows of a table are about the offer pushed here."""
    query = select(func.count(table.id.distinct()))
    if table is CertificationFact:
        query = query.join(Certification, Certification.id == CertificationFact.certification_id)
    if table in (Certification, CertificationFact):
        query = query.join(Solution, Solution.id == Certification.solution_id)
    if table is not Supplier:
        query = query.join(Supplier, Supplier.id == Solution.supplier_id)
    return db.session.scalar(query.where(Supplier.identifier == "900600008")) or 0


def counts(world: World) -> dict[str, int]:
    with world.app.app_context():
        return {
            table.__tablename__: of_offer(table)
            for table in (Supplier, Solution, Certification, CertificationFact)
        }


def test_the_same_certification_four_times(any_world: World, crew: Crew) -> None:
    key = key_for(any_world)
    results = race(any_world, crew, [(key, ADDRESS, body(solution__aliases=["Coffre"]))] * 4)
    assert results == [(200, "unchanged")] * 3 + [(201, "created")]
    assert counts(any_world) == {
        "suppliers": 1,
        "solutions": 1,
        "certifications": 1,
        "certification_facts": 1,
    }
    with any_world.app.app_context():
        (change,) = db.session.scalars(select(RegistryChange).where(RegistryChange.source == "api"))
        (message,) = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "follow_registry"))
        assert message.subject_id == change.id


def test_four_certifications_of_one_new_supplier(any_world: World, crew: Crew) -> None:
    """Whoever comes first enters the supplier and the offer; the others find them."""
    veritas, anssi = key_for(any_world), key_for(any_world, "anssi")
    content = body()
    results = race(
        any_world,
        crew,
        [
            (veritas, ADDRESS, content),
            (anssi, ADDRESS, body(label="SECNUMCLOUD", audit=None)),
            (veritas, "/certifications/BV-2", content),
            (anssi, "/certifications/A-2", body(label="SECNUMCLOUD", audit=None)),
        ],
    )
    # Of one label, the second would cover the same days.
    assert results == [(201, "created")] * 2 + [(422, "registry.overlap")] * 2
    assert counts(any_world)["suppliers"] == 1
    assert counts(any_world)["solutions"] == 1
    assert counts(any_world)["certifications"] == 2


def test_the_same_event_and_its_contrary(any_world: World, crew: Crew) -> None:
    key = key_for(any_world)
    Machine(any_world.app, key).put(ADDRESS, body())
    one, other = event(), event(on="2026-10-06")
    results = race(
        any_world,
        crew,
        [(key, f"{ADDRESS}/events/E", content) for content in (one, one, one, other)],
    )
    assert results.count((201, "created")) == 1
    assert set(results) <= {(201, "created"), (200, "unchanged"), (409, "registry.another_event")}
    assert results.count((409, "registry.another_event")) in (1, 3)
    assert counts(any_world)["certification_facts"] == 2


def test_two_corrections_at_once(any_world: World, crew: Crew) -> None:
    """Each is a fact that corrects the one before; the last is what stands."""
    key = key_for(any_world)
    Machine(any_world.app, key).put(ADDRESS, body())
    days = ("2028-01-31", "2028-02-29", "2028-01-31", "2028-02-29")
    results = race(any_world, crew, [(key, ADDRESS, body(valid_until=day, reason=WHY)) for day in days])
    assert {status for status, _ in results} == {200}
    corrected = results.count((200, "corrected"))
    assert 2 <= corrected <= 4
    with any_world.app.app_context():
        facts = db.session.scalars(
            select(CertificationFact)
            .join(Certification, Certification.id == CertificationFact.certification_id)
            .where(Certification.reference == "BV-1")
            .order_by(CertificationFact.id)
        ).all()
        assert len(facts) == corrected + 1
        assert [fact.corrects_id for fact in facts] == [None, *(fact.id for fact in facts[:-1])]
        assert facts[-1].certification.valid_until == facts[-1].valid_until
