"""Proposing many dossiers to the authorising officer: as the law computes each of them, or to be refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bonus.audit.service import Actor, record_each
from bonus.calendar import civil_date
from bonus.claims.examination import (
    propose_locked,
    proposed_facts,
    read_twice,
    require_ground,
    require_reasons,
)
from bonus.claims.models import Claim
from bonus.errors import Refusal

from .checks import refusals_of


def checked_apply(_params: Mapping[str, Any], _actor: Actor, _now: datetime) -> dict[str, Any]:
    """Nothing is to be said to propose what the law gives."""
    return {"outcome": "apply", "reasons": "", "ground": None}


def checked_refuse(params: Mapping[str, Any], _actor: Actor, now: datetime) -> dict[str, Any]:
    """``ground``: one of the regulation; ``reasons``: the facts, those of all these dossiers. Raises InvalidInput when
    either misses (art. 11)."""
    ground = require_ground(params["ground"], civil_date(now))
    return {"outcome": "refuse", "reasons": require_reasons(params["reasons"]), "ground": ground.code}


def refusals(
    claims: Sequence[Claim], _params: Mapping[str, Any] | None, actor: Actor, _now: datetime
) -> dict[int, Refusal]:
    """What forbids to propose."""
    return refusals_of(claims, "propose", actor)


def perform(claims: Sequence[Claim], params: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Propose, in the words of one proposal."""
    ground = require_ground(params["ground"], civil_date(now)) if params["ground"] else None
    acts, twice = [], read_twice(claims, now)
    for claim in claims:
        proposal = propose_locked(
            claim,
            params["outcome"],
            params["reasons"],
            actor,
            now,
            ground=ground,
            twice=claim.id in twice,
        )
        acts.append(("claim.proposed", f"claim:{claim.number}", proposed_facts(proposal)))
    record_each(acts, actor, now)
