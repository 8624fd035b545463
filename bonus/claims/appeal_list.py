"""The agents' list of appeals: those of the person who asks first, then the most pressing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select

from bonus.accounts.models import Person
from bonus.companies.models import Company
from bonus.extensions import db

from .appeal_models import Appeal
from .appeal_status import OPEN
from .models import Claim

PAGE_SIZE = 50


@dataclass(frozen=True)
class AppealRow:
    """One appeal; ``examiner`` is empty while nobody has taken it up."""

    reference: str
    number: str
    company: str
    status: str
    due_on: date
    examiner: str
    mine: bool


@dataclass(frozen=True)
class AppealPage:
    """One page of them."""

    rows: Sequence[AppealRow]
    total: int
    page: int
    pages: int


def appeal_page(person_id: int | None, page: int, *, answered: bool = False) -> AppealPage:
    """One page of the appeals that await an answer, a person's own first, then the most pressing; or, ``answered``, of
    the others, the latest first."""
    whose = Appeal.status.not_in(OPEN) if answered else Appeal.status.in_(OPEN)
    total = db.session.scalar(select(func.count()).select_from(Appeal).where(whose)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    mine = case((Appeal.examiner_id == person_id, 0), else_=1)
    order = (Appeal.id.desc(),) if answered else (mine, Appeal.due_on, Appeal.id)
    rows = db.session.execute(
        select(
            Appeal.reference,
            Claim.number,
            Company.name,
            Appeal.status,
            Appeal.due_on,
            Person.name,
            Appeal.examiner_id,
        )
        .join(Claim, Claim.id == Appeal.claim_id)
        .join(Company, Company.id == Claim.company_id)
        .outerjoin(Person, Person.id == Appeal.examiner_id)
        .where(whose)
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    found = [
        AppealRow(
            reference,
            str(number),
            company,
            status,
            due_on,
            examiner or "",
            examiner_id is not None and examiner_id == person_id,
        )
        for reference, number, company, status, due_on, examiner, examiner_id in rows
    ]
    return AppealPage(found, total, page, pages)
