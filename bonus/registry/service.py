"""Entering solutions and certifications, and reading the registry as the regulation wants it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from text_unidecode import unidecode

from bonus.audit.service import Actor, record
from bonus.errors import InvalidInput
from bonus.extensions import db

from .models import Certification, CertificationEvent, Solution, Supplier


def slugify(text: str) -> str:
    """A short public address: lower case, no accent, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", unidecode(text).lower()).strip("-")[:60].rstrip("-") or "solution"


def supplier_by_identifier(identifier: str) -> Supplier | None:
    """The supplier with this SIREN or VAT number, or None."""
    return db.session.scalars(select(Supplier).where(Supplier.identifier == identifier)).one_or_none()


def enter_supplier(identifier: str, name: str, actor: Actor, now: datetime) -> Supplier:
    """The supplier, entered if it was not there, in the caller's transaction."""
    supplier = supplier_by_identifier(identifier)
    if supplier is None:
        supplier = Supplier(identifier=identifier, name=name, created_at=now)
        db.session.add(supplier)
        db.session.flush()
        record("registry.supplier_entered", f"supplier:{supplier.id}", actor, now, identifier=identifier)
    return supplier


def enter_solution(
    supplier: Supplier, name: str, axis: str, actor: Actor, now: datetime, *, reference: str | None = None
) -> Solution:
    """A new solution of a supplier, in the caller's transaction; its slug is made unique."""
    base = slug = slugify(name)
    rank = 1
    while db.session.scalars(select(Solution.id).where(Solution.slug == slug)).first() is not None:
        rank += 1
        slug = f"{base}-{rank}"
    solution = Solution(
        slug=slug, name=name, axis=axis, reference=reference, supplier=supplier, created_at=now
    )
    db.session.add(solution)
    db.session.flush()
    record(
        "registry.solution_entered", f"solution:{slug}", actor, now, axis=axis, supplier=supplier.identifier
    )
    return solution


def enter_certification(
    solution: Solution,
    label: str,
    reference: str,
    valid_from: date,
    valid_until: date,
    actor: Actor,
    now: datetime,
) -> Certification:
    """A label granted to a solution for a time, in the caller's transaction. Raises InvalidInput on wrong dates."""
    if valid_until < valid_from:
        raise InvalidInput(
            "registry.dates",
            "La certification finit avant d’avoir commencé : corrigez les dates.",
            field="valid_until",
        )
    certification = Certification(
        solution=solution,
        label=label,
        reference=reference,
        valid_from=valid_from,
        valid_until=valid_until,
        recorded_at=now,
    )
    db.session.add(certification)
    db.session.flush()
    record(
        "registry.certification_entered",
        f"solution:{solution.slug}",
        actor,
        now,
        label=label,
        reference=reference,
        valid_from=valid_from.isoformat(),
        valid_until=valid_until.isoformat(),
    )
    return certification


def _event_facts(event: CertificationEvent) -> dict[str, Any]:
    return {"type": event.type, "on": event.on.isoformat(), "retroactive": event.retroactive}


def facts_of(solutions: Iterable[Solution], known_at: datetime) -> dict[str, Any]:
    """The registry as it was known at a moment, in the form ``regulation.evaluate`` reads.

    What was recorded later is left out, so that a decision is made, and replayed, on what was known.
    """
    return {
        "solutions": [
            {
                "id": solution.slug,
                "supplier_id": solution.supplier.identifier,
                "axis": solution.axis,
                "certifications": [
                    {
                        "label": certification.label,
                        "valid_from": certification.valid_from.isoformat(),
                        "valid_until": certification.valid_until.isoformat(),
                        "events": [
                            _event_facts(event)
                            for event in sorted(certification.events, key=lambda event: (event.on, event.id))
                            if event.recorded_at <= known_at
                        ],
                    }
                    for certification in solution.certifications
                    if certification.recorded_at <= known_at
                ],
            }
            for solution in solutions
        ]
    }


def all_solutions() -> list[Solution]:
    """Every solution by name, for the keeper's list and the choices of a line."""
    return list(db.session.scalars(select(Solution).order_by(Solution.name, Solution.id)))
