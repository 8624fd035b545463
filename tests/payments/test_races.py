"""Money moves once, whoever runs at the same time."""

from __future__ import annotations

from sqlalchemy import select

from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.numbering import Counter
from bonus.payments.models import PaymentBatch, PaymentOrder
from bonus.payments.service import order_for_decision
from tests.claims.reading import decision_of
from tests.support.bills import bill
from tests.support.crew import Crew, Refused
from tests.support.payments import orders_sent, written_batch
from tests.support.world import NOW, ON, World, decided, draft


def ordering(*decision_ids: int) -> None:
    for decision_id in decision_ids:
        order_for_decision(decision_id, NOW)


def batching(officer: Actor) -> list[str]:
    return [order.number for order in orders_sent(written_batch(ON, ON, officer, NOW))]


def decisions(world: World, count: int) -> list[int]:
    dossiers = [decided(world, draft(world, [bill()])) for _ in range(count)]
    with world.app.app_context():
        return [decision_of(dossier).id for dossier in dossiers]


def test_a_job_run_four_times_at_once(any_world: World, crew: Crew) -> None:
    first, second = decisions(any_world, 2)
    crew.race(any_world.app, ordering, [(first, second), (second, first), (first, second), (second, first)])
    with any_world.app.app_context():
        orders = db.session.scalars(select(PaymentOrder)).all()
        assert sorted(order.number for order in orders) == ["OP-2026-000001", "OP-2026-000002"]
        assert sorted(order.decision_id for order in orders) == [first, second]
        assert db.session.get_one(Counter, ("payment_orders", 2026)).last == 2


def test_batches_made_at_once_never_take_one_order_twice(any_world: World, crew: Crew) -> None:
    ids = decisions(any_world, 3)
    with any_world.app.app_context():
        ordering(*ids)
    officers = [any_world.accounting_officer, any_world.other_accounting_officer] * 2
    results = crew.race(any_world.app, batching, [(officer,) for officer in officers])
    made = [result for result in results if not isinstance(result, Refused)]
    assert sorted(number for numbers in made for number in numbers) == [
        f"OP-2026-{rank:06d}" for rank in (1, 2, 3)
    ]
    assert {one.code for one in results if isinstance(one, Refused)} == {"payment.nothing_due"}
    with any_world.app.app_context():
        batches = db.session.scalars(select(PaymentBatch)).all()
        assert sum(batch.total_cents for batch in batches) == 3 * 4_500_00
        assert sum(batch.orders_count for batch in batches) == 3
        assert [batch.number for batch in batches] == ["LOT-2026-000001"]
