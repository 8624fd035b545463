"""Writing facts in the registry, in the caller's transaction: under its lock, in one change that says who and why,
never over another fact. ``recording`` is what people and certifiers call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from bonus import outbox
from bonus.audit.service import Actor
from bonus.calendar import civil_date
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.regulation.wording import french

from .history import EVENTS, Life
from .models import Certification, CertificationFact, RegistryChange, RegistryHead, Solution
from .reading import append_fact, check_place, keep_reading, known_life
from .rules import MOST_REFERENCE, Audit, check_life, check_text, invalid
from .scheme_models import Certifier

MINIMUM_REASON_LENGTH = 10
FOLLOW = "follow_registry"
"""The kind of the outbox's message that asks for the follow-up of a change."""
# What a correction may set, and keeps of the fact it corrects.
GRANT_COLUMNS = ("valid_from", "valid_until", "criteria", "audited_on", "evidence")
EVENT_COLUMNS = ("happened_on", "retroactive")
NO_AUDIT = Audit()


@dataclass(frozen=True)
class Source:
    """Where facts come from: ``kind`` is keeper, api, file or service; ``certifier`` bounds it to its own labels."""

    kind: str
    actor: Actor
    reason: str = ""
    certifier: Certifier | None = None
    import_id: int | None = None


@dataclass(frozen=True)
class Grant:
    """A label granted: the certifier's own reference, the validity (both days included), the audit."""

    label: str
    reference: str
    valid_from: date
    valid_until: date
    audit: Audit = NO_AUDIT


def lock_registry(now: datetime) -> RegistryHead:
    """The registry's single lock, held until the transaction ends: writes to it come one after the other."""
    head = db.session.scalars(
        select(RegistryHead).with_for_update().execution_options(populate_existing=True)
    ).one()  # migration 0007 writes the row
    head.version += 1
    head.changed_at = now
    return head


@contextmanager
def change(source: Source, now: datetime) -> Iterator[RegistryChange]:
    """One act on the registry, in the caller's transaction: lock, facts, then the follow-up is asked for.

    Raises InvalidInput when a keeper gives no reason.
    """
    reason = source.reason.strip()
    if source.kind == "keeper" and len(reason) < MINIMUM_REASON_LENGTH:
        raise invalid(
            "registry.reason_missing",
            "Dites pourquoi : la pièce ou la décision sur laquelle vous vous fondez.",
            "reason",
        )
    lock_registry(now)
    db.session.flush()
    db.session.expire_all()  # what was read before the lock may have changed since
    made = RegistryChange(
        source=source.kind,
        recorded_at=now,
        recorded_by=source.actor.label,
        reason=reason,
        import_id=source.import_id,
    )
    db.session.add(made)
    db.session.flush()
    yield made
    db.session.flush()
    if source.kind == "service":
        made.done_at = now  # reference data, entered before any dossier
    else:
        outbox.post(FOLLOW, made.id, now)


def grant(
    solution: Solution, certifier: Certifier, granted: Grant, made: RegistryChange, now: datetime
) -> Certification:
    """Write a new certification, in the change's transaction.

    Raises InvalidInput when the life it begins cannot be, overlaps another of its label, or its reference is taken.
    """
    reference = granted.reference.strip()
    check_text(reference, "la référence de la certification", MOST_REFERENCE, "reference")
    taken = db.session.scalars(
        select(Certification).where(
            Certification.certifier_id == certifier.id, Certification.reference == reference
        )
    ).one_or_none()
    if taken is not None:
        annulled = " ; elle a été annulée : corrigez son annulation" if known_life(taken) is None else ""
        raise invalid(
            "registry.reference_taken",
            f"La référence {reference} est déjà celle d’une certification de ce certificateur "
            f"({taken.solution.name}){annulled}.",
            "reference",
        )
    begun = Life(granted.valid_from, granted.valid_until, ())
    check_life(begun, civil_date(now))
    check_place(solution, granted.label, begun, None)
    certification = Certification(
        solution=solution,
        label=granted.label,
        certifier=certifier,
        reference=reference,
        valid_from=granted.valid_from,
        valid_until=granted.valid_until,
        covers_until=begun.covers_until,
        recorded_at=now,
    )
    db.session.add(certification)
    certification.facts.append(_granted_fact(granted, made, now))
    db.session.flush()
    keep_reading(certification, begun)
    return certification


