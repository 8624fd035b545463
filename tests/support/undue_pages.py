"""Undue sums in each of their states, and the pages where they are read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bonus.extensions import db
from bonus.recoveries.deciding import confirm, drop
from bonus.recoveries.mass import from_drafts
from bonus.recoveries.notifying import open_notice

from .bills import Item
from .papers import plain_pdf
from .recoveries import FOUND, WHY, YEAR, drafted, granted, replied, told
from .requests import at
from .world import Dossier, World, run_jobs

DAY = timedelta(days=1)
OF_AGENTS = ("one_undue", "undue_finding", "undue_notice", "undue_decision")


def small(world: World) -> Dossier:
    """A dossier of 1 000 €, paid: others need the room that is left under the ceilings."""
    return granted(world, Item(1_000_00, service=YEAR))


def undue_addresses(world: World) -> dict[str, dict[str, Any]]:
    """Where the pages about undue sums are: one that was told and opened, and a notice to many; a context is pushed."""
    recovery, draft = told(world, small(world)), drafted(world, small(world))
    run_jobs(world, at(FOUND))
    mass = {"reference": from_drafts([draft.number], world.reviewer, at(FOUND)).reference}
    one, claim = {"number": recovery.number}, {"number": recovery.claim.number}
    db.session.rollback()
    return {
        **dict.fromkeys((f"agent.{name}" for name in OF_AGENTS), one),
        "agent.undue_finding_removal": one | {"rank": 1},
        "agent.undue_letter": one | {"kind": "notice"},
        "agent.undues_table": {"kind": "csv"},
        "agent.new_undue": claim,
        **dict.fromkeys((f"agent.{name}" for name in ("mass", "mass_approval", "mass_abandon")), mass),
        "agent.mass_table": mass | {"kind": "csv"},
        "company.undue": one,
        "company.undue_reply": one,
        "company.undue_letter": one | {"kind": "notice"},
        "company.undues_table": {"kind": "csv"},
    }


def undue_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of undue sums, in each of their states."""
    with world.app.app_context():
        draft, other = drafted(world, small(world)), drafted(world, small(world))
        unopened = told(world, small(world), opened=None)
        answered, claimed, dropped = (told(world, small(world)) for _ in range(3))
        replied(world, answered, FOUND, [("pv.pdf", plain_pdf(words="PV"))])
        confirm(claimed.id, WHY, world.other_officer, at(FOUND + 31 * DAY))
        drop(dropped.id, WHY, world.other_officer, at(FOUND + 31 * DAY))
        run_jobs(world, at(FOUND + 31 * DAY))
        mass = from_drafts([draft.number, other.number], world.other_reviewer, at(FOUND)).reference
        for recovery in (unopened, answered, claimed, dropped):
            open_notice(recovery, world.owner, at(FOUND))
        numbers = {
            "a draft": draft.number,
            "told": unopened.number,
            "answered": answered.number,
            "claimed": claimed.number,
            "dropped": dropped.number,
        }
        bare = small(world).number
        db.session.rollback()
    agent, officer, owner = world.reviewer.email, world.officer.email, world.owner.email
    here = "/agent/indus"
    return {
        **{
            f"undue sums, {file}": (agent, f"{here}?file={file}") for file in ("a-notifier", "titres", "tous")
        },
        "undue sums, to be decided": (officer, here),
        "undue sums, filtered to nothing": (agent, f"{here}?file=tous&recherche=introuvable&suivi=control"),
        "new undue sum": (agent, f"/agent/dossiers/{bare}/indu"),
        **{f"undue sum, {name}": (agent, f"{here}/{number}") for name, number in numbers.items()},
        "undue sum, to an officer": (officer, f"{here}/{numbers['answered']}"),
        "undue sums notified together": (agent, f"{here}/notifications-groupees/{mass}"),
        "undue sum, to an accounting officer": (
            world.accounting_officer.email,
            f"{here}/{numbers['answered']}",
        ),
        "undue sums of a company": (owner, "/entreprise/indus"),
        **{
            f"undue sum of a company, {name}": (owner, f"/entreprise/indus/{number}")
            for name, number in numbers.items()
            if name != "a draft"
        },
    }
