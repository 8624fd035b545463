"""Certifications that end soon, and what was announced of them, read back in one line."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, insert, select

from bonus.claims.announcement_models import EndAnnouncement, EndNotice
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.registry.models import Certification, InForcePeriod, Solution, Supplier
from bonus.registry.scheme_models import Certifier

from .registry import certification_of, mend
from .world import ENTERED, NOW


def ending(slug: str, on: date, label: str | None = None, now: datetime = NOW) -> Certification:
    """The certification of a solution, corrected so that ``on`` is its last day; committed."""
    certification = certification_of(slug, label)
    standing = [fact for fact in certification.facts if fact.kind == "granted"][-1]
    mend(standing, now, valid_until=on)
    return certification


def address(slug: str, email: str | None) -> None:
    """Where the supplier of a solution is written to; committed."""
    supplier = db.session.scalars(select(Supplier).join(Solution).where(Solution.slug == slug)).one()
    supplier.email = email
    db.session.commit()


def announced() -> list[tuple[str, date]]:
    """(slug, end) of each announcement, in order."""
    query = (
        select(Solution.slug, EndAnnouncement.ends_on)
        .select_from(EndAnnouncement)
        .join(Certification, Certification.id == EndAnnouncement.certification_id)
        .join(Solution, Solution.id == Certification.solution_id)
        .order_by(EndAnnouncement.id)
    )
    found = [(row[0], row[1]) for row in db.session.execute(query)]
    db.session.rollback()
    return found


def mails() -> list[tuple[str, str]]:
    """(to, subject) of each mail written, in order."""
    query = select(MailMessage.to, MailMessage.subject).order_by(MailMessage.id)
    found = [(row[0], row[1]) for row in db.session.execute(query)]
    db.session.rollback()
    return found


def noticed() -> list[tuple[str, date]]:
    """(company, end) of each notice given to a company, in order."""
    query = (
        select(Company.name, EndAnnouncement.ends_on)
        .select_from(EndNotice)
        .join(EndAnnouncement, EndAnnouncement.id == EndNotice.announcement_id)
        .join(Company, Company.id == EndNotice.company_id)
        .order_by(EndNotice.id)
    )
    found = [(row[0], row[1]) for row in db.session.execute(query)]
    db.session.rollback()
    return found


def many_ending(count: int, on: date, *, suppliers: int | None = None, after: int = 0) -> None:
    """``count`` more certifications, each of its own solution, whose last day is ``on``; each supplier (as many as
    certifications when None) has an address. Rows written as the registry would; committed. ``after``: how many were
    made so before, whose names are taken."""
    suppliers = suppliers or count
    certifier = db.session.scalars(select(Certifier.id).where(Certifier.slug == "dge")).one()
    first = {
        model: 1 + (db.session.scalar(select(func.max(model.id))) or 0)
        for model in (Supplier, Solution, Certification)
    }
    start = date(on.year - 1, 1, 1)
    rows: dict[type, list[dict[str, object]]] = {
        Supplier: [
            {
                "id": first[Supplier] + n,
                "identifier": f"XX{after + n:09d}",
                "name": f"Éditeur {after + n}",
                "email": f"contact@editeur-{after + n}.example",
                "created_at": ENTERED,
            }
            for n in range(suppliers)
        ],
        Solution: [
            {
                "id": first[Solution] + n,
                "slug": f"offre-{after + n}",
                "name": f"Offre {after + n}",
                "axis": "cloud",
                "supplier_id": first[Supplier] + n % suppliers,
                "created_at": ENTERED,
            }
            for n in range(count)
        ],
        Certification: [
            {
                "id": first[Certification] + n,
                "solution_id": first[Solution] + n,
                "label": "EEA_EQUIVALENT",
                "certifier_id": certifier,
                "reference": f"EEE-{after + n}",
                "valid_from": start,
                "valid_until": on,
                "covers_until": on,
                "recorded_at": ENTERED,
            }
            for n in range(count)
        ],
        InForcePeriod: [
            {
                "certification_id": first[Certification] + n,
                "solution_id": first[Solution] + n,
                "label": "EEA_EQUIVALENT",
                "starts_on": start,
                "ends_on": on,
            }
            for n in range(count)
        ],
    }
    for model, values in rows.items():
        db.session.execute(insert(model), values)
    db.session.commit()
