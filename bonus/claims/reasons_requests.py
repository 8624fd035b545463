"""The reasons of a refusal by silence: asked for by the company, owed within a month (art. 11; CRPA L232-4).

They are asked for within the time limit to appeal, which then runs until two months after they are communicated
(``notification.appeal_until``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from bonus.accounts.acting import person_acting
from bonus.audit.service import Actor, record
from bonus.calendar import add_months, civil_date, format_date
from bonus.errors import Forbidden, NotFound, Refusal
from bonus.extensions import db
from bonus.regulation import load_parameters

from . import notice_words
from .annulments import standing
from .changes import locked_claim
from .examination import OFFICER_ACTIONS, require_reasons, require_separation
from .letter_models import ReasonsRequest
from .letters import ask_letter
from .models import Claim, Decision
from .notices import tell
from .notification import appeal_until, reasons_request_of
from .role_models import REVIEWER
from .roles import take_role


def silence_of(claim: Claim) -> Decision | None:
    """The latest refusal by silence of a dossier that still stands, None when there is none."""
    return next((one for one in reversed(standing(claim)) if one.kind == "silence"), None)


def may_ask_reasons(claim: Claim, today: date) -> bool:
    """Whether the company may ask for reasons now: a refusal by silence, not asked for yet, still open to appeal."""
    decision = silence_of(claim)
    if decision is None or reasons_request_of(decision) is not None:
        return False
    until = appeal_until(decision, today)
    return until is None or today <= until


def requests_of(claim: Claim) -> list[ReasonsRequest]:
    """The requests made on a dossier, the oldest first."""
    found = (reasons_request_of(decision) for decision in claim.decisions if decision.kind == "silence")
    return [request for request in found if request is not None]


def open_requests() -> Sequence[ReasonsRequest]:
    """The requests that wait for an answer, the first due first."""
    return db.session.scalars(
        select(ReasonsRequest)
        .where(ReasonsRequest.answered_at.is_(None))
        .order_by(ReasonsRequest.due_on, ReasonsRequest.id)
        .options(selectinload(ReasonsRequest.decision).selectinload(Decision.claim))
    ).all()


def open_count() -> int:
    """How many requests wait for an answer."""
    query = select(func.count()).select_from(ReasonsRequest).where(ReasonsRequest.answered_at.is_(None))
    return db.session.scalar(query) or 0


def ask_reasons(claim_id: int, actor: Actor, now: datetime) -> ReasonsRequest:
    """Ask for the reasons of a dossier's refusal by silence, once; due a month later (CRPA L232-4); committed.

    Raises NotFound when no silence refused anything, Refusal when they were asked for already or the time limit to
    appeal is past, Forbidden for the wrong role.
    """
    claim = locked_claim(claim_id)
    if "company" not in actor.roles:
        raise Forbidden("reasons.wrong_role", "Seule l’entreprise demande les motifs de ce refus.")
    decision = silence_of(claim)
    if decision is None:
        raise NotFound(
            "reasons.none", "Ce dossier n’a pas été refusé par le silence : ses motifs sont déjà donnés."
        )
    today = civil_date(now)
    former = reasons_request_of(decision)
    if former is not None:
        raise Refusal(
            "reasons.asked",
            f"Les motifs ont déjà été demandés le {format_date(civil_date(former.asked_at))} : ils vous sont dus au "
            f"plus tard le {format_date(former.due_on)}.",
        )
    until = appeal_until(decision, today)
    if until is not None and today > until:
        raise Refusal(
            "reasons.too_late",
            f"Les motifs se demandent dans le délai de recours, qui a pris fin le {format_date(until)} (CRPA, art. "
            "L232-4). Vous pouvez encore écrire au service.",
        )
    request = ReasonsRequest(
        decision_id=decision.id,
        asked_at=now,
        asked_by_id=person_acting(actor),
        due_on=add_months(today, load_parameters().integer("examination.reasons_months", today)),
    )
    db.session.add(request)
    db.session.flush()
    record("reasons.asked", f"claim:{claim.number}", actor, now, due_on=request.due_on.isoformat())
    db.session.commit()
    return request


def give_reasons(claim_id: int, reasons: str, actor: Actor, now: datetime) -> ReasonsRequest:
    """A reviewer gives the reasons, in law and in fact; a letter says them, even late; committed.

    Raises InvalidInput when they say too little, NotFound when none were asked for, Refusal when they are given,
    Forbidden for the wrong role or under art. 12.
    """
    claim = locked_claim(claim_id)
    if "reviewer" not in actor.roles:
        raise Forbidden("reasons.wrong_role", "Seul un instructeur donne les motifs d’un refus.")
    require_separation(claim, actor, OFFICER_ACTIONS)
    asked = requests_of(claim)
    request = next((one for one in asked if one.answered_at is None), asked[-1] if asked else None)
    if request is None:
        raise NotFound("reasons.none", "Les motifs n’ont pas été demandés sur ce dossier.")
    db.session.refresh(request)
    if request.answered_at is not None:
        raise Refusal(
            "reasons.given", f"Les motifs ont été donnés le {format_date(civil_date(request.answered_at))}."
        )
    request.reasons = require_reasons(reasons)
    request.answered_at, request.answered_by_id = now, person_acting(actor)
    take_role(claim.id, request.answered_by_id, REVIEWER, now)
    ask_letter(claim, "reasons", f"reasons:{request.id}", now, facts={"request": request.id})
    words = notice_words.reasons(str(claim.number))
    tell(claim, "reasons", words, now, about=f"request:{request.id}")
    record(
        "reasons.given",
        f"claim:{claim.number}",
        actor,
        now,
        reasons=request.reasons,
        late=civil_date(now) > request.due_on,
    )
    db.session.commit()
    return request
