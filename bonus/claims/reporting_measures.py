"""The months counted from the steps of the dossiers, and kept: by the job of each night, or by ``flask claims measure``.

Everything is counted anew, so that a company that moved to another region, or a row put right by hand, is right in every
month at once. The database groups, by the bounds of the months in Paris; what comes back is one row a group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, insert, literal, select

from bonus.bulk import BATCH
from bonus.calendar import add_months, civil_date, start_of_day
from bonus.extensions import db

from .card_models import CardKey, ClaimCard
from .card_queues import QUEUE_OF
from .cards import axis_key
from .change_models import StatusChange
from .models import Decision
from .reporting_figures import days_taken, first_of_month, months_from
from .reporting_models import ALL, OUTSIDE, ReportDelay, ReportMove, ReportState
from .request_models import DocumentRequest

MEASURE = "measure_months"
"""The kind of the outbox's message that asks for it on a day."""
_AXES = axis_key("")
_KINDS = {"decide": "officer", "decide_by_rule": "rule", "lapse": "silence"}
Moves = Counter[tuple[date, str, str, str, str]]
Delays = Counter[tuple[date, str, str, str, int]]


def measure(now: datetime) -> int:
    """Count the months up to ``now`` anew and keep them; how many months. Two at once take their turns. Committed."""
    first = db.session.scalar(select(func.min(StatusChange.at)))
    months = months_from(civil_date(first), civil_date(now)) if first is not None else []
    moves, delays = _moves(months), _delays()
    db.session.rollback()
    state = db.session.scalars(select(ReportState).with_for_update()).one()
    state.measured_at = now
    db.session.flush()
    _replace(ReportMove, ("month", "region", "axis", "old_queue", "new_queue"), moves)
    _replace(ReportDelay, ("month", "region", "axis", "kind", "days"), delays)
    db.session.commit()
    return len(months)


def _replace(model: type[Any], names: Sequence[str], counts: Counter[Any]) -> None:
    db.session.execute(delete(model))
    rows = [dict(zip(names, key, strict=True)) | {"dossiers": count} for key, count in sorted(counts.items())]
    for start in range(0, len(rows), BATCH):
        db.session.execute(insert(model), rows[start : start + BATCH])


def _moves(months: Sequence[date]) -> Moves:
    """How many dossiers went from queue to queue, by month, region and axis; a step within a queue is none."""
    found: Moves = Counter()
    for axis, query in _by_axis(_steps(months)):
        for place, old, new, region, *key, dossiers in db.session.execute(query):
            queues = OUTSIDE if old == "draft" else QUEUE_OF[old], QUEUE_OF[new]
            if queues[0] == queues[1]:
                continue
            for where in (region, ALL):
                found[months[place], where, _axis(axis, key), *queues] += dossiers
    return found


def _steps(months: Sequence[date]) -> Select[Any]:
    columns = (StatusChange.old_status, StatusChange.new_status, ClaimCard.region)
    query: Select[Any] = (
        select(_month_of(StatusChange.at, months).label("rank_of_month"), *columns)
        .join(ClaimCard, ClaimCard.claim_id == StatusChange.claim_id)
        .where(StatusChange.old_status != StatusChange.new_status)
        .group_by("rank_of_month", *columns)
    )
    return query


def _month_of(moment: Any, months: Sequence[date]) -> ColumnElement[int]:
    """The place among ``months`` of the month in Paris of a moment: the databases know no other clock than UTC."""
    ends = [(moment < start_of_day(add_months(month, 1)), rank) for rank, month in enumerate(months)]
    # The last month is open: a clock of another machine may be ahead of ours.
    return case(*ends[:-1], else_=len(ends) - 1) if len(ends) > 1 else literal(0)


def _delays() -> Delays:
    """How many dossiers got their first decision after how many days, by month, region, axis and kind."""
    found: Delays = Counter()
    for axis, query in [*_by_axis(_decided()), *_by_axis(_queued())]:
        for (
            kind,
            ended,
            filed_on,
            asked_at,
            answered_at,
            ended_at,
            answer_by,
            region,
            *key,
            dossiers,
        ) in db.session.execute(query):
            on = civil_date(ended) if isinstance(ended, datetime) else ended
            stopped = []
            if asked_at is not None and (answered_at or ended_at):
                stopped = [(civil_date(asked_at), civil_date(answered_at) if answered_at else answer_by)]
            days = days_taken(filed_on, on, stopped)
            for where in (region, ALL):
                found[first_of_month(on), where, _axis(axis, key), _KINDS.get(kind, kind), days] += dossiers
    return found


def _decided() -> Select[Any]:
    """First decisions of dossiers that never waited for credits, by the day they bear."""
    waited = select(StatusChange.claim_id).where(StatusChange.new_status == "waiting_list")
    return _with_clock(Decision.kind, Decision.decided_on, Decision.claim_id).where(
        Decision.rank == 1, Decision.claim_id.not_in(waited)
    )


def _queued() -> Select[Any]:
    """What joined the waiting list: that decision, notified, ended the clock (art. 11)."""
    return _with_clock(StatusChange.action, StatusChange.at, StatusChange.claim_id).where(
        StatusChange.new_status == "waiting_list"
    )


def _with_clock(kind: Any, ended: Any, claim_id: Any) -> Select[Any]:
    columns = (
        kind,
        ended,
        ClaimCard.filed_on,
        DocumentRequest.asked_at,
        DocumentRequest.answered_at,
        DocumentRequest.ended_at,
        DocumentRequest.answer_by,
        ClaimCard.region,
    )
    return (
        select(*columns)
        .join(ClaimCard, ClaimCard.claim_id == claim_id)
        .outerjoin(DocumentRequest, DocumentRequest.claim_id == claim_id)
        .group_by(*columns)
    )


def _by_axis(query: Select[Any]) -> Iterator[tuple[bool, Select[Any]]]:
    """The same count twice: of all dossiers, and of those of each axis."""
    count = func.count()
    yield False, query.add_columns(count)
    keyed = query.join(CardKey, CardKey.claim_id == ClaimCard.claim_id).where(
        CardKey.key >= _AXES, CardKey.key < _after(_AXES)
    )
    yield True, keyed.add_columns(CardKey.key, count).group_by(CardKey.key)


def _after(prefix: str) -> str:
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _axis(keyed: bool, key: Sequence[str]) -> str:
    return key[0].removeprefix(_AXES) if keyed else ALL
