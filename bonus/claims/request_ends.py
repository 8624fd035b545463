"""The last day to answer a request for documents: told three days before, and what follows when it is past (art. 11).

Both look at what is: a day without a run is made up for by the next, and a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date
from bonus.extensions import db

from . import notice_words
from .changes import change_status, locked_claim
from .deadline_notices import NOTICE_DAYS
from .models import Claim
from .notices import News, tell, tell_all
from .request_models import DocumentRequest
from .requests import request_of

END = "end_requests"
"""The kind of the outbox's message that asks for both on a day."""

BATCH = 200
_ENDER = Actor(SERVICE.name, roles=frozenset({"service"}))


def remind_answers(now: datetime, *, batch: int = BATCH) -> int:
    """Tell the companies whose last day to answer is near, in batches, each one transaction; how many notices."""
    today = civil_date(now)
    after: int | None = 0
    count = 0
    while after is not None:
        claims = db.session.scalars(
            select(Claim)
            .join(DocumentRequest, DocumentRequest.claim_id == Claim.id)
            .where(
                Claim.id > after,
                Claim.status == "awaiting_documents",
                DocumentRequest.answer_by.between(today, today + timedelta(days=NOTICE_DAYS)),
            )
            .order_by(Claim.id)
            .limit(batch)
            .with_for_update(of=Claim)
            .execution_options(populate_existing=True)
        ).all()
        told = tell_all(_news(claims), now)
        if told:
            record("claims.answers_awaited", f"day:{today.isoformat()}", SERVICE, now, count=told)
        after = claims[-1].id if len(claims) == batch else None
        db.session.commit()
        count += told
    return count


def _news(claims: Sequence[Claim]) -> list[News]:
    requests = {
        request.claim_id: request
        for request in db.session.scalars(
            select(DocumentRequest).where(DocumentRequest.claim_id.in_([claim.id for claim in claims]))
        )
    }
    return [
        News(
            claim.company_id,
            "answer_deadline",
            f"request:{requests[claim.id].id}",
            notice_words.answer_deadline(str(claim.number), requests[claim.id].answer_by),
            claim,
        )
        for claim in claims
    ]


def end_requests(now: datetime) -> int:
    """Take up again the dossiers whose company did not answer in time, one transaction each; returns how many.

    They are decided on what they hold. ``decision_due_on`` is already that of thirty days without an answer.
    """
    ids = db.session.scalars(
        select(Claim.id)
        .join(DocumentRequest, DocumentRequest.claim_id == Claim.id)
        .where(Claim.status == "awaiting_documents", DocumentRequest.answer_by < civil_date(now))
        .order_by(Claim.id)
    ).all()
    db.session.rollback()
    return sum(_end(claim_id, now) for claim_id in ids)


def _end(claim_id: int, now: datetime) -> bool:
    claim = locked_claim(claim_id)
    request = request_of(claim_id)
    if claim.status != "awaiting_documents" or request is None:  # another run, or given up
        db.session.rollback()
        return False
    assert claim.decision_due_on is not None
    request.ended_at = now
    change_status(claim, "expire", _ENDER, now)
    words = notice_words.answer_ended(str(claim.number), request.answer_by, claim.decision_due_on)
    tell(claim, "answer_ended", words, now, about=f"request:{request.id}")
    record(
        "claim.request_ended",
        f"claim:{claim.number}",
        _ENDER,
        now,
        answer_by=request.answer_by.isoformat(),
        decision_due_on=claim.decision_due_on.isoformat(),
    )
    db.session.commit()
    return True
