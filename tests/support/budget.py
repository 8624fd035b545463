"""The page of the envelope, in each of its states, and the values of its addresses."""

from __future__ import annotations

from typing import Any

from .waiting import MICRO, MID_CAP, dossier_of, joined
from .world import World, decided, set_envelope

PAGE = "/agent/budget"


def budget_addresses() -> dict[str, dict[str, Any]]:
    """The values of the addresses of the envelope's acts and tables."""
    year = {"year": 2026}
    return {
        "agent.open_budget": year,
        "agent.amend_budget": year,
        "agent.budget_table": year | {"table": "actes", "kind": "csv"},
    }


def budget_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The page of a year that runs, as its two readers see it, and of the next; call it last: it counts what is
    there, and from then on all wait."""
    decided(world, dossier_of(world, MICRO))
    set_envelope(world, 0)
    joined(world, [dossier_of(world, MICRO, net_cents=2_000_00), dossier_of(world, MID_CAP, other=True)])
    return {
        "budget": (world.officer.email, PAGE),
        "budget, accounting officer": (world.accounting_officer.email, PAGE),
        "budget of next year": (world.officer.email, f"{PAGE}?annee=2027"),
    }
