"""What the database itself refuses, whoever asks: both of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.registry.models import Certification, CertificationFact, InForcePeriod, RegistryHead
from bonus.registry.writing import add_event, change
from tests.support.registry import END, ENTERED, LEARNED, START, certified, learn, mend, offer
from tests.support.world import NOW

from .lives import DAY

MAY_1 = date(2026, 5, 1)


def row_like(found: Certification, **changes: Any) -> dict[str, Any]:
    """The columns of another certification of the same solution and label."""
    return {
        "solution_id": found.solution_id,
        "label": found.label,
        "certifier_id": found.certifier_id,
        "reference": "BY-HAND",
        "valid_from": START,
        "valid_until": END,
        "covers_until": END,
        "recorded_at": ENTERED,
    } | changes


def fact_of(found: Certification, **changes: Any) -> dict[str, Any]:
    """The columns of one more fact of a certification: a suspension."""
    return {
        "certification_id": found.id,
        "change_id": found.facts[0].change_id,
        "kind": "suspended",
        "happened_on": MAY_1,
        "retroactive": False,
        "void": False,
        "recorded_at": NOW,
    } | changes


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE certification_facts SET happened_on = '2026-06-01'",
        "UPDATE certification_facts SET recorded_at = '2020-01-01 00:00:00'",
        "UPDATE certification_facts SET void = NOT void WHERE kind = 'granted'",
        "DELETE FROM certification_facts",
        "DELETE FROM certification_facts WHERE kind = 'suspended'",
    ],
)
def test_facts_are_only_added(any_session: Session, statement: str) -> None:
    found = certified(offer())
    learn(found, "suspended", MAY_1, NOW)
    before = [fact.plain for fact in found.facts]
    any_session.commit()
    with pytest.raises(DBAPIError, match="only added"):
        any_session.execute(text(statement))
    any_session.rollback()
    assert [fact.plain for fact in found.facts] == before


@pytest.mark.parametrize("taken", ["id", "corrects_id", "reference", "kind"])
def test_nor_replaced(session: Session, taken: str) -> None:
    """SQLite alone has such a statement."""
    found = certified(offer())
    with change(LEARNED, NOW) as made:
        first = add_event(found, "suspended", MAY_1, made, NOW, reference="E-1")
    second = mend(first, NOW, happened_on=MAY_1 + DAY)
    before = [fact.plain for fact in found.facts]
    of_another: dict[str, dict[str, Any]] = {
        "id": {"id": first.id},
        "corrects_id": {"corrects_id": second.corrects_id},
        "reference": {"reference": "E-1"},
        "kind": {"kind": "granted", "happened_on": None, "valid_from": START, "valid_until": START},
    }
    session.commit()
    row = fact_of(found, **of_another[taken])
    with pytest.raises(IntegrityError, match="only added"):
        session.execute(insert(CertificationFact).prefix_with("OR REPLACE"), [row])
    session.rollback()
    assert [fact.plain for fact in found.facts] == before


@pytest.mark.postgresql
def test_nor_emptied(pg_session: Session) -> None:
    certified(offer())
    with pytest.raises(DBAPIError, match="only added"):
        pg_session.execute(text("TRUNCATE certification_facts"))
    pg_session.rollback()


def test_a_certification_with_facts_is_not_deleted(any_session: Session) -> None:
    found = certified(offer())
    any_session.execute(text("DELETE FROM in_force_periods"))
    with pytest.raises(IntegrityError):
        any_session.execute(text("DELETE FROM certifications"))
    any_session.rollback()
    assert any_session.get(Certification, found.id) is not None


@pytest.mark.parametrize(
    ("start", "end", "good"),
    [
        (date(2025, 1, 1), START - DAY, True),
        (date(2025, 1, 1), START, False),
        (START, END, False),
        (MAY_1, MAY_1, False),
        (END, END + 9 * DAY, False),
        (END + DAY, END + 9 * DAY, True),
    ],
)
@pytest.mark.parametrize("moved", [False, True], ids=["inserted", "updated"])
def test_two_of_one_label_never_cover_one_day(
    any_session: Session, start: date, end: date, good: bool, moved: bool
) -> None:
    found = certified(offer())
    far = {"valid_from": date(2030, 1, 1), "valid_until": date(2030, 1, 2), "covers_until": date(2030, 1, 2)}
    wanted = {"valid_from": start, "valid_until": end, "covers_until": end}
    if moved:
        any_session.execute(insert(Certification), [row_like(found, **far)])

    def act() -> None:
        if moved:
            by_hand = update(Certification).where(Certification.reference == "BY-HAND")
            any_session.execute(by_hand.values(**wanted))
        else:
            any_session.execute(insert(Certification), [row_like(found, **wanted)])

    if good:
        act()
    else:
        with pytest.raises(IntegrityError, match=r"overlap|UNIQUE|unique"):
            act()
    any_session.rollback()


def test_unless_one_of_them_never_counted_or_is_of_another_label(any_session: Session) -> None:
    found = certified(offer())
    other = offer("Autre offre").id
    rows = [
        row_like(found, reference="1", covers_until=None),
        row_like(found, reference="2", label="SECNUMCLOUD"),
        row_like(found, reference="3", solution_id=other),
    ]
    any_session.execute(insert(Certification), rows)
    any_session.flush()
    with pytest.raises(IntegrityError):
        any_session.execute(update(Certification).values(covers_until=END))
    any_session.rollback()


@pytest.mark.parametrize(
    "values",
    [
        {"valid_from": END, "valid_until": START, "covers_until": None},
        {"covers_until": END + DAY},
        {"covers_until": START - DAY},
    ],
)
def test_dates_that_cannot_be(any_session: Session, values: dict[str, Any]) -> None:
    found = certified(offer())
    with pytest.raises(IntegrityError):
        any_session.execute(update(Certification).where(Certification.id == found.id).values(**values))
    any_session.rollback()


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "lost"},
        {"kind": "granted"},
        {"happened_on": None},
        {"valid_from": START},
        {"retroactive": True},
        {"void": True},
        {"kind": "granted", "happened_on": None, "valid_from": END, "valid_until": START},
        {"kind": "granted", "happened_on": None, "valid_from": START, "valid_until": END},  # granted twice
        {"certification_id": 999},
        {"change_id": 999},
    ],
)
def test_the_shape_of_a_fact(any_session: Session, changes: dict[str, Any]) -> None:
    found = certified(offer())
    with pytest.raises(IntegrityError):
        any_session.execute(insert(CertificationFact), [fact_of(found, **changes)])
    any_session.rollback()


def test_a_correction_is_of_its_own_certification_and_kind_and_the_only_one(any_session: Session) -> None:
    found, other = certified(offer()), certified(offer("Autre offre"))
    fact = learn(found, "suspended", MAY_1, NOW)

    def corrects(where: Certification, **changes: Any) -> None:
        try:
            any_session.execute(
                insert(CertificationFact), [fact_of(where, corrects_id=fact.id) | {"void": True} | changes]
            )
        finally:
            any_session.rollback()

    corrects(found)  # this one can be
    with pytest.raises(IntegrityError):
        corrects(other)
    with pytest.raises(IntegrityError):
        corrects(found, kind="withdrawn")
    with pytest.raises(IntegrityError):
        corrects(found, corrects_id=999)
    with pytest.raises(IntegrityError):
        corrects(found, id=fact.id + 7, corrects_id=fact.id + 7)  # itself
    twice = [fact_of(found, corrects_id=fact.id, happened_on=day) for day in (MAY_1, END)]
    with pytest.raises(IntegrityError):
        any_session.execute(insert(CertificationFact), twice)
    any_session.rollback()


def test_two_events_of_one_reference(any_session: Session) -> None:
    found = certified(offer())
    with pytest.raises(IntegrityError):
        any_session.execute(
            insert(CertificationFact), [fact_of(found, reference="E-1"), fact_of(found, reference="E-1")]
        )
    any_session.rollback()


def test_a_period_is_in_order(any_session: Session) -> None:
    found = certified(offer())
    period = {"certification_id": found.id, "solution_id": found.solution_id, "label": "NFG"}
    with pytest.raises(IntegrityError):
        any_session.execute(insert(InForcePeriod), [period | {"starts_on": END, "ends_on": START}])
    any_session.rollback()


def test_the_registry_has_one_lock(any_app: Flask) -> None:
    with any_app.app_context():
        assert db.session.query(RegistryHead).count() == 1
        with pytest.raises(IntegrityError):
            db.session.execute(insert(RegistryHead), [{"id": 2, "version": 0}])
        db.session.rollback()
