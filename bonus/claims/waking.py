"""Lines that waited for their label wake up: their dossier is taken up again, and its clock runs on (art. 11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import add_months, civil_date
from bonus.extensions import db

from .assessing import assess
from .changes import change_status, locked_claim
from .models import Claim, DecidedLine, Decision
from .status import WAKEABLE

WAITER = Actor(SERVICE.name, roles=frozenset({"service"}))
LONGEST_WAIT_MONTHS = 12


def has_pending_lines(claim: Claim) -> bool:
    """Whether a decided dossier has lines that wait for their label, as last decided."""
    if claim.status not in WAKEABLE:
        return False
    query = (
        select(DecidedLine.line_id, DecidedLine.status)
        .join(Decision, DecidedLine.decision_id == Decision.id)
        .where(Decision.claim_id == claim.id)
        .order_by(DecidedLine.id)
    )
    return "pending" in {row.line_id: row.status for row in db.session.execute(query)}.values()


def awakened(claim: Claim, now: datetime) -> str | None:
    """Why the lines that wait may be decided today, in French; None while they must wait.

    Their label was reinstated or withdrawn, its validity ended, or they have waited twelve months.
    """
    if not has_pending_lines(claim):
        return None
    evaluated = assess(claim, now).evaluated
    if evaluated is not None and any(status != "pending" for status in evaluated.statuses):
        return "Le label attendu n’est plus suspendu : les lignes qui l’attendaient peuvent être décidées (art. 11)."
    decided_on = claim.decisions[-1].decided_on
    if civil_date(now) >= add_months(decided_on, LONGEST_WAIT_MONTHS):
        return (
            "Douze mois ont passé depuis la suspension du délai : les lignes qui attendaient doivent être décidées "
            "(art. 11)."
        )
    return None


def wake(claim: Claim, sentence: str, now: datetime) -> None:
    """Take a locked dossier up again, in the caller's transaction: its clock, suspended since the decision, runs on.

    Writes its entry in the log: call it last.
    """
    assert claim.decision_due_on is not None
    decided_on = claim.decisions[-1].decided_on
    until = min(civil_date(now), add_months(decided_on, LONGEST_WAIT_MONTHS))
    claim.decision_due_on += max(until - decided_on, timedelta())
    change_status(claim, "wake", WAITER, now, reason=sentence)
    record(
        "claim.woken",
        f"claim:{claim.number}",
        WAITER,
        now,
        decision_due_on=claim.decision_due_on.isoformat(),
        reasons=sentence,
    )


def wake_what_may(now: datetime) -> int:
    """Take up every dossier whose lines need not wait any longer, one transaction each; returns how many.

    What a change of the registry wakes is taken up at once by its follow-up; this is for what time alone ends.
    """
    return sum(_wake_one(claim_id, now) for claim_id in list(_waiting()))


def _waiting() -> Iterator[int]:
    later = aliased(DecidedLine)
    query = (
        select(Claim.id)
        .where(
            Claim.status.in_(WAKEABLE),
            Claim.decisions.any(),
            select(DecidedLine.id)
            .where(
                DecidedLine.status == "pending",
                DecidedLine.decision.has(claim_id=Claim.id),
                ~exists().where(later.line_id == DecidedLine.line_id, later.id > DecidedLine.id),
            )
            .exists(),
        )
        .order_by(Claim.id)
    )
    yield from db.session.scalars(query)


def _wake_one(claim_id: int, now: datetime) -> bool:
    claim = locked_claim(claim_id)
    sentence = awakened(claim, now)
    if sentence is not None:
        wake(claim, sentence, now)
    db.session.commit()
    return sentence is not None
