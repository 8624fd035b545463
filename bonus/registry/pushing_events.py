"""An event that a certifier's machine pushes: a suspension, a reinstatement, a withdrawal. Safe to send twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from bonus.calendar import format_date
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db

from .certifiers import certification_of
from .models import CertificationFact
from .pushing import CORRECTED, CREATED, UNCHANGED, Pushed, annulled, hold_registry, latest, standing_grant
from .recording import record_correction, record_event
from .rules import EVENT_WORDS
from .writing import Source


@dataclass(frozen=True)
class PushedEvent:
    """A suspension, a reinstatement or a withdrawal; ``corrects``: it takes the place of what that reference told."""

    certification: str
    reference: str
    kind: str
    on: date
    retroactive: bool
    reason: str
    corrects: bool = False


def push_event(pushed: PushedEvent, source: Source, now: datetime) -> Pushed:
    """Enter an event of a certification, correct it, or find that nothing changed; committed.

    Raises NotFound (not a certification of this certifier), InvalidInput (it cannot follow what is known),
    Refusal (the reference is another event's).
    """
    if pushed.retroactive and pushed.kind != "withdrawn":
        raise InvalidInput(
            "registry.retroactive", "Seul un retrait peut être rétroactif (art. 4).", field="retroactive"
        )
    certifier = hold_registry(source, now)
    source = replace(source, reason=pushed.reason)
    certification = certification_of(certifier.id, pushed.certification)
    if certification is None:
        raise NotFound("registry.unknown_certification", "Cette certification n’existe pas.")
    if standing_grant(certification) is None:
        raise annulled()
    first = next((fact for fact in certification.facts if fact.reference == pushed.reference), None)
    if first is None:
        if pushed.corrects:
            raise InvalidInput(
                "registry.nothing_to_correct",
                "Aucun événement ne porte cette référence : il n’y a rien à corriger. Retirez « corrects ».",
                field="corrects",
            )
        record_event(
            certification,
            pushed.kind,
            pushed.on,
            source,
            now,
            retroactive=pushed.retroactive,
            reference=pushed.reference,
        )
        return Pushed(certification, CREATED)
    return _event_again(first, pushed, source, now)


def _event_again(first: CertificationFact, pushed: PushedEvent, source: Source, now: datetime) -> Pushed:
    certification, standing = first.certification, latest(first)
    told = (standing.kind, standing.happened_on, standing.retroactive)
    assert standing.happened_on is not None  # a fact that bears an event's reference is an event
    what = f"{EVENT_WORDS[standing.kind]} du {format_date(standing.happened_on)}"
    if standing.void:
        raise Refusal(
            "registry.annulled",
            f"Cet événement ({what}) a été annulé par le gardien du registre : s’il a bien eu lieu, inscrivez-le sous "
            "une autre référence.",
            field="event_reference",
        )
    if told == (pushed.kind, pushed.on, pushed.retroactive):
        db.session.rollback()
        return Pushed(certification, UNCHANGED)
    if standing.kind != pushed.kind:
        raise Refusal(
            "registry.another_event",
            f"La référence {pushed.reference} est celle d’un autre événement ({what}) : employez-en une autre. Si cet "
            "événement n’a pas eu lieu, demandez son annulation au gardien du registre.",
            field="type",
        )
    if not pushed.corrects:
        kept = ", rétroactif" if standing.retroactive else ""
        raise Refusal(
            "registry.another_event",
            f"La référence {pushed.reference} est celle d’un événement déjà inscrit ({what}{kept}) : pour le corriger, "
            "renvoyez-le avec « corrects » et dites pourquoi.",
            field="corrects",
        )
    record_correction(standing, {"happened_on": pushed.on, "retroactive": pushed.retroactive}, source, now)
    return Pushed(certification, CORRECTED)
