"""The reviewer's one request for documents (art. 11): all that misses, thirty days to answer, the clock suspended.

While it is suspended ``Claim.decision_due_on`` is what it will be at the latest, were nothing to come; the answer
brings it back by the days that were not needed. Nothing else moves it, so no job that runs late does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from bonus.accounts.acting import person_acting
from bonus.audit.service import Actor, record
from bonus.calendar import answer_deadline, civil_date, decision_deadline, format_date
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.regulation import Parameters, load_parameters
from bonus.regulation.schema import DOCUMENTS

from . import notice_words
from .annulments import clock_started_on, standing
from .changes import change_status, locked_claim
from .examination import OFFICER_ACTIONS, require_separation
from .models import Claim
from .notices import tell
from .request_models import MOST_DETAIL, MOST_TITLE, DocumentRequest, RequestedItem
from .status import transition

MOST_ITEMS = 12
Item = dict[str, str | None]
"""One thing asked for, checked: ``code``, ``title`` and ``detail``."""


@dataclass(frozen=True)
class Asked:
    """One thing to ask for: a ``code`` of the parameters, or None and a ``title`` of the reviewer's own."""

    code: str | None
    title: str = ""
    detail: str = ""


def known_documents(law: Parameters | None = None) -> dict[str, str]:
    """The documents the parameters know: code → French name."""
    law = law or load_parameters()
    return {code: law.name_of(DOCUMENTS, code).name for code in law.codes(DOCUMENTS)}


def request_of(claim_id: int) -> DocumentRequest | None:
    """The request made on a dossier, None when none was."""
    query = select(DocumentRequest).where(DocumentRequest.claim_id == claim_id)
    return db.session.scalars(query).one_or_none()


def answers_awaited(claim_ids: Collection[int]) -> dict[int, date]:
    """The last day to answer of the requests that are open, by dossier."""
    rows = db.session.execute(
        select(DocumentRequest.claim_id, DocumentRequest.answer_by).where(
            DocumentRequest.claim_id.in_(claim_ids),
            DocumentRequest.answered_at.is_(None),
            DocumentRequest.ended_at.is_(None),
        )
    )
    return {row.claim_id: row.answer_by for row in rows}


def may_be_asked(claim: Claim, today: date) -> bool:
    """Whether documents may still be asked for: never twice, never past the day silence became a refusal."""
    in_time = claim.decision_due_on is not None and today <= claim.decision_due_on
    return in_time and not standing(claim) and request_of(claim.id) is None


def due_on(claim: Claim, days_suspended: int, law: Parameters) -> date:
    """The last day to decide a filed dossier, its clock having stood still so many days (art. 11)."""
    start = clock_started_on(claim)
    return decision_deadline(start, days_suspended, law.integer("examination.decision_months", start))


def ask_documents(claim_id: int, items: Sequence[Asked], actor: Actor, now: datetime) -> DocumentRequest:
    """Ask a dossier's company for all that misses, once; its clock stands still from today (art. 11; CRPA L114-5).

    Raises InvalidInput when nothing is asked or something has no name, Refusal when documents were asked already,
    the dossier is decided or its last day is past, Forbidden for the wrong role or under art. 12.
    """
    claim = locked_claim(claim_id)
    transition(claim.status, "ask", actor.roles)
    require_separation(claim, actor, OFFICER_ACTIONS)
    require_first(claim, civil_date(now))
    request = ask_locked(claim, checked_items(items), actor, now)
    record("claim.documents_asked", f"claim:{claim.number}", actor, now, **asked_facts(request))
    db.session.commit()
    return request


def ask_locked(claim: Claim, items: Sequence[Item], actor: Actor, now: datetime) -> DocumentRequest:
    """Ask for checked items on a locked dossier of which nothing was asked, in the caller's transaction; the entry in
    the log is the caller's too (``asked_facts``)."""
    law, today = load_parameters(), civil_date(now)
    request = DocumentRequest(
        claim=claim,
        asked_at=now,
        asked_by_id=person_acting(actor),
        answer_by=answer_deadline(today, law.integer("examination.completion_days", today)),
        items=[RequestedItem(position=rank, **values) for rank, values in enumerate(items, 1)],
    )
    db.session.add(request)
    claim.decision_due_on = due_on(claim, (request.answer_by - today).days, law)
    change_status(claim, "ask", actor, now)
    db.session.flush()
    words = notice_words.documents_asked(str(claim.number), request.answer_by)
    tell(claim, "documents_asked", words, now, about=f"request:{request.id}")
    return request


def asked_facts(request: DocumentRequest) -> dict[str, Any]:
    """What the log says of a request."""
    assert request.claim.decision_due_on is not None
    return {
        "items": [{"code": item.code, "title": item.title} for item in request.items],
        "answer_by": request.answer_by.isoformat(),
        "decision_due_on": request.claim.decision_due_on.isoformat(),
    }


def require_first(claim: Claim, today: date) -> None:
    """Raise Refusal when documents were asked for already, the dossier is decided, or its last day is past."""
    former = request_of(claim.id)
    if former is not None:
        raise Refusal(
            "request.one_only",
            f"Des pièces ont déjà été demandées le {format_date(civil_date(former.asked_at))}{NBSP}: une seule demande "
            "est possible (art. 11). Écrivez à l’entreprise par les messages du dossier.",
        )
    if standing(claim):
        raise Refusal(
            "request.decided",
            "Ce dossier a déjà été décidé une fois, donc reconnu complet : des pièces ne se demandent plus.",
        )
    if claim.decision_due_on is not None and today > claim.decision_due_on:
        raise Refusal(
            "request.past_due",
            f"Le délai de décision a pris fin le {format_date(claim.decision_due_on)} : il ne peut plus être suspendu.",
        )


def checked_items(items: Sequence[Asked]) -> list[Item]:
    """What is asked, as it is kept. Raises InvalidInput when nothing is, or something has no name or is too long."""
    if not items:
        raise InvalidInput("request.empty", "Indiquez au moins une pièce à demander.")
    if len(items) > MOST_ITEMS:
        raise InvalidInput(
            "request.too_many", f"Une demande porte au plus {MOST_ITEMS} pièces : réunissez-les."
        )
    known = known_documents()
    checked: list[Item] = []
    for item in items:
        title = known.get(item.code, "") if item.code else " ".join(item.title.split())
        detail = item.detail.strip()
        if not title:
            raise InvalidInput("request.title", "Dites quelle pièce vous demandez.")
        if len(title) > MOST_TITLE or len(detail) > MOST_DETAIL:
            raise InvalidInput(
                "request.too_long",
                f"Le nom d’une pièce tient en {MOST_TITLE} caractères, sa précision en {MOST_DETAIL}.",
            )
        if any(title.casefold() == str(other["title"]).casefold() for other in checked):
            raise InvalidInput("request.twice", f"La pièce « {title} » est demandée deux fois.")
        checked.append({"code": item.code, "title": title, "detail": detail})
    return checked
