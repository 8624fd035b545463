"""Proposing many dossiers to the authorising officer: as the law computes each of them, or to be refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bonus.audit.service import Actor, record_each
from bonus.claims.examination import propose_locked, require_reasons
from bonus.claims.models import Claim
from bonus.errors import Refusal

from .checks import refusals_of


def checked_apply(_params: Mapping[str, Any], _actor: Actor, _now: datetime) -> dict[str, Any]:
    """Nothing is to be said to propose what the law gives."""
    return {"outcome": "apply", "reasons": ""}


def checked_refuse(params: Mapping[str, Any], _actor: Actor, _now: datetime) -> dict[str, Any]:
    """``reasons``: those of all these dossiers. Raises InvalidInput when they say too little."""
    return {"outcome": "refuse", "reasons": require_reasons(params["reasons"])}


def refusals(
    claims: Sequence[Claim], _params: Mapping[str, Any] | None, actor: Actor, _now: datetime
) -> dict[int, Refusal]:
    """What forbids to propose."""
    return refusals_of(claims, "propose", actor)


def perform(claims: Sequence[Claim], params: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Propose, in the words of one proposal."""
    outcome, reasons = params["outcome"], params["reasons"]
    for claim in claims:
        propose_locked(claim, outcome, reasons, actor, now)
    facts = {"outcome": outcome, "reasons": reasons}
    record_each([("claim.proposed", f"claim:{claim.number}", facts) for claim in claims], actor, now)
