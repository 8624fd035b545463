"""What an undue sum came from is corrected (art. 14): nobody pays what is no longer due, and a person decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.claims.appeal_examining import answer_appeal, propose_answer, take_appeal
from bonus.claims.letter_models import Letter
from bonus.claims.notice_models import Notice
from bonus.claims.notification import record_opening
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.payments.models import PaymentOrder
from bonus.recoveries.deciding import confirm, drop
from bonus.recoveries.drafting import open_recovery
from bonus.recoveries.ending import cancel, waive
from bonus.recoveries.lists import Asked, recovery_page
from bonus.recoveries.models import Recovery, RecoveryLetter
from bonus.recoveries.notifying import notify, open_notice
from bonus.recoveries.offsets import offset, why_disputed
from bonus.recoveries.repayments import repay
from bonus.recoveries.reviews import standing_review
from bonus.registry.models import CertificationFact
from tests.recoveries.test_origins import withdraw
from tests.support.appeals import REASONS, appealed
from tests.support.bills import Item
from tests.support.ledger import wrong
from tests.support.recoveries import FACTS, FOUND, WHY, YEAR, claim_of, granted, of
from tests.support.registry import certification_of, disown, learn
from tests.support.requests import at
from tests.support.world import CLOUD, Dossier, World, run_jobs

DAY = timedelta(days=1)
ISSUED = FOUND + 31 * DAY
GRANTED = 4_500_00
LABELS = ("NFG", "SECNUMCLOUD")


def without_labels(world: World, *labels: str) -> tuple[Dossier, list[CertificationFact], Recovery]:
    """A dossier paid whose solution lost these labels by fraud, and its undue sum notified."""
    dossier = granted(world)
    facts = [
        learn(certification_of(CLOUD, label), "withdrawn", FOUND, at(FOUND), retroactive=True)
        for label in labels
    ]
    run_jobs(world, at(FOUND))
    recovery = open_recovery(dossier.id, "withdrawal", FACTS, world.reviewer, at(FOUND))
    notify(recovery.id, world.reviewer, at(FOUND))
    open_notice(recovery, world.owner, at(FOUND))
    return dossier, facts, recovery


def to_decide() -> list[str]:
    return [one.number for one in recovery_page(Asked("a-decider"), 1, FOUND + DAY).rows]


def corrected(world: World, facts: list[CertificationFact], day_after: int = 1) -> None:
    """The registry learns that these withdrawals never were, and what follows is done."""
    for fact in facts:
        disown(fact, at(FOUND + day_after * DAY))
    run_jobs(world, at(FOUND + day_after * DAY))


def test_a_notice_that_nothing_bears_any_more_is_decided_at_once(
    any_world: World, any_session: Session
) -> None:
    """Without waiting for the reply: an officer is asked, and no titre can be issued."""
    _, facts, recovery = without_labels(any_world, *LABELS)
    assert (recovery.amount_cents, to_decide()) == (GRANTED, [])
    corrected(any_world, facts)
    review = standing_review(recovery.id)
    assert review is not None
    assert review.excess_cents == GRANTED
    assert to_decide() == [recovery.number]
    with pytest.raises(Refusal, match=r"recovery\.nothing_undue"):
        confirm(recovery.id, WHY, any_world.officer, at(ISSUED))
    db.session.rollback()
    drop(recovery.id, WHY, any_world.officer, at(FOUND + 2 * DAY))
    assert (recovery.status, standing_review(recovery.id), to_decide()) == ("dropped", None, [])


def test_a_titre_is_issued_for_what_is_still_undue(world: World, session: Session) -> None:
    """Of two labels one was not withdrawn after all: the premium alone is undue."""
    _, facts, recovery = without_labels(world, *LABELS)
    corrected(world, facts[:1])
    confirm(recovery.id, WHY, world.officer, at(ISSUED))
    assert recovery.order is not None
    assert (recovery.amount_cents, recovery.order.amount_cents) == (500_00, 500_00)
    assert recovery.lines[0].due_cents == GRANTED - 500_00
    assert standing_review(recovery.id) is None
    assert wrong() == []


def test_a_change_that_takes_nothing_away_asks_nobody(world: World, session: Session) -> None:
    dossier, _, recovery = without_labels(world, LABELS[0])
    learn(certification_of(CLOUD, LABELS[1]), "withdrawn", FOUND, at(FOUND + DAY), retroactive=True)
    run_jobs(world, at(FOUND + DAY))
    assert standing_review(recovery.id) is None
    confirm(recovery.id, WHY, world.officer, at(ISSUED))
    assert recovery.amount_cents == 500_00, "the company was heard on that alone"
    assert claim_of(dossier).granted_cents == GRANTED


def issued(world: World) -> tuple[list[CertificationFact], Recovery, str]:
    _, facts, recovery = without_labels(world, *LABELS)
    confirm(recovery.id, WHY, world.officer, at(ISSUED))
    assert recovery.order is not None
    return facts, recovery, recovery.order.number


def test_a_titre_that_is_no_longer_due_is_kept_for_an_officer(any_world: World, any_session: Session) -> None:
    """Nothing is kept from a later bonus meanwhile; cancelled, what was repaid is given back."""
    facts, recovery, number = issued(any_world)
    repay(number, 1_000_00, "VIR 1", ISSUED, any_world.accounting_officer, at(ISSUED))
    corrected(any_world, facts, 32)
    review = standing_review(recovery.id)
    assert review is not None
    assert review.excess_cents == GRANTED
    assert to_decide() == [recovery.number]
    assert recovery.order is not None
    assert str(why_disputed(recovery.order)).startswith("Ce que le registre")
    told = db.session.scalars(select(Notice.sentence).where(Notice.kind == "undue_settled")).all()
    assert any("n’en sont plus dus" in one for one in told)
    granted(any_world, Item(1_000_00), paid=False, day=FOUND + 33 * DAY)
    later = db.session.scalars(select(PaymentOrder).order_by(PaymentOrder.id.desc())).first()
    assert later is not None
    with pytest.raises(Refusal, match=r"offset\.disputed"):
        offset(later.number, number, None, any_world.accounting_officer, at(FOUND + 33 * DAY))
    db.session.rollback()
    (restored,) = cancel(number, WHY, any_world.officer, at(FOUND + 34 * DAY))
    assert restored.amount_cents == 1_000_00
    assert (standing_review(recovery.id), to_decide()) == (None, [])
    assert wrong() == []


def test_reduced_by_as_much_it_is_decided(world: World, session: Session) -> None:
    facts, recovery, number = issued(world)
    corrected(world, facts[:1], 32)
    review = standing_review(recovery.id)
    assert review is not None
    assert review.excess_cents == GRANTED - 500_00
    waive(number, 1_000_00, WHY, world.officer, at(FOUND + 33 * DAY))
    assert standing_review(recovery.id) is not None
    waive(number, GRANTED - 1_500_00, WHY, world.officer, at(FOUND + 33 * DAY))
    assert standing_review(recovery.id) is None
    assert recovery.order is not None
    assert recovery.order.remaining_cents == 500_00


def test_withdrawn_again_nothing_is_left_to_decide(world: World, session: Session) -> None:
    facts, recovery, _ = issued(world)
    corrected(world, facts, 32)
    assert standing_review(recovery.id) is not None
    for label in LABELS:
        learn(certification_of(CLOUD, label), "withdrawn", FOUND, at(FOUND + 33 * DAY), retroactive=True)
    run_jobs(world, at(FOUND + 33 * DAY))
    assert standing_review(recovery.id) is None


# ---------------------------------------------------------------- a withdrawal of the decision, annulled on appeal


def restored(world: World, dossier: Dossier, day: int) -> None:
    """An appeal against the withdrawal, which annuls it."""
    record_opening(claim_of(dossier), world.owner, at(FOUND + 20 * DAY))
    reference = appealed(world, dossier, now=at(FOUND + 21 * DAY))
    take_appeal(reference, world.other_reviewer, at(FOUND + day * DAY))
    propose_answer(reference, "annul", REASONS, {}, world.other_reviewer, at(FOUND + day * DAY))
    answer_appeal(reference, world.other_officer, at(FOUND + day * DAY))
    run_jobs(world, at(FOUND + day * DAY))


def test_a_withdrawal_annulled_drops_the_sum_and_tells(any_world: World, any_session: Session) -> None:
    dossier = granted(any_world)
    withdraw(any_world, dossier)
    recovery = of(dossier)
    notify(recovery.id, any_world.reviewer, at(FOUND + 20 * DAY))
    restored(any_world, dossier, 22)
    assert recovery.status == "dropped"
    letters = db.session.scalars(select(RecoveryLetter.kind).order_by(RecoveryLetter.id)).all()
    assert letters == ["notice", "dropped"]
    assert "undue_dropped" in db.session.scalars(select(Notice.kind)).all()


def test_a_withdrawal_annulled_cancels_the_titre_and_gives_back(
    any_world: World, any_session: Session
) -> None:
    dossier = granted(any_world)
    withdraw(any_world, dossier)
    recovery = of(dossier)
    notify(recovery.id, any_world.reviewer, at(FOUND + 20 * DAY))
    record_opening(claim_of(dossier), any_world.owner, at(FOUND + 20 * DAY))
    reference = appealed(any_world, dossier, now=at(FOUND + 21 * DAY))
    confirm(recovery.id, WHY, any_world.officer, at(FOUND + 60 * DAY))
    assert recovery.order is not None
    day = FOUND + 61 * DAY
    repay(recovery.order.number, 1_000_00, "VIR 1", day, any_world.accounting_officer, at(day))
    take_appeal(reference, any_world.other_reviewer, at(day))
    propose_answer(reference, "annul", REASONS, {}, any_world.other_reviewer, at(day))
    answer_appeal(reference, any_world.other_officer, at(day))
    run_jobs(any_world, at(day))
    db.session.refresh(recovery.order)
    assert (recovery.order.status, recovery.order.remaining_cents) == ("cancelled", 0)
    back = db.session.scalars(select(PaymentOrder).where(PaymentOrder.restores_id.is_not(None))).one()
    assert (back.amount_cents, back.status) == (1_000_00, "to_pay")
    assert standing_review(recovery.id) is None
    assert wrong() == []
    assert db.session.scalars(select(Letter)).first() is not None


def test_without_credits_nothing_more_is_claimed_and_the_rest_waits(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The annulment of a withdrawal does not wait for credits."""
    dossier = granted(world, Item(10_000_00, service=YEAR))
    withdraw(world, dossier)
    recovery = of(dossier)
    notify(recovery.id, world.reviewer, at(FOUND + 20 * DAY))
    record_opening(claim_of(dossier), world.owner, at(FOUND + 20 * DAY))
    reference = appealed(world, dossier, now=at(FOUND + 21 * DAY))
    confirm(recovery.id, WHY, world.officer, at(FOUND + 60 * DAY))
    assert recovery.order is not None
    day = FOUND + 61 * DAY
    repay(recovery.order.number, 1_000_00, "VIR 1", day, world.accounting_officer, at(day))
    take_appeal(reference, world.other_reviewer, at(day))
    propose_answer(reference, "annul", REASONS, {}, world.other_reviewer, at(day))

    def short(*_: object) -> None:
        raise Refusal("budget.no_credits", "Les crédits ouverts ne suffisent pas.")

    with monkeypatch.context() as patch:
        patch.setattr("bonus.recoveries.ending.take_again", short)
        answer_appeal(reference, world.other_officer, at(day))
    db.session.refresh(recovery.order)
    assert (claim_of(dossier).status, recovery.order.status) == ("granted", "settled")
    assert recovery.order.remaining_cents == 0
    review = standing_review(recovery.id)
    assert review is not None
    assert review.excess_cents == 1_000_00
    assert to_decide() == [recovery.number]
    cancel(recovery.order.number, WHY, world.officer, at(day))
    assert standing_review(recovery.id) is None
    assert wrong() == []
