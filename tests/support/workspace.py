"""The agents' workspace with something at every address: rules, regions, dossiers in charge of someone."""

from __future__ import annotations

from typing import Any

from bonus.claims.assignment import assign
from bonus.claims.assignment_rules import Typed, cover, save_rule
from bonus.extensions import db

from .world import NOW, World, filed


def furnish_rules(world: World) -> dict[str, Any]:
    """A rule, and the regions of a reviewer; in an application context."""
    someone = world.other_reviewer.person_id
    assert someone is not None
    cover(someone, ("84", "11"), world.administrator, NOW)
    typed = Typed(
        "Cloud en Auvergne-Rhône-Alpes", 1, ("84",), ("cloud",), 5_000_00, 10_000_000_00, (someone,)
    )
    rule_id = save_rule(None, typed, world.administrator, NOW).id
    other_id = save_rule(None, Typed("À supprimer", 2), world.administrator, NOW).id
    db.session.rollback()
    return {"rule_id": rule_id, "other_id": other_id, "person_id": someone}


def workspace_addresses(found: dict[str, Any], number: str | None) -> dict[str, dict[str, Any]]:
    """Where the pages about assignment are."""
    return {
        "agent.assign": {"number": number},
        "agent.rule": {"rule_id": found["rule_id"]},
        "agent.rule_removal": {"rule_id": found["other_id"]},
        "agent.coverage": {"person_id": found["person_id"]},
    }


def workspace_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of the workspace, in each of their states."""
    mine = filed(world)
    with world.app.app_context():
        assign(mine.id, world.reviewer.person_id, world.reviewer, NOW)
        found = furnish_rules(world)
    agent, admin, claims = world.reviewer.email, world.administrator.email, "/agent/dossiers"
    rules = "/agent/attributions"
    return {
        "queue, filtered": (agent, f"{claims}?file=a-verifier&axe=cloud&region=84&de=100&attribue=quelqu-un"),
        "queue, filtered to nothing": (agent, f"{claims}?file=a-verifier&axe=quantum"),
        "queue, a filter not understood": (agent, f"{claims}?file=a-verifier&de=beaucoup&a=5&fournisseur=x"),
        "dossiers found": (agent, f"{claims}?recherche=atelier"),
        "no dossier found": (agent, f"{claims}?recherche=introuvable"),
        "rules of assignment": (admin, rules),
        "new rule of assignment": (admin, f"{rules}/regles/nouvelle"),
        "rule of assignment": (admin, f"{rules}/regles/{found['rule_id']}"),
        "regions of a reviewer": (admin, f"{rules}/instructeurs/{found['person_id']}"),
    }
