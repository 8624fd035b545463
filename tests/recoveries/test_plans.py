"""Instalments (art. 14): asked for, accepted, kept; one that is missed is told first, then the rest is due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.calendar import add_months
from bonus.claims.notice_models import Notice
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.recoveries.bars import bar_what_is
from bonus.recoveries.plans import (
    CATCH_UP_DAYS,
    answer_plan,
    ask_plan,
    dues_of,
    follow_plans,
    plans_of,
    set_plan,
)
from bonus.recoveries.repayments import repay
from bonus.recoveries.settlement_lists import interruptions_of
from tests.support.ledger import wrong
from tests.support.requests import at
from tests.support.settlements import CLAIMED, DAY, ISSUED, REASONS, titre
from tests.support.world import World

WHY = "Notre trésorerie ne permet pas de tout payer en une fois."


def told() -> list[str]:
    query = select(Notice.key).where(Notice.kind == "undue_plan").order_by(Notice.id)
    return list(db.session.scalars(query))


def test_asked_for_shown_and_accepted(any_world: World, any_session: Session) -> None:
    one = titre(any_world)
    plan = ask_plan(one.number, 3, ISSUED, WHY, any_world.owner, at(ISSUED))
    assert (plan.status, plan.words) == ("asked", WHY)
    shown = dues_of(plan)
    assert sum(due.amount_cents for due in shown) == CLAIMED
    with pytest.raises(Refusal) as refused:
        ask_plan(one.number, 2, ISSUED, WHY, any_world.owner, at(ISSUED))
    assert refused.value.code == "plan.running"
    db.session.rollback()
    answer_plan(plan.id, True, "", any_world.accounting_officer, at(ISSUED))
    assert plan.status == "accepted"
    assert dues_of(plan) == shown
    with pytest.raises(Refusal):
        answer_plan(plan.id, True, "", any_world.accounting_officer, at(ISSUED))
    assert len(told()) == 1


def test_refused_with_reasons(world: World, session: Session) -> None:
    one = titre(world)
    plan = ask_plan(one.number, 3, ISSUED, WHY, world.owner, at(ISSUED))
    with pytest.raises(InvalidInput):
        answer_plan(plan.id, False, "non", world.accounting_officer, at(ISSUED))
    db.session.rollback()
    answer_plan(plan.id, False, REASONS, world.accounting_officer, at(ISSUED))
    assert (plan.status, dues_of(plan)) == ("refused", [])
    assert ask_plan(one.number, 2, ISSUED, WHY, world.owner, at(ISSUED)).status == "asked"
    assert len(plans_of(one)) == 2


@pytest.mark.parametrize(
    ("count", "days", "field"),
    [
        (1, 0, "count"),
        (37, 0, "count"),
        (36, 0, None),
        (2, -1, "first_on"),
        (2, 61, None),  # 4 August, two calendar months after 4 June
        (2, 62, "first_on"),
    ],
)
def test_the_ends_of_what_may_be_asked(
    world: World, session: Session, count: int, days: int, field: str | None
) -> None:
    one = titre(world)
    first_on = ISSUED + timedelta(days=days)
    if field is None:
        assert ask_plan(one.number, count, first_on, WHY, world.owner, at(ISSUED)).count == count
        return
    with pytest.raises(InvalidInput) as refused:
        ask_plan(one.number, count, first_on, WHY, world.owner, at(ISSUED))
    assert refused.value.field == field


def test_no_instalment_falls_on_the_barring_day(world: World, session: Session) -> None:
    one = titre(world)
    assert one.barred_on == date(2031, 3, 16)
    today = date(2031, 1, 15)
    with pytest.raises(InvalidInput) as refused:
        set_plan(one.number, 2, date(2031, 2, 16), world.accounting_officer, at(today))
    assert refused.value.code == "plan.barred"
    db.session.rollback()
    assert (
        set_plan(one.number, 2, date(2031, 2, 15), world.accounting_officer, at(today)).status == "accepted"
    )


def test_who_may(world: World, session: Session) -> None:
    one = titre(world)
    with pytest.raises(Forbidden):
        ask_plan(one.number, 2, ISSUED, WHY, world.accounting_officer, at(ISSUED))
    db.session.rollback()
    with pytest.raises(Forbidden):
        set_plan(one.number, 2, ISSUED, world.owner, at(ISSUED))
    with pytest.raises(NotFound):
        answer_plan(99, True, "", world.accounting_officer, at(ISSUED))


def test_kept_to_its_end(world: World, session: Session) -> None:
    one = titre(world)
    plan = set_plan(one.number, 2, ISSUED, world.accounting_officer, at(ISSUED))
    for due in dues_of(plan):
        repay(
            one.number,
            due.amount_cents,
            f"VIR {due.rank}",
            due.due_on,
            world.accounting_officer,
            at(due.due_on),
        )
        assert follow_plans(at(due.due_on + DAY)) == 0
    assert (one.status, plan.status) == ("settled", "kept")


def test_missed_it_is_told_first_then_the_rest_is_due(any_world: World, any_session: Session) -> None:
    one = titre(any_world)
    plan = set_plan(one.number, 3, ISSUED, any_world.accounting_officer, at(ISSUED))
    assert follow_plans(at(ISSUED)) == 0, "its last day is not over"
    assert follow_plans(at(ISSUED + DAY)) == 1
    db.session.refresh(plan)
    assert plan.warned_at is not None
    last = ISSUED + DAY + CATCH_UP_DAYS * DAY
    assert follow_plans(at(last)) == 0
    db.session.refresh(plan)
    assert plan.status == "accepted"
    assert follow_plans(at(last + DAY)) == 1
    db.session.refresh(plan)
    assert plan.status == "broken"
    assert one.remaining_cents == CLAIMED, "the whole is due at once, and nothing is added"
    assert len(told()) == 3
    assert follow_plans(at(last + 2 * DAY)) == 0


def test_caught_up_it_goes_on(world: World, session: Session) -> None:
    one = titre(world)
    plan = set_plan(one.number, 3, ISSUED, world.accounting_officer, at(ISSUED))
    follow_plans(at(ISSUED + DAY))
    first = dues_of(plan)[0].amount_cents
    day = ISSUED + 5 * DAY
    repay(one.number, first, "VIR 1", day, world.accounting_officer, at(day))
    assert follow_plans(at(day)) == 0
    db.session.refresh(plan)
    assert (plan.status, plan.warned_at) == ("accepted", None)
    # The second one is told of anew.
    assert follow_plans(at(add_months(ISSUED, 1) + DAY)) == 1


def test_what_is_accepted_can_still_be_kept(world: World, session: Session) -> None:
    """Accepted after its first day it would be missed at once; with too little left, less than an instalment may be."""
    one = titre(world)
    plan = ask_plan(one.number, 3, ISSUED, WHY, world.owner, at(ISSUED))
    with pytest.raises(InvalidInput) as refused:
        answer_plan(plan.id, True, "", world.accounting_officer, at(ISSUED + DAY))
    assert refused.value.code == "plan.first_on_past"
    db.session.rollback()
    repay(one.number, CLAIMED - 149_99, "VIR 1", ISSUED, world.accounting_officer, at(ISSUED))
    with pytest.raises(InvalidInput) as refused:
        answer_plan(plan.id, True, "", world.accounting_officer, at(ISSUED))
    assert refused.value.code == "plan.small"
    db.session.rollback()
    repay(one.number, 149_97, "VIR 2", ISSUED, world.accounting_officer, at(ISSUED))
    assert (one.remaining_cents, dues_of(plan)) == (2, []), "not a cent for each"


def test_two_months_are_those_of_the_calendar(world: World, session: Session) -> None:
    one, asked = titre(world), date(2026, 12, 31)
    with pytest.raises(InvalidInput):
        set_plan(one.number, 2, date(2027, 3, 1), world.accounting_officer, at(asked))
    db.session.rollback()
    last = date(2027, 2, 28)
    assert set_plan(one.number, 2, last, world.accounting_officer, at(asked)).first_on == last


BARRED = date(2031, 3, 16)


def test_asking_for_instalments_acknowledges_the_debt(any_world: World, any_session: Session) -> None:
    """Code civil, art. 2240: the five years run anew, whole, from the day it is asked; a refusal changes nothing."""
    one, last = titre(any_world), BARRED - DAY
    plan = ask_plan(one.number, 2, last, WHY, any_world.owner, at(last))
    (kept,) = interruptions_of(one)
    assert (kept.kind, kept.on, kept.former_barred_on) == ("acknowledged", last, BARRED)
    assert one.barred_on == kept.barred_on == date(2036, 3, 16)
    answer_plan(plan.id, False, REASONS, any_world.accounting_officer, at(last))
    assert bar_what_is(at(BARRED)) == 0
    assert bar_what_is(at(date(2036, 3, 16))) == 1
    assert wrong() == []


def test_nothing_else_extends_the_time_by_itself(world: World, session: Session) -> None:
    """Neither a payment, nor instalments that an officer sets; and what is barred is acknowledged no more."""
    one = titre(world)
    repay(one.number, 10_00, "VIR 1", ISSUED, world.accounting_officer, at(ISSUED))
    set_plan(one.number, 2, ISSUED, world.accounting_officer, at(ISSUED))
    assert (one.barred_on, interruptions_of(one)) == (BARRED, [])
    other = titre(world)
    with pytest.raises(Refusal, match="prescrit"):
        ask_plan(other.number, 2, BARRED, WHY, world.owner, at(BARRED))
