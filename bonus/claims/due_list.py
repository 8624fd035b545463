"""The dossiers that are soon to be decided, or late, those of the person who asks first (art. 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import case, func, select

from bonus.accounts.models import Person
from bonus.companies.models import Company
from bonus.extensions import db

from .due_warnings import WARNED_DAYS, in_charge
from .models import Claim
from .silence import RUNNING

PAGE_SIZE = 50


@dataclass(frozen=True)
class DueRow:
    """A dossier of the list: ``reviewer`` is who is in charge, empty when nobody is."""

    number: str
    company: str
    status: str
    due_on: date
    reviewer: str
    mine: bool


@dataclass(frozen=True)
class DuePage:
    """One page of them."""

    rows: Sequence[DueRow]
    total: int
    page: int
    pages: int


def due_page(person_id: int | None, today: date, page: int) -> DuePage:
    """One page of the dossiers whose clock runs and ends within 15 days: those assigned to a person first, then the
    most pressing."""
    near = (
        Claim.status.in_(RUNNING),
        Claim.decision_due_on <= today + timedelta(days=max(WARNED_DAYS)),
    )
    total = db.session.scalar(select(func.count()).select_from(Claim).where(*near)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    mine = case((Claim.assigned_to_id == person_id, 0), else_=1)
    claims = db.session.scalars(
        select(Claim)
        .where(*near)
        .order_by(mine, Claim.decision_due_on, Claim.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    charged = in_charge(claims)
    people = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(set(charged.values()))))
    names = {row.id: row.name for row in people}
    companies = db.session.execute(
        select(Company.id, Company.name).where(Company.id.in_({claim.company_id for claim in claims}))
    )
    called = {row.id: row.name for row in companies}
    rows = [
        _row(claim, called[claim.company_id], charged.get(claim.id), names, person_id) for claim in claims
    ]
    return DuePage(rows, total, page, pages)


def _row(
    claim: Claim, company: str, charged: int | None, names: dict[int, str], person_id: int | None
) -> DueRow:
    assert claim.decision_due_on is not None
    reviewer = names[charged] if charged is not None else ""
    mine = charged is not None and charged == person_id
    return DueRow(str(claim.number), company, claim.status, claim.decision_due_on, reviewer, mine)
