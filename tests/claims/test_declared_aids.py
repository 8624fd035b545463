"""The other de minimis aids declared count in a decision, for each member, and are sealed with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from bonus.claims.facts import canonical_sha256
from bonus.claims.replay import replay
from bonus.claims.room import undertaking_room
from bonus.companies.aids import aids_counted
from bonus.companies.models import Company, DeMinimisAid
from bonus.companies.service import add_aid, add_link, remove_link
from bonus.demo.invoices import BUYER
from bonus.extensions import db
from tests.claims.reading import cuts_of, decision_of, lines_of
from tests.support.bills import bill
from tests.support.space import STRANGER, aid_of
from tests.support.world import NEIGHBOUR, NOW, ON, World, decided, draft, filed

THREE_YEARS_AGO = date(2023, 11, 22)


def declare(
    world: World,
    cents: int,
    granted_on: date = ON,
    *,
    by_neighbour: bool = False,
    recipient: str | None = None,
) -> DeMinimisAid:
    siren = NEIGHBOUR.siren if by_neighbour else BUYER.siren
    who = world.neighbour_owner if by_neighbour else world.owner
    company_id = world.neighbour_id if by_neighbour else world.company_id
    return add_aid(company_id, aid_of(siren, cents, granted_on, recipient), who, NOW, ON)


def link_neighbours(world: World) -> int:
    return add_link(world.company_id, "single_undertaking", NEIGHBOUR.siren, world.owner, NOW).id


@pytest.mark.parametrize(
    ("declared", "granted", "cut"),
    [
        (295_500_00, 4_500_00, None),  # exactly 300 000.00 €
        (295_500_01, 4_499_99, "0.01"),
        (295_499_99, 4_500_00, None),
        (300_000_00, 0, "4500.00"),
    ],
)
@pytest.mark.parametrize("by_neighbour", [False, True])
def test_an_aid_takes_its_room_to_the_cent(
    world: World, session: Session, declared: int, granted: int, cut: str | None, by_neighbour: bool
) -> None:
    link_neighbours(world)
    declare(world, declared, by_neighbour=by_neighbour)
    dossier = decided(world)
    assert lines_of(dossier) == [("eligible", None, granted)]
    assert cuts_of(dossier) == [[("art7.de_minimis", cut)] if cut else []]


@pytest.mark.parametrize(
    ("day", "granted"), [(THREE_YEARS_AGO, 0), (THREE_YEARS_AGO - timedelta(days=1), 4_500_00)]
)
def test_the_first_day_of_the_window_counts(
    any_world: World, any_session: Session, day: date, granted: int
) -> None:
    declare(any_world, 300_000_00, day)
    assert decision_of(decided(any_world)).bonus_cents == granted


def test_a_member_without_a_space_here_counts_while_it_is_linked(world: World, session: Session) -> None:
    link = add_link(world.company_id, "single_undertaking", STRANGER, world.owner, NOW).id
    declare(world, 300_000_00, recipient=STRANGER)
    assert decision_of(decided(world)).bonus_cents == 0
    remove_link(world.company_id, link, world.owner, NOW)
    again = decided(world, draft(world, [bill(number="F-2")]))
    assert decision_of(again).bonus_cents == 4_500_00


def test_what_a_public_body_received_does_not_count(world: World, session: Session) -> None:
    link_neighbours(world)
    declare(world, 300_000_00, by_neighbour=True)
    db.session.get_one(Company, world.neighbour_id).kind = "public_body"
    db.session.commit()
    assert aids_counted([NEIGHBOUR.siren]) == []
    assert decision_of(decided(world)).bonus_cents == 4_500_00


def test_the_group_of_the_size_test_is_another_set(world: World, session: Session) -> None:
    add_link(world.company_id, "group", NEIGHBOUR.siren, world.owner, NOW)
    declare(world, 300_000_00, by_neighbour=True)
    assert decision_of(decided(world)).bonus_cents == 4_500_00


def test_a_decision_is_sealed_with_them_and_they_change_no_more(
    any_world: World, any_session: Session
) -> None:
    link_neighbours(any_world)
    own, theirs = declare(any_world, 1_00), declare(any_world, 2_00, by_neighbour=True)
    facts = decision_of(decided(any_world)).facts
    told = {"granted_on": ON.isoformat(), "authority": "Région Bretagne", "instrument": "grant"}
    assert facts["beneficiaries"][0]["other_aids"] == [told | {"amount": "1.00"}]
    assert facts["prior"]["other_aids"] == [told | {"beneficiary": NEIGHBOUR.siren, "amount": "2.00"}]
    later = declare(any_world, 3_00)
    db.session.expire_all()
    assert [db.session.get_one(DeMinimisAid, one.id).used_at for one in (own, theirs, later)] == [
        NOW,
        NOW,
        None,
    ]


def test_filing_alone_does_not_use_them(world: World, session: Session) -> None:
    aid = declare(world, 1_00)
    filed(world)
    db.session.expire_all()
    assert db.session.get_one(DeMinimisAid, aid.id).used_at is None


def test_an_old_decision_replayed_is_not_changed_by_aids_declared_since(
    any_world: World, any_session: Session
) -> None:
    before = decided(any_world)
    declare(any_world, 300_000_00, by_neighbour=True)
    declare(any_world, 300_000_00)
    link_neighbours(any_world)
    decided(any_world, draft(any_world, [bill(number="F-2")]))
    assert [(one.number, one.differences) for one in replay()] == [
        (before.number, ()),
        ("BS-2026-000002", ()),
    ]
    assert lines_of(before) == [("eligible", None, 4_500_00)]


def test_facts_sealed_before_aids_were_told_are_replayed(world: World, session: Session) -> None:
    """What older decisions were sealed with has no such lists: the law reads none."""
    decision = decision_of(decided(world))
    facts = {**decision.facts, "prior": {**decision.facts["prior"]}}
    del facts["prior"]["other_aids"]
    facts["beneficiaries"] = [{k: v for k, v in facts["beneficiaries"][0].items() if k != "other_aids"}]
    decision.facts, decision.facts_sha256 = facts, canonical_sha256(facts)
    db.session.commit()
    assert [one.differences for one in replay()] == [()]


# ---------------------------------------------------------------- the room shown


def test_the_room_shows_bonuses_by_day_and_aids_one_by_one(any_world: World, any_session: Session) -> None:
    link_neighbours(any_world)
    declare(any_world, 10_00, date(2025, 1, 1), by_neighbour=True)
    declare(any_world, 20_00, date(2024, 1, 1))
    declare(any_world, 40_00, THREE_YEARS_AGO - timedelta(days=1))  # past
    decided(any_world, draft(any_world, [bill(number="F-1")]))
    decided(any_world, draft(any_world, [bill(number="F-2")]))
    for company_id in (any_world.company_id, any_world.neighbour_id):
        found = undertaking_room(db.session.get_one(Company, company_id), ON)
        assert found is not None
        assert [(aid.recipient, aid.granted_on, aid.amount_cents, aid.authority) for aid in found.aids] == [
            (BUYER.siren, date(2024, 1, 1), 20_00, "Région Bretagne"),
            (NEIGHBOUR.siren, date(2025, 1, 1), 10_00, "Région Bretagne"),
            (BUYER.siren, ON, 9_000_00, None),
        ]
        assert found.room.left == 300_000_00 - 9_030_00
        assert sum(aid.amount_cents for aid in found.aids) == found.room.used


def test_the_room_is_what_the_next_decision_finds(world: World, session: Session) -> None:
    declare(world, 298_000_00)
    found = undertaking_room(db.session.get_one(Company, world.company_id), ON)
    assert found is not None
    assert found.room.left == decision_of(decided(world)).bonus_cents == 2_000_00


def test_a_public_body_has_no_room_to_show(world: World, session: Session) -> None:
    company = db.session.get_one(Company, world.company_id)
    company.kind = "public_body"
    assert undertaking_room(company, ON) is None


def test_amounts_beyond_the_ceiling_leave_nothing(world: World, session: Session) -> None:
    given = replace(aid_of(BUYER.siren), amount_cents=10**14, granted_on=ON)
    add_aid(world.company_id, given, world.owner, NOW, ON)
    found = undertaking_room(db.session.get_one(Company, world.company_id), ON)
    assert found is not None
    assert (found.room.left, found.room.used) == (0, 10**14)
