"""What orders lost by undue sums before they were paid, line by line (art. 14): it is never paid, and counts no more.

Each is the release of credits that ``deciding`` made with it, so that envelope, register and ceilings say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, select
from sqlalchemy.orm import aliased, undefer

from bonus.budget.models import Commitment, CreditRelease
from bonus.claims.models import Claim, Decision
from bonus.companies.models import Company
from bonus.extensions import db

from .allocation import Part, claimed_parts
from .models import Recovery, RecoveryLine

UNDONE = ":undone"
"""What the new commitment of something given back is about, after what had released it."""


def reduced_parts(*of: ColumnElement[bool]) -> list[Part]:
    """What orders lost, by decision and line, in cents; ``of``: conditions on recoveries, decisions, their claims and
    companies."""
    query = (
        select(RecoveryLine, CreditRelease.amount_cents)
        .select_from(RecoveryLine)
        .join(Recovery, RecoveryLine.recovery_id == Recovery.id)
        .join(Commitment, Commitment.decision_id == RecoveryLine.decision_id)
        .join(
            CreditRelease,
            and_(
                CreditRelease.commitment_id == Commitment.id,
                CreditRelease.about == literal("recovery:") + Recovery.number,
            ),
        )
        .join(Decision, RecoveryLine.decision_id == Decision.id)
        .join(Claim, Decision.claim_id == Claim.id)
        .join(Company, Claim.company_id == Company.id)
        .where(*of, ~_given_back())
        .order_by(RecoveryLine.recovery_id, RecoveryLine.decision_id)
        .options(undefer(RecoveryLine.details))
    )
    found: Counter[tuple[int, int]] = Counter()
    for line, cents in db.session.execute(query):
        # What is paid and claimed comes first, then what was not paid.
        claimed = line.former_cents + line.undue_cents
        details = less_reduced(line.decision_id, line.details, found)
        for part in claimed_parts(line.decision_id, details, claimed, cents):
            found[part.decision_id, part.line_id] += part.cents
    return [Part(decision_id, line_id, cents) for (decision_id, line_id), cents in found.items()]


def _given_back() -> ColumnElement[bool]:
    """Whether what an order lost was made due again, its titre being cancelled."""
    undone = aliased(CreditRelease)
    return exists().where(
        undone.commitment_id == CreditRelease.commitment_id,
        undone.about == CreditRelease.about + literal(UNDONE),
    )


def lost_cents(line: RecoveryLine) -> int:
    """What the orders of a decision lost to an undue sum, in cents; nothing of what was made due again."""
    query = (
        select(CreditRelease.amount_cents)
        .join(Commitment, CreditRelease.commitment_id == Commitment.id)
        .where(
            Commitment.decision_id == line.decision_id,
            CreditRelease.about == about_lost(line.recovery),
            ~_given_back(),
        )
    )
    return db.session.scalars(query).one_or_none() or 0


def about_lost(recovery: Recovery) -> str:
    """What the release of credits of what orders lost is about."""
    return f"recovery:{recovery.number}"


def reduced_before(line: RecoveryLine) -> Counter[tuple[int, int]]:
    """What an order had lost before an undue sum, by decision and line, in cents."""
    parts = reduced_parts(
        RecoveryLine.decision_id == line.decision_id, RecoveryLine.recovery_id < line.recovery_id
    )
    return Counter({(part.decision_id, part.line_id): part.cents for part in parts})


def less_reduced(
    decision_id: int, details: Iterable[Mapping[str, Any]], reduced: Mapping[tuple[int, int], int]
) -> list[dict[str, Any]]:
    """The lines of a decision, less what its order lost of each before."""
    return [
        {
            **one,
            "granted_cents": int(one["granted_cents"]) - reduced.get((decision_id, int(one["line_id"])), 0),
        }
        for one in details
    ]
