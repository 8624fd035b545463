"""Serving the waiting list when credits are there (art. 10): in order, one dossier a transaction, nobody overtakes.

The day credits are committed is the grant date: eligibility, the ceilings of art. 6, art. 7 and the parameters are all
computed again on it. What is granted is what the officer decided, on the reviewer's proposal, or what the rule did,
when the dossier joined the list: they stay its authors (art. 12), and the service only finds the credits.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from bonus.audit.service import Actor
from bonus.calendar import civil_date, format_date
from bonus.claims.assessing import Assessment, assess
from bonus.claims.changes import locked_claim
from bonus.claims.cuts import cuts_in
from bonus.claims.holders import lock_invoices
from bonus.claims.lane_models import LaneEntry
from bonus.claims.models import Claim
from bonus.claims.sealing import Taken, applied, require_no_open_holder, seal_decision
from bonus.companies.links import lock_undertaking
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.register.reading import Reading, read_register
from bonus.regulation import load_parameters, size_category
from bonus.regulation.wording import french

from .models import WaitingEntry
from .service import RESERVED_FOR
from .waiting import SERVED, entry_of, first_waiting, one_queue

SERVER = Actor("service:waiting-list", roles=frozenset({"service"}))


def serve_waiting(_about: int, now: datetime) -> None:
    """The job that serves the list; see ``serve``."""
    serve(now)


def serve(now: datetime) -> int:
    """Decide those who wait, in order, while credits allow; how many. Each is committed on its own: run twice, at once,
    or killed anywhere, each dossier is decided once. A queue stops at the first who does not fit."""
    count = 0
    queues = {None} if one_queue(civil_date(now), load_parameters()) else {True, False}
    while queues:
        heads = [(queue, entry) for queue in queues if (entry := first_waiting(queue)) is not None]
        if not heads:
            break
        queue, entry = min(heads, key=lambda head: (head[1].complete_at, head[1].claim_id))
        entry_id, claim_id = entry.id, entry.claim_id
        db.session.rollback()
        queues &= {other for other, _ in heads}
        served = _serve_one(claim_id, entry_id, now)
        if served is None:
            queues -= {queue}
        count += bool(served)
    db.session.rollback()
    return count


def _serve_one(claim_id: int, entry_id: int, now: datetime) -> bool | None:
    """Decide the first of a queue: True when it is, False when another run did or it changed queue, None when the queue
    waits on. Commits. Raises RegisterAway: a grant waits until the central register can be read (art. 7)."""
    reading = read_register(claim_id, now)
    claim = locked_claim(claim_id)
    entry = entry_of(claim_id)
    if entry is None or entry.id != entry_id or claim.status != "waiting_list":
        db.session.rollback()
        return False
    lock_undertaking(claim.company)
    lock_invoices(claim.id)
    # Only an officer decides on a proposal; a rule did on none.
    cuts = cuts_in(claim.proposals[-1]) if entry.kind == "officer" and claim.proposals else {}
    assessment = assess(claim, now, cuts=cuts or None)
    if _changed_class(entry, assessment, now):
        db.session.commit()
        return False
    entry.blocked = _held_up(assessment)
    if entry.blocked is not None:
        db.session.commit()
        return None
    if not _sealed(claim, entry, assessment, reading, now):
        db.session.rollback()
        return None
    db.session.commit()
    return True


def _held_up(assessment: Assessment) -> str | None:
    """Why a dossier cannot be decided before another one, in French. One filed before that waits in the list too has
    said what it claims: it holds the invoice (art. 5.3), and neither waits for the other."""
    if all(holder.status == "waiting_list" for holder in assessment.undecided_holders):
        return None
    try:
        require_no_open_holder(assessment)
    except Refusal as refusal:
        return refusal.sentence[:500]
    return None


def _sealed(
    claim: Claim, entry: WaitingEntry, assessment: Assessment, reading: Reading | None, now: datetime
) -> bool:
    """Seal the decision, unless credits are short."""
    taken = Taken(
        entry.kind,
        SERVED,
        SERVER,
        proposed_by_id=entry.proposed_by_id,
        decided_by_id=entry.officer_id,
        reading=reading,
    )
    if entry.kind == "rule":
        listed = update(LaneEntry).where(LaneEntry.claim_id == claim.id, LaneEntry.state == "listed")
        db.session.execute(listed.values(state="decided", changed_at=now))
    said = "\n".join(filter(None, (entry.said.strip(), _found_on(entry, now))))
    return seal_decision(claim, assessment, applied(assessment), taken, now, said=said) is not None


def _found_on(entry: WaitingEntry, now: datetime) -> str:
    joined, today = format_date(civil_date(entry.joined_at)), format_date(civil_date(now))
    return french(
        f"Ce dossier était en liste d’attente depuis le {joined}. Des crédits sont ouverts à son rang : ils sont "
        f"engagés le {today}, et le montant est calculé à cette date (art. 10 et 11)."
    )


def _changed_class(entry: WaitingEntry, assessment: Assessment, now: datetime) -> bool:
    """Whether the company's figures put it in the other class since: it keeps its moment, in the other queue."""
    beneficiary = assessment.facts["beneficiaries"][0]
    reserved = size_category(beneficiary, civil_date(now), assessment.law) in RESERVED_FOR
    changed, entry.reserved = entry.reserved != reserved, reserved
    return changed
