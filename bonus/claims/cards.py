"""The cards are kept in the transaction of what changes a dossier, whoever changes it: the session says what it wrote.

A statement that writes dossiers by thousands is not seen by the session: who makes one calls ``make_cards`` after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, event, func, insert, inspect, select, update
from sqlalchemy.orm import Session, UOWTransaction

from bonus.bulk import Row, chunks
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.registry.models import Solution

from .card_models import CardCount, CardKey, ClaimCard
from .card_states import OF_A_COMPANY, of_company, states_of
from .company_words import keep_words
from .lane_models import LaneEntry
from .models import Claim, Decision, Invoice, PurchaseLine
from .proposal_models import Proposal
from .request_models import DocumentRequest

_OF_A_CLAIM = (
    "number", "status", "filed_at", "decision_due_on", "assigned_to_id", "acknowledgement", "risk_weight"
)  # fmt: skip
_CARDS: Any = ClaimCard.__table__
_KEYS: Any = CardKey.__table__


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
    moved = [one.id for one in session.dirty if isinstance(one, Company) and _changed(one, OF_A_COMPANY)]
    if moved:
        _refresh_companies(moved)
    ids = {one.id for one in written if isinstance(one, Claim) and one.number and _changed(one, _OF_A_CLAIM)}
    ids |= {
        one.claim_id for one in written if isinstance(one, Decision | DocumentRequest | LaneEntry | Proposal)
    }
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


def _refresh_companies(company_ids: Sequence[int]) -> None:
    """Write where a company is, and its size, to its cards, and nothing else: their dossiers are not locked."""
    rows = db.session.execute(
        select(_CARDS.c.claim_id, _CARDS.c.filed_on, *(getattr(Company, name) for name in OF_A_COMPANY))
        .join(Company, Company.id == _CARDS.c.company_id)
        .where(_CARDS.c.company_id.in_(company_ids))
        .order_by(_CARDS.c.claim_id)
    ).all()
    if rows:
        _update([{"claim_id": row.claim_id} | of_company(row, row.filed_on) for row in rows])


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
