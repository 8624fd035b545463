"""Proposing many dossiers in one act, against proposing each by its own request: seconds a dossier.

A request reads its session, its guards, the dossier and its form; the act's job does the same checks on the same
rows, group by group. What is compared is the form sent, without the page that follows it.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy import select

from bonus.claims.bulk.running import run_bulk_act
from bonus.claims.bulk.service import choose, confirm
from bonus.claims.bulk_models import BulkAct
from bonus.claims.models import Claim
from bonus.extensions import db
from tests.support.many import copies
from tests.support.world import NOW, World, filed
from tests.web.visitor import signed_in

from .ratio import seconds

AT_LEAST = 10
"""How many times faster, a dossier."""
SINGLE = 100


def propose_one_by_one(world: World, numbers: list[str]) -> float:
    """Seconds a dossier."""
    visitor = signed_in(world.app, "instructrice@demo.example")
    token = visitor.token()

    def each() -> None:
        for number in numbers:
            answer = visitor.post_without_token(
                f"/agent/dossiers/{number}/proposition", {"outcome": "apply", "csrf_token": token}
            )
            assert answer.status_code == 302

    return seconds(each) / len(numbers)


def propose_at_once(world: World, numbers: list[str]) -> float:
    """Seconds a dossier, from the choice to the end of the job."""

    def all_of_them() -> None:
        act = choose("propose", numbers, world.reviewer, NOW)
        confirm(act.id, {}, world.reviewer, NOW)
        run_bulk_act(act.id, NOW)
        found = db.session.get_one(BulkAct, act.id)
        assert (found.status, found.done) == ("done", len(numbers))

    with world.app.app_context():
        return seconds(all_of_them) / len(numbers)


def compared(world: World, many: int) -> float:
    dossier = filed(world)
    with world.app.app_context():
        copies(dossier, SINGLE + many)
        numbers = [
            str(number) for number in db.session.scalars(select(Claim.number).where(Claim.status == "filed"))
        ]
        db.session.rollback()
    return propose_one_by_one(world, numbers[:SINGLE]) / propose_at_once(world, numbers[SINGLE:][:many])


def test_an_act_on_a_thousand(benchmark: BenchmarkFixture, world: World) -> None:
    faster = compared(world, 1_000)
    benchmark.extra_info["times faster than single requests"] = round(faster, 1)
    benchmark.pedantic(lambda: None)
    assert faster > AT_LEAST


@pytest.mark.slow
def test_an_act_on_five_thousand(benchmark: BenchmarkFixture, world: World) -> None:
    faster = compared(world, 5_000)
    benchmark.extra_info["times faster than single requests"] = round(faster, 1)
    benchmark.pedantic(lambda: None)
    assert faster > AT_LEAST
