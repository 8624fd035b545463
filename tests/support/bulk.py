"""Acts on many dossiers, in each of their states."""

from __future__ import annotations

from typing import Any

from bonus.claims.bulk.running import run_bulk_act
from bonus.claims.bulk.service import choose, confirm

from .bills import bill
from .world import NOW, Dossier, World, draft, filed

SOMETHING = {"items": [{"code": None, "title": "Bon de commande signé"}], "only_missing": True}


def several(world: World, count: int = 3, name: str = "B") -> list[Dossier]:
    """Some filed dossiers, each with its own bill."""
    return [filed(world, draft(world, [bill(number=f"{name}-{n}")])) for n in range(count)]


def numbers(dossiers: list[Dossier]) -> list[str]:
    """Their numbers, as they are chosen by."""
    return [str(one.number) for one in dossiers]


def bulk_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of acts on many dossiers, each under a name: who opens it, and its address."""
    place = "/agent/actions-groupees"
    pages: dict[str, str] = {"bulk acts": place}
    with world.app.app_context():
        dossiers = several(world, name="bulk")
        some, more = numbers(dossiers), numbers(dossiers[1:])
        for action in ("assign", "ask", "propose", "refuse"):
            act = choose(action, some, world.reviewer, NOW)
            pages[f"bulk {action}"] = f"{place}/{act.reference}"
        pages["bulk under way"] = f"{place}/{_begun(world, some[:1], False)}"
        pages["bulk done"] = f"{place}/{_begun(world, more, True)}"
        pages["bulk in part"] = f"{place}/{_begun(world, some, True)}"
    found: dict[str, tuple[str | None, str]] = {
        name: (world.reviewer.email, address) for name, address in pages.items()
    }
    return found | {"no bulk act": (world.other_reviewer.email, place)}


def _begun(world: World, some: list[str], to_its_end: bool) -> str:
    act = choose("ask", some, world.reviewer, NOW)
    params: dict[str, Any] = SOMETHING
    confirm(act.id, params, world.reviewer, NOW)
    if to_its_end:
        run_bulk_act(act.id, NOW)
    return act.reference


def furnish_bulk(world: World) -> str:
    """The reference of an act that the reviewer prepared."""
    some = several(world, 1, name="house")
    with world.app.app_context():
        return choose("propose", numbers(some), world.reviewer, NOW).reference
