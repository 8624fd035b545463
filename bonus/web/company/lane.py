"""What a company's page says of the fast lane."""

from __future__ import annotations

from typing import Any

from bonus.claims.lane import lane_entry_of, state_of
from bonus.claims.lane_words import NOTICE

from .views import blueprint


@blueprint.context_processor
def lane_words() -> dict[str, Any]:
    """What ``company/_lane.html`` asks."""
    return {"lane_entry_of": lane_entry_of, "lane_state_of": state_of, "lane_notice": NOTICE}
