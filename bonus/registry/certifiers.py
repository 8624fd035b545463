"""What there is to read of one certifier: its labels, its certifications, the changes to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload, lazyload, selectinload

from bonus.extensions import db

from .labels import schemes_on
from .models import Certification, CertificationFact, RegistryChange, Solution
from .scheme_models import Certifier, CertifierKey, LabelScheme

PAGE = 50
RECENT = 20


@dataclass(frozen=True)
class Listing:
    """One page of a certifier's certifications, by their references."""

    items: list[Certification]
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class Change:
    """An act on a certifier's certifications: how many facts it brought, and the first reference it touches."""

    change: RegistryChange
    facts: int
    reference: str


def labels_of(certifier: Certifier, on: date) -> list[LabelScheme]:
    """The labels it grants on a day, by code."""
    return [scheme for scheme in schemes_on(on).values() if certifier in scheme.certifiers]


def certification_of(certifier_id: int, reference: str) -> Certification | None:
    """The certification a certifier knows by its reference, or None: another's does not exist for it."""
    return db.session.scalars(
        select(Certification).where(
            Certification.certifier_id == certifier_id, Certification.reference == reference
        )
    ).one_or_none()


def certifications_of(certifier_id: int, page: int) -> Listing:
    """A page (from 1) of what a certifier granted; one that is past the end is empty."""
    total = db.session.scalar(
        select(func.count()).select_from(Certification).where(Certification.certifier_id == certifier_id)
    )
    items = db.session.scalars(
        select(Certification)
        .where(Certification.certifier_id == certifier_id)
        .options(
            joinedload(Certification.solution).options(
                lazyload(Solution.certifications), selectinload(Solution.aliases)
            )
        )
        .order_by(Certification.reference)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    return Listing(list(items), page, max(1, -(-(total or 0) // PAGE)), total or 0)


def counts_by_certifier() -> dict[int, int]:
    """How many certifications each certifier granted, by its id."""
    rows = db.session.execute(
        select(Certification.certifier_id, func.count()).group_by(Certification.certifier_id)
    )
    return {certifier_id: count for certifier_id, count in rows}  # noqa: C416 - a row is no pair for mypy


def keys_in_use(on: date) -> dict[int, int]:
    """How many keys of each certifier open the API on a day, by its id."""
    rows = db.session.execute(
        select(CertifierKey.certifier_id, func.count())
        .where(CertifierKey.revoked_at.is_(None), CertifierKey.expires_on >= on)
        .group_by(CertifierKey.certifier_id)
    )
    return {certifier_id: count for certifier_id, count in rows}  # noqa: C416 - the same


def recent_changes(certifier: Certifier) -> list[Change]:
    """The last acts on its certifications, the latest first."""
    own = (
        select(CertificationFact.id)
        .join(Certification, Certification.id == CertificationFact.certification_id)
        .where(CertificationFact.change_id == RegistryChange.id, Certification.certifier_id == certifier.id)
    )
    changes = db.session.scalars(
        select(RegistryChange).where(exists(own)).order_by(RegistryChange.id.desc()).limit(RECENT)
    ).all()
    counted = db.session.execute(
        select(CertificationFact.change_id, func.count(), func.min(Certification.reference))
        .join(Certification, Certification.id == CertificationFact.certification_id)
        .where(
            CertificationFact.change_id.in_([change.id for change in changes]),
            Certification.certifier_id == certifier.id,
        )
        .group_by(CertificationFact.change_id)
    )
    known = {change_id: (facts, reference) for change_id, facts, reference in counted}
    return [Change(change, *known[change.id]) for change in changes]
