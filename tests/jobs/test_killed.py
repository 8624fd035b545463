"""A worker killed (-9) between every two steps of a job, then another that takes over: nothing lost, nothing twice.

A step is what another process may see or what a kill may fall between: each statement, each commit, and each thing
told to the register. The kill falls before the first, before the second… until one run has fewer steps.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from bonus.adapters.de_minimis_register import LocalRegister
from bonus.extensions import db
from bonus.jobs import tasks
from bonus.outbox import OutboxMessage
from tests.support.bills import Item, bill
from tests.support.once import certified_before, certified_once, ordered_once, told_once
from tests.support.snapshots import Snapshot
from tests.support.world import World, decided, draft

pytestmark = pytest.mark.slow  # a process of its own for each step


@contextmanager
def _killed_before(step: int) -> Iterator[None]:
    """Have this process killed before its ``step``-th step."""
    seen = count(1)

    def pass_by(*_: Any, **__: Any) -> None:
        if next(seen) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def then(act: Callable[..., str]) -> Callable[..., str]:
        def acted(*arguments: Any) -> str:
            pass_by()
            told = act(*arguments)
            pass_by()
            return told

        return acted

    event.listen(Engine, "before_cursor_execute", pass_by)
    event.listen(Engine, "commit", pass_by)
    LocalRegister.enter = then(LocalRegister.enter)  # type: ignore[method-assign]
    yield


def killed(app: Flask, act: Callable[[], None], step: int) -> bool:
    """Whether a process of its own that does ``act`` was killed before that step; it had fewer otherwise."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()  # nothing of ours goes through the fork
    child = os.fork()
    if child == 0:
        try:
            tasks.bind(app)
            with _killed_before(step):
                act()
        finally:
            os._exit(0)  # nor anything of the tests
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def killed_at_each_step(world: World, kind: str, together: int, look: Callable[[int], None]) -> int:
    """Play the job of ``together`` decisions, killed before each step, and taken over; then ``look`` at how many
    messages came to. Returns how many steps the job has."""
    before = certified_before(world) if kind == "certify" else 0
    for rank in range(together):
        decided(world, draft(world, [bill(Item(1_000_00), number=f"K-{rank}")]))
    with world.app.app_context():
        ids = list(
            db.session.scalars(
                select(OutboxMessage.id).where(OutboxMessage.kind == kind, OutboxMessage.done_at.is_(None))
            )
        )
        db.session.rollback()
    snapshot = Snapshot(world.app)
    tasks.bind(world.app)
    for step in count(1):
        world.app.extensions.pop("bonus.de_minimis_register", None)  # it remembers what it read
        begun = killed(world.app, lambda: tasks.run_messages(ids), step)
        tasks.run_messages(ids)
        with world.app.app_context():
            look(before + len(ids))
            assert not any(db.session.scalars(select(OutboxMessage.failures)))
        if not begun:
            snapshot.forget()
            return step - 1
        snapshot.restore()
    raise AssertionError("a job has an end")


@pytest.fixture(autouse=True)
def _unbound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_bound", [])


@pytest.mark.parametrize(
    ("kind", "together", "look"),
    [
        ("pay", 1, ordered_once),
        ("pay", 2, ordered_once),
        ("certify", 1, certified_once),
        ("register", 1, told_once),
        ("register", 2, told_once),
    ],
)
def test_killed_between_every_two_steps(
    any_world: World, kind: str, together: int, look: Callable[[int], None]
) -> None:
    assert killed_at_each_step(any_world, kind, together, look) >= 8 * together
