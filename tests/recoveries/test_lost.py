"""What orders lost to an undue sum before they were paid is due again when its titre is cancelled (art. 14)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.budget.models import Commitment
from bonus.claims.annual_room import annual_room
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.payments.models import PaymentOrder
from bonus.recoveries.computing import undue_of
from bonus.recoveries.ending import cancel
from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.paid import paid_of
from tests.recoveries.test_bars import CLOUD, SUITE_BONUS, claimed, two_decisions
from tests.support.ledger import wrong
from tests.support.recoveries import claim_of, pay
from tests.support.requests import at
from tests.support.settlements import DAY, REASONS
from tests.support.world import Dossier, World, set_envelope

DECEMBER = date(2026, 12, 30)
"""Within the budget year of both decisions."""


def lost(world: World) -> tuple[Dossier, RecoveryOrder]:
    """Two decisions, the first paid: the titre claims it back, and the order of the second one is cancelled."""
    dossier = two_decisions(world, paid=False)
    one = claimed(world, dossier, 0, 1, on=DECEMBER)
    assert one.amount_cents == CLOUD
    assert last_order().status == "cancelled"
    return dossier, one


def last_order() -> PaymentOrder:
    found = db.session.scalars(select(PaymentOrder).order_by(PaymentOrder.id.desc())).first()
    assert found is not None
    return found


def released() -> list[int]:
    return list(db.session.scalars(select(Commitment.released_cents).order_by(Commitment.id)))


def test_it_is_due_again(any_world: World, any_session: Session) -> None:
    dossier, one = lost(any_world)
    company = claim_of(dossier).company
    assert annual_room(company, DECEMBER).granted_cents == CLOUD
    assert released() == [0, SUITE_BONUS]
    (order,) = cancel(one.number, REASONS, any_world.other_officer, at(DECEMBER + DAY))
    former = db.session.get_one(PaymentOrder, order.restores_id)
    assert (former.status, former.decision_id) == ("cancelled", order.decision_id)
    assert (order.status, order.amount_cents) == ("to_pay", SUITE_BONUS)
    assert released() == [0, 0]
    assert annual_room(company, DECEMBER).granted_cents == CLOUD + SUITE_BONUS
    assert wrong() == []
    pay(any_world, DECEMBER + 2 * DAY)
    assert sum(paid.cents for paid in paid_of(dossier.id).values()) == CLOUD + SUITE_BONUS
    assert wrong() == []


def test_and_may_be_lost_again(world: World, session: Session) -> None:
    dossier, one = lost(world)
    cancel(one.number, REASONS, world.other_officer, at(DECEMBER + DAY))
    assert all(not due.unpaid_cents for due in undue_of(claim_of(dossier), [], DECEMBER + DAY))
    again = claimed(world, dossier, 0, 1, on=DECEMBER + 40 * DAY)
    assert (again.amount_cents, last_order().status) == (CLOUD, "cancelled")
    assert wrong() == []
    # What was released after the year of the commitment stands again with its credits.
    (order,) = cancel(again.number, REASONS, world.other_officer, at(DECEMBER + 41 * DAY))
    assert order.amount_cents == SUITE_BONUS
    assert wrong() == []


def test_without_credits_the_titre_stands(world: World, session: Session) -> None:
    _, one = lost(world)
    set_envelope(world, 0)
    with pytest.raises(Refusal, match=r"budget\.no_credits"):
        cancel(one.number, REASONS, world.other_officer, at(DECEMBER + DAY))
    db.session.rollback()
    assert (one.status, last_order().status) == ("open", "cancelled")
