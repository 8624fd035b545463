"""The cards as they are, to be compared with those made anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from bonus.claims.card_models import CardCount, CardKey, ClaimCard, NameWord
from bonus.extensions import db


def kept_cards() -> dict[str, list[Any]]:
    """Every card, key, count and word, whatever the order they came in."""
    counts = select(CardCount.queue, CardCount.reviewer, func.sum(CardCount.dossiers)).group_by(
        CardCount.queue, CardCount.reviewer
    )
    queries = {
        "cards": select(ClaimCard.__table__),
        "keys": select(CardKey.__table__),
        "counts": counts.having(func.sum(CardCount.dossiers) != 0),
        "words": select(NameWord.__table__),
    }
    return {name: sorted(map(str, db.session.execute(query))) for name, query in queries.items()}
