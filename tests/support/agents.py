"""The accounts of agents, as an administrator's pages and an agent's first steps show them."""

from __future__ import annotations

from datetime import date
from typing import Any

from bonus.accounts.agents import LASTS, link_for
from bonus.accounts.models import Person
from bonus.accounts.service import add_person
from bonus.claims.campaign_draw import Layer, population_sha256
from bonus.claims.campaign_models import ControlCampaign
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
        # Of another, whom the walk leaves as they are.
        "public.agent_welcome": {"link": link_of(world, world.other_reviewer.person_id or 0)},
    }


def agent_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of agents' accounts, and of an agent's first steps."""
    person_id, admin = spare_agent(world), world.administrator.email
    campaign = campaign_addresses(world)["agent.campaign"]["campaign_id"]
    return {
        "campaigns": (admin, "/agent/controles/campagnes"),
        "campaign": (admin, f"/agent/controles/campagnes/{campaign}"),
        "agents": (admin, "/agent/agents"),
        "agent": (admin, f"/agent/agents/{person_id}"),
        "agent, myself": (admin, f"/agent/agents/{world.administrator.person_id}"),
        "agent, first password": (None, f"/bienvenue/{link_of(world, person_id)}"),
    }


def campaign_addresses(world: World) -> dict[str, dict[str, Any]]:
    """Where the pages of a campaign of controls are, one that drew nothing that is there."""
    listed = [("BS-2026-000900", 0), ("BS-2026-000901", 4)]
    with world.app.app_context():
        campaign = ControlCampaign(
            name="Hiver 2026",
            paid_from=date(2026, 1, 1),
            paid_until=date(2026, 11, 30),
            seed="0f" * 16,
            layers=[Layer(0, 0, rate_bp=500).as_json(), Layer(3, None, size=20).as_json()],
            population=[list(one) for one in listed],
            population_count=len(listed),
            population_sha256=population_sha256(listed),
            drawn=[["BS-2026-000900"], ["BS-2026-000901"]],
            opened_at=NOW,
            opened_by_id=world.administrator.person_id or 0,
        )
        db.session.add(campaign)
        db.session.commit()
        own = {"campaign_id": campaign.id}
        db.session.rollback()
    return {"agent.campaign": own, "agent.campaign_table": own | {"part": "tirage", "kind": "csv"}}
