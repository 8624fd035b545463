"""Serving the waiting list (art. 10): in order, nobody overtakes, all computed on the grant date (arts. 6, 7, 10)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import first_fault
from bonus.budget.acts import amend_envelope
from bonus.budget.models import Commitment, WaitingEntry
from bonus.budget.serving import serve
from bonus.budget.waiting import entry_of
from bonus.calendar import PARIS, civil_date
from bonus.claims.models import Claim
from bonus.claims.replay import replay
from bonus.companies.models import Company, DeMinimisAid
from bonus.extensions import db
from bonus.payments.models import PaymentOrder
from tests.claims.reading import claim_of, decision_of, status_of
from tests.support.bills import Item, bill
from tests.support.books import check_books
from tests.support.ledger import without_guards
from tests.support.letters import letter_of
from tests.support.registry import certification_of, learn
from tests.support.waiting import (
    LARGE,
    MICRO,
    MID_CAP,
    SME,
    asked_to_serve,
    dossier_of,
    figures_of,
    joined,
    statuses,
    waiting_ids,
)
from tests.support.world import CLOUD, Dossier, World, decided, draft, filed, run_jobs, set_envelope

AUGUST = datetime(2026, 8, 3, 9, tzinfo=PARIS)
SEPTEMBER = datetime(2026, 9, 1, 9, tzinfo=PARIS)
EVENING = datetime(2026, 9, 30, 23, 59, tzinfo=PARIS)
MIDNIGHT = datetime(2026, 10, 1, 0, 0, tzinfo=PARIS)
LATER = datetime(2026, 11, 22, 9, tzinfo=PARIS)
HOUR = timedelta(hours=1)


def three(world: World, now: datetime = SEPTEMBER) -> list[Dossier]:
    """Three of 4 500.00 each, on the list of an empty envelope."""
    set_envelope(world, 0)
    dossiers = [
        dossier_of(world, siren, complete=AUGUST + rank * HOUR)
        for rank, siren in enumerate((MICRO, SME, LARGE))
    ]
    joined(world, dossiers, now=now)
    return dossiers


@pytest.mark.parametrize(
    ("opened", "count"),
    [(4_499_99, 0), (4_500_00, 1), (8_999_99, 1), (9_000_00, 2), (13_500_00, 3), (50_000_00, 3)],
)
def test_as_many_as_fit_in_order(any_world: World, any_session: Session, opened: int, count: int) -> None:
    dossiers = three(any_world)
    set_envelope(any_world, opened)
    assert serve(LATER) == count
    assert statuses(dossiers) == ["granted"] * count + ["waiting_list"] * (3 - count)
    assert figures_of()[1:] == (count * 4_500_00,) * 2
    assert serve(LATER) == 0, "a second run finds nothing more"
    check_books()


def test_nobody_overtakes(any_world: World, any_session: Session) -> None:
    """The first does not fit; the second would, and waits."""
    set_envelope(any_world, 0)
    first = dossier_of(any_world, MICRO, complete=AUGUST, net_cents=20_000_00)
    second = dossier_of(any_world, SME, complete=AUGUST + HOUR)
    joined(any_world, [first, second], now=SEPTEMBER)
    set_envelope(any_world, 8_999_99)
    assert serve(SEPTEMBER) == 0
    set_envelope(any_world, 9_000_00)
    assert serve(SEPTEMBER) == 1
    assert statuses([first, second]) == ["granted", "waiting_list"]


@pytest.mark.parametrize(("now", "expected"), [(EVENING, "granted"), (MIDNIGHT, "waiting_list")])
def test_a_queue_that_is_stuck_holds_up_no_other_until_october(
    world: World, session: Session, now: datetime, expected: str
) -> None:
    """A mid-cap of 7 000.00 is first of all: until 30 September it holds up those of its class alone."""
    set_envelope(world, 0)
    other = dossier_of(world, MID_CAP, complete=AUGUST, other=True, net_cents=20_000_00)
    small = dossier_of(world, MICRO, complete=AUGUST + HOUR)
    joined(world, [other, small], now=SEPTEMBER)
    set_envelope(world, 6_000_00)
    serve(now)
    assert statuses([other, small]) == ["waiting_list", expected]


@pytest.mark.parametrize(("now", "expected"), [(EVENING, "waiting_list"), (MIDNIGHT, "granted")])
def test_the_reserve_is_kept_from_the_others_until_october(
    world: World, session: Session, now: datetime, expected: str
) -> None:
    """E = 5 833.32, R = 2 333.33: 3 499.99 are open to a mid-cap of 3 500.00, then all."""
    set_envelope(world, 0)
    other = dossier_of(world, MID_CAP, complete=AUGUST, other=True)
    joined(world, [other], now=SEPTEMBER)
    set_envelope(world, 5_833_32)
    serve(now)
    assert statuses([other]) == [expected]


def test_the_grant_date_is_the_day_of_the_credits(any_world: World, any_session: Session) -> None:
    [dossier, *_] = three(any_world)
    set_envelope(any_world, 4_500_00)
    serve(LATER)
    decision = decision_of(dossier)
    assert (decision.decided_on, decision.decided_at) == (civil_date(LATER), LATER)
    assert decision.facts["claims"][0]["grant_date"] == "2026-11-22"
    assert "en liste d’attente depuis le 1 septembre 2026" in decision.reasons.replace("1er", "1")
    commitment = db.session.scalars(select(Commitment)).one()
    assert (commitment.year, commitment.committed_at) == (2026, LATER)
    run_jobs(any_world, LATER)
    order = db.session.scalars(select(PaymentOrder)).one()
    assert order.due_on == date(2026, 12, 22), "thirty days from the decision, not from the list (art. 13)"
    assert all(one.differences == () for one in replay())
    assert first_fault() is None


def test_its_authors_are_those_who_decided_it(any_world: World, any_session: Session) -> None:
    """Art. 12: the reviewer who proposed, the officer who decided; nobody else appears, nor acts a second time."""
    [dossier, *_] = three(any_world)
    set_envelope(any_world, 4_500_00)
    serve(LATER)
    decision = decision_of(dossier)
    assert (decision.kind, decision.decided_by_id, decision.proposed_by_id) == (
        "officer",
        any_world.officer.person_id,
        any_world.reviewer.person_id,
    )
    change = claim_of(dossier).changes[-1]
    assert (change.action, change.old_status, change.person_id) == ("serve", "waiting_list", None)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "claim.decided").order_by(AuditEntry.id.desc())
    ).first()
    assert entry is not None
    assert entry.actor == "service:waiting-list"
    left = db.session.scalars(select(WaitingEntry).where(WaitingEntry.claim_id == dossier.id)).one()
    assert (left.left_at, left.left_by) == (LATER, "serve")


def test_art_7_is_computed_again(any_world: World, any_session: Session) -> None:
    """298 000.00 of other aids since: 2 000.00 are left under the ceiling, and no more is committed."""
    [dossier, *_] = three(any_world)
    company = claim_of(dossier).company
    db.session.add(
        DeMinimisAid(
            company_id=company.id,
            granted_on=date(2026, 10, 5),
            recipient=company.siren,
            amount_cents=298_000_00,
            authority="Région",
            instrument="grant",
            created_at=LATER,
        )
    )
    db.session.commit()
    set_envelope(any_world, 2_000_00)
    assert serve(LATER) == 1
    assert (status_of(dossier), decision_of(dossier).bonus_cents) == ("partly_granted", 2_000_00)
    assert figures_of()[1] == 2_000_00
    check_books()


def test_art_6_is_computed_again(world: World, session: Session) -> None:
    """Two of one company on one solution: 40 500.00 and 40 500.00, of which 60 000.00 are left under art. 6."""
    set_envelope(world, 0)
    dossiers = [
        dossier_of(world, MICRO, complete=AUGUST + rank * HOUR, net_cents=90_000_00) for rank in range(2)
    ]
    joined(world, dossiers, now=SEPTEMBER)
    amounts = db.session.scalars(select(WaitingEntry.amount_cents)).all()
    db.session.rollback()
    assert amounts == [40_500_00, 40_500_00], "each was computed as if it were alone"
    set_envelope(world, 100_000_00)
    assert serve(LATER) == 2
    assert [decision_of(one).bonus_cents for one in dossiers] == [40_500_00, 19_500_00]
    check_books()


def test_the_registry_is_read_again(world: World, session: Session) -> None:
    """One of the two labels was withdrawn for fraud since: 40 % where 45 % had been acknowledged."""
    dossiers = three(world)
    learn(
        certification_of(CLOUD, "SECNUMCLOUD"), "withdrawn", date(2026, 9, 10), LATER - HOUR, retroactive=True
    )
    set_envelope(world, 12_000_00)
    assert serve(LATER) == 3
    assert [decision_of(one).bonus_cents for one in dossiers] == [4_000_00] * 3
    assert waiting_ids() == []


def test_a_company_that_changed_class_keeps_its_moment(world: World, session: Session) -> None:
    set_envelope(world, 0)
    moved = dossier_of(world, MICRO, complete=AUGUST)
    stayed = dossier_of(world, MID_CAP, complete=AUGUST + HOUR, other=True)
    joined(world, [moved, stayed], now=SEPTEMBER)
    db.session.get_one(Company, claim_of(moved).company_id).headcount = 4_000
    db.session.commit()
    set_envelope(world, 5_834_00)  # 3 500.40 open to others
    assert serve(EVENING) == 1
    assert statuses([moved, stayed]) == ["granted", "waiting_list"]
    assert decision_of(moved).bonus_cents == 3_500_00
    assert figures_of()[1:] == (3_500_00, 0)


def filed_before(world: World, dossier: Dossier) -> Dossier:
    """One of another company, filed before all, that holds the same invoice; it is not decided yet."""
    invoice = claim_of(dossier).invoices[0]
    file = bill(Item(10_000_00), issued_on=invoice.issued_on, number=invoice.number)
    db.session.rollback()
    return filed(world, draft(world, [file], now=AUGUST - HOUR), now=AUGUST - HOUR)


def test_an_earlier_dossier_of_the_same_invoice_is_waited_for(world: World, session: Session) -> None:
    first, second, third = three(world)
    before = filed_before(world, first)
    set_envelope(world, 50_000_00)
    assert serve(LATER) == 0
    blocked = entry_of(first.id)
    assert blocked is not None
    assert str(before.number) in str(blocked.blocked)
    assert statuses([first, second]) == ["waiting_list", "waiting_list"], "nobody overtakes"
    decided(world, before, now=LATER)
    assert serve(LATER) == 3
    assert statuses([before, first, second, third]) == ["granted", "refused", "granted", "granted"]


def test_of_one_invoice_two_that_wait_do_not_wait_for_each_other(world: World, session: Session) -> None:
    """The one filed before holds the invoice (art. 5.3), even when it became complete last."""
    first, second, third = three(world)
    before = filed_before(world, first)
    decided(world, before, now=LATER)
    entry = entry_of(before.id)
    assert entry is not None
    without_guards()
    entry.complete_at = LATER
    db.session.commit()
    set_envelope(world, 50_000_00)
    assert serve(LATER) == 4
    assert statuses([first, second, third, before]) == ["refused", "granted", "granted", "granted"]


def test_an_amendment_upward_asks_for_it(any_world: World, any_session: Session) -> None:
    dossiers = three(any_world)
    amend_envelope(2026, 9_000_00, "Décret d’avance 1", date(2026, 9, 30), any_world.officer, LATER)
    [key] = asked_to_serve()
    assert key.startswith("serve_waiting:2:")
    run_jobs(any_world, LATER)
    assert statuses(dossiers) == ["granted", "granted", "waiting_list"]
    assert len(asked_to_serve()) == 1, "what is served goes on by itself"


def test_the_company_has_its_decision(world: World, session: Session) -> None:
    [dossier, *_] = three(world)
    set_envelope(world, 4_500_00)
    serve(LATER)
    run_jobs(world, LATER)
    assert letter_of(dossier, "granted").written_at == LATER
    assert db.session.get_one(Claim, dossier.id).status == "granted"


def test_no_envelope_next_year_nobody_is_served(world: World, session: Session) -> None:
    dossiers = three(world)
    far = datetime(2028, 1, 3, 9, tzinfo=PARIS)
    assert serve(far) == 0
    assert statuses(dossiers) == ["waiting_list"] * 3
