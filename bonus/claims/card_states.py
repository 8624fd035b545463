"""What the card of a dossier says of where it stands: its queue, its days, who is in charge."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, cast, func, select

from bonus.bulk import Row
from bonus.calendar import civil_date
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.money import amount_string
from bonus.regions import region_of
from bonus.regulation import load_parameters, size_category

from .card_models import NOBODY
from .card_queues import CLOCK_RUNS, IN_LANE, QUEUE_OF, TO_READ
from .lane_models import LaneEntry, by_rule
from .models import Claim, Decision
from .proposal_models import Proposal
from .request_models import DocumentRequest

OF_A_COMPANY = ("postcode", "country", "kind", "headcount", "turnover_cents", "balance_sheet_cents")
_ESTIMATE = cast(Claim.acknowledgement["expected_bonus_cents"].as_string(), BigInteger)


def states_of(claim_ids: Collection[int]) -> list[Row]:
    """What the cards of these dossiers say of where they stand; a draft has none."""
    requests = {
        row.claim_id: row
        for row in db.session.execute(
            select(
                DocumentRequest.claim_id,
                DocumentRequest.answer_by,
                DocumentRequest.answered_at,
                DocumentRequest.ended_at,
            ).where(DocumentRequest.claim_id.in_(claim_ids))
        )
    }
    decided = {
        row.claim_id: row
        for row in db.session.execute(
            select(
                Decision.claim_id,
                func.max(Decision.decided_on).label("decided_on"),
                func.sum(Decision.bonus_cents).label("bonus_cents"),
            )
            .where(Decision.claim_id.in_(claim_ids))
            .group_by(Decision.claim_id)
        )
    }
    proposed = select(
        Proposal.claim_id, Proposal.reviewer_id, Proposal.second_reading, Proposal.concurred_by_id
    )
    proposals = {
        row.claim_id: row  # the last one counts
        for row in db.session.execute(proposed.where(Proposal.claim_id.in_(claim_ids)).order_by(Proposal.id))
    }
    rows = db.session.execute(
        select(
            *(getattr(Claim, name) for name in ("id", "number", "company_id", "status", "filed_at")),
            *(Claim.decision_due_on, Claim.assigned_to_id, Claim.risk_weight, _ESTIMATE.label("estimate")),
            *(getattr(Company, name) for name in OF_A_COMPANY),
            LaneEntry.due_on.label("rule_on"),
        )
        .join(Company, Company.id == Claim.company_id)
        .outerjoin(LaneEntry, by_rule())
        .where(Claim.id.in_(claim_ids), Claim.number.is_not(None))
        .order_by(Claim.id)
    )
    return [_state(row, requests.get(row.id), decided.get(row.id), proposals.get(row.id)) for row in rows]


def _state(row: Any, request: Any, decided: Any, proposal: Any) -> Row:
    filed_on, queue, proposer = civil_date(row.filed_at), QUEUE_OF[row.status], NOBODY
    if row.status == "proposed" and proposal and proposal.second_reading and proposal.concurred_by_id is None:
        queue, proposer = TO_READ, proposal.reviewer_id
    sort_on, due_on = _days(queue, filed_on, row.decision_due_on, request, decided)
    if row.rule_on is not None:
        queue, sort_on, due_on = IN_LANE, row.rule_on, row.rule_on
    return {
        "claim_id": row.id,
        "number": row.number,
        "company_id": row.company_id,
        "status": row.status,
        "queue": queue,
        "reviewer": row.assigned_to_id or NOBODY,
        "taken": row.assigned_to_id is not None,
        "proposer": proposer,
        "filed_on": filed_on,
        "sort_on": sort_on,
        "due_on": due_on,
        "risk_weight": row.risk_weight,
        "bonus_cents": row.estimate if decided is None else int(decided.bonus_cents),
        **of_company(row, filed_on),
    }


def _days(
    queue: str, filed_on: date, due_on: date | None, request: Any, decided: Any
) -> tuple[date, date | None]:
    """The day a queue puts a dossier in order by, and the one on which something happens by itself."""
    if queue in CLOCK_RUNS:
        return due_on or filed_on, due_on
    if queue == "pieces-attendues" and request is not None:
        return request.answer_by, request.answer_by
    if decided is not None:
        return decided.decided_on, None
    return _complete_on(filed_on, request), None


def _complete_on(filed_on: date, request: Any) -> date:
    """The day a dossier was complete, or was to be taken as it is: the order of the waiting list (art. 10)."""
    if request is None:
        return filed_on
    ended: datetime | None = request.answered_at or request.ended_at
    return filed_on if ended is None else civil_date(ended)


def of_company(row: Any, filed_on: date) -> Row:
    """What a card says of its company (``row`` has OF_A_COMPANY): its region, its size when the dossier was filed."""
    figures = {
        "headcount": row.headcount,
        "turnover": amount_string(row.turnover_cents),
        "balance_sheet": amount_string(row.balance_sheet_cents),
        "kind": row.kind,
    }
    return {
        "region": region_of(row.postcode, row.country),
        "size": size_category(figures, filed_on, load_parameters()),
    }
