"""A certification on a day of the past and today: what it was worth, what it is, what was learned since. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bonus.calendar import format_date

from .history import Event, Fact, Life, State, life

WORDS = {
    "suspended": "suspendue le",
    "reinstated": "rétablie le",
    "withdrawn": "retirée le",
}
"""What an event of a certification is called, before its day."""


@dataclass(frozen=True)
class ThenAndNow:
    """A certification as the facts tell it now: its life, what it was worth ``then``, what it is worth ``now``.

    ``believed``: what the registry knew on that day of that day; None when it knew of no such certification.
    """

    known: Life
    then: State
    now: State
    believed: State | None

    @property
    def changed(self) -> bool:
        """Whether it is worth something else today."""
        return self.then.code != self.now.code

    @property
    def learned_later(self) -> bool:
        """Whether the registry has learned since that it was worth something else on that day."""
        return self.believed is not None and self.believed.code != self.then.code

    @property
    def events(self) -> list[str]:
        """Its events in words, in order: « suspendue le 1er février 2026 »."""
        return [_event(event) for event in self.known.events]


def then_and_now(facts: Iterable[Fact], then: date, today: date, known_then: datetime) -> ThenAndNow | None:
    """What a certification's facts tell of two days; None for one that was entered by mistake.

    ``known_then``: the last moment of the past day, for what was believed on it.
    """
    kept = list(facts)
    known = life(kept)
    if known is None:
        return None
    before = life(kept, known_then)
    return ThenAndNow(known, known.state(then), known.state(today), before.state(then) if before else None)


def state_in_words(state: State, known: Life) -> str:
    """« En vigueur », « Suspendue depuis le 1er février 2026 »…: what a certification is worth on a day."""
    since = format_date(state.since) if state.since else ""
    return {
        "in_force": "En vigueur",
        "suspended": f"Suspendue depuis le {since}",
        "withdrawn": f"Retirée le {since}",
        "never_counted": f"Retirée le {since}, réputée n’avoir jamais compté",
        "not_yet": f"Pas encore valable (à partir du {format_date(known.valid_from)})",
        "expired": f"Expirée (valable jusqu’au {format_date(known.valid_until)})",
    }[state.code]


def _event(event: Event) -> str:
    said = f"{WORDS[event.type]} {format_date(event.on)}"
    return f"{said}, comme si elle n’avait jamais compté" if event.retroactive else said
