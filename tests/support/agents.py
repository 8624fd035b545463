"""The accounts of agents, as an administrator's pages and an agent's first steps show them."""

from __future__ import annotations

from typing import Any

from bonus.accounts.agents import LASTS, link_for
from bonus.accounts.models import Person
from bonus.accounts.service import add_person
from bonus.extensions import db

from .world import NOW, World

ONE = (
    "one_agent",
    "agent_roles",
    "agent_deactivation",
    "agent_activation",
    "agent_factor_reset",
    "agent_link",
)


def spare_agent(world: World) -> int:
    """One more agent, with whom a walk of the addresses may do what it likes."""
    with world.app.app_context():
        person = add_person(
            "de.reserve@demo.example", "Alix Réserve", "un mot de passe", NOW, agent_roles=("reviewer",)
        )
        db.session.commit()
        return person.id


def link_of(world: World, person_id: int) -> str:
    """The link by which an agent chooses a password."""
    with world.app.app_context():
        link = link_for(db.session.get_one(Person, person_id), NOW + LASTS)
        db.session.rollback()
        return link


def agent_addresses(world: World) -> dict[str, dict[str, Any]]:
    """Where the pages about agents' accounts are."""
    person_id = spare_agent(world)
    return {
        **{f"agent.{name}": {"person_id": person_id} for name in ONE},
        "public.agent_welcome": {"link": link_of(world, person_id)},
    }


def agent_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of agents' accounts, and of an agent's first steps."""
    person_id, admin = spare_agent(world), world.administrator.email
    return {
        "agents": (admin, "/agent/agents"),
        "agent": (admin, f"/agent/agents/{person_id}"),
        "agent, myself": (admin, f"/agent/agents/{world.administrator.person_id}"),
        "agent, first password": (None, f"/bienvenue/{link_of(world, person_id)}"),
    }


def campaign_addresses() -> dict[str, dict[str, Any]]:
    """Where the pages of a campaign of controls would be."""
    return {
        "agent.campaign": {"campaign_id": 1},
        "agent.campaign_table": {"campaign_id": 1, "part": "tirage", "kind": "csv"},
    }
