"""Lines that waited for their label: decided later, on their own, in the same dossier (arts. 4 and 11)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.service import SERVICE, first_fault
from bonus.certificates.service import request_certificate
from bonus.claims.assessing import assess
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.claims.filing import abandon
from bonus.claims.follow_models import ClaimAlert
from bonus.claims.replay import replay
from bonus.claims.waking import wake_what_may
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.payments.models import PaymentOrder
from tests.claims.reading import claim_of, status_of
from tests.support.bills import Item, bill
from tests.support.registry import certification_of, learn
from tests.support.words import plain
from tests.support.world import (
    CLOUD,
    NOW,
    SUITE,
    YEAR_CLOSED,
    YEAR_END,
    Dossier,
    World,
    decided,
    draft,
    filed,
    run_jobs,
    set_envelope,
)

SUITE_ITEM = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")  # 3 500 €
CLOUD_ITEM = Item(10_000_00)  # 4 500 €
BILLED_ON = date(2026, 10, 15)
WEEK = timedelta(days=7)


def decided_with_one_line_waiting(world: World, *items: Item) -> Dossier:
    learn(certification_of(SUITE), "suspended", date(2026, 10, 1), NOW - timedelta(days=30))
    return decided(world, draft(world, [bill(*(items or (CLOUD_ITEM, SUITE_ITEM)), issued_on=BILLED_ON)]))


def reinstate(world: World, now: datetime) -> None:
    learn(certification_of(SUITE), "reinstated", date(2026, 11, 25), now)
    run_jobs(world, now)


def decide_again(world: World, dossier: Dossier, now: datetime) -> None:
    propose(dossier.id, "apply", "", world.reviewer, now)
    decide(dossier.id, "apply", "", world.officer, now)
    run_jobs(world, now)


def test_reinstated_it_is_decided_on_its_own(any_world: World, any_session: Session) -> None:
    dossier = decided_with_one_line_waiting(any_world)
    run_jobs(any_world, NOW)
    assert status_of(dossier) == "partly_granted"
    due = claim_of(dossier).decision_due_on
    assert due is not None
    reinstate(any_world, NOW + WEEK)
    claim = claim_of(dossier)
    assert (claim.status, claim.decision_due_on) == ("under_review", due + WEEK)
    [alert] = db.session.scalars(select(ClaimAlert))
    assert (alert.kind, alert.before_cents, alert.after_cents) == ("woken", 4_500_00, 8_000_00)
    assert [line.line.position for line in assess(claim, NOW + WEEK).lines] == [2]

    decide_again(any_world, dossier, NOW + WEEK)
    claim = claim_of(dossier)
    assert (claim.status, claim.granted_cents) == ("granted", 8_000_00)
    first, second = claim.decisions
    assert [(line.status, line.bonus_cents) for line in first.lines] == [
        ("eligible", 4_500_00),
        ("pending", 0),
    ]
    assert [(line.status, line.bonus_cents) for line in second.lines] == [("eligible", 3_500_00)]
    assert (second.rank, second.decided_on) == (2, date(2026, 11, 29))
    orders = db.session.scalars(select(PaymentOrder.amount_cents).order_by(PaymentOrder.id)).all()
    assert list(orders) == [4_500_00, 3_500_00]
    certificate = request_certificate(any_world.company_id, YEAR_END, any_world.owner, YEAR_CLOSED)
    assert len(certificate.content["purchases"]) == 2
    assert [one.differences for one in replay()] == [(), ()]
    assert first_fault() is None


def test_withdrawn_it_is_refused_with_its_reason(world: World, session: Session) -> None:
    dossier = decided_with_one_line_waiting(world, SUITE_ITEM)
    assert status_of(dossier) == "pending"
    learn(certification_of(SUITE), "withdrawn", date(2026, 11, 20), NOW + WEEK)
    run_jobs(world, NOW + WEEK)
    assert status_of(dossier) == "under_review"
    decide_again(world, dossier, NOW + WEEK)
    assert status_of(dossier) == "refused"
    assert claim_of(dossier).decisions[-1].lines[0].reason == "solution.certification_withdrawn"


def test_the_base_decided_before_counts_for_the_minimum(world: World, session: Session) -> None:
    """Art. 5.4 looks at the dossier: a line of 100 € that waited is not below the minimum of 500 €."""
    small = Item(100_00, "Suite bureautique collaborative", "SUITE-1AN")
    dossier = decided_with_one_line_waiting(world, CLOUD_ITEM, small)
    reinstate(world, NOW + WEEK)
    decide_again(world, dossier, NOW + WEEK)
    assert [line.bonus_cents for line in claim_of(dossier).decisions[-1].lines] == [35_00]


def test_the_first_grant_consumes_the_ceiling_of_the_second(world: World, session: Session) -> None:
    """An sme has 150 000 € a year (art. 6), 60 000 € a solution: 60 000 + 60 000 leave 30 000."""
    big = [Item(400_000_00), Item(400_000_00, "Plateforme de données souveraine", "DATA-1AN")]
    dossier = decided_with_one_line_waiting(
        world, big[0], Item(400_000_00, SUITE_ITEM.name, SUITE_ITEM.reference)
    )
    assert claim_of(dossier).granted_cents == 60_000_00
    decided(world, draft(world, [bill(Item(240_000_00, "Audit de cybersécurité", "AUDIT-JOUR"))]))
    reinstate(world, NOW + WEEK)
    decide_again(world, dossier, NOW + WEEK)
    assert claim_of(dossier).decisions[-1].bonus_cents == 30_000_00


def test_it_stays_asleep_while_the_suspension_lasts(world: World, session: Session) -> None:
    dossier = decided_with_one_line_waiting(world)
    assert wake_what_may(NOW + WEEK) == 0
    assert status_of(dossier) == "partly_granted"


@pytest.mark.parametrize(("days", "woken"), [(364, 0), (365, 1)])
def test_twelve_months_at_most(world: World, session: Session, days: int, woken: int) -> None:
    dossier = decided_with_one_line_waiting(world)
    then = NOW + timedelta(days=days)
    assert wake_what_may(then) == woken
    assert status_of(dossier) == ("under_review" if woken else "partly_granted")
    assert wake_what_may(then) == 0


def test_the_end_of_the_validity_wakes_it(world: World, session: Session) -> None:
    """Seeded certifications end on 31 December 2028; suspended in 2028, decided, then expired (art. 4)."""
    learn(
        certification_of(SUITE), "suspended", date(2028, 10, 1), datetime(2028, 10, 1, 9, tzinfo=NOW.tzinfo)
    )
    then = datetime(2028, 11, 20, 9, tzinfo=NOW.tzinfo)
    set_envelope_of(world, 2028)
    dossier = decided(
        world, draft(world, [bill(SUITE_ITEM, issued_on=date(2028, 11, 2))], now=then), now=then
    )
    assert status_of(dossier) == "pending"
    assert wake_what_may(datetime(2028, 12, 31, 12, tzinfo=NOW.tzinfo)) == 0
    assert wake_what_may(datetime(2029, 1, 1, 12, tzinfo=NOW.tzinfo)) == 1
    decide_again(world, dossier, datetime(2029, 1, 2, 9, tzinfo=NOW.tzinfo))
    assert claim_of(dossier).decisions[-1].lines[0].reason == "solution.certification_expired"


def set_envelope_of(world: World, year: int) -> None:
    from bonus.budget.acts import begin_envelope
    from bonus.budget.models import Envelope

    if db.session.get(Envelope, year) is None:
        begin_envelope(year, 1_000_000_00, f"Acte d’essai {year}", date(2026, 1, 2), SERVICE, NOW)
        db.session.commit()
    set_envelope(world, 1_000_000_00, year)


def test_a_decided_dossier_taken_up_again_is_not_given_up(world: World, session: Session) -> None:
    dossier = decided_with_one_line_waiting(world)
    reinstate(world, NOW + WEEK)
    with pytest.raises(Refusal, match=r"claim\.already_decided") as refusal:
        abandon(dossier.id, world.owner, NOW + WEEK)
    assert "ne peut plus être abandonné" in plain(refusal.value.sentence)


def test_an_invoice_it_holds_stays_held_while_it_is_taken_up_again(world: World, session: Session) -> None:
    """Art. 5.3: its decided lines hold the invoice, whatever becomes of those that waited."""
    same = bill(CLOUD_ITEM, SUITE_ITEM, issued_on=BILLED_ON, number="F-TWICE")
    learn(certification_of(SUITE), "suspended", date(2026, 10, 1), NOW - timedelta(days=30))
    decided(world, draft(world, [same]))
    reinstate(world, NOW + WEEK)
    later = filed(world, draft(world, [same], now=NOW + WEEK), now=NOW + WEEK)
    assessment = assess(claim_of(later), NOW + WEEK)
    assert {line.result["reason"] for line in assessment.lines} == {"purchase.already_claimed"}
    assert assessment.undecided_holders == []


def test_only_the_cloud_is_left_when_all_labels_hold(world: World, session: Session) -> None:
    dossier = decided(world)
    learn(certification_of(CLOUD, "NFG"), "suspended", date(2026, 11, 1), NOW + WEEK)
    run_jobs(world, NOW + WEEK)
    assert status_of(dossier) == "granted"
