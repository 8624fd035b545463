"""What the dates of one row must be to each other, to its event, and to today (art. 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bonus.calendar import short_date
from bonus.tables.cells import Cell, Wrong, quoted

from .model import EVENTS

_NBSP = "\u00a0"
Faults = list[tuple[str, Wrong]]


@dataclass(frozen=True, slots=True)
class Dates:
    """The days of a row, and what they are about; None: empty, or already at fault by itself."""

    valid_from: date | None
    valid_until: date | None
    audited_on: date | None
    event: str | None
    event_on: date | None
    retroactive: bool


def validity_faults(dates: Dates, today: date, latest_start: date) -> Faults:
    """What is wrong with a validity and its audit. ``latest_start``: the last day a validity may begin."""
    faults: Faults = []
    start, end, audited = dates.valid_from, dates.valid_until, dates.audited_on
    if start is not None and start > latest_start:
        faults.append(
            (
                "valid_from",
                Wrong(
                    "date.too_far",
                    f"La validité commence le {short_date(start)}, dans plus d’un an{_NBSP}: vérifiez l’année, "
                    "ou transmettez cette certification plus tard.",
                ),
            )
        )
    if start is not None and end is not None and end < start:
        faults.append(
            (
                "valid_until",
                Wrong(
                    "dates.order",
                    f"La certification finit le {short_date(end)}, avant de commencer le {short_date(start)}"
                    f"{_NBSP}: corrigez l’une des deux dates.",
                ),
            )
        )
    if audited is not None and audited > today:
        faults.append(("audited_on", _future("L’audit", audited)))
    return faults


def event_faults(dates: Dates, today: date, cells: Mapping[str, Cell]) -> Faults:
    """What is wrong with an event: its day, its place in the validity, its effect on the past."""
    faults: Faults = []
    event, on = dates.event, dates.event_on
    if "event" in cells and "event_on" not in cells:
        faults.append(
            (
                "event_on",
                Wrong(
                    "event.undated",
                    f"L’événement {quoted(cells['event'])} n’a pas de date{_NBSP}: indiquez le jour où il prend effet.",
                ),
            )
        )
    if "event_on" in cells and "event" not in cells:
        faults.append(
            (
                "event",
                Wrong(
                    "event.missing",
                    f"Une date d’événement est donnée ({quoted(cells['event_on'])}) sans événement{_NBSP}: "
                    "indiquez lequel, ou videz la date.",
                ),
            )
        )
    if on is not None and on > today:
        faults.append(("event_on", _future("L’événement", on)))
    # An event that could not be read has its own fault: nothing is known of what it allows.
    if dates.retroactive and event != "withdrawn" and (event is not None or "event" not in cells):
        faults.append(
            (
                "retroactive",
                Wrong(
                    "retroactive",
                    f"Seul un retrait peut être rétroactif (art. 4){_NBSP}: videz cette cellule "
                    f"({quoted(cells['retroactive'])}) ou corrigez l’événement.",
                ),
            )
        )
    elif event is not None and on is not None and not dates.retroactive:
        faults.extend(_outside(event, on, dates))
    return faults


def _outside(event: str, on: date, dates: Dates) -> Faults:
    start, end = dates.valid_from, dates.valid_until
    if start is None or end is None or end < start or start <= on <= end:
        return []
    return [
        (
            "event_on",
            Wrong(
                "event.outside",
                f"L’événement («{_NBSP}{EVENTS[event]}{_NBSP}») est daté du {short_date(on)}, hors de la validité "
                f"(du {short_date(start)} au {short_date(end)}){_NBSP}: corrigez l’une de ces dates.",
            ),
        )
    ]


def _future(what: str, day: date) -> Wrong:
    return Wrong(
        "date.future", f"{what} est daté du {short_date(day)}, dans le futur{_NBSP}: corrigez cette date."
    )
