"""Silence counts as a refusal (art. 11; CRPA L231-4): recorded by a job of each day, in the dossiers left undecided.

A decision due on 20 May may be taken until the end of that day in Paris; the refusal is born with 21 May, at midnight
in Paris. It bears that legal day (``decided_on``) and is computed as of its first instant, whenever the job runs:
``decided_at`` says when it was written down. Nobody is notified of a silence: the time limit to appeal runs from the
legal day. All looks at what is, so a day without a run is made up for by the next, and a second run finds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import TracebackType
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from bonus.audit.service import Actor
from bonus.calendar import civil_date, format_date, silence_day, start_of_day
from bonus.extensions import db
from bonus.money import NBSP
from bonus.regulation.wording import french

from . import notice_words
from .annulments import standing
from .assessing import Assessment, assess
from .changes import locked_claim
from .models import Claim
from .replay import REFUSED_BY_SILENCE
from .sealing import Taken, refused, seal_decision
from .waking import some_wait, waits_until

LAPSE = "record_silence"
"""The kind of the outbox's message that asks for it on a day."""

RUNNING = ("filed", "under_review", "proposed")
"""Statuses whose clock runs: that of a request for documents is suspended, that of the waiting list is over."""

BATCH = 200
_CLOCK = Actor("service:clock", roles=frozenset({"service"}))
_log = structlog.get_logger()


class SilencesMissed(RuntimeError):
    """Some refusals could not be recorded; the others are. The job is tried again."""


@dataclass
class Silences:
    """How many refusals were ``recorded``, and the ids of the dossiers of which one could not be."""

    recorded: int = 0
    failed: list[int] = field(default_factory=list)


def record_silences(now: datetime, *, batch: int = BATCH) -> Silences:
    """Record the refusals of all dossiers whose last day to decide is past, one transaction each: one that fails
    leaves the others alone. Raises SilencesMissed at the end when some failed, whatever ends by itself at once."""
    found = Silences()
    after: int | None = 0
    while after is not None:
        ids = _overdue(after, civil_date(now), batch)
        db.session.rollback()
        for claim_id in ids:
            with _Apart(claim_id, found.failed):
                found.recorded += _lapse(claim_id, now)
        after = ids[-1] if len(ids) == batch else None
    if found.failed:
        raise SilencesMissed(f"{found.recorded} recorded, not those of claims {found.failed[:20]}")
    return found


def _overdue(after: int, today: date, batch: int) -> Sequence[int]:
    return db.session.scalars(
        select(Claim.id)
        .where(Claim.id > after, Claim.status.in_(RUNNING), Claim.decision_due_on < today)
        .order_by(Claim.id)
        .limit(batch)
    ).all()


def _lapse(claim_id: int, now: datetime) -> bool:
    claim = locked_claim(claim_id)
    due_on = claim.decision_due_on
    if claim.status not in RUNNING or due_on is None or due_on >= civil_date(now):
        db.session.rollback()  # decided, suspended or given up a moment ago
        return False
    legal_day = silence_day(due_on)
    assessment = assess(claim, start_of_day(legal_day))
    some = bool(standing(claim))
    result = _refused(claim, assessment, legal_day)
    told = ("silence", notice_words.silence(str(claim.number), due_on, some=some))
    taken = Taken("silence", "lapse", _CLOCK, on=legal_day, told=told)
    seal_decision(claim, assessment, result, taken, now, said=_said(due_on, some=some), explained=False)
    db.session.commit()
    return True


def _refused(claim: Claim, assessment: Assessment, legal_day: date) -> dict[str, Any]:
    """All that was to be decided is refused; but of lines that woke after a first decision, those whose own clock is
    still suspended by its notice wait on."""
    statuses = assessment.evaluated.statuses if assessment.evaluated else []
    wakes = any(status != "pending" for status in statuses)
    waiting = some_wait(claim) and wakes and legal_day < waits_until(claim)
    return refused(assessment, REFUSED_BY_SILENCE, waiting=waiting)


def _said(due_on: date, *, some: bool) -> str:
    what = "les lignes qui restaient à décider sont refusées" if some else "la demande est refusée"
    return french(
        f"Le délai de décision a pris fin le {format_date(due_on)} sans qu’une décision soit prise : le silence gardé "
        f"par l’administration vaut rejet, et {what} (art.{NBSP}11 ; code des relations entre le public et "
        f"l’administration, CRPA, art.{NBSP}L231-4). Les motifs sont communiqués, sur demande, dans le mois (CRPA, "
        f"art.{NBSP}L232-4)."
    )


class _Apart:
    """Sets a dossier that fails apart; what ends by itself (a database that is away) stops the run, to be tried
    again. A context manager sees every error and need hide none."""

    def __init__(self, claim_id: int, failed: list[int]) -> None:
        self._claim_id, self._failed = claim_id, failed

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        db.session.rollback()
        if isinstance(error, OperationalError | InterfaceError):
            return False
        self._failed.append(self._claim_id)
        _log.error("silence.failed", claim=self._claim_id, error=f"{type(error).__name__}: {error}"[:500])
        return True
