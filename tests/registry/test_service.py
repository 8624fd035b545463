"""Entering the registry, and what it says of itself at a moment."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.registry.models import Certification, CertificationEvent, Solution
from bonus.registry.service import (
    all_solutions,
    enter_certification,
    enter_solution,
    enter_supplier,
    facts_of,
    slugify,
)
from tests.support.world import NOW

KEEPER = Actor("Gardienne du registre")
DAY = timedelta(days=1)


def solution(name: str = "Coffre-fort numérique") -> Solution:
    supplier = enter_supplier("900100207", "Nuage Fictif SAS", KEEPER, NOW)
    return enter_solution(supplier, name, "cloud", KEEPER, NOW)


def certified(
    found: Solution, start: date = date(2026, 1, 1), end: date = date(2026, 12, 31)
) -> Certification:
    return enter_certification(found, "NFG", "NFG-1", start, end, KEEPER, NOW)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Hébergement cloud qualifié", "hebergement-cloud-qualifie"),
        ("  Œuvre & Cie\u00a0 (v2) ", "oeuvre-cie-v2"),
        ("***", "solution"),
        ("Assistant d’IA", "assistant-d-ia"),
        ("数据", "shu-ju"),
        ("x" * 200, "x" * 60),
        ("x" * 59 + " y", "x" * 59),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    assert slugify(name) == slug


def test_a_supplier_is_entered_once(any_session: Session) -> None:
    first = enter_supplier("900100207", "Nuage Fictif SAS", KEEPER, NOW)
    again = enter_supplier("900100207", "Autre nom", KEEPER, NOW)
    assert (again.id, again.name) == (first.id, "Nuage Fictif SAS")
    assert [entry.action for entry in db.session.scalars(select(AuditEntry))] == ["registry.supplier_entered"]


@pytest.mark.parametrize("name", ["Coffre-fort numérique", "x" * 200])
def test_two_solutions_of_one_name_have_two_addresses(any_session: Session, name: str) -> None:
    """On both databases: one of them counts the characters of what the log keeps."""
    slugs = [solution(name).slug for _ in range(3)]
    assert slugs == [slugify(name), f"{slugify(name)}-2", f"{slugify(name)}-3"]
    certified(solution(name))
    db.session.commit()


def test_a_certification_of_one_day(session: Session) -> None:
    day = date(2026, 5, 1)
    assert certified(solution(), day, day).valid_until == day


def test_a_certification_that_ends_before_it_begins(any_session: Session) -> None:
    found = solution()
    with pytest.raises(InvalidInput) as refusal:
        certified(found, date(2026, 5, 2), date(2026, 5, 1))
    assert (refusal.value.code, refusal.value.field) == ("registry.dates", "valid_until")
    db.session.add(
        Certification(
            solution=found,
            label="NFG",
            reference="x",
            valid_from=date(2026, 5, 2),
            valid_until=date(2026, 5, 1),
            recorded_at=NOW,
        )
    )
    with pytest.raises(IntegrityError, match="dates"):
        db.session.flush()


@pytest.mark.parametrize(
    ("kind", "retroactive"), [("suspended", True), ("reinstated", True), ("lost", False)]
)
def test_only_a_withdrawal_is_retroactive(any_session: Session, kind: str, retroactive: bool) -> None:
    certification = certified(solution())
    event = CertificationEvent(type=kind, on=date(2026, 5, 1), retroactive=retroactive, recorded_at=NOW)
    certification.events.append(event)
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_what_was_known_when(any_session: Session) -> None:
    found = solution()
    early = certified(found)
    late = enter_certification(
        found, "SECNUMCLOUD", "S-1", date(2026, 1, 1), date(2027, 1, 1), KEEPER, NOW + DAY
    )
    # Entered in another order than that of their days.
    early.events.append(CertificationEvent(type="reinstated", on=date(2026, 8, 1), recorded_at=NOW + 2 * DAY))
    early.events.append(CertificationEvent(type="suspended", on=date(2026, 6, 1), recorded_at=NOW + 3 * DAY))
    db.session.commit()
    any_session.expire_all()

    def seen(moment: timedelta) -> list[tuple[str, list[str]]]:
        [row] = facts_of([found], NOW + moment)["solutions"]
        return [(one["label"], [event["type"] for event in one["events"]]) for one in row["certifications"]]

    assert seen(-timedelta(microseconds=1)) == []
    assert seen(timedelta()) == [("NFG", [])]
    assert seen(DAY) == [("NFG", []), (late.label, [])]
    assert seen(2 * DAY) == [("NFG", ["reinstated"]), ("SECNUMCLOUD", [])]
    assert seen(3 * DAY) == [("NFG", ["suspended", "reinstated"]), ("SECNUMCLOUD", [])]


def test_the_list_is_by_name(session: Session) -> None:
    for name in ("Zèbre", "Abeille"):
        solution(name)
    assert [one.name for one in all_solutions()] == ["Abeille", "Zèbre"]


def test_every_entry_is_in_the_log(session: Session) -> None:
    certified(solution())
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == [
        "registry.supplier_entered",
        "registry.solution_entered",
        "registry.certification_entered",
    ]
    assert entries[-1].facts == {
        "label": "NFG",
        "reference": "NFG-1",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
    }
