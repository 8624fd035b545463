"""The cards are kept in the transaction of what changes a dossier, whoever changes it: the session says what it wrote.

A statement that writes dossiers by thousands is not seen by the session: who makes one calls ``make_cards`` after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, delete, event, func, insert, inspect, select, update
from sqlalchemy.orm import Session, UOWTransaction

from bonus.bulk import Row, chunks
from bonus.calendar import civil_date
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.money import amount_string
from bonus.regions import region_of
from bonus.registry.models import Solution
from bonus.regulation import load_parameters, size_category

from .card_models import NOBODY, CardCount, CardKey, ClaimCard
from .card_queues import CLOCK_RUNS, IN_LANE, QUEUE_OF
from .company_words import keep_words
from .lane_models import LaneEntry, by_rule
from .models import Claim, Decision, Invoice, PurchaseLine
from .request_models import DocumentRequest

_OF_A_CLAIM = (
    "number", "status", "filed_at", "decision_due_on", "assigned_to_id", "acknowledgement", "risk_weight"
)  # fmt: skip
_OF_A_COMPANY = ("postcode", "country", "kind", "headcount", "turnover_cents", "balance_sheet_cents")
_CARDS: Any = ClaimCard.__table__
_KEYS: Any = CardKey.__table__
_ESTIMATE = cast(Claim.acknowledgement["expected_bonus_cents"].as_string(), BigInteger)


def register() -> None:
    """Have the cards kept, whatever session writes."""
    if not event.contains(Session, "after_flush", _keep):
        event.listen(Session, "after_flush", _keep)


def _keep(session: Session, _context: UOWTransaction) -> None:
    """What was written to a dossier, its request, its decisions or its company is written to its card."""
    written = [*session.new, *session.dirty]
    named = [one for one in written if isinstance(one, Company) and _changed(one, ("name",))]
    if named:
        keep_words({one.id: one.name for one in named})
    moved = [one.id for one in session.dirty if isinstance(one, Company) and _changed(one, _OF_A_COMPANY)]
    if moved:
        _refresh_companies(moved)
    ids = {one.id for one in written if isinstance(one, Claim) and one.number and _changed(one, _OF_A_CLAIM)}
    ids |= {one.claim_id for one in written if isinstance(one, Decision | DocumentRequest | LaneEntry)}
    if ids:
        keep_cards(sorted(ids))


def _changed(one: object, names: Iterable[str]) -> bool:
    attributes = inspect(one, raiseerr=True).attrs
    return any(attributes[name].history.has_changes() for name in names)


def keep_cards(claim_ids: Sequence[int]) -> None:
    """Write the cards of these dossiers as they are now; the drafts among them have none. The caller commits.

    What was bought is read once, when a card is made: a filed dossier's purchases do not change.
    """
    for part in chunks(claim_ids):
        known = {
            row.claim_id: (row.queue, row.reviewer)
            for row in db.session.execute(
                select(_CARDS.c.claim_id, _CARDS.c.queue, _CARDS.c.reviewer).where(
                    _CARDS.c.claim_id.in_(part)
                )
            )
        }
        states = states_of(part)
        _rewrite([state for state in states if state["claim_id"] in known], known)
        _make([state for state in states if state["claim_id"] not in known])


def make_cards(claim_ids: Sequence[int]) -> int:
    """Make anew the cards of these dossiers, purchases included; returns how many they are. The caller commits."""
    made = 0
    for part in chunks(claim_ids):
        former: Counter[tuple[str, int]] = Counter()
        for queue, reviewer in db.session.execute(
            select(_CARDS.c.queue, _CARDS.c.reviewer).where(_CARDS.c.claim_id.in_(part))
        ):
            former[queue, reviewer] -= 1
        count(former)
        db.session.execute(delete(CardKey).where(CardKey.claim_id.in_(part)))
        db.session.execute(delete(ClaimCard).where(ClaimCard.claim_id.in_(part)))
        states = states_of(part)
        _make(states)
        made += len(states)
    return made


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
    rows = db.session.execute(
        select(
            *(getattr(Claim, name) for name in ("id", "number", "company_id", "status", "filed_at")),
            *(Claim.decision_due_on, Claim.assigned_to_id, Claim.risk_weight, _ESTIMATE.label("estimate")),
            *(getattr(Company, name) for name in _OF_A_COMPANY),
            LaneEntry.due_on.label("rule_on"),
        )
        .join(Company, Company.id == Claim.company_id)
        .outerjoin(LaneEntry, by_rule())
        .where(Claim.id.in_(claim_ids), Claim.number.is_not(None))
        .order_by(Claim.id)
    )
    return [_state(row, requests.get(row.id), decided.get(row.id)) for row in rows]


def _state(row: Any, request: Any, decided: Any) -> Row:
    filed_on, queue = civil_date(row.filed_at), QUEUE_OF[row.status]
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
        "filed_on": filed_on,
        "sort_on": sort_on,
        "due_on": due_on,
        "risk_weight": row.risk_weight,
        "bonus_cents": row.estimate if decided is None else int(decided.bonus_cents),
        **_of_company(row, filed_on),
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


def _of_company(row: Any, filed_on: date) -> Row:
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


def _refresh_companies(company_ids: Sequence[int]) -> None:
    """Write where a company is, and its size, to its cards, and nothing else: their dossiers are not locked."""
    rows = db.session.execute(
        select(_CARDS.c.claim_id, _CARDS.c.filed_on, *(getattr(Company, name) for name in _OF_A_COMPANY))
        .join(Company, Company.id == _CARDS.c.company_id)
        .where(_CARDS.c.company_id.in_(company_ids))
        .order_by(_CARDS.c.claim_id)
    ).all()
    if rows:
        _update([{"claim_id": row.claim_id} | _of_company(row, row.filed_on) for row in rows])


def _update(rows: Sequence[Row]) -> None:
    statement = update(_CARDS).where(_CARDS.c.claim_id == bindparam("of"))
    db.session.connection().execute(statement, [_of(row) for row in rows])


def _of(row: Row) -> Row:
    return {"of": row["claim_id"], **{name: value for name, value in row.items() if name != "claim_id"}}


def _rewrite(states: Sequence[Row], known: dict[int, tuple[str, int]]) -> None:
    if not states:
        return
    _update(states)
    statement = update(_KEYS).where(_KEYS.c.claim_id == bindparam("of"))
    db.session.connection().execute(
        statement,
        [{"of": row["claim_id"], "queue": row["queue"], "sort_on": row["sort_on"]} for row in states],
    )
    moves: Counter[tuple[str, int]] = Counter()
    for row in states:
        moves[known[row["claim_id"]]] -= 1
        moves[(row["queue"], row["reviewer"])] += 1
    count(moves)


def _make(states: Sequence[Row]) -> None:
    if not states:
        return
    ids = [row["claim_id"] for row in states]
    sums = {
        row.claim_id: {"net_cents": int(row.net_cents), "invoices": row.invoices}
        for row in db.session.execute(
            select(
                Invoice.claim_id,
                func.sum(Invoice.net_cents).label("net_cents"),
                func.count().label("invoices"),
            )
            .where(Invoice.claim_id.in_(ids))
            .group_by(Invoice.claim_id)
        )
    }
    nothing = {"net_cents": 0, "invoices": 0}
    connection = db.session.connection()
    connection.execute(insert(_CARDS), [row | sums.get(row["claim_id"], nothing) for row in states])
    places = {row["claim_id"]: {"queue": row["queue"], "sort_on": row["sort_on"]} for row in states}
    keys = [{"claim_id": claim_id, "key": key} | places[claim_id] for claim_id, key in sorted(_keys_of(ids))]
    if keys:
        connection.execute(insert(_KEYS), keys)
    count(Counter((row["queue"], row["reviewer"]) for row in states))


def _keys_of(claim_ids: Collection[int]) -> set[tuple[int, str]]:
    lines = (
        select(Invoice.claim_id, Solution.axis)
        .distinct()
        .join(PurchaseLine, PurchaseLine.invoice_id == Invoice.id)
        .join(Solution, Solution.id == PurchaseLine.solution_id)
        .where(Invoice.claim_id.in_(claim_ids))
    )
    sellers = (
        select(Invoice.claim_id, Invoice.supplier_identifier)
        .distinct()
        .where(Invoice.claim_id.in_(claim_ids))
    )
    return {(row[0], axis_key(row[1])) for row in db.session.execute(lines)} | {
        (row[0], seller_key(row[1])) for row in db.session.execute(sellers) if row[1]
    }


def axis_key(axis: str) -> str:
    """The key of the dossiers that hold a solution of an axis."""
    return f"axis:{axis}"


def seller_key(identifier: str) -> str:
    """The key of the dossiers that hold an invoice of a seller: its SIREN or VAT number."""
    return f"seller:{identifier}"


def count(moves: Counter[tuple[str, int]]) -> None:
    """Write how many dossiers came to each (queue, reviewer), or left it. The caller commits."""
    rows = [
        {"queue": queue, "reviewer": reviewer, "dossiers": dossiers}
        for (queue, reviewer), dossiers in sorted(moves.items())
        if dossiers
    ]
    if rows:
        db.session.execute(insert(CardCount), rows)
