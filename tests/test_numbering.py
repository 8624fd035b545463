"""Numbers without gaps nor duplicates: through rollbacks, races and processes that are killed."""

from __future__ import annotations

import time

from flask import Flask
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.numbering import Counter, next_number
from tests.support.crew import Crew
from tests.support.world import World

ROUNDS = 12


def test_one_series_a_year(any_session: Session) -> None:
    taken = [next_number("claims", 2026) for _ in range(3)]
    assert (taken, next_number("claims", 2027), next_number("certificates", 2026)) == ([1, 2, 3], 1, 1)


def test_a_rollback_gives_the_number_back(any_session: Session) -> None:
    assert next_number("claims", 2026) == 1
    db.session.rollback()
    assert db.session.get(Counter, ("claims", 2026)) is None
    assert next_number("claims", 2026) == 1
    db.session.commit()
    assert next_number("claims", 2026) == 2
    db.session.rollback()
    assert next_number("claims", 2026) == 2


def test_what_was_pending_in_the_session_is_kept(any_session: Session) -> None:
    """The counter's row is made in a savepoint: the rest of the transaction stands around it."""
    db.session.add(Counter(series="before", year=2026, last=41))
    next_number("claims", 2026)
    db.session.commit()
    assert next_number("before", 2026) == 42


# ---------------------------------------------------------------- real processes


def take(rounds: int, undo_every: int) -> list[int]:
    """Take numbers, some of them in transactions that are taken back; returns those that were kept."""
    kept = []
    for rank in range(1, rounds + 1):
        number = next_number("claims", 2026)
        if rank % undo_every == 0:
            db.session.rollback()
        else:
            db.session.commit()
            kept.append(number)
    return kept


def take_and_stay(seconds: float) -> None:
    """Take a number and never end the transaction."""
    next_number("claims", 2026)
    time.sleep(seconds)


def take_later(rounds: int, after: float) -> list[int]:
    time.sleep(after)
    return take(rounds, rounds + 1)


def test_four_processes_begin_the_year_together(any_world: World, crew: Crew) -> None:
    results = crew.race(any_world.app, take, [(ROUNDS, undo_every) for undo_every in (100, 3, 2, 100)])
    kept = [number for result in results for number in result]
    assert sorted(kept) == list(range(1, len(kept) + 1))
    assert len(kept) == ROUNDS * 4 - ROUNDS // 3 - ROUNDS // 2
    assert all(result == sorted(result) for result in results)


def test_a_process_killed_with_a_number_in_hand_leaves_no_gap(any_world: World, crew: Crew) -> None:
    def others() -> list[list[int]]:
        return crew.race(any_world.app, take_later, [(3, 0.2)] * 2)

    with Crew(1) as mortal:
        results = mortal.kill_during(any_world.app, take_and_stay, (60,), others)
    assert sorted(number for result in results for number in result) == [1, 2, 3, 4, 5, 6]
    assert last(any_world.app) == 6


def last(app: Flask) -> int:
    with app.app_context():
        return db.session.get_one(Counter, ("claims", 2026)).last
