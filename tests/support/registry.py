"""What the registry learns, told in one line."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.registry.models import Certification, CertificationFact, Solution
from bonus.registry.writing import Source, add_event, annul, change

KEEPER = Actor("Gardienne du registre")
LEARNED = Source("keeper", KEEPER, "Courrier du certificateur")


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
