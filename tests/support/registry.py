"""What the registry learns, told in one line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.registry.history import life
from bonus.registry.labels import certifier_named
from bonus.registry.models import Certification, CertificationFact, InForcePeriod, Solution
from bonus.registry.rules import Audit
from bonus.registry.service import enter_solution, enter_supplier
from bonus.registry.writing import Grant, Source, add_event, annul, change, correct, grant

KEEPER = Actor("Gardienne du registre")
LEARNED = Source("keeper", KEEPER, "Courrier du certificateur")
ENTERED = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)
START, END = date(2026, 1, 1), date(2026, 12, 31)
# The certifier of each label, as migrations enter them; NFG has three criteria.
CERTIFIERS = {
    "NFG": "bureau-veritas",
    "SFG": "afnor-certification",
    "SECNUMCLOUD": "anssi",
    "ANSSI_QUALIFICATION": "anssi",
    "EEA_EQUIVALENT": "dge",
}
AUDIT = Audit((True, True, True), date(2025, 12, 1), "RA-2025-118")


def offer(name: str = "Coffre-fort numérique", axis: str = "cloud", now: datetime = ENTERED) -> Solution:
    """A solution of a supplier that does not exist, in the current transaction."""
    return enter_solution(
        enter_supplier("900100207", "Nuage Fictif SAS", KEEPER, now), name, axis, KEEPER, now
    )


def certified(
    solution: Solution,
    start: date = START,
    end: date = END,
    *,
    label: str = "NFG",
    reference: str | None = None,
    now: datetime = ENTERED,
) -> Certification:
    """The registry learns that a solution is certified; committed."""
    rank = len(solution.certifications) + 1
    audit = AUDIT if label == "NFG" else Audit()
    granted = Grant(label, reference or f"{label}-{solution.slug[:40]}-{rank}", start, end, audit)
    with change(LEARNED, now) as made:
        certification = grant(solution, certifier_named(CERTIFIERS[label]), granted, made, now)
    db.session.commit()
    return certification


def certification_of(slug: str, label: str | None = None) -> Certification:
    """The one certification of a solution (with several, that of ``label``)."""
    query = select(Certification).join(Solution).where(Solution.slug == slug)
    return db.session.scalars(query if label is None else query.where(Certification.label == label)).one()


def learn(
    certification: Certification, kind: str, on: date, now: datetime, *, retroactive: bool = False
) -> CertificationFact:
    """The registry learns an event at a moment; committed."""
    with change(LEARNED, now) as made:
        fact = add_event(certification, kind, on, made, now, retroactive=retroactive)
    db.session.commit()
    return fact


def disown(fact: CertificationFact, now: datetime) -> CertificationFact:
    """The registry learns at a moment that a fact never was; committed."""
    with change(LEARNED, now) as made:
        void = annul(fact, made, now)
    db.session.commit()
    return void


def mend(fact: CertificationFact, now: datetime, **values: Any) -> CertificationFact:
    """The registry learns at a moment what a fact should have said; committed."""
    with change(LEARNED, now) as made:
        corrected = correct(fact, values, made, now)
    db.session.commit()
    return corrected


def require_reading(certification_id: int) -> None:
    """What a certification and its periods bear, read from the database, is what its facts say."""
    db.session.expire_all()
    found = db.session.get_one(Certification, certification_id)
    known = life(fact.plain for fact in found.facts)
    periods = db.session.execute(
        select(InForcePeriod.starts_on, InForcePeriod.ends_on, InForcePeriod.solution_id, InForcePeriod.label)
        .where(InForcePeriod.certification_id == certification_id)
        .order_by(InForcePeriod.starts_on)
    ).all()
    if known is None:
        assert (found.covers_until, periods) == (None, [])
        return
    assert (found.valid_from, found.valid_until) == (known.valid_from, known.valid_until)
    assert found.covers_until == known.covers_until
    assert [tuple(period) for period in periods] == [
        (start, end, found.solution_id, found.label) for start, end in known.periods()
    ]
