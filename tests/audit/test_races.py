"""Many writers, one chain."""

from __future__ import annotations

from sqlalchemy import func, select

from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor, first_fault, record
from bonus.extensions import db
from tests.support.crew import Crew
from tests.support.world import NOW, World

ROUNDS = 15


def writing(name: str) -> int:
    """Write entries, every third one taken back; returns how many were kept."""
    kept = 0
    for rank in range(ROUNDS):
        record("test.done", f"thing:{rank}", Actor(name), NOW, rank=rank)
        if rank % 3:
            db.session.commit()
            kept += 1
        else:
            db.session.rollback()
    return kept


def test_four_writers(any_world: World, crew: Crew) -> None:
    names = ["a", "b", "c", "d"]
    with any_world.app.app_context():
        before = db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    kept = sum(crew.race(any_world.app, writing, [(name,) for name in names]))
    with any_world.app.app_context():
        assert first_fault() is None
        entries = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id).offset(before)))
        assert len(entries) == kept
        for name in names:
            ranks = [entry.facts["rank"] for entry in entries if entry.actor == name]
            assert ranks == [rank for rank in range(ROUNDS) if rank % 3]
