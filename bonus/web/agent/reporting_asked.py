"""What the address of the report asks for: a period, an axis, a region; and the addresses of the dossiers it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request, url_for

from bonus.claims.reporting_figures import COUNTED, months_asked
from bonus.claims.reporting_today import DueWeek, Scope
from bonus.regions import REGIONS

from ..access import actor
from .queue_asked import choices, queues_of

FIRST_YEAR = 2026
"""The year the scheme began (art. 1): no dossier is older."""


@dataclass(frozen=True)
class Asked:
    """``scope``, ``year`` (None: the last twelve months) and ``queue`` (None: all) are what is asked; ``typed`` the
    same as the address says it, without what is not understood."""

    scope: Scope
    year: int | None
    queue: str | None
    typed: Mapping[str, str]
    today: date

    @property
    def months(self) -> list[date]:
        """The first days of the months asked for."""
        return months_asked(self.year, self.today)

    @property
    def years(self) -> list[int]:
        """The years there are to ask for, the last one first."""
        return list(range(self.today.year, FIRST_YEAR - 1, -1))

    def _queue(self, queue: str, **more: str) -> str:
        if queue not in queues_of(actor()):
            return ""
        kept: dict[str, Any] = {name: self.typed[name] for name in ("axe", "region") if name in self.typed}
        return url_for("agent.queue", **{"file": queue, **kept, **more})

    def queue_url(self, queue: str) -> str:
        """The dossiers of a queue; like those below, empty for who does not see that queue."""
        return self._queue(queue)

    def old_url(self, queue: str, days: int) -> str:
        """Those filed so many days ago or more."""
        return self._queue(queue, age=str(days))

    def late_url(self, queue: str) -> str:
        """Those whose last day is past."""
        return self._queue(queue, echeance_au=(self.today - timedelta(days=1)).isoformat())

    def week_url(self, queue: str, week: DueWeek) -> str:
        """Those that fall due in a week."""
        return self._queue(queue, echeance_du=week.first.isoformat(), echeance_au=week.last.isoformat())

    def later_url(self, queue: str, last: DueWeek) -> str:
        """Those that fall due after a week."""
        return self._queue(queue, echeance_du=(last.last + timedelta(days=1)).isoformat())


def asked_report(today: date) -> Asked:
    """What the address asks: what it says that is not understood asks nothing."""
    axis, region = request.args.get("axe", ""), request.args.get("region", "")
    period, queue = request.args.get("periode", ""), request.args.get("file", "")
    known = {
        "periode": period if period in {str(year) for year in range(FIRST_YEAR, today.year + 1)} else "",
        "axe": axis if axis in choices("axis") else "",
        "region": region if region in REGIONS else "",
        "file": queue if queue in COUNTED else "",
    }
    typed = {name: value for name, value in known.items() if value}
    scope = Scope(typed.get("axe"), typed.get("region"))
    year = int(typed["periode"]) if "periode" in typed else None
    return Asked(scope, year, typed.get("file"), typed, today)
