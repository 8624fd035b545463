"""Lines that waited for their label wake up: their dossier is taken up again, and its clock runs on (art. 11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date, pending_until
from bonus.extensions import db
from bonus.regulation import load_parameters

from .assessing import assess
from .changes import change_status, locked_claim
from .models import Claim, DecidedLine, Decision
from .status import WAKEABLE

WAITER = Actor(SERVICE.name, roles=frozenset({"service"}))


def has_pending_lines(claim: Claim) -> bool:
    """Whether a decided dossier has lines that wait for their label, as last decided."""
    if claim.status not in WAKEABLE:
        return False
    return bool(_pending_since(claim))


def some_wait(claim: Claim) -> bool:
    """Whether the last decision of some line left it waiting, whatever the dossier's status is now."""
    return bool(_pending_since(claim))


def waits_until(claim: Claim) -> date:
    """The day from which the lines of a dossier that wait need not wait any longer: at most twelve months after the
    decision that first left them waiting, whatever decisions other lines got since (art. 11)."""
    since = min(_pending_since(claim).values())
    return pending_until(since, load_parameters().integer("examination.pending_months", since))


def _pending_since(claim: Claim) -> dict[int, date]:
    """The lines that wait, as last decided → the day of the decision that first left each waiting."""
    query = (
        select(DecidedLine.line_id, DecidedLine.status, Decision.decided_on)
        .join(Decision, DecidedLine.decision_id == Decision.id)
        .where(Decision.claim_id == claim.id)
        .order_by(DecidedLine.id)
    )
    since: dict[int, date] = {}
    for line_id, status, decided_on in db.session.execute(query):
        if status == "pending":
            since.setdefault(line_id, decided_on)
        else:
            since.pop(line_id, None)
    return since


def _woken_on(claim: Claim, day: date) -> date:
    return min(day, waits_until(claim))


def _stopped_on(claim: Claim) -> date:
    """The day the clock of the lines that wait stopped. Those that went on waiting while others were examined had
    theirs still all along: since ``decision_due_on`` was last moved, for the first of them to wake."""
    since = min(_pending_since(claim).values())
    woken = [change.at for change in claim.changes if change.action == "wake"]
    return max(since, _woken_on(claim, civil_date(woken[-1]))) if woken else since


def awakened(claim: Claim, now: datetime) -> str | None:
    """Why the lines that wait may be decided today, in French; None while they must wait.

    Their label was reinstated or withdrawn, its validity ended, or they have waited twelve months.
    """
    if not has_pending_lines(claim):
        return None
    evaluated = assess(claim, now).evaluated
    if evaluated is not None and any(status != "pending" for status in evaluated.statuses):
        return "Le label attendu n’est plus suspendu : les lignes qui l’attendaient peuvent être décidées (art. 11)."
    if civil_date(now) >= waits_until(claim):
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
    claim.decision_due_on += max(_woken_on(claim, civil_date(now)) - _stopped_on(claim), timedelta())
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