def _granted_fact(granted: Grant, made: RegistryChange, now: datetime) -> CertificationFact:
    return CertificationFact(
        change_id=made.id,
        kind="granted",
        valid_from=granted.valid_from,
        valid_until=granted.valid_until,
        criteria=list(granted.audit.criteria) or None,
        audited_on=granted.audit.audited_on,
        evidence=granted.audit.evidence,
        recorded_at=now,
    )


def add_event(
    certification: Certification,
    kind: str,
    on: date,
    made: RegistryChange,
    now: datetime,
    *,
    retroactive: bool = False,
    reference: str | None = None,
) -> CertificationFact:
    """Write that a certification is suspended, reinstated or withdrawn, in the change's transaction.

    Raises InvalidInput when that cannot follow what is known of it, changes nothing, or bears a reference that
    another event of it has.
    """
    if kind not in EVENTS:
        raise invalid(
            "registry.unknown_event",
            "Une certification est suspendue, rétablie ou retirée : choisissez l’un des trois.",
            "kind",
        )
    _check_retroactive(kind, retroactive)
    if known_life(certification) is None:
        raise invalid(
            "registry.annulled",
            f"La certification {certification.reference} a été annulée : il ne peut plus rien lui arriver.",
            "certification",
        )
    if reference is not None:
        check_text(reference, "la référence de l’événement", MOST_REFERENCE, "reference")
        if any(fact.reference == reference for fact in certification.facts):
            raise invalid(
                "registry.reference_taken",
                f"La référence {reference} est déjà celle d’un événement de cette certification.",
                "reference",
            )
    fact = CertificationFact(
        change_id=made.id,
        kind=kind,
        happened_on=on,
        retroactive=retroactive,
        reference=reference,
        recorded_at=now,
    )
    append_fact(certification, fact, civil_date(now))
    return fact


def _check_retroactive(kind: str, retroactive: bool) -> None:
    if retroactive and kind != "withdrawn":
        raise invalid("registry.retroactive", "Seul un retrait peut être rétroactif (art. 4).", "retroactive")


def correct(
    corrected: CertificationFact, values: dict[str, Any], made: RegistryChange, now: datetime
) -> CertificationFact:
    """Write a fact that takes the place of another, in the change's transaction; ``values`` are its columns.

    An annulment can be corrected too: what it said never was is there again. Raises Refusal when that fact is
    corrected already or nothing changes, InvalidInput when the life that results cannot be; ValueError on a
    column that such a fact does not have.
    """
    _require_standing(corrected)
    columns = GRANT_COLUMNS if corrected.kind == "granted" else EVENT_COLUMNS
    if not values.keys() <= set(columns):
        raise ValueError(f"a correction of {corrected.kind} sets {columns}, not {sorted(values)}")
    values = _kept(corrected) | values
    if "criteria" in values:
        values["criteria"] = list(values["criteria"] or []) or None
    if not corrected.void and all(getattr(corrected, name) == value for name, value in values.items()):
        raise Refusal("registry.no_change", "Cette correction ne change rien à ce qui est inscrit.")
    _check_retroactive(corrected.kind, bool(values["retroactive"]))
    fact = CertificationFact(
        change_id=made.id, kind=corrected.kind, corrects_id=corrected.id, recorded_at=now, **values
    )
    append_fact(corrected.certification, fact, civil_date(now))
    return fact


def annul(corrected: CertificationFact, made: RegistryChange, now: datetime) -> CertificationFact:
    """Write that a fact never was, in the change's transaction.

    Raises Refusal when it is corrected or annulled already, InvalidInput when what remains cannot be (a
    reinstatement without its suspension, a place that another certification took since).
    """
    _require_standing(corrected)
    if corrected.void:
        raise Refusal("registry.already_annulled", "Ce fait est déjà annulé.")
    fact = CertificationFact(
        change_id=made.id,
        kind=corrected.kind,
        corrects_id=corrected.id,
        void=True,
        recorded_at=now,
        **_kept(corrected),
    )
    append_fact(corrected.certification, fact, civil_date(now))
    return fact


def _kept(fact: CertificationFact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in (*GRANT_COLUMNS, *EVENT_COLUMNS)}


def _require_standing(fact: CertificationFact) -> None:
    if any(other.corrects_id == fact.id for other in fact.certification.facts):
        raise Refusal(
            "registry.already_corrected",
            french("Ce fait est déjà corrigé : rechargez la page et corrigez le plus récent."),
        )
