"""A worker killed (-9) between every two steps of a job, then another that takes over: nothing lost, nothing twice.

A step is what another process may see or what a kill may fall between: each statement, each commit, and each thing
told to the register. The kill falls before the first, before the second… until one run has fewer steps.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select

from bonus.adapters.de_minimis_register import LocalRegister
from bonus.audit.models import AuditEntry
from bonus.audit.service import first_fault
from bonus.certificates.models import TaxCertificate
from bonus.claims.models import Decision
from bonus.extensions import db
from bonus.jobs import tasks
from bonus.outbox import OutboxMessage
from bonus.parts import de_minimis_register
from bonus.payments.models import PaymentOrder
from bonus.register.models import RegisterEntry
from tests.support.bills import Item, bill
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
    for rank in range(together):
        decided(world, draft(world, [bill(Item(1_000_00), number=f"K-{rank}")]))
    with world.app.app_context():
        ids = list(db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == kind)))
        db.session.rollback()
    snapshot = Snapshot(world.app)
    tasks.bind(world.app)
    for step in count(1):
        world.app.extensions.pop("bonus.de_minimis_register", None)  # it remembers what it read
        begun = killed(world.app, lambda: tasks.run_messages(ids), step)
        tasks.run_messages(ids)
        with world.app.app_context():
            look(len(ids))
            assert first_fault() is None
        if not begun:
            snapshot.forget()
            return step - 1
        snapshot.restore()
    raise AssertionError("a job has an end")


def all_done(kind: str) -> Sequence[int]:
    """What the messages of a kind are about; all of them are done, by their first attempt that was not killed."""
    messages = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)).all()
    assert all(message.done_at and not message.failures for message in messages)
    return [message.subject_id for message in messages]


@pytest.fixture(autouse=True)
def _unbound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_bound", [])


def ordered_once(together: int) -> None:
    decisions = all_done("pay")
    orders = db.session.scalars(select(PaymentOrder)).all()
    assert Counter(order.decision_id for order in orders) == dict.fromkeys(decisions, 1)
    assert len(orders) == together
    assert sum(order.amount_cents for order in orders) == db.session.scalar(
        select(func.sum(Decision.bonus_cents))
    )
    numbers = sorted(order.number for order in orders)
    assert numbers == [f"OP-2026-{rank:06d}" for rank in range(1, together + 1)], "no number is lost"
    assert _logged("payment.ordered") == together


def certified_once(together: int) -> None:
    decisions = all_done("certify")
    issued = db.session.scalars(select(TaxCertificate)).all()
    assert Counter(one.decision_id for one in issued) == dict.fromkeys(decisions, 1)
    assert sorted(one.sequence for one in issued) == list(range(1, together + 1)), "without gaps"
    assert sum(not one.revoked for one in issued) == 1, "each replaces the former"
    assert _logged("certificate.issued") == together


def told_once(together: int) -> None:
    told = all_done("register")
    entries = db.session.scalars(select(RegisterEntry)).all()
    assert sorted(entry.id for entry in entries) == sorted(told)
    register = de_minimis_register()
    assert isinstance(register, LocalRegister)
    lines = register.lines()
    assert sorted(line["reference"] for line in lines) == sorted(str(entry.reference) for entry in entries)
    assert sorted(line["amount_cents"] for line in lines) == sorted(entry.amount_cents for entry in entries)
    assert len({line["key"] for line in lines}) == together
    assert _logged("register.entered") == together


def _logged(action: str) -> int:
    query = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
    return db.session.scalar(query) or 0


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
