"""The risk flags of a dossier: found at filing and again while it is open, kept with their reason and weight.

They are shown to agents and choose what is controlled; none decides alone (art. 12).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from bonus.companies.models import BankAccount
from bonus.extensions import db
from bonus.regulation import load_parameters

from .changes import locked_claim
from .models import Claim
from .risk_facts import gather
from .risk_models import RiskFlag
from .risk_rules import found
from .status import OPEN

FLAG = "flag_risks"
"""The kind of the outbox's message that looks at all open dossiers again, once a day."""
FLAG_TOUCHED = "flag_touched"
"""That of the message that looks again at those a change of the registry touches."""
FLAG_ACCOUNT = "flag_account"
"""That of the message that looks again at those of a company that asks to be paid on another account."""
WATCHED = OPEN | {"waiting_list"}
"""The statuses in which a dossier is still looked at: once decided it keeps the flags it was decided with."""
BATCH = 200


def flag(claim: Claim, now: datetime) -> list[RiskFlag]:
    """Find the flags of a filed dossier as things stand, and keep them in the caller's transaction.

    Run again it changes only what changed: a flag that holds no more is taken off, one that still holds keeps the
    moment it was found. ``claim.risk_weight`` is the sum of their weights.
    """
    known = {one.code: one for one in flags_of(claim.id)}
    kept = []
    law = load_parameters()
    for each in found(gather(claim, now, law), law):
        row = known.pop(each.code, None)
        if row is None:
            row = RiskFlag(claim_id=claim.id, code=each.code, found_at=now)
            db.session.add(row)
        row.weight, row.sentence = each.weight, each.sentence
        kept.append(row)
    for gone in known.values():
        db.session.delete(gone)
    claim.risk_weight = sum(row.weight for row in kept)
    return kept


def flags_of(claim_id: int) -> Sequence[RiskFlag]:
    """The flags of a dossier, the heaviest first."""
    return db.session.scalars(
        select(RiskFlag).where(RiskFlag.claim_id == claim_id).order_by(RiskFlag.weight.desc(), RiskFlag.code)
    ).all()


def flag_open(now: datetime) -> int:
    """Look again at every dossier that is not decided: an account changed, a label was withdrawn, a twin was filed.

    Each is locked and committed on its own, so that nobody waits; returns how many flags changed. Safe to run twice.
    """
    return flag_each(select(Claim.id), now)


def flag_account(account_id: int, now: datetime) -> None:
    """Look again at the open dossiers of the company of a bank account, one transaction each. Safe to run twice."""
    company = select(BankAccount.company_id).where(BankAccount.id == account_id).scalar_subquery()
    flag_each(select(Claim.id).where(Claim.company_id == company), now)


def flag_each(claims: Select[Any], now: datetime) -> int:
    """The same of the dossiers whose ids a query gives."""
    changed, last = 0, 0
    while True:
        ids = db.session.scalars(
            claims.where(Claim.status.in_(WATCHED), Claim.id > last).order_by(Claim.id).limit(BATCH)
        ).all()
        db.session.rollback()
        for claim_id in ids:
            changed += _flag_again(claim_id, now)
        if not ids:
            return changed
        last = ids[-1]


def _flag_again(claim_id: int, now: datetime) -> bool:
    claim = locked_claim(claim_id)
    if claim.status not in WATCHED:  # decided meanwhile
        db.session.rollback()
        return False
    before = {(one.code, one.sentence) for one in flags_of(claim.id)}
    after = {(one.code, one.sentence) for one in flag(claim, now)}
    db.session.commit()
    return after != before
