"""What a certifier's machine pushes: safe to send twice, known by the certifier's own references.

The registry's lock is taken before anything is looked up: of two pushes at once, the second sees what the first
wrote, and finds nothing left to do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from bonus.audit.service import record
from bonus.calendar import civil_date
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.regulation import load_parameters

from .certifiers import certification_of
from .finding import find_solution, name_key
from .models import Certification, CertificationFact, Solution
from .recording import check_may_grant, record_certification, record_correction
from .rules import Audit
from .scheme_models import Certifier
from .service import add_alias, enter_solution, enter_supplier, search_text
from .writing import MINIMUM_REASON_LENGTH, Grant, Source, lock_registry

CREATED, UNCHANGED, COMPLETED, CORRECTED = "created", "unchanged", "completed", "corrected"
"""What a push did: entered; nothing; other names of the offer noted, no fact; a fact corrected."""


@dataclass(frozen=True)
class PushedCertification:
    """A certification as its certifier tells it. ``axis`` is a code of the regulation; ``reason`` may be empty."""

    reference: str
    label: str
    supplier_id: str
    supplier_name: str
    solution: str
    product_reference: str | None
    axis: str
    aliases: tuple[str, ...]
    valid_from: date
    valid_until: date
    audit: Audit
    reason: str = ""

    @property
    def grant(self) -> Grant:
        """What it grants."""
        return Grant(self.label, self.reference, self.valid_from, self.valid_until, self.audit)

    @property
    def columns(self) -> dict[str, Any]:
        """What its grant's fact holds."""
        return {
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "criteria": list(self.audit.criteria) or None,
            "audited_on": self.audit.audited_on,
            "evidence": self.audit.evidence,
        }


@dataclass(frozen=True)
class Pushed:
    """The certification as it stands after a push, and what the push did."""

    certification: Certification
    result: str


def push_certification(pushed: PushedCertification, source: Source, now: datetime) -> Pushed:
    """Enter a certification, correct it, or find that nothing changed; committed.

    Raises InvalidInput, Forbidden (another's label), Refusal (the reference is another certification's).
    """
    certifier = hold_registry(source, now)
    if pushed.reason:
        source = replace(source, reason=pushed.reason)
    known = certification_of(certifier.id, pushed.reference)
    if known is None:
        return Pushed(_enter(pushed, certifier, source, now), CREATED)
    return _again(known, pushed, source, now)


def standing_grant(certification: Certification) -> CertificationFact | None:
    """The fact that grants it as known now; None when the keeper declared that it never was."""
    first = next(fact for fact in certification.facts if fact.kind == "granted" and fact.corrects_id is None)
    last = latest(first)
    return None if last.void else last


def annulled() -> Refusal:
    """The keeper declared that the certification never was: nothing more is said under its reference."""
    return Refusal(
        "registry.annulled",
        "Cette certification a été annulée par le gardien du registre : si elle existe bien, inscrivez-la sous une "
        "autre référence.",
        field="reference",
    )


def hold_registry(source: Source, now: datetime) -> Certifier:
    """The certifier that pushes, once nobody else writes in the registry: what is then read is what holds."""
    lock_registry(now)
    db.session.flush()
    db.session.expire_all()
    assert source.certifier is not None  # who pushes is a certifier
    return source.certifier


def latest(fact: CertificationFact) -> CertificationFact:
    """What stands in the place of a fact: the last of its corrections."""
    following = {one.corrects_id: one for one in fact.certification.facts if one.corrects_id is not None}
    while fact.id in following:
        fact = following[fact.id]
    return fact


def _enter(pushed: PushedCertification, certifier: Certifier, source: Source, now: datetime) -> Certification:
    supplier = enter_supplier(pushed.supplier_id, pushed.supplier_name, source.actor, now)
    solution = find_solution(pushed.supplier_id, pushed.solution, pushed.product_reference)
    if solution is None:
        solution = enter_solution(
            supplier, pushed.solution, pushed.axis, source.actor, now, reference=pushed.product_reference
        )
    _require_axis(solution, pushed)
    _note_names(solution, pushed, source, now)
    return record_certification(solution, certifier, pushed.grant, source, now)


