"""Where the money's state machine begins: two companies with dossiers filed, and a small envelope; made once, then
copied for each play."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from flask import Flask

from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.ledger.closing import close_month
from bonus.ledger.months import months_to_close

from .appeals import WRONG
from .application import application
from .bills import Item, bill
from .databases import sqlite_copy
from .lent import LentApplication
from .world import (
    NOW,
    ON,
    SEAL_PASSPHRASE,
    Dossier,
    World,
    build_world,
    draft,
    filed,
    party_of,
    seal_key,
    set_envelope,
)

ENVELOPE_CENTS = 60_000_00
"""So little that some dossiers wait."""
NETS = (10_000_00, 2_333_33, 40_000_00, 777_77)
"""Net amounts of the bills in cents; at 45 % the smallest is above the 500 € of a claim."""
EACH = 9
DECIDED = 6
"""Of the dossiers, how many are granted before the play begins."""


def a_year(day: date) -> tuple[date, date]:
    """A period of service paid for from that day on."""
    return day, day + timedelta(days=364)


@dataclass(frozen=True)
class Ground:
    """The world as plain values, the dossiers filed, and how to play on a copy of it."""

    world: World
    dossiers: tuple[Dossier, ...]
    on_a_copy: Callable[[], ExitStack]
    app: Callable[[], Flask]


@contextmanager
def money_ground(folder: Path) -> Iterator[Ground]:
    """Make the ground in a folder of its own; ``on_a_copy()`` is left by closing what it gives."""
    begun = folder / "begun"
    begun.mkdir()
    with application(sqlite_copy(begun), folder) as app:
        world = build_world(app)
        set_envelope(world, ENVELOPE_CENTS)
        dossiers = tuple(_filed(world))
        with app.app_context():
            for month in months_to_close(ON):
                close_month(month, world.accounting_officer, NOW)
            for dossier in dossiers[:DECIDED]:
                propose(dossier.id, "apply", "", world.reviewer, NOW)
                decide(dossier.id, "apply", "", world.officer, NOW)
    lent = LentApplication("sqlite:///lent", folder)
    played = folder / "played.sqlite"

    def on_a_copy() -> ExitStack:
        stack = ExitStack()
        shutil.copyfile(begun / "bonus.sqlite", played)
        for journal in folder.glob("played.sqlite-*"):
            journal.unlink()
        lent_app = stack.enter_context(lent.on(f"sqlite:///{played}", folder))
        lent_app.config.update(SEAL_KEY_FILE=str(seal_key()), SEAL_KEY_PASSPHRASE=SEAL_PASSPHRASE)
        return stack

    yield Ground(replace(world, app=lent._app), dossiers, on_a_copy, lambda: lent._app)
    lent.close()


def _filed(world: World) -> Iterator[Dossier]:
    with world.app.app_context():
        neighbour = db.session.get_one(Company, world.neighbour_id)
        neighbour.headcount = 4_000  # a mid-cap: not of those the reserve is kept for
        parties = {
            company_id: party_of(db.session.get_one(Company, company_id))
            for company_id in (world.company_id, world.neighbour_id)
        }
        db.session.commit()
    for rank in range(EACH):
        for company_id, party in parties.items():
            items = [Item(NETS[rank % len(NETS)], service=a_year(ON)), *([WRONG] if rank % 2 else [])]
            yield filed(
                world, draft(world, [bill(*items, buyer=party)], company_id=company_id, now=NOW), now=NOW
            )
