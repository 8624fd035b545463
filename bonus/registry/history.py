"""The life of a certification, read from the facts the registry learned, in two times. Pure.

The first time is the world's: the days a label counts. The second is ours: the moment each fact was recorded.
``life(facts, known_at)`` answers "what did we know then"; ``Life.state(day)`` "and about that day".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

EVENTS = ("suspended", "reinstated", "withdrawn")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact, as recorded: a grant has its two days, an event the day it happened on.

    ``corrects_id`` names the fact it takes the place of; ``void`` says that one never was.
    """

    id: int
    kind: str
    recorded_at: datetime
    valid_from: date | None = None
    valid_until: date | None = None
    happened_on: date | None = None
    retroactive: bool = False
    corrects_id: int | None = None
    void: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Suspended, reinstated or withdrawn from a day on (art. 4); ``fact_id`` is the fact that says so."""

    type: str
    on: date
    retroactive: bool
    fact_id: int


@dataclass(frozen=True, slots=True)
class State:
    """What a certification is worth on a day, and since when (None when the validity's own dates say it).

    ``code``: in_force, suspended, withdrawn, never_counted, not_yet, expired.
    """

    code: str
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """A certification as known at a moment: its validity, both days included, and its events in order."""

    valid_from: date
    valid_until: date
    events: tuple[Event, ...]

    @property
    def never_counted(self) -> Event | None:
        """The retroactive withdrawal, if there is one: it holds whatever the day it was decided."""
        return next((event for event in self.events if event.retroactive), None)

    @property
    def covers_until(self) -> date | None:
        """The last day it holds its place: the eve of a withdrawal, else its end; None when it never counted
        or was withdrawn before it began."""
        if self.never_counted:
            return None
        withdrawn = next((event.on for event in self.events if event.type == "withdrawn"), None)
        end = self.valid_until if withdrawn is None else min(self.valid_until, withdrawn - DAY)
        return end if end >= self.valid_from else None

    def state(self, day: date) -> State:
        """What it is worth on a day, as art. 4 reads it: nothing undoes a withdrawal, a suspension counts
        within the validity alone."""
        if self.never_counted:
            return State("never_counted", self.never_counted.on)
        suspended_on: date | None = None
        for event in self.events:
            if event.on > day:
                break
            if event.type == "withdrawn":
                return State("withdrawn", event.on)
            if event.type == "reinstated":
                suspended_on = None
            elif suspended_on is None and self._within(event.on):
                suspended_on = event.on
        if day < self.valid_from:
            return State("not_yet")
        if day > self.valid_until:
            return State("expired")
        return State("suspended", suspended_on) if suspended_on else State("in_force")

    def periods(self) -> list[tuple[date, date]]:
        """The periods it is in force, both days included, in order and apart: a day at least lies between two."""
        if self.covers_until is None:
            return []
        found: list[tuple[date, date]] = []
        start: date | None = self.valid_from
        for event in self.events:
            if event.type == "withdrawn":
                break
            if event.type == "suspended" and start is not None and self._within(event.on):
                if start < event.on:
                    found.append((start, event.on - DAY))
                start = None
            elif event.type == "reinstated" and start is None:
                # Reinstated the day it was suspended: it never stopped.
                start = found.pop()[0] if found and found[-1][1] == event.on - DAY else event.on
        if start is not None and start <= self.covers_until:
            found.append((start, self.covers_until))
        return found

    def _within(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_until


def life(facts: Iterable[Fact], known_at: datetime | None = None) -> Life | None:
    """What a certification's facts tell, those recorded after ``known_at`` left out; None when none is left,
    or the grant itself was declared never to have been.

    A correction stands where the fact it corrects stood: events of one day count in the order given. One that
    says a fact never was takes that fact away with all it had corrected; correcting it in turn brings it back.
    """
    known = sorted((fact for fact in facts if known_at is None or fact.recorded_at <= known_at), key=_by_id)
    corrected = {fact.corrects_id for fact in known}
    place: dict[int, int] = {}
    for fact in known:
        place[fact.id] = (
            fact.id if fact.corrects_id is None else place.get(fact.corrects_id, fact.corrects_id)
        )
    standing = [fact for fact in known if fact.id not in corrected and not fact.void]
    grant = next((fact for fact in standing if fact.kind == "granted"), None)
    if grant is None or grant.valid_from is None or grant.valid_until is None:
        return None
    events = [
        (fact.happened_on, place[fact.id], Event(fact.kind, fact.happened_on, fact.retroactive, fact.id))
        for fact in standing
        if fact.happened_on is not None
    ]
    return Life(
        grant.valid_from, grant.valid_until, tuple(event for *_, event in sorted(events, key=_in_order))
    )


def _by_id(fact: Fact) -> int:
    return fact.id


def _in_order(row: tuple[date, int, Event]) -> tuple[date, int]:
    return row[0], row[1]