def _again(known: Certification, pushed: PushedCertification, source: Source, now: datetime) -> Pushed:
    _require_same(known, pushed)
    grant = standing_grant(known)
    if grant is None:
        raise annulled()
    if any(getattr(grant, name) != value for name, value in pushed.columns.items()):
        _correct(known, grant, pushed, source, now)
        return Pushed(known, CORRECTED)
    if _note_names(known.solution, pushed, source, now):
        db.session.commit()
        return Pushed(known, COMPLETED)
    db.session.rollback()
    return Pushed(known, UNCHANGED)


def _correct(
    known: Certification,
    grant: CertificationFact,
    pushed: PushedCertification,
    source: Source,
    now: datetime,
) -> None:
    if len(pushed.reason.strip()) < MINIMUM_REASON_LENGTH:
        raise InvalidInput(
            "registry.reason_missing",
            "Cette certification est déjà inscrite avec d’autres dates ou un autre audit : pour la corriger, dites "
            f"pourquoi (« reason », {MINIMUM_REASON_LENGTH} caractères au moins).",
            field="reason",
        )
    check_may_grant(known.solution, pushed.grant, known.certifier, source, civil_date(now))
    _note_names(known.solution, pushed, source, now)
    record_correction(grant, pushed.columns, source, now)


def _require_same(known: Certification, pushed: PushedCertification) -> None:
    """A reference is one certification's for ever: its label, its supplier and its offer do not change."""
    solution = known.solution
    differences = (
        (known.label != pushed.label, "label", f"le label {known.label}"),
        (
            solution.supplier.identifier != pushed.supplier_id,
            "supplier",
            f"le fournisseur {solution.supplier.identifier}",
        ),
    )
    for differs, field, what in differences:
        if differs:
            raise _another(pushed, field, what)
    if find_solution(pushed.supplier_id, pushed.solution, pushed.product_reference) is not solution:
        raise _another(pushed, "solution", f"l’offre « {solution.name} »")
    _require_axis(solution, pushed)


def _another(pushed: PushedCertification, field: str, what: str) -> Refusal:
    return Refusal(
        f"registry.another_{field}",
        f"La référence {pushed.reference} est celle d’une certification qui porte sur {what} : une référence ne change "
        "pas d’objet. Employez-en une autre.",
        field=field,
    )


def _require_axis(solution: Solution, pushed: PushedCertification) -> None:
    if solution.axis != pushed.axis:
        name = load_parameters().name_of("axis", solution.axis).name
        raise Refusal(
            "registry.another_axis",
            f"L’offre « {solution.name} » est au registre pour l’usage « {name} » ({solution.axis}) : vérifiez "
            "l’usage, ou demandez sa correction au gardien du registre.",
            field="axis",
        )


def _note_names(solution: Solution, pushed: PushedCertification, source: Source, now: datetime) -> list[str]:
    """Note, and log, what else the offer is called: what was new."""
    new = [
        name
        for name in (pushed.solution, *pushed.aliases)
        if name_key(name) != name_key(solution.name) and add_alias(solution, "name", name, "certifier", now)
    ]
    # Found by its name, it had no reference; found by its reference, it has this one.
    if pushed.product_reference and solution.reference is None and not _has_reference(solution):
        solution.reference = pushed.product_reference
        names = [alias.text for alias in solution.aliases]
        solution.search_text = search_text(solution.name, solution.supplier, solution.reference, names)
        new.append(pushed.product_reference)
    if new:
        record("registry.names_noted", f"solution:{solution.slug}", source.actor, now, names=new)
    return new


def _has_reference(solution: Solution) -> bool:
    return any(alias.kind == "reference" for alias in solution.aliases)
