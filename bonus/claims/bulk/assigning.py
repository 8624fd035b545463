"""Giving many dossiers to one reviewer, or to nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bonus.accounts.models import Person
from bonus.accounts.service import actor_of
from bonus.audit.service import Actor, record_each
from bonus.claims.assignment import ASSIGNERS
from bonus.claims.models import Claim
from bonus.claims.status import OPEN
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db

from .checks import barred


def checked(params: Mapping[str, Any], _actor: Actor, _now: datetime) -> dict[str, Any]:
    """``person_id``: a reviewer whose account is open, or None for nobody. Raises InvalidInput."""
    person_id = params["person_id"]
    if person_id is not None and _reviewer(person_id) is None:
        raise InvalidInput(
            "bulk.reviewer",
            "Cette personne n’instruit pas de dossiers : choisissez-en une autre.",
            field="person_id",
        )
    return {"person_id": person_id}


def refusals(
    claims: Sequence[Claim], params: Mapping[str, Any] | None, actor: Actor, _now: datetime
) -> dict[int, Refusal]:
    """Dossiers that are over, and those that the reviewer may not examine (art. 12); all of them when who gives, or who
    is given, is no reviewer any more: the job may run after the role was taken back."""
    if not actor.roles & ASSIGNERS:
        lost = Forbidden("assignment.wrong_role", "Votre rôle ne permet pas d’attribuer un dossier.")
        return {claim.id: lost for claim in claims}
    found: dict[int, Refusal] = {
        claim.id: Refusal("bulk.over", "Ce dossier n’est plus à instruire.")
        for claim in claims
        if claim.status not in OPEN
    }
    if params is not None and params["person_id"] is not None:
        person = _reviewer(params["person_id"])
        if person is None:
            gone = Refusal("bulk.reviewer", "Cette personne n’instruit plus de dossiers.")
            return {claim.id: gone for claim in claims}
        for claim_id in barred(claims, actor_of(person)):
            found.setdefault(
                claim_id,
                Refusal(
                    "bulk.barred",
                    f"{person.name} est déjà intervenu sur ce dossier à un autre titre, ou appartient à cette "
                    "entreprise (art. 12).",
                ),
            )
    return found


def perform(claims: Sequence[Claim], params: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Give them; the dossiers that were theirs already are left as they are."""
    person_id = params["person_id"]
    changed = [claim for claim in claims if claim.assigned_to_id != person_id]
    # As one dossier's: who was in charge before is in the log.
    acts = [
        ("claim.assigned", f"claim:{claim.number}", {"person": person_id, "former": claim.assigned_to_id})
        for claim in changed
    ]
    for claim in changed:
        claim.assigned_to_id = person_id
    record_each(acts, actor, now)


def _reviewer(person_id: int) -> Person | None:
    person = db.session.get(Person, person_id)
    return person if person is not None and person.active and "reviewer" in person.roles else None
