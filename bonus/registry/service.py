"""Suppliers and solutions: entering them, finding them, and reading the registry as the regulation wants it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from text_unidecode import unidecode

from bonus.adapters.einvoice.party import siren_is_valid, vat_is_valid
from bonus.audit.service import Actor, record
from bonus.extensions import db
from bonus.regulation import load_parameters

from .history import life
from .labels import scheme_on
from .models import Certification, Solution, SolutionAlias, Supplier
from .rules import MOST_REFERENCE, MOST_TEXT, Audit, check_text, invalid
from .writing import NO_AUDIT, Grant, Source, change, grant, lock_registry

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ACCENTED = re.compile(r"[^\x00-\x7f]+")


def slugify(text: str) -> str:
    """A short public address: lower case, no accent, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", _plain(text)).strip("-")[:60].rstrip("-") or "solution"


def fold(text: str) -> str:
    """A text as it is searched and compared: no accent, no case, words parted by one space."""
    return " ".join(re.findall(r"[a-z0-9]+", _plain(text)))


def _plain(text: str) -> str:
    """A text without accent nor case. ASCII is left to itself: letter by letter, a file would take seconds more."""
    return _ACCENTED.sub(lambda found: unidecode(found[0]), text).lower()


def search_text(name: str, supplier: Supplier, reference: str | None, aliases: Iterable[str] = ()) -> str:
    """What the catalogue searches of a solution."""
    return fold(" ".join([name, supplier.name, supplier.identifier, reference or "", *aliases]))


def supplier_by_identifier(identifier: str) -> Supplier | None:
    """The supplier with this SIREN or VAT number, or None."""
    return db.session.scalars(select(Supplier).where(Supplier.identifier == identifier)).one_or_none()


def solution_by_slug(slug: str) -> Solution | None:
    """The solution with this public identifier, or None."""
    return db.session.scalars(select(Solution).where(Solution.slug == slug)).one_or_none()


def enter_supplier(identifier: str, name: str, actor: Actor, now: datetime) -> Supplier:
    """The supplier, entered if it was not there, in the caller's transaction.

    Raises InvalidInput when ``identifier`` is neither a SIREN nor the VAT number of another state of the EEA
    (art. 4), or the name is no name.
    """
    supplier = supplier_by_identifier(identifier)
    if supplier is None:
        _check_supplier(identifier, name)
        lock_registry(now)  # before the log's lock, as every write to the registry
        supplier = supplier_by_identifier(identifier)
    if supplier is None:
        supplier = Supplier(identifier=identifier, name=name, created_at=now)
        db.session.add(supplier)
        db.session.flush()
        record("registry.supplier_entered", f"supplier:{supplier.id}", actor, now, identifier=identifier)
    return supplier


def _check_supplier(identifier: str, name: str) -> None:
    abroad = not identifier.startswith("FR") and vat_is_valid(identifier)
    if not abroad and not (identifier.isdigit() and siren_is_valid(identifier)):
        raise invalid(
            "registry.supplier_identifier",
            f"« {identifier[:60]} » n’est ni un SIREN valable ni un numéro de TVA d’un autre État de l’Espace "
            "économique européen : vérifiez ses chiffres.",
            "identifier",
        )
    check_text(name, "le nom du fournisseur", MOST_TEXT, "supplier_name")


def enter_solution(
    supplier: Supplier, name: str, axis: str, actor: Actor, now: datetime, *, reference: str | None = None
) -> Solution:
    """A new solution of a supplier, in the caller's transaction; its slug is made unique.

    Raises InvalidInput when its name or reference is none, or its axis is not one of the regulation's.
    """
    check_text(name, "le nom de la solution", MOST_TEXT, "name")
    if reference is not None:
        check_text(reference, "la référence de la solution", MOST_REFERENCE, "reference")
    if axis not in load_parameters().codes("axis"):
        raise invalid("registry.unknown_axis", "Cet usage n’existe pas dans le règlement (art. 4).", "axis")
    lock_registry(now)
    base = slug = slugify(name)
    rank = 1
    while db.session.scalars(select(Solution.id).where(Solution.slug == slug)).first() is not None:
        rank += 1
        slug = f"{base}-{rank}"
    solution = Solution(
        slug=slug,
        name=name,
        axis=axis,
        reference=reference,
        supplier=supplier,
        created_at=now,
        search_text=search_text(name, supplier, reference),
    )
    db.session.add(solution)
    db.session.flush()
    record(
        "registry.solution_entered", f"solution:{slug}", actor, now, axis=axis, supplier=supplier.identifier
    )
    return solution


