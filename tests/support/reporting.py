"""The service's report with something to show: dossiers of several months, counted."""

from __future__ import annotations

from datetime import date, datetime

from bonus.claims.reporting_measures import measure
from bonus.extensions import db

from .bills import bill
from .requests import at
from .world import NOW, Dossier, World, decided, draft, filed

PAGE = "/agent/pilotage"


def counted_months(world: World, now: datetime = NOW) -> None:
    """Count the months, as the job of the night does."""
    with world.app.app_context():
        measure(now)
        db.session.rollback()


def decided_on(world: World, filed_day: date, decided_day: date) -> Dossier:
    """A dossier filed on a day and decided on another one."""
    with world.app.app_context():
        begun = draft(world, [bill(issued_on=date(2026, 2, 20))], now=at(filed_day))
        return decided(world, filed(world, begun, now=at(filed_day)), now=at(decided_day))


def reporting_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The page of the report, in each of its states; call it last: it counts what is there."""
    decided_on(world, date(2026, 4, 1), date(2026, 5, 4))
    counted_months(world)
    agent, admin = world.reviewer.email, world.administrator.email
    return {
        "report": (agent, PAGE),
        "report of a year": (world.officer.email, f"{PAGE}?periode=2026"),
        "report of an axis": (admin, f"{PAGE}?axe=cloud&region=84"),
        "report of a queue": (agent, f"{PAGE}?file=a-proposer"),
        "report of nothing": (agent, f"{PAGE}?axe=quantum&region=94"),
    }
