"""A dossier of a few hundred lines: what is written line by line in a small one is listed apart in it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.claims.loads.samples import taken
from tests.claims.tables.samples import PLAIN, Row
from tests.support.world import Dossier, World, draft

MANY = 240


def large_draft(world: World, count: int = MANY) -> Dossier:
    """A draft of ``count`` invoices of one line each; every fourth line names no solution of the registry."""
    dossier = draft(world, [])
    with world.app.app_context():
        taken(world, dossier.id, *rows(count))
    return dossier


def rows(count: int) -> Sequence[Row]:
    """The rows of its table."""
    known = PLAIN["designation"], PLAIN.get("reference", "")
    return [
        PLAIN
        | {
            "facture": f"T-{rank:04d}",
            "designation": "Chaises de bureau" if rank % 4 == 3 else known[0],
            "reference": "" if rank % 4 == 3 else known[1],
        }
        for rank in range(count)
    ]