def add_alias(solution: Solution, kind: str, text: str, source: str, now: datetime) -> bool:
    """Note another name or reference of an offer, in the caller's transaction; False when it has it already.

    ``kind`` is name or reference; ``source`` keeper, certifier, or confirmed (by a person on an invoice).
    """
    text = _CONTROL.sub(" ", text).strip()[:200]
    key = fold(text)[:200]
    # Of two who note it at once, the second finds it.
    db.session.execute(select(Solution.id).where(Solution.id == solution.id).with_for_update(key_share=True))
    known = db.session.scalars(
        select(SolutionAlias.id).where(
            SolutionAlias.solution_id == solution.id, SolutionAlias.kind == kind, SolutionAlias.key == key
        )
    ).first()
    if known is not None or not key:
        return False
    db.session.refresh(solution, ["aliases"])
    solution.aliases.append(SolutionAlias(kind=kind, text=text, key=key, source=source, recorded_at=now))
    names = [alias.text for alias in solution.aliases]
    solution.search_text = search_text(solution.name, solution.supplier, solution.reference, names)
    db.session.flush()
    return True


def enter_certification(
    solution: Solution,
    label: str,
    reference: str,
    valid_from: date,
    valid_until: date,
    actor: Actor,
    now: datetime,
    *,
    audit: Audit = NO_AUDIT,
) -> Certification:
    """A label granted by the first of its certifiers, in the caller's transaction: what the service's own parts
    enter (``recording`` is for people and certifiers).

    Raises InvalidInput on dates that cannot be, an unknown label, an overlap.
    """
    certifier = scheme_on(label, valid_from).certifiers[0]
    with change(Source("service", actor), now) as made:
        granted = Grant(label, reference, valid_from, valid_until, audit)
        certification = grant(solution, certifier, granted, made, now)
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


def facts_of(
    solutions: Iterable[Solution], known_at: datetime, *, through: int | None = None
) -> dict[str, Any]:
    """The registry as it was known at a moment, in the form ``regulation.evaluate`` reads.

    What was recorded later is left out, so that a decision is made, and replayed, on what was known; and what changes
    after that of id ``through`` brought: their ids follow the order they were written in, under the registry's lock.
    """
    return {
        "solutions": [
            {
                "id": solution.slug,
                "supplier_id": solution.supplier.identifier,
                "axis": solution.axis,
                "certifications": [
                    facts
                    for certification in solution.certifications
                    if (facts := certification_facts(certification, known_at, through=through)) is not None
                ],
            }
            for solution in solutions
        ]
    }


def certification_facts(
    certification: Certification, known_at: datetime, *, through: int | None = None
) -> dict[str, Any] | None:
    """One certification as it was known at a moment, in the regulation's form; None when it was not."""
    known = life(
        (fact.plain for fact in certification.facts if through is None or fact.change_id <= through), known_at
    )
    if known is None:
        return None
    return {
        "label": certification.label,
        "valid_from": known.valid_from.isoformat(),
        "valid_until": known.valid_until.isoformat(),
        "events": [
            {"type": event.type, "on": event.on.isoformat(), "retroactive": event.retroactive}
            for event in known.events
        ],
    }


def all_solutions() -> list[Solution]:
    """Every solution by name, for the keeper's list and the choices of a line."""
    return list(db.session.scalars(select(Solution).order_by(Solution.name, Solution.id)))
