"""The seeds of the draws (art. 12): made ahead, their SHA-256 public at once, the seed itself the day after its own.

A day whose seed was not announced the day before at the latest has none: the lane is closed to what is filed then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bonus.audit.service import SERVICE, record
from bonus.calendar import civil_date
from bonus.extensions import db
from bonus.parts import seed_safe
from bonus.regulation import load_parameters

from .lane_draw import list_hash, seed_hash
from .lane_models import DrawSeed, LaneEntry
from .models import Claim

DAYS_AHEAD = 7
"""Days announced beforehand: the jobs may stand still for six of them without closing the lane."""
KEPT_OPEN = timedelta(days=2)
"""What a draw came to is written for good two days after: what was filed at midnight is then surely in."""
PAGE_SIZE = 31


@dataclass(frozen=True)
class OpenSeed:
    """The seed that draws on a day, and the share drawn, in basis points. Its text is never shown."""

    day: date
    seed: str
    share_bp: int

    def __repr__(self) -> str:
        return f"<OpenSeed {self.day.isoformat()}>"


@dataclass(frozen=True)
class DayOfDraw:
    """A day of the lane as the public knows it: ``seed`` and results are None until the day after.

    ``lost``: the seed can no longer be read, the service's secret having changed.
    """

    day: date
    sha256: str
    announced_at: datetime
    share_bp: int
    seed: str | None = None
    submitted: int | None = None
    drawn: tuple[str, ...] = ()
    list_sha256: str | None = None
    lost: bool = False


def prepare_seeds(now: datetime) -> int:
    """Make the seeds of the coming days that have none, each committed with its entry in the log, which keeps the
    SHA-256; how many. Never one of today: its hash would not have been public the day before."""
    today, law, made = civil_date(now), load_parameters(), 0
    for ahead in range(1, DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        if db.session.get(DrawSeed, day) is not None:
            continue
        seed = seed_safe().new()
        row = DrawSeed(
            day=day,
            sha256=seed_hash(seed),
            closed=seed_safe().close(seed),
            share_bp=law.integer("lane.draw_share", day),
            made_at=now,
        )
        try:
            with db.session.begin_nested():
                db.session.add(row)
        except IntegrityError:
            continue  # another process announced that day at the same moment
        record("lane.seed_announced", f"day:{day.isoformat()}", SERVICE, now, sha256=row.sha256)
        made += 1
    db.session.commit()
    return made


def seed_for(day: date) -> OpenSeed | None:
    """The seed of what is filed on a civil day in Paris; None when none was announced the day before at the latest, or
    when it can no longer be read: the lane is then closed."""
    row = db.session.get(DrawSeed, day)
    if row is None or civil_date(row.made_at) >= day:
        return None
    seed = row.seed or seed_safe().open(row.closed)
    if seed is None or seed_hash(seed) != row.sha256:
        return None
    return OpenSeed(day, seed, row.share_bp)


def close_books(now: datetime) -> int:
    """Write down for good the seeds of the days past, and what their draws came to; how many days."""
    last = civil_date(now) - KEPT_OPEN
    days = db.session.scalars(
        select(DrawSeed.day).where(DrawSeed.seed.is_(None), DrawSeed.day <= last).order_by(DrawSeed.day)
    ).all()
    count = 0
    for day in days:
        row = db.session.scalars(
            select(DrawSeed)
            .where(DrawSeed.day == day)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        seed = seed_safe().open(row.closed)
        if row.seed is None and seed is not None:
            known = _results(row, seed)
            row.seed, row.published_at = seed, now
            row.submitted, row.drawn_numbers, row.list_sha256 = (
                known.submitted,
                list(known.drawn),
                known.list_sha256,
            )
            record(
                "lane.draw_published",
                f"day:{day.isoformat()}",
                SERVICE,
                now,
                seed=seed,
                submitted=known.submitted,
                drawn=list(known.drawn),
                list_sha256=known.list_sha256,
            )
            count += 1
        db.session.commit()
    return count


def days_of_draw(now: datetime, page: int = 1) -> tuple[list[DayOfDraw], int]:
    """One page of the days of the lane, the latest first, as the public may know them now; and how many there are."""
    total = db.session.scalar(select(func.count(DrawSeed.day))) or 0
    rows = db.session.scalars(
        select(DrawSeed).order_by(DrawSeed.day.desc()).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    )
    return [_public(row, civil_date(now)) for row in rows], total


def all_days(now: datetime) -> list[DayOfDraw]:
    """Every day of the lane, the oldest first: for the files."""
    rows = db.session.scalars(select(DrawSeed).order_by(DrawSeed.day))
    return [_public(row, civil_date(now)) for row in rows]


def _public(row: DrawSeed, today: date) -> DayOfDraw:
    """What anyone may know: of today and later days, the hash alone."""
    if row.day >= today:
        return DayOfDraw(row.day, row.sha256, row.made_at, row.share_bp)
    if row.seed is not None:
        drawn = tuple(str(number) for number in row.drawn_numbers or ())
        return DayOfDraw(
            row.day, row.sha256, row.made_at, row.share_bp, row.seed, row.submitted, drawn, row.list_sha256
        )
    seed = seed_safe().open(row.closed)
    return (
        _results(row, seed) if seed else DayOfDraw(row.day, row.sha256, row.made_at, row.share_bp, lost=True)
    )


def _results(row: DrawSeed, seed: str) -> DayOfDraw:
    entries: Sequence[tuple[str | None, bool | None]] = [
        (number, drawn)
        for number, drawn in db.session.execute(
            select(Claim.number, LaneEntry.drawn)
            .join(Claim, Claim.id == LaneEntry.claim_id)
            .where(LaneEntry.filed_on == row.day, LaneEntry.drawn.is_not(None))
            .order_by(Claim.number)
        )
    ]
    return DayOfDraw(
        row.day,
        row.sha256,
        row.made_at,
        row.share_bp,
        seed,
        len(entries),
        tuple(str(number) for number, drawn in entries if drawn),
        list_hash(str(number) for number, _ in entries),
    )
