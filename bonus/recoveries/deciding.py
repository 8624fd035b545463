"""Confirming an undue sum by a titre de perception, or dropping it (art. 14): an authorising officer who is not the one
who notified it (art. 12), once the time to reply is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from bonus import outbox
from bonus.accounts.acting import person_acting
from bonus.audit.service import Actor, record
from bonus.budget.models import Commitment
from bonus.calendar import civil_date
from bonus.claims.models import Decision
from bonus.claims.notices import tell
from bonus.claims.role_models import OFFICER, REVIEWER
from bonus.claims.roles import require_only_role, take_role
from bonus.errors import Forbidden, Refusal
from bonus.extensions import db
from bonus.ledger.service import Entry, enter
from bonus.numbering import next_number

from . import words
from .changes import locked_recovery, step
from .computing import DecisionDue, undue_of
from .drafting import close_control, end_locked, require_words
from .giving_back import UNDUE, give_back
from .models import Recovery, RecoveryLine, RecoveryOrder
from .notifying import ask_letter
from .paid import free_unpaid, reduce_unpaid
from .parts import parts_to_claim
from .reviews import close_review, known_now
from .status import next_status


def confirm(recovery_id: int, reasons: str, actor: Actor, now: datetime) -> Recovery:
    """Issue the titre of an undue sum that was notified, for what is still undue and never more than was notified;
    what is not paid is brought down to what is due. Committed.

    Raises Refusal before the days to reply are over, or when nothing is undue any more; InvalidInput without reasons;
    Forbidden for the wrong role, the person who notified it, or under art. 12.
    """
    recovery = _for_an_officer(recovery_id, "confirm", actor)
    today = civil_date(now)
    assert recovery.reply_until is not None
    if today <= recovery.reply_until:
        sentence = words.too_early(recovery.reply_until, unopened=recovery.seen_at is None)
        raise Refusal("recovery.too_early", sentence)
    reasons = require_words(reasons, "reasons")
    recovery.changes = known_now(recovery, now)
    dues = undue_of(recovery.claim, recovery.changes, today)
    _bring_down(recovery, dues)
    if not recovery.amount_cents and not recovery.unpaid_cents:
        raise Refusal("recovery.nothing_undue", "Plus rien n’est indu : classez cet indu sans suite.")
    step(recovery, "confirm", actor, now, reasons)
    recovery.decided_at, recovery.decided_by_id, recovery.reasons = now, person_acting(actor), reasons
    close_control(recovery, now)
    close_review(recovery, now)
    take_role(recovery.claim_id, recovery.decided_by_id, OFFICER, now)
    order = _titre(recovery, dues, actor, now) if recovery.amount_cents else None
    reduced = _reduce(recovery, now)
    freed = free_unpaid(recovery.claim, now)
    outbox.post(UNDUE, recovery.id, now)
    number = str(recovery.claim.number)
    if order is not None:
        ask_letter(recovery, "titre", now)
        kind, sentence = "undue_claimed", words.claimed(order.number, number)
    else:
        kind, sentence = "undue_dropped", words.corrected(recovery.number, number)
    tell(recovery.claim, kind, sentence, now, about=f"recovery:{recovery.id}")
    record(
        "recovery.confirmed",
        f"claim:{recovery.claim.number}",
        actor,
        now,
        recovery=recovery.number,
        order=order.number if order is not None else None,
        amount_cents=recovery.amount_cents,
        reduced=reduced,
        freed=freed,
        reasons=reasons,
    )
    db.session.commit()
    return recovery


def drop(recovery_id: int, reasons: str, actor: Actor, now: datetime) -> Recovery:
    """Drop an undue sum with words, at any time: nothing is claimed, and what was held is due again; committed. A draft
    is set aside by a reviewer too, and its company knows nothing of it. Raises InvalidInput, Refusal, Forbidden."""
    recovery = locked_recovery(recovery_id)
    was_told = recovery.notified_at is not None
    if was_told or "reviewer" not in actor.roles:
        recovery = _for_an_officer(recovery_id, "drop", actor)
        role = OFFICER
    else:
        next_status(recovery.status, "drop", actor.roles)
        require_only_role(recovery.claim, actor, REVIEWER)
        role = REVIEWER
    reasons = require_words(reasons, "reasons")
    freed = end_locked(recovery, reasons, actor, now)
    close_review(recovery, now)
    take_role(recovery.claim_id, person_acting(actor), role, now)
    if was_told:
        ask_letter(recovery, "dropped", now)
        sentence = words.dropped(recovery.number, str(recovery.claim.number))
        tell(recovery.claim, "undue_dropped", sentence, now, about=f"recovery:{recovery.id}")
    # A draft that is set aside was never told: its company's history says nothing of it.
    action = "recovery.dropped" if was_told else "recovery.set_aside"
    subject = f"claim:{recovery.claim.number}"
    record(action, subject, actor, now, recovery=recovery.number, freed=freed, reasons=reasons)
    db.session.commit()
    return recovery


def _for_an_officer(recovery_id: int, action: str, actor: Actor) -> Recovery:
    recovery = locked_recovery(recovery_id)
    next_status(recovery.status, action, actor.roles)
    require_only_role(recovery.claim, actor, OFFICER)
    if actor.person_id in (recovery.proposed_by_id, recovery.opened_by_id):
        raise Forbidden(
            "claim.same_person", "Vous avez préparé cet indu : une autre personne doit en décider (art. 12)."
        )
    return recovery


def _bring_down(recovery: Recovery, dues: Iterable[DecisionDue]) -> None:
    """Write what is undue today, decision by decision, where it is less than was notified: a transfer that came back
    meanwhile, or a label that was not withdrawn after all, is not claimed. What is more than was notified is left out,
    the company not having been heard on it."""
    now = {due.decision.id: due for due in dues}
    for line in recovery.lines:
        due = now[line.decision_id]
        if due.undue_cents < line.undue_cents:
            line.due_cents, line.details = due.due_cents, [one.to_dict() for one in due.lines]
        line.undue_cents = min(line.undue_cents, due.undue_cents)
        line.unpaid_cents = min(due.unpaid_cents, line.granted_cents - due.paid_cents)
        line.paid_cents, line.former_cents = due.paid_cents, due.former_cents
    recovery.amount_cents = sum(line.undue_cents for line in recovery.lines)


def _titre(recovery: Recovery, dues: Sequence[DecisionDue], actor: Actor, now: datetime) -> RecoveryOrder:
    """The titre, and its entries in the ledger, one a decision."""
    today = civil_date(now)
    claimed = {line.decision_id for line in recovery.lines if line.undue_cents}
    barred = {
        due.decision.id: due.barred_on
        for due in dues
        if due.decision.id in claimed and due.barred_on is not None
    }
    order = RecoveryOrder(
        number=f"TP-{today.year}-{next_number('recovery_orders', today.year):06d}",
        recovery=recovery,
        amount_cents=recovery.amount_cents,
        remaining_cents=recovery.amount_cents,
        status="open",
        issued_at=now,
        issued_on=today,
        issued_by_id=person_acting(actor),
        barred_on=max(barred.values()),
        parts=parts_to_claim(recovery, barred),
    )
    db.session.add(order)
    db.session.flush()
    years = _years(claimed)
    piece = f"titre:{order.number}"
    enter(
        [
            Entry("claimed", piece, line.undue_cents, years[line.decision_id], line.decision_id, _about(line))
            for line in recovery.lines
            if line.undue_cents
        ],
        now,
    )
    return order


def _about(line: RecoveryLine) -> str:
    return f"decision:{line.decision_id}"


def _years(decision_ids: Iterable[int]) -> dict[int, int]:
    """The budget year each decision was committed on."""
    query = select(Commitment.decision_id, Commitment.year).where(Commitment.decision_id.in_(decision_ids))
    return {row.decision_id: row.year for row in db.session.execute(query)}


def _reduce(recovery: Recovery, now: datetime) -> list[str]:
    """Bring the orders that were not paid down to what is due: the numbers of those that were."""
    reduced = []
    years = _years(line.decision_id for line in recovery.lines)
    about = f"recovery:{recovery.number}"
    for line in recovery.lines:
        taken = reduce_unpaid(line.decision_id, line.unpaid_cents, now) if line.unpaid_cents else []
        year = years.get(line.decision_id, 0)
        # The entry of an order that is cancelled is made with its status.
        lost = (one for one in taken if one.order.status != "cancelled")
        enter(
            [
                Entry("cancelled", f"order:{one.order.number}", one.cents, year, line.decision_id, about)
                for one in lost
            ],
            now,
        )
        if taken:
            whole = sum(one.cents for one in taken)
            give_back(db.session.get_one(Decision, line.decision_id), whole, about, now)
        reduced += [one.order.number for one in taken]
    return reduced
