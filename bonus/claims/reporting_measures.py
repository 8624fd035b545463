"""The months counted from the steps of the dossiers, and kept: by the job of each night, or ``flask claims measure``.

Everything is counted anew, so that a company that moved to another region, or a row put right by hand, is right in
every month at once. The database groups, by the bounds of the months in Paris; what comes back is one row a group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from bonus.bulk import BATCH
from bonus.calendar import add_months, civil_date
from bonus.extensions import db

from .card_models import ClaimCard
from .card_queues import QUEUE_OF, TO_READ
from .change_models import StatusChange
from .models import Claim, Decision
from .proposal_models import Proposal
from .reporting_counts import all_of, axis_of, by_axis, days_between, month_of, place_of
from .reporting_figures import days_taken, first_of_month, months_from
from .reporting_models import ALL, OUTSIDE, ReportAge, ReportDelay, ReportMove, ReportState, ReportStay
from .reporting_stays import ages, stays
from .request_models import DocumentRequest

MEASURE = "measure_months"
"""The kind of the outbox's message that asks for it on a day."""
_KINDS = {"decide": "officer", "decide_by_rule": "rule", "lapse": "silence"}
Moves = Counter[tuple[date, str, str, str, str]]
Delays = Counter[tuple[date, str, str, str, int]]


def measure(now: datetime) -> int:
    """Count the months up to ``now`` anew and keep them; how many months. Two at once take their turns. Committed."""
    first = db.session.scalar(select(func.min(StatusChange.at)))
    db.session.rollback()
    months = months_from(civil_date(first), civil_date(now)) if first is not None else []
    moves, delays = _moves(months), _delays(months)
    stayed, aged = stays(months), ages(months, civil_date(now))
    state = db.session.scalars(select(ReportState).with_for_update()).one()
    state.measured_at = now
    db.session.flush()
    _replace(ReportMove, ("month", "region", "axis", "old_queue", "new_queue"), moves)
    _replace(ReportDelay, ("month", "region", "axis", "kind", "days"), delays)
    _replace(ReportStay, ("month", "region", "axis", "queue", "days"), stayed)
    _replace(ReportAge, ("month", "region", "axis", "queue", "age"), aged)
    db.session.commit()
    return len(months)


def _replace(model: type[Any], names: Sequence[str], counts: Counter[Any]) -> None:
    table: Table = model.__table__
    connection = db.session.connection()
    connection.execute(delete(table))
    rows = [dict(zip(names, key, strict=True)) | {"dossiers": count} for key, count in sorted(counts.items())]
    for start in range(0, len(rows), BATCH):
        connection.execute(insert(table), rows[start : start + BATCH])


def _moves(months: Sequence[date]) -> Moves:
    """How many dossiers went from queue to queue, by month, region and axis; a step within a queue is none."""
    found: Moves = Counter()
    for axis, query in by_axis(_steps(months)):
        for place, old, new, region, *key, dossiers in all_of(query):
            queues = OUTSIDE if old == "draft" else QUEUE_OF[old], QUEUE_OF[new]
            if queues[0] == queues[1]:
                continue
            for where in (region, ALL):
                found[months[place], where, axis_of(axis, key), *queues] += dossiers
    for old_queue, new_queue, readings in _readings(months):
        for axis, query in by_axis(readings):
            for place, region, *key, dossiers in all_of(query):
                for where in (region, ALL):
                    found[months[place], where, axis_of(axis, key), old_queue, new_queue] += dossiers
    return found


def _readings(months: Sequence[date]) -> Iterator[tuple[str, str, Select[Any]]]:
    """Proposals that wait for a second reviewer leave what is to be decided for a queue of their own (art. 12), and
    come back to it when he agrees, or on the way to wherever else they go: from queue, to queue, which."""
    decided, asked = QUEUE_OF["proposed"], Proposal.second_reading
    left = (
        select(func.min(StatusChange.at))
        .where(
            StatusChange.claim_id == Proposal.claim_id,
            StatusChange.at >= Proposal.proposed_at,
            StatusChange.old_status == "proposed",
            StatusChange.new_status != "proposed",
        )
        .scalar_subquery()
    )
    later = aliased(Proposal)
    replaced = exists().where(later.claim_id == Proposal.claim_id, later.id > Proposal.id)
    over = or_(Proposal.concurred_at.is_not(None), replaced, Claim.status != "proposed")
    ends = select(Proposal.claim_id, func.coalesce(Proposal.concurred_at, left).label("at"))
    for old, new, rows in (
        (decided, TO_READ, select(Proposal.claim_id, Proposal.proposed_at.label("at")).where(asked)),
        (TO_READ, decided, ends.join(Claim, Claim.id == Proposal.claim_id).where(asked, over)),
    ):
        found = rows.subquery()
        month = month_of(found.c.at, months).label("rank_of_month")
        columns: list[Any] = [month, ClaimCard.region]
        query = select(*columns).select_from(found)
        query = query.join(ClaimCard, ClaimCard.claim_id == found.c.claim_id)
        yield old, new, query.where(found.c.at.is_not(None)).group_by("rank_of_month", ClaimCard.region)


