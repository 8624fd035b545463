"""A certification in the words people read: its state on a day (art. 4), and the facts that tell its life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bonus.calendar import format_date
from bonus.money import NBSP
from bonus.registry.history import Life, State, life
from bonus.registry.models import Certification, CertificationFact
from bonus.regulation.wording import french

WORDS = {
    "in_force": ("En vigueur", "success"),
    "suspended": ("Suspendue", "warning"),
    "withdrawn": ("Retirée", "error"),
    "never_counted": ("Retirée rétroactivement", "error"),
    "not_yet": ("Pas encore valable", "info"),
    "expired": ("Expirée", "error"),
    "annulled": ("Inscrite par erreur", "error"),
    "unknown": ("Pas encore au registre", "info"),
}
EVENTS = {"suspended": "Suspendue", "reinstated": "Rétablie", "withdrawn": "Retirée"}


@dataclass(frozen=True)
class CertificationState:
    """What people read, its badge, and the day it began (None when the validity's own dates say it), said after
    ``since_words``."""

    words: str
    kind: str
    since: date | None = None
    since_words: str = "depuis le"


@dataclass(frozen=True)
class ToldFact:
    """A fact of the story, known by its ``number`` in it; what it ``says`` in a few words, and in its own ``title``.

    ``note`` says which fact took its place: it is then struck. ``standing``: nothing did, to this day, so it can be
    corrected. ``later``: it was learned after the moment that is asked about.
    """

    fact: CertificationFact
    number: int
    says: str
    title: str
    note: str | None
    standing: bool
    later: bool

    @property
    def struck(self) -> bool:
        """Whether another fact took its place, as far as was known."""
        return self.note is not None

    @property
    def bad(self) -> bool:
        """Whether it takes the label away, and stands."""
        return self.fact.kind in {"suspended", "withdrawn"} and not self.struck and not self.fact.void


def life_of(certification: Certification, known_at: datetime | None = None) -> Life | None:
    """What its facts tell, as known at a moment (now when None)."""
    return life((fact.plain for fact in certification.facts), known_at)


def state_on(certification: Certification, day: date, known_at: datetime | None = None) -> CertificationState:
    """What a certification is worth on a day, as known at a moment (now when None)."""
    known = life_of(certification, known_at)
    if known is not None:
        state = known.state(day)
    elif known_at is not None and all(fact.recorded_at > known_at for fact in certification.facts):
        state = State("unknown")
    else:
        state = State("annulled")
    # What is reputed never to have counted did not cease on a day: it was withdrawn that day.
    since_words = "le" if state.code == "never_counted" else "depuis le"
    return CertificationState(*WORDS[state.code], state.since, since_words)


def told(certification: Certification, known_at: datetime | None = None) -> list[ToldFact]:
    """The facts in the order they were learned; those learned after ``known_at`` strike nothing."""
    facts = certification.facts
    numbers = {fact.id: number for number, fact in enumerate(facts, 1)}
    corrections = {fact.corrects_id: fact for fact in facts if fact.corrects_id is not None}
    story = []
    for fact in facts:
        correction = corrections.get(fact.id)
        known = correction is not None and (known_at is None or correction.recorded_at <= known_at)
        story.append(
            ToldFact(
                fact,
                numbers[fact.id],
                says(fact),
                _title(fact, numbers),
                _note(correction, numbers) if correction is not None and known else None,
                standing=correction is None,
                later=known_at is not None and fact.recorded_at > known_at,
            )
        )
    return story


def says(fact: CertificationFact) -> str:
    """What a fact says, in a few words: « Suspendue à compter du 3 mars 2026 »."""
    if fact.valid_from is not None and fact.valid_until is not None:
        return f"Accordée du {format_date(fact.valid_from)} au {format_date(fact.valid_until)}"
    assert fact.happened_on is not None  # the shape of an event's fact
    if fact.retroactive:
        return f"Retirée rétroactivement le {format_date(fact.happened_on)}"
    return f"{EVENTS[fact.kind]} à compter du {format_date(fact.happened_on)}"


def _title(fact: CertificationFact, numbers: dict[int, int]) -> str:
    if fact.corrects_id is None:
        return says(fact)
    said = says(fact)[:1].lower() + says(fact)[1:]
    number = f"n°{NBSP}{numbers[fact.corrects_id]}"
    if fact.void:
        return french(f"Annulation du fait {number} : « {said} » n’a jamais été")
    return french(f"Correction du fait {number} : {said}")


def _note(correction: CertificationFact, numbers: dict[int, int]) -> str:
    done = "Annulé" if correction.void else "Corrigé"
    return f"{done} par le fait n°{NBSP}{numbers[correction.id]}"
