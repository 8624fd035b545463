"""Making the cards anew from the dossiers, and what is missing among them; folding the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, exists, func, literal, select, union_all

from bonus.bulk import BATCH, chunks
from bonus.companies.models import Company
from bonus.extensions import db

from .card_models import CardCount, ClaimCard, NameWord
from .cards import count, make_cards
from .company_words import keep_words
from .models import Claim

TIDY = "tidy_cards"
"""The kind of the outbox's message that asks for it on a day."""


def rebuild(say: Callable[[int], None]) -> int:
    """Make every card anew, and the words of every company's name, in batches, each one transaction; how many cards.

    ``say`` is told now and then how many are made. Dossiers filed meanwhile make their own.
    """
    made, after = 0, 0
    while ids := db.session.scalars(
        select(Claim.id).where(Claim.id > after, Claim.number.is_not(None)).order_by(Claim.id).limit(BATCH)
    ).all():
        made += make_cards(ids)
        db.session.commit()
        after = ids[-1]
        say(made)
    after = 0
    while names := db.session.execute(
        select(Company.id, Company.name).where(Company.id > after).order_by(Company.id).limit(BATCH)
    ).all():
        keep_words({row.id: row.name for row in names})
        db.session.commit()
        after = names[-1].id
    _right_counts()
    fold_counts()
    db.session.commit()
    return made


def tidy(_now: datetime) -> int:
    """Make what is missing (rows that came by another way than the services) and fold the counts; how many cards."""
    missing = db.session.scalars(
        select(Claim.id)
        .where(Claim.number.is_not(None), ~exists().where(ClaimCard.claim_id == Claim.id))
        .order_by(Claim.id)
    ).all()
    for ids in chunks(missing):
        make_cards(ids)
        db.session.commit()
    nameless = db.session.execute(
        select(Company.id, Company.name).where(~exists().where(NameWord.company_id == Company.id))
    ).all()
    keep_words({row.id: row.name for row in nameless})
    fold_counts()
    db.session.commit()
    return len(missing)


def fold_counts() -> None:
    """Put the counts of each queue and reviewer into one row, those of other transactions left aside. The caller
    commits."""
    rows = db.session.execute(
        select(CardCount.id, CardCount.queue, CardCount.reviewer, CardCount.dossiers).with_for_update()
    ).all()
    sums: Counter[tuple[str, int]] = Counter()
    for row in rows:
        sums[row.queue, row.reviewer] += row.dossiers
    for ids in chunks([row.id for row in rows]):
        db.session.execute(delete(CardCount).where(CardCount.id.in_(ids)))
    count(sums)


def _right_counts() -> None:
    """Add what the counts lack, or have too many: cards and counts are read in one look, whatever others write."""
    seen = union_all(
        select(ClaimCard.queue, ClaimCard.reviewer, literal(1).label("dossiers")),
        select(CardCount.queue, CardCount.reviewer, -CardCount.dossiers),
    ).subquery()
    lacking = func.sum(seen.c.dossiers)
    rows = db.session.execute(
        select(seen.c.queue, seen.c.reviewer, lacking)
        .group_by(seen.c.queue, seen.c.reviewer)
        .having(lacking != 0)
    )
    count(Counter({(queue, reviewer): int(dossiers) for queue, reviewer, dossiers in rows}))
