"""The waiting list (art. 10): dossiers for which credits are short, in the order they became complete.

While a dossier waits, none of its class (``micro`` and ``sme``; others) completed later is granted; from 1 October
there is one queue. Whoever changes the list has the envelope's row locked, so that two never change it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from bonus import outbox
from bonus.calendar import civil_date
from bonus.claims.models import Claim
from bonus.claims.request_models import DocumentRequest
from bonus.extensions import db
from bonus.regulation import Parameters, load_parameters

from .models import WaitingEntry
from .service import locked_envelope

SERVE = "serve_waiting"
"""The kind of the outbox's message that serves the list."""
SERVED = "serve"
"""The action of the status table by which credits found let a dossier be decided."""
FROM_RELEASE, FROM_ACT, FROM_LEAVING = 1, 2, 3
"""What credits came back from: with its id, what makes a message unique. That of a day has the day's ordinal alone."""


@dataclass(frozen=True)
class Joining:
    """How a dossier joins: the ``kind`` of the decision that puts it there, and the persons of art. 12."""

    kind: str
    officer_id: int | None
    proposed_by_id: int | None
    said: str = ""


def one_queue(on: date, law: Parameters) -> bool:
    """Whether both classes wait in one queue on a day: once nothing is reserved any more."""
    return on.strftime("%m-%d") > str(law.on("budget.sme_reserve_until", on).value)


def complete_at(claim: Claim) -> datetime:
    """When a dossier became complete: filed, or its request for documents answered or ended (art. 11)."""
    assert claim.filed_at is not None
    request = db.session.scalars(
        select(DocumentRequest).where(DocumentRequest.claim_id == claim.id)
    ).one_or_none()
    return (request and (request.answered_at or request.ended_at)) or claim.filed_at


def join(claim: Claim, amount_cents: int, reserved: bool, joining: Joining, now: datetime) -> WaitingEntry:
    """Put a locked dossier on the list, in the caller's transaction. Flushes."""
    entry = WaitingEntry(
        claim=claim,
        kind=joining.kind,
        officer_id=joining.officer_id,
        proposed_by_id=joining.proposed_by_id,
        said=joining.said,
        reserved=reserved,
        amount_cents=amount_cents,
        complete_at=complete_at(claim),
        joined_at=now,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def leave(claim: Claim, action: str, now: datetime) -> None:
    """Take a locked dossier off the list, in the caller's transaction: ``action`` is what it leaves by. Who comes next
    may have room: unless it was served, and whoever serves goes on, the list is to be served."""
    entry = entry_of(claim.id)
    if entry is None:
        return
    entry.left_at, entry.left_by = now, action
    db.session.flush()
    if action != SERVED:
        locked_envelope(civil_date(now).year)
        ask_to_serve(FROM_LEAVING, entry.id, now)


def entry_of(claim_id: int) -> WaitingEntry | None:
    """The place of a dossier that waits; None when it does not."""
    return db.session.scalars(_waiting().where(WaitingEntry.claim_id == claim_id)).one_or_none()


def rank_today(claim_id: int, now: datetime) -> tuple[WaitingEntry, int] | None:
    """The place of a dossier that waits and its rank today, from 1; None when it does not wait."""
    entry = entry_of(claim_id)
    return None if entry is None else (entry, rank_of(entry, civil_date(now), load_parameters()))


def someone_before(claim: Claim, reserved: bool, on: date, law: Parameters) -> bool:
    """Whether a dossier that became complete before this one waits in its queue: it is not granted then (art. 10)."""
    before = _waiting().where(
        _earlier(complete_at(claim), claim.id),
        _same_queue(reserved, on, law),
        WaitingEntry.claim_id != claim.id,
    )
    return db.session.scalars(before.limit(1)).first() is not None


def rank_of(entry: WaitingEntry, on: date, law: Parameters) -> int:
    """The rank of a dossier in its queue on a day, from 1."""
    before = select(func.count()).select_from(WaitingEntry)
    count = db.session.scalar(
        before.where(
            WaitingEntry.left_at.is_(None),
            _earlier(entry.complete_at, entry.claim_id),
            _same_queue(entry.reserved, on, law),
        )
    )
    return (count or 0) + 1


def queues(on: date, law: Parameters) -> dict[str, Sequence[WaitingEntry]]:
    """Those who wait on a day, in order, by queue: ``all``, or ``reserved`` and ``others``."""
    everyone = db.session.scalars(_in_order()).all()
    if one_queue(on, law):
        return {"all": everyone}
    return {
        "reserved": [entry for entry in everyone if entry.reserved],
        "others": [entry for entry in everyone if not entry.reserved],
    }


def first_waiting(reserved: bool | None) -> WaitingEntry | None:
    """Whose turn it is in a class, or with None in the one queue."""
    query = _in_order() if reserved is None else _in_order().where(WaitingEntry.reserved.is_(reserved))
    return db.session.scalars(query.limit(1)).first()


def ask_to_serve(origin: int, origin_id: int, now: datetime) -> None:
    """Ask for the list to be served, in the caller's transaction, once for what credits come back from; when nobody
    waits, there is nothing to ask for."""
    if first_waiting(None) is not None and not outbox.is_posted(SERVE, origin, origin_id):
        outbox.post(SERVE, origin, now, part=origin_id)


def _waiting() -> Select[WaitingEntry]:
    return select(WaitingEntry).where(WaitingEntry.left_at.is_(None))


def _in_order() -> Select[WaitingEntry]:
    return _waiting().order_by(WaitingEntry.complete_at, WaitingEntry.claim_id)


def _earlier(moment: datetime, claim_id: int) -> ColumnElement[bool]:
    return or_(
        WaitingEntry.complete_at < moment,
        and_(WaitingEntry.complete_at == moment, WaitingEntry.claim_id < claim_id),
    )


def _same_queue(reserved: bool, on: date, law: Parameters) -> ColumnElement[bool]:
    return true() if one_queue(on, law) else WaitingEntry.reserved.is_(reserved)