def _steps(months: Sequence[date]) -> Select[Any]:
    columns: list[Any] = [StatusChange.old_status, StatusChange.new_status, ClaimCard.region]
    place: Any = month_of(StatusChange.at, months).label("rank_of_month")
    return (
        select(place, *columns)
        .join(ClaimCard, ClaimCard.claim_id == StatusChange.claim_id)
        .where(StatusChange.old_status != StatusChange.new_status)
        .group_by("rank_of_month", *columns)
    )


def _delays(months: Sequence[date]) -> Delays:
    """How many dossiers got their first decision after how many days, by month, region, axis and kind.

    Those whose clock never stood still are grouped by the database; of the others the days are counted here.
    """
    found: Delays = Counter()
    for axis, query in by_axis(_unstopped(months)):
        for place, kind, days, region, *key, dossiers in all_of(query):
            for where in (region, ALL):
                found[months[place], where, axis_of(axis, key), kind, max(0, days)] += dossiers
    for axis, query in [*by_axis(_stopped()), *by_axis(_queued())]:
        for kind, ended, filed_on, asked_at, answered_at, answer_by, region, *key, dossiers in all_of(query):
            on = civil_date(ended) if isinstance(ended, datetime) else ended
            until = civil_date(answered_at) if answered_at else answer_by
            stopped = [] if asked_at is None else [(civil_date(asked_at), until)]
            days = days_taken(filed_on, on, stopped)
            for where in (region, ALL):
                found[first_of_month(on), where, axis_of(axis, key), _KINDS.get(kind, kind), days] += dossiers
    return found


_ENDED = or_(DocumentRequest.answered_at.is_not(None), DocumentRequest.ended_at.is_not(None))
"""A request that stopped the clock for a time that is known: while it is open, no dossier is decided."""


def _first_decisions(*columns: Any) -> Select[Any]:
    """First decisions of dossiers that never waited for credits."""
    waited = exists().where(
        StatusChange.claim_id == Decision.claim_id, StatusChange.new_status == "waiting_list"
    )
    return (
        select(*columns)
        .select_from(Decision)
        .join(ClaimCard, ClaimCard.claim_id == Decision.claim_id)
        .where(Decision.rank == 1, ~waited)
    )


def _unstopped(months: Sequence[date]) -> Select[Any]:
    asked = exists().where(DocumentRequest.claim_id == Decision.claim_id, _ENDED)
    ends = [(Decision.decided_on < add_months(month, 1), rank) for rank, month in enumerate(months)]
    return (
        _first_decisions(
            place_of(ends).label("rank_of_month"),
            Decision.kind,
            days_between(ClaimCard.filed_on, Decision.decided_on).label("days_taken"),
            ClaimCard.region,
        )
        .where(~asked)
        .group_by("rank_of_month", Decision.kind, "days_taken", ClaimCard.region)
    )


def _stopped() -> Select[Any]:
    columns: list[Any] = [Decision.kind, Decision.decided_on, *_CLOCK]
    asked = _first_decisions(*columns).join(DocumentRequest, DocumentRequest.claim_id == Decision.claim_id)
    return asked.where(_ENDED).group_by(*columns)


def _queued() -> Select[Any]:
    """What joined the waiting list: that decision, notified, ended the clock (art. 11)."""
    columns: list[Any] = [StatusChange.action, StatusChange.at, *_CLOCK]
    return (
        select(*columns)
        .join(ClaimCard, ClaimCard.claim_id == StatusChange.claim_id)
        .outerjoin(DocumentRequest, and_(DocumentRequest.claim_id == StatusChange.claim_id, _ENDED))
        .where(StatusChange.new_status == "waiting_list")
        .group_by(*columns)
    )


_CLOCK = (
    ClaimCard.filed_on,
    DocumentRequest.asked_at,
    DocumentRequest.answered_at,
    DocumentRequest.answer_by,
    ClaimCard.region,
)
