"""What a company's page says of the fast lane, and of the waiting list."""

from __future__ import annotations

from typing import Any

from bonus.budget.waiting import rank_today
from bonus.claims.lane import lane_entry_of, state_of
from bonus.claims.lane_words import NOTICE

from ..access import now
from .views import blueprint


@blueprint.context_processor
def lane_words() -> dict[str, Any]:
    """What ``company/_lane.html`` asks."""
    return {"lane_entry_of": lane_entry_of, "lane_state_of": state_of, "lane_notice": NOTICE}


@blueprint.context_processor
def waiting_words() -> dict[str, Any]:
    """The rank of a dossier that waits for credits, on its page."""
    return {"waiting_rank_of": lambda claim_id: rank_today(claim_id, now())}
