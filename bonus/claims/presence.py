"""Who has a dossier open. It tells people; it stops nobody: acts look at what each was shown (``meanwhile``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import lazyload

from bonus.accounts.models import Person
from bonus.extensions import db

from .desk_models import Presence

SILENCE = timedelta(minutes=5)
"""Who is not heard of for longer has gone, whatever became of their browser."""


@dataclass(frozen=True)
class Here:
    """Someone else who has the dossier open, and since when."""

    name: str
    since: datetime


def enter(claim_id: int, person_id: int, page: str, now: datetime) -> None:
    """Someone opens a dossier, or opens it again: they are there since the first time, unless they were silent for
    longer than ``SILENCE``. ``page`` names the page shown. Commits."""
    found = db.session.get(
        Presence, (claim_id, person_id), populate_existing=True, options=[lazyload(Presence.person)]
    )
    if found is None:
        try:
            with db.session.begin_nested():
                db.session.add(
                    Presence(claim_id=claim_id, person_id=person_id, since=now, seen_at=now, page=page)
                )
        except IntegrityError:
            pass  # their other tab entered at the same moment
    else:
        if now - found.seen_at > SILENCE:
            found.since = now
        found.seen_at, found.page = max(found.seen_at, now), page
    # Those who left without a word make room: the table holds who is there, not who was.
    db.session.execute(
        delete(Presence).where(Presence.claim_id == claim_id, Presence.seen_at < now - SILENCE)
    )
    db.session.commit()


def stay(claim_id: int, person_id: int, page: str, now: datetime) -> None:
    """A page that is still open says so; one that was taken for gone comes back. Commits."""
    here = db.session.execute(
        update(Presence)
        .where(
            Presence.claim_id == claim_id,
            Presence.person_id == person_id,
            Presence.seen_at >= now - SILENCE,
        )
        .values(seen_at=now)
        .returning(Presence.person_id)
    ).first()
    db.session.commit()
    if here is None:
        enter(claim_id, person_id, page, now)


def leave(claim_id: int, person_id: int, page: str) -> None:
    """A page is closed: its reader is gone, unless they opened the dossier again since. Commits."""
    db.session.execute(
        delete(Presence).where(
            Presence.claim_id == claim_id, Presence.person_id == person_id, Presence.page == page
        )
    )
    db.session.commit()


def others_here(claim_id: int, person_id: int, now: datetime) -> Sequence[Here]:
    """Who else has the dossier open now, who came first first."""
    # The name alone: a person comes with all that they may do.
    rows = db.session.execute(
        select(Person.name, Presence.since)
        .join(Person, Person.id == Presence.person_id)
        .where(
            Presence.claim_id == claim_id,
            Presence.person_id != person_id,
            Presence.seen_at >= now - SILENCE,
        )
        .order_by(Presence.since, Presence.person_id)
    )
    return [Here(row.name, row.since) for row in rows]
