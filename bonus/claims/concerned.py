"""Which dossiers a change to a solution would concern, counted before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from bonus.extensions import db
from bonus.registry.models import Solution

from .models import Claim, Invoice, PurchaseLine
from .status import DECIDED, OPEN


@dataclass(frozen=True)
class Concerned:
    """How many dossiers hold a solution: those to be decided (the waiting list too), those that are decided."""

    undecided: int
    decided: int


def concerned(solution: Solution, since: date | None = None) -> Concerned:
    """The filed dossiers with a purchase of a solution, invoiced on ``since`` or later (whenever when None)."""
    invoiced = () if since is None else (Invoice.issued_on >= since,)
    rows = db.session.execute(
        select(Claim.status, func.count(Claim.id.distinct()))
        .join(Invoice, Invoice.claim_id == Claim.id)
        .join(PurchaseLine, PurchaseLine.invoice_id == Invoice.id)
        .where(PurchaseLine.solution_id == solution.id, *invoiced)
        .group_by(Claim.status)
    )
    by_status = {row[0]: row[1] for row in rows}
    return Concerned(
        sum(by_status.get(status, 0) for status in (*OPEN, "waiting_list")),
        sum(by_status.get(status, 0) for status in DECIDED),
    )
