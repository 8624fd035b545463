"""What a titre claims, line by line, and what of it is left: each part has its own time (art. 14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from bonus.extensions import db

from .allocation import Part, claimed_parts
from .models import Recovery, RecoveryLine, RecoveryOrder, TitrePart
from .reduced import less_reduced, reduced_before
from .settlement_models import Settlement, SettlementShare


@dataclass(frozen=True)
class Claimed:
    """What a titre claims of a line, until the eve of ``barred_on``."""

    part: Part
    barred_on: date


def parts_to_claim(recovery: Recovery, barred: Mapping[int, date]) -> list[TitrePart]:
    """What a titre about to be issued claims of each line; ``barred``: the first barred day of each decision, by its
    id. What standing titres claim of a line before is not claimed of it again, nor what an order lost of it."""
    return [
        TitrePart(
            decision_id=part.decision_id,
            line_id=part.line_id,
            amount_cents=part.cents,
            barred_on=barred[part.decision_id],
        )
        for line in recovery.lines
        if line.undue_cents
        for part in _parts(line, _claimed_before(line), 0)
    ]


def _parts(line: RecoveryLine, before: Counter[tuple[int, int]], former_cents: int) -> list[Part]:
    details = less_reduced(line.decision_id, line.details, reduced_before(line) + before)
    return claimed_parts(line.decision_id, details, former_cents, line.undue_cents)


def _claimed_before(line: RecoveryLine) -> Counter[tuple[int, int]]:
    """What the titres of earlier undue sums that are not cancelled claim of a decision, by decision and line."""
    query = (
        select(RecoveryOrder)
        .join(RecoveryLine, RecoveryLine.recovery_id == RecoveryOrder.recovery_id)
        .where(
            RecoveryLine.decision_id == line.decision_id,
            RecoveryOrder.recovery_id != line.recovery_id,
            RecoveryOrder.status != "cancelled",
        )
    )
    found: Counter[tuple[int, int]] = Counter()
    for titre in db.session.scalars(query):
        for one in claimed_of(titre):
            if one.part.decision_id == line.decision_id:
                found[one.part.decision_id, one.part.line_id] += one.part.cents
    return found


def claimed_of(titre: RecoveryOrder) -> list[Claimed]:
    """What a titre claims, line by line, in the order in which it is settled."""
    return [
        Claimed(Part(part.decision_id, part.line_id, part.amount_cents), part.barred_on)
        for part in titre.parts
    ] or list(_explained(titre))


def _explained(titre: RecoveryOrder) -> Iterator[Claimed]:
    """The same of a titre issued before its parts were kept (revision 0047): one day for all."""
    for line in titre.recovery.lines:
        if line.undue_cents:
            for part in _parts(line, Counter(), line.former_cents):
                yield Claimed(part, titre.barred_on)


def left_of(titre: RecoveryOrder) -> list[Claimed]:
    """What is left of each part that is not wholly settled, in the same order."""
    query = (
        select(SettlementShare.decision_id, SettlementShare.line_id, func.sum(SettlementShare.amount_cents))
        .join(Settlement, SettlementShare.settlement_id == Settlement.id)
        .where(
            Settlement.order_id == titre.id,
            # What was repaid, then given back, is not claimed anew; what was barred by mistake is.
            or_(Settlement.kind != "barred", Settlement.undone_at.is_(None)),
        )
        .group_by(SettlementShare.decision_id, SettlementShare.line_id)
    )
    settled = {
        (decision_id, line_id): int(cents) for decision_id, line_id, cents in db.session.execute(query)
    }
    found = []
    for one in claimed_of(titre):
        part = one.part
        cents = part.cents - settled.get((part.decision_id, part.line_id), 0)
        if cents:
            found.append(Claimed(Part(part.decision_id, part.line_id, cents), one.barred_on))
    return found


def claimable_of(titre: RecoveryOrder, on: date) -> list[Part]:
    """What is left of a titre whose time is not over on a day."""
    return [one.part for one in left_of(titre) if on < one.barred_on]


def cents_of(parts: Sequence[Part]) -> int:
    """What parts come to."""
    return sum(part.cents for part in parts)


def is_claimable(titre: RecoveryOrder, on: date) -> bool:
    """Whether something of a titre can still be claimed on a day."""
    return titre.status == "open" and bool(claimable_of(titre, on))


def times_of(titre: RecoveryOrder) -> list[tuple[date, int]]:
    """The first barred days of a titre, the earliest first, each with what is left that it bars, in cents; of a titre
    of which nothing is left, the latest of its days alone."""
    return _by_day(left_of(titre)) or [(titre.barred_on, 0)]


def claimed_times(titre: RecoveryOrder) -> list[tuple[date, int]]:
    """The same of all that a titre claims, whatever is left of it."""
    return _by_day(claimed_of(titre))


def _by_day(claimed: Sequence[Claimed]) -> list[tuple[date, int]]:
    days: Counter[date] = Counter()
    for one in claimed:
        days[one.barred_on] += one.part.cents
    return sorted(days.items())
