"""Bank files taken and applied at once, and killed in the middle: what is certain is applied once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.parts import document_store
from bonus.payments import answers
from bonus.payments.answer_models import BankFile, BankFinding
from bonus.payments.answers import apply_file, take_file
from bonus.payments.models import PaymentOrderChange
from tests.support.answers import debit, entered, orders, sent, statuses
from tests.support.crew import Crew, Refused
from tests.support.many_orders import many_due
from tests.support.payments import sent_batch
from tests.support.world import NOW, ON, World

pytestmark = pytest.mark.slow  # processes of their own


def handing_in(content: bytes, actor: Actor) -> int:
    number = take_file(content, "b.xml", "upload", document_store(), actor, NOW).id
    apply_file(number, NOW)
    return number


def applying(*numbers: int) -> None:
    answers.SLICE = 5
    for number in numbers:
        apply_file(number, NOW)


def applying_line_by_line(number: int, marker: str) -> None:
    """Leaves a mark after ten lines of many, each in its own transaction."""
    answers.SLICE = 1
    apply_some, done = answers._apply_some, []

    def marked(*given: Any) -> bool:
        more = apply_some(*given)
        done.append(more)
        if len(done) == 10:
            Path(marker).touch()
            time.sleep(5)  # to be killed
        return more

    answers.__dict__["_apply_some"] = marked
    apply_file(number, NOW)


def test_the_same_file_handed_in_four_times_at_once(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        sent(any_world, 10_000_00, 2_000_00)
        content = debit(*orders())
        db.session.rollback()
    officers = [any_world.accounting_officer, any_world.other_accounting_officer] * 2
    results = crew.race(any_world.app, handing_in, [(content, officer) for officer in officers])
    assert len([one for one in results if isinstance(one, int)]) == 1
    assert {one.code for one in results if isinstance(one, Refused)} == {"bank_file.same"}
    with any_world.app.app_context():
        assert statuses() == ["executed", "executed"]
        assert entered("executed") == 5_400_00
        assert db.session.scalar(select(func.count()).select_from(BankFile)) == 1


def test_two_files_about_the_same_orders_applied_at_once(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        sent(any_world, 10_000_00, 2_000_00, 3_000_00)
        found = orders()
        numbers = [
            take_file(content, "b.xml", "upload", document_store(), any_world.accounting_officer, NOW).id
            for content in (
                debit(*found),
                debit(*reversed(found), version="camt.053.001.08", message_id="BK-2"),
                debit(*found, version="camt.053.001.02", message_id="BK-3"),
            )
        ]
    crew.race(any_world.app, applying, [numbers, numbers[::-1], numbers, numbers[::-1]])
    with any_world.app.app_context():
        assert statuses() == ["executed"] * 3
        assert entered("executed") == entered("sent")
        kinds = db.session.execute(select(BankFinding.kind, func.count()).group_by(BankFinding.kind))
        assert {row[0]: row[1] for row in kinds} == {"execute": 3, "note": 6}


def test_killed_in_the_middle_it_goes_on_where_it_stopped(any_world: World, tmp_path: Path) -> None:
    with any_world.app.app_context():
        many_due(any_world, 30)
        sent_batch(ON, ON, any_world.accounting_officer, NOW)
        content = debit(*orders())
        number = take_file(content, "b.xml", "upload", document_store(), any_world.accounting_officer, NOW).id
        db.session.rollback()

    marker = tmp_path / "ten"
    with Crew(1) as one:
        one.kill_once(any_world.app, applying_line_by_line, (number, str(marker)), marker.exists)
    with any_world.app.app_context():
        applied = db.session.scalar(select(func.count()).select_from(BankFinding)) or 0
        db.session.rollback()
        assert applied == 10
        apply_file(number, NOW)
        assert statuses() == ["executed"] * 30
        assert entered("executed") == entered("sent")
        steps = (
            select(func.count()).select_from(PaymentOrderChange).where(PaymentOrderChange.action == "execute")
        )
        assert db.session.scalar(steps) == 30
