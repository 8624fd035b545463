"""The waiting list (art. 10): the order of completeness, one place each, and nobody complete later is granted."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.budget.models import WaitingEntry
from bonus.budget.waiting import entry_of, one_queue, rank_of
from bonus.calendar import PARIS
from bonus.claims.filing import abandon
from bonus.extensions import db
from bonus.regulation import load_parameters
from tests.claims.reading import status_of
from tests.support.ledger import without_guards
from tests.support.letters import letter_of
from tests.support.waiting import (
    LARGE,
    MICRO,
    MID_CAP,
    SME,
    asked_to_serve,
    dossier_of,
    joined,
    statuses,
    waiting_ids,
)
from tests.support.world import World, decided, set_envelope

LAW = load_parameters()
EVENING = datetime(2026, 9, 30, 23, 59, tzinfo=PARIS)
MIDNIGHT = datetime(2026, 10, 1, 0, 0, tzinfo=PARIS)
AUGUST = datetime(2026, 8, 3, 9, tzinfo=PARIS)
HOUR = timedelta(hours=1)


def rank(claim_id: int, now: datetime) -> int:
    entry = entry_of(claim_id)
    assert entry is not None
    return rank_of(entry, now.date(), LAW)


def test_the_day_the_queues_become_one() -> None:
    assert not one_queue(EVENING.date(), LAW)
    assert one_queue(MIDNIGHT.date(), LAW)


def test_the_order_is_that_of_completeness(any_world: World, any_session: Session) -> None:
    """Whatever the order of the decisions, ties by the dossier's own."""
    set_envelope(any_world, 0)
    third, first, second = (
        dossier_of(any_world, MICRO, complete=AUGUST + HOUR),
        dossier_of(any_world, SME, complete=AUGUST),
        dossier_of(any_world, LARGE, complete=AUGUST),
    )
    joined(any_world, [third, second, first], now=EVENING)
    assert waiting_ids() == [first.id, second.id, third.id]
    assert [rank(one.id, EVENING) for one in (first, second, third)] == [1, 2, 3]


def test_what_a_place_keeps(any_world: World, any_session: Session) -> None:
    set_envelope(any_world, 0)
    dossier = dossier_of(any_world, MICRO, complete=AUGUST)
    decided(any_world, dossier, reasons="Vu les pièces.", now=EVENING)
    entry = entry_of(dossier.id)
    assert entry is not None
    assert (entry.kind, entry.officer_id, entry.proposed_by_id) == (
        "officer",
        any_world.officer.person_id,
        any_world.reviewer.person_id,
    )
    assert (entry.reserved, entry.amount_cents, entry.said) == (True, 4_500_00, "Vu les pièces.")
    assert (entry.complete_at, entry.joined_at, entry.left_at) == (AUGUST, EVENING, None)


def test_each_class_has_its_ranks_until_the_thirtieth_of_september(world: World, session: Session) -> None:
    set_envelope(world, 0)
    small, other = (
        dossier_of(world, MICRO, complete=AUGUST),
        dossier_of(world, MID_CAP, complete=AUGUST + HOUR, other=True),
    )
    joined(world, [small, other], now=EVENING)
    assert [rank(one.id, EVENING) for one in (small, other)] == [1, 1]
    assert [rank(one.id, MIDNIGHT) for one in (small, other)] == [1, 2]
    assert letter_of(other, "waiting").facts["rank"] == 1


def test_complete_later_is_not_granted_even_with_room(any_world: World, any_session: Session) -> None:
    """Credits for 4 500.00: the first of 9 000.00 waits, and the second, of 4 500.00, goes behind."""
    set_envelope(any_world, 4_500_00)
    first = dossier_of(any_world, MICRO, complete=AUGUST, net_cents=20_000_00)
    second = dossier_of(any_world, SME, complete=AUGUST + HOUR)
    joined(any_world, [first, second], now=EVENING)
    assert statuses([first, second]) == ["waiting_list", "waiting_list"]


def test_complete_before_is_granted(world: World, session: Session) -> None:
    set_envelope(world, 4_500_00)
    first = dossier_of(world, MICRO, complete=AUGUST)
    second = dossier_of(world, SME, complete=AUGUST + HOUR, net_cents=20_000_00)
    joined(world, [second, first], now=EVENING)
    assert statuses([first, second]) == ["granted", "waiting_list"]


@pytest.mark.parametrize(("now", "status"), [(EVENING, "granted"), (MIDNIGHT, "waiting_list")])
def test_the_other_class_until_and_after_the_thirtieth(
    world: World, session: Session, now: datetime, status: str
) -> None:
    """A mid-cap waits; a micro-enterprise complete later is of another queue until 30 September."""
    set_envelope(world, 4_500_00)
    first = dossier_of(world, MID_CAP, complete=AUGUST, other=True, net_cents=20_000_00)
    second = dossier_of(world, MICRO, complete=AUGUST + HOUR)
    joined(world, [first, second], now=now)
    assert statuses([first, second]) == ["waiting_list", status]


def test_nothing_to_grant_does_not_wait(world: World, session: Session) -> None:
    set_envelope(world, 0)
    joined(world, [dossier_of(world, MICRO, complete=AUGUST)], now=EVENING)
    refused = decided(
        world,
        dossier_of(world, SME, complete=AUGUST + HOUR),
        outcome="refuse",
        reasons="La facture n’est pas acquittée (art. 9).",
        now=EVENING,
    )
    assert status_of(refused) == "refused"


def test_giving_up_leaves_the_list(any_world: World, any_session: Session) -> None:
    set_envelope(any_world, 0)
    dossiers = [
        dossier_of(any_world, MICRO, complete=AUGUST),
        dossier_of(any_world, SME, complete=AUGUST + HOUR),
    ]
    joined(any_world, dossiers, now=EVENING)
    assert asked_to_serve() == []
    abandon(dossiers[0].id, any_world.owner, MIDNIGHT)
    assert waiting_ids() == [dossiers[1].id]
    left = db.session.scalars(select(WaitingEntry).where(WaitingEntry.claim_id == dossiers[0].id)).one()
    assert (left.left_at, left.left_by) == (MIDNIGHT, "abandon")
    assert asked_to_serve() == [f"serve_waiting:3:{left.id}"], "who comes next may have room"
    abandon(dossiers[1].id, any_world.owner, MIDNIGHT)
    assert len(asked_to_serve()) == 1, "nobody is left to serve"


def test_one_place_a_dossier(any_world: World, any_session: Session) -> None:
    set_envelope(any_world, 0)
    joined(any_world, [dossier_of(any_world, MICRO, complete=AUGUST)], now=EVENING)
    again = (
        "INSERT INTO waiting_entries (claim_id, kind, officer_id, proposed_by_id, said, reserved, amount_cents, "
        "complete_at, joined_at) SELECT claim_id, kind, officer_id, proposed_by_id, said, reserved, amount_cents, "
        "complete_at, joined_at FROM waiting_entries"
    )
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(text(again))


def test_the_list_is_an_officers_or_a_rules(any_world: World, any_session: Session) -> None:
    set_envelope(any_world, 0)
    joined(any_world, [dossier_of(any_world, MICRO, complete=AUGUST)], now=EVENING)
    without_guards()
    with pytest.raises(IntegrityError, match="persons"), db.session.begin_nested():
        db.session.execute(text("UPDATE waiting_entries SET officer_id = NULL"))
