"""Undue sums as agents and companies find them: lists by what they wait for, those of a dossier, of a company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from bonus.claims.models import Claim
from bonus.companies.models import Company
from bonus.extensions import db

from .models import Recovery, RecoveryStep
from .review_models import RecoveryReview
from .status import AWAITED, ORIGINS, TOLD

PAGE_SIZE = 50

FILES: dict[str, str] = {
    "a-decider": "À décider",
    "a-notifier": "À notifier",
    "en-cours": "Réponse attendue",
    "titres": "Titres émis",
    "sans-suite": "Sans suite",
    "tous": "Tous",
}
"""The lists, by what is to be done: code in addresses → what agents read."""


@dataclass(frozen=True)
class Asked:
    """Which undue sums: the list (``FILES``), an origin, words of a number or of a company's name."""

    file: str = "a-decider"
    origin: str | None = None
    search: str = ""


@dataclass(frozen=True)
class RecoveryPage:
    """One page of them; how many there are, and what they come to in cents."""

    rows: Sequence[Recovery]
    total: int
    amount_cents: int
    page: int
    pages: int


def recovery_page(asked: Asked, page: int, today: date, size: int = PAGE_SIZE) -> RecoveryPage:
    """One page of a list, the most pressing first."""
    where = _where(asked, today)
    total, amount = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Recovery.amount_cents), 0))
        .select_from(Recovery)
        .join(Claim, Claim.id == Recovery.claim_id)
        .join(Company, Company.id == Claim.company_id)
        .where(*where)
    ).one()
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    order = (
        (Recovery.reply_until, Recovery.id)
        if asked.file in ("a-decider", "en-cours")
        else (Recovery.id.desc(),)
    )
    rows = db.session.scalars(
        select(Recovery)
        .join(Claim, Claim.id == Recovery.claim_id)
        .join(Company, Company.id == Claim.company_id)
        .where(*where)
        .order_by(*order)
        .limit(size)
        .offset((page - 1) * size)
        .options(joinedload(Recovery.claim), joinedload(Recovery.order))
    ).all()
    return RecoveryPage(rows, total, int(amount), page, pages)


def counts(today: date) -> dict[str, int]:
    """How many undue sums each list holds."""
    found = {}
    for file in FILES:
        query = select(func.count()).select_from(Recovery).where(*_of_file(file, today))
        found[file] = db.session.scalar(query) or 0
    return found


def _where(asked: Asked, today: date) -> list[ColumnElement[bool]]:
    where = _of_file(asked.file, today)
    if asked.origin in ORIGINS:
        where.append(Recovery.origin == asked.origin)
    words = asked.search.strip()
    if words:
        like = f"%{words.replace('%', '').replace('_', '')}%"
        where.append(or_(Recovery.number.ilike(like), Claim.number.ilike(like), Company.name.ilike(like)))
    return where


def _of_file(file: str, today: date) -> list[ColumnElement[bool]]:
    heard = Recovery.reply_until < today
    if file == "a-decider":
        # What was learned since is decided without waiting for a reply: it is in the company's favour.
        reviews = select(RecoveryReview.recovery_id).where(RecoveryReview.closed_at.is_(None))
        to_review = and_(Recovery.status != "draft", Recovery.id.in_(reviews))
        return [or_(and_(Recovery.status.in_(AWAITED), heard), to_review)]
    if file == "en-cours":
        return [Recovery.status.in_(AWAITED), ~heard]
    status = {"a-notifier": "draft", "titres": "confirmed", "sans-suite": "dropped"}.get(file)
    return [] if status is None else [Recovery.status == status]


def recoveries_of(claim_id: int) -> Sequence[Recovery]:
    """All those of a dossier, the oldest first."""
    query = select(Recovery).where(Recovery.claim_id == claim_id).order_by(Recovery.id)
    return db.session.scalars(query.options(joinedload(Recovery.order))).all()


def told_to(company_id: int) -> Sequence[Recovery]:
    """Those that a company was told of, the latest first: a draft is nobody's business but the agents'."""
    query = (
        select(Recovery)
        .join(Claim, Claim.id == Recovery.claim_id)
        .where(Claim.company_id == company_id, Recovery.notified_at.is_not(None), Recovery.status.in_(TOLD))
        .order_by(Recovery.id.desc())
        .options(joinedload(Recovery.claim), joinedload(Recovery.order))
    )
    return db.session.scalars(query).all()


def told_numbered(company_id: int, number: str) -> Recovery | None:
    """The one of that number, when its company was told of it."""
    query = (
        select(Recovery)
        .join(Claim, Claim.id == Recovery.claim_id)
        .where(Claim.company_id == company_id, Recovery.number == number, Recovery.notified_at.is_not(None))
        .options(selectinload(Recovery.lines))
    )
    return db.session.scalars(query).one_or_none()


def steps_of(recovery: Recovery) -> Sequence[RecoveryStep]:
    """Its steps, the oldest first."""
    query = select(RecoveryStep).where(RecoveryStep.recovery_id == recovery.id).order_by(RecoveryStep.id)
    return db.session.scalars(query.options(joinedload(RecoveryStep.person))).all()
