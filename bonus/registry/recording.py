"""What a keeper or a certifier enters in the registry: checked, written, logged, committed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from bonus.audit.service import record
from bonus.calendar import civil_date
from bonus.errors import NotFound
from bonus.extensions import db

from .labels import scheme_on, terms_of
from .models import Certification, CertificationFact, Solution
from .rules import Audit, check_audit, check_terms
from .scheme_models import Certifier
from .writing import Grant, Source, add_event, annul, change, correct, grant


def check_may_grant(
    solution: Solution, granted: Grant, certifier: Certifier, source: Source, today: date
) -> None:
    """Raise unless this certifier grants this label for this axis, criteria met.

    Raises Forbidden for another's label, InvalidInput for the rest.
    """
    terms = terms_of(scheme_on(granted.label, granted.valid_from))
    require_own(certifier, source)
    check_terms(terms, certifier.id, certifier.name, solution.axis, granted.audit, today)


def require_own(certifier: Certifier, source: Source) -> None:
    """Raise NotFound when a certifier reaches for what another granted: it is not told that it exists.

    What comes by a file or the API reaches nothing without its certifier.
    """
    bounded = source.certifier is not None or source.kind in {"api", "file"}
    if bounded and (source.certifier is None or source.certifier.id != certifier.id):
        raise NotFound("registry.unknown_certification", "Cette certification n’existe pas.")


def record_certification(
    solution: Solution, certifier: Certifier, granted: Grant, source: Source, now: datetime
) -> Certification:
    """Enter a certification: checked against its label, written, logged, committed.

    Raises InvalidInput, Forbidden, NotFound with the sentence to show.
    """
    check_may_grant(solution, granted, certifier, source, civil_date(now))
    with change(source, now) as made:
        certification = grant(solution, certifier, granted, made, now)
    record(
        "registry.certification_entered",
        f"solution:{solution.slug}",
        source.actor,
        now,
        label=granted.label,
        reference=granted.reference,
        valid_from=granted.valid_from.isoformat(),
        valid_until=granted.valid_until.isoformat(),
        change=made.id,
        source=source.kind,
        reasons=made.reason,
    )
    db.session.commit()
    return certification


def record_event(
    certification: Certification,
    kind: str,
    on: date,
    source: Source,
    now: datetime,
    *,
    retroactive: bool = False,
    reference: str | None = None,
) -> CertificationFact:
    """Enter a suspension, a reinstatement or a withdrawal: checked, written, logged, committed.

    Raises InvalidInput, NotFound with the sentence to show.
    """
    require_own(certification.certifier, source)
    with change(source, now) as made:
        fact = add_event(certification, kind, on, made, now, retroactive=retroactive, reference=reference)
    _log(certification, "registry.event_recorded", fact, source, now)
    db.session.commit()
    return fact


def record_correction(
    corrected: CertificationFact, values: dict[str, Any] | None, source: Source, now: datetime
) -> CertificationFact:
    """Enter a correction of a fact (``values`` None: it never was): checked, written, logged, committed.

    Raises Refusal, InvalidInput, NotFound with the sentence to show.
    """
    require_own(corrected.certification.certifier, source)
    if values is not None and corrected.kind == "granted":
        _check_corrected_grant(corrected, values, civil_date(now))
    with change(source, now) as made:
        fact = annul(corrected, made, now) if values is None else correct(corrected, values, made, now)
    _log(corrected.certification, "registry.fact_corrected", fact, source, now)
    db.session.commit()
    return fact


def _check_corrected_grant(corrected: CertificationFact, values: dict[str, Any], today: date) -> None:
    """The label must exist from its new day on; an audit entered anew must meet its criteria. One that was never
    entered (before the registry kept them) does not stand in the way of a date."""
    names = ("criteria", "audited_on", "evidence")
    label, valid_from = corrected.certification.label, values.get("valid_from") or corrected.valid_from
    assert valid_from is not None  # the shape of a grant's fact
    terms = terms_of(scheme_on(label, valid_from))
    if any(name in values and values[name] != getattr(corrected, name) for name in names):
        criteria, audited_on, evidence = (values.get(name, getattr(corrected, name)) for name in names)
        check_audit(Audit(tuple(criteria or ()), audited_on, evidence), terms.criteria, terms.name, today)


def _log(
    certification: Certification, action: str, fact: CertificationFact, source: Source, now: datetime
) -> None:
    record(
        action,
        f"solution:{certification.solution.slug}",
        source.actor,
        now,
        certification=certification.reference,
        kind=fact.kind,
        on=fact.happened_on.isoformat() if fact.happened_on else None,
        valid_from=fact.valid_from.isoformat() if fact.valid_from else None,
        valid_until=fact.valid_until.isoformat() if fact.valid_until else None,
        retroactive=fact.retroactive,
        corrects=fact.corrects_id,
        void=fact.void,
        change=fact.change_id,
        source=source.kind,
        reasons=fact.change.reason,
    )
