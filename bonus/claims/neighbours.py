"""The dossiers before and after one, in the queue that an agent goes through: what the keys n and p lead to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from bonus.extensions import db

from .card_models import NOBODY, ClaimCard
from .queue import counts
from .queue_filters import MINE, NOBODYS, OTHERS, Filters
from .queue_walk import Place, Segment, segments_of, walk


@dataclass(frozen=True)
class Neighbours:
    """Their numbers; None at an end of the queue."""

    previous: str | None
    next: str | None


def neighbours_of(claim_id: int, queue: str, filters: Filters, today: date, *, me: int | None) -> Neighbours:
    """The dossiers just before and just after this one in a queue (a key of QUEUES), as its pages show it to this
    person: in the same order, with the same filters. The dossier need not be in it any more: proposed a moment ago, it
    stands where its day and who has it in charge put it."""
    card = db.session.get(ClaimCard, claim_id)
    if card is None:
        return Neighbours(None, None)
    segments = segments_of(queue, me, filters.assigned)
    here = Place(_rank(card, segments, me), card.sort_on, card.claim_id)
    holds = counts(me)[queue]
    before, after = (
        walk(queue, me, filters, today, held=holds, start=here, backwards=backwards, most=1).places[:1]
        for backwards in (True, False)
    )
    numbers = _numbers([place.claim_id for place in (*before, *after)])
    return Neighbours(
        numbers[before[0].claim_id] if before else None,
        numbers[after[0].claim_id] if after else None,
    )


def _rank(card: ClaimCard, segments: list[Segment], me: int | None) -> int:
    whose = NOBODYS if card.reviewer == NOBODY else MINE if card.reviewer == me else OTHERS
    return next((rank for rank, part in enumerate(segments) if part.whose == whose), 0)


def _numbers(claim_ids: list[int]) -> dict[int, str]:
    query = select(ClaimCard.claim_id, ClaimCard.number).where(ClaimCard.claim_id.in_(claim_ids))
    return {row.claim_id: row.number for row in db.session.execute(query)}
