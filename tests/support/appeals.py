"""The pages of clocks and appeals."""

from __future__ import annotations

from .world import World


def clock_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """Each under a name: who opens it, and its address."""
    return {"deadlines": (world.reviewer.email, "/agent/echeances")}
