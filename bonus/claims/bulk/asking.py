"""Asking the companies of many dossiers for documents: of each, by default, only what misses in it (art. 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bonus.audit.service import Actor, record_each
from bonus.calendar import civil_date
from bonus.claims.documents import missing_documents
from bonus.claims.models import Claim
from bonus.claims.requests import Asked, Item, ask_locked, asked_facts, checked_items, require_first
from bonus.errors import Refusal

from .checks import refusals_of


def checked(params: Mapping[str, Any], _actor: Actor, _now: datetime) -> dict[str, Any]:
    """``items``: what to ask for, as for one dossier (``Asked``); ``only_missing``: of a known document, only where
    it misses. Raises InvalidInput."""
    items = checked_items([Asked(**item) for item in params["items"]])
    return {"items": items, "only_missing": bool(params["only_missing"])}


def refusals(
    claims: Sequence[Claim], params: Mapping[str, Any] | None, actor: Actor, now: datetime
) -> dict[int, Refusal]:
    """Besides what forbids any act: documents asked for once already, and dossiers where nothing asked for misses."""
    found = refusals_of(claims, "ask", actor)
    for claim in claims:
        if claim.id in found:
            continue
        try:
            require_first(claim, civil_date(now))
        except Refusal as refusal:
            found[claim.id] = refusal
            continue
        if params is not None and not _asked_of(claim, params):
            found[claim.id] = Refusal("bulk.complete", "Aucune des pièces demandées ne manque à ce dossier.")
    return found


def perform(claims: Sequence[Claim], params: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Ask, each company told by its own notice."""
    requests = [ask_locked(claim, _asked_of(claim, params), actor, now) for claim in claims]
    record_each(
        [
            ("claim.documents_asked", f"claim:{request.claim.number}", asked_facts(request))
            for request in requests
        ],
        actor,
        now,
    )


def _asked_of(claim: Claim, params: Mapping[str, Any]) -> list[Item]:
    items: list[Item] = params["items"]
    if not params["only_missing"] or not any(item["code"] for item in items):
        return items
    missing = {demand.code for demand in missing_documents(claim)}
    return [item for item in items if item["code"] is None or item["code"] in missing]
