"""An appeal against a withdrawal (art. 11): received, examined by someone else, the withdrawal confirmed or annulled;
annulled, the decision applies again as it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import first_fault
from bonus.budget.models import Envelope
from bonus.certificates.held import certificate_in_force
from bonus.claims.annulments import standing
from bonus.claims.appeal_concurrence import concur_with_appeal, object_to_appeal
from bonus.claims.appeal_examining import answer_appeal, propose_answer, take_appeal
from bonus.claims.appeal_persons import is_someone_else
from bonus.claims.appeals import appealable, file_appeal, is_late, lapse_appeals, withdraw_appeal
from bonus.claims.letter_models import Letter
from bonus.claims.letters import content_of
from bonus.claims.notification import record_opening
from bonus.claims.restorations import RESTORED, withdrawal_of
from bonus.claims.revocation_days import revocations_of
from bonus.claims.revocations import decide_revocation, open_revocation
from bonus.claims.room import undertaking_room
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.parts import document_store
from bonus.payments.accounts import NO_ACCOUNT, accounts_of
from bonus.payments.models import PaymentOrder
from tests.claims.reading import claim_of, decision_of, status_of
from tests.support.appeals import GROUNDS, REASONS, WRONG, appealed, get, third_reviewer
from tests.support.bills import Item, bill
from tests.support.payments import reason_of, sent_batch
from tests.support.requests import at
from tests.support.revocations import DECIDED, FACTS, WHY, heard
from tests.support.words import plain
from tests.support.world import Dossier, World, certified, close_year, decided, draft, run_jobs, set_envelope

DAY = timedelta(days=1)
REVOKED_ON = DECIDED + 16 * DAY  # 26 March 2026
LAST = date(2026, 5, 27)
"""Two clear months after a notification on 26 March."""


def withdrawn(world: World, dossier: Dossier | None = None, **how: Any) -> Dossier:
    """4 500 € taken back on 26 March, its jobs done; nothing was paid. The letter is not opened."""
    dossier = dossier or heard(world, **how)
    run_jobs(world, at(DECIDED))
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(REVOKED_ON))
    run_jobs(world, at(REVOKED_ON))
    return dossier


def opened(world: World, dossier: Dossier, day: date = REVOKED_ON) -> None:
    record_opening(claim_of(dossier), world.owner, at(day))


def contested(
    world: World, day: date = REVOKED_ON + DAY, dossier: Dossier | None = None
) -> tuple[Dossier, str]:
    dossier = withdrawn(world, dossier)
    opened(world, dossier)
    return dossier, appealed(world, dossier, now=at(day))


def examined(world: World, reference: str, outcome: str, day: date) -> None:
    take_appeal(reference, world.other_reviewer, at(day))
    propose_answer(reference, outcome, REASONS, {}, world.other_reviewer, at(day))


def orders() -> list[tuple[str, str | None, str | None]]:
    found = db.session.scalars(select(PaymentOrder).order_by(PaymentOrder.id))
    return [(order.status, reason_of(order), order.iban) for order in found]


def test_annulled_the_decision_applies_again_as_it_was(any_world: World, any_session: Session) -> None:
    dossier = heard(any_world)
    run_jobs(any_world, at(DECIDED))
    (before,) = orders()
    room = undertaking_room(claim_of(dossier).company, REVOKED_ON)
    credits_taken = db.session.get_one(Envelope, 2026).committed_cents
    decide_revocation(dossier.id, "revoke", WHY, any_world.officer, at(REVOKED_ON))
    run_jobs(any_world, at(REVOKED_ON))
    assert orders() == [("held", "revoked", before[2])]
    opened(any_world, dossier)
    assert [one.rank for one in appealable(claim_of(dossier))] == [1]
    reference = appealed(any_world, dossier, now=at(REVOKED_ON + DAY))
    appeal = get(reference)
    assert (appeal.appeal_until, appeal.due_on, appeal.contested[:2]) == (
        LAST,
        date(2026, 5, 27),
        ("Retrait de la décision", REVOKED_ON),
    )
    examined(any_world, reference, "annul", REVOKED_ON + 5 * DAY)
    answer_appeal(reference, any_world.other_officer, at(REVOKED_ON + 6 * DAY))
    run_jobs(any_world, at(REVOKED_ON + 6 * DAY))
    claim = claim_of(dossier)
    assert (claim.status, [one.rank for one in standing(claim)]) == ("granted", [1])
    assert (get(reference).status, get(reference).status_name) == ("annulled", "Retrait annulé")
    assert [one.status for one in revocations_of(dossier.id)] == ["annulled"]
    assert orders() == [before], "due again, to the same account"
    assert undertaking_room(claim.company, REVOKED_ON) == room
    assert db.session.get_one(Envelope, 2026).committed_cents == credits_taken
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "appeal.restored")).one()
    assert len(entry.facts["orders"]) == 1
    assert first_fault() is None
    sent_batch(
        REVOKED_ON + 7 * DAY,
        REVOKED_ON + 7 * DAY,
        any_world.accounting_officer,
        at(REVOKED_ON + 7 * DAY),
    )
    assert [order[0] for order in orders()] == ["sent"]


def test_the_certificate_states_the_purchases_again(any_world: World, any_session: Session) -> None:
    close_year(any_world, end := DECIDED - DAY)
    dossier = heard(any_world)
    certified(any_world, end=end, now=at(DECIDED))
    dossier, reference = contested(any_world, dossier=dossier)
    without = certificate_in_force(any_world.company_id, end)
    assert without is not None
    assert without.content["purchases"] == []
    examined(any_world, reference, "annul", REVOKED_ON + 2 * DAY)
    answer_appeal(reference, any_world.other_officer, at(REVOKED_ON + 2 * DAY))
    run_jobs(any_world, at(REVOKED_ON + 2 * DAY))
    found = certificate_in_force(any_world.company_id, end)
    assert found is not None
    assert [row["claim_number"] for row in found.content["purchases"]] == [dossier.number]
    assert found.replaces is not None
    assert found.replaces.id == without.id
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == RESTORED)).one()
    message.done_at = None
    db.session.commit()
    run_jobs(any_world, at(REVOKED_ON + 3 * DAY))
    again = certificate_in_force(any_world.company_id, end)
    assert again is not None
    assert again.id == found.id, "a second run issues nothing"


def test_the_letter_says_what_follows(world: World, session: Session) -> None:
    _, reference = contested(world)
    examined(world, reference, "annul", REVOKED_ON + 2 * DAY)
    answer_appeal(reference, world.other_officer, at(REVOKED_ON + 2 * DAY))
    run_jobs(world, at(REVOKED_ON + 2 * DAY))
    letter = db.session.scalars(select(Letter).where(Letter.kind == "annulled")).one()
    words = plain(" ".join(block.text for block in content_of(letter).blocks))
    assert "la décision du 26 mars 2026" in words
    assert "la décision qui vous accordait 4 500,00 € s’applique de nouveau" in words
    assert "de nouveau examinée" not in words


@pytest.mark.parametrize("outcome", ["confirm", "reject_late"])
def test_otherwise_the_withdrawal_stands(world: World, session: Session, outcome: str) -> None:
    day = REVOKED_ON + DAY if outcome == "confirm" else LAST + DAY
    dossier, reference = contested(world, day)
    assert is_late(get(reference)) == (outcome == "reject_late")
    examined(world, reference, outcome, day)
    answer_appeal(reference, world.other_officer, at(day))
    assert status_of(dossier) == "revoked"
    assert [row[:2] for row in orders()] == [("held", "revoked")]
    assert appealable(claim_of(dossier)) == [], "one appeal"
    with pytest.raises(Refusal) as caught:
        appealed(world, dossier, now=at(day))
    assert caught.value.code == "appeal.one_only"


def test_silence_rejects_it(world: World, session: Session) -> None:
    dossier, reference = contested(world)
    due_on = get(reference).due_on
    assert lapse_appeals(at(due_on)) == 0
    assert lapse_appeals(at(due_on + DAY)) == 1
    assert (get(reference).status, status_of(dossier)) == ("lapsed", "revoked")


@pytest.mark.parametrize(("day", "late"), [(LAST, False), (LAST + DAY, True)])
def test_until_the_last_day(world: World, session: Session, day: date, late: bool) -> None:
    _, reference = contested(world, day)
    assert is_late(get(reference)) is late


def test_not_notified_no_limit_runs(world: World, session: Session) -> None:
    dossier = withdrawn(world)
    assert get(appealed(world, dossier, now=at(REVOKED_ON + DAY))).appeal_until is None


def test_it_is_not_reformed(any_world: World, any_session: Session) -> None:
    _, reference = contested(any_world)
    take_appeal(reference, any_world.other_reviewer, at(REVOKED_ON + DAY))
    with pytest.raises(Refusal) as caught:
        propose_answer(reference, "reform", REASONS, {}, any_world.other_reviewer, at(REVOKED_ON + DAY))
    assert caught.value.code == "appeal.withdrawal_whole"
    appeal = get(reference)
    appeal.examiner_id, appeal.decided_by_id, appeal.answer = (
        any_world.other_reviewer.person_id,
        any_world.other_officer.person_id,
        REASONS,
    )
    with pytest.raises(DBAPIError):
        db.session.execute(text("UPDATE appeals SET status = 'reformed'"))
    db.session.rollback()


def test_who_withdrew_or_decided_does_not_examine_it(any_world: World, any_session: Session) -> None:
    """Art. 12, by the service and by the database."""
    dossier, reference = contested(any_world)
    for person in (any_world.reviewer, any_world.officer):
        assert not is_someone_else(get(reference), person.person_id)
    with pytest.raises(Forbidden):
        take_appeal(reference, any_world.reviewer, at(REVOKED_ON + DAY))
    examined(any_world, reference, "annul", REVOKED_ON + DAY)
    with pytest.raises(Forbidden):
        answer_appeal(reference, any_world.officer, at(REVOKED_ON + DAY))
    with pytest.raises(Forbidden):
        answer_appeal(reference, any_world.other_reviewer, at(REVOKED_ON + DAY))
    db.session.rollback()
    for person_id in (any_world.reviewer.person_id, any_world.officer.person_id):
        with pytest.raises(DBAPIError):
            db.session.execute(text("UPDATE appeals SET examiner_id = :person"), {"person": person_id})
        db.session.rollback()
    assert status_of(dossier) == "revoked"


def test_only_its_company_contests_it(world: World, session: Session) -> None:
    dossier = withdrawn(world)
    for actor in (world.reviewer, world.officer, world.accountant):
        with pytest.raises(Forbidden):
            file_appeal(dossier.id, 1, GROUNDS, [], document_store(), actor, at(REVOKED_ON))
        db.session.rollback()
    with pytest.raises(InvalidInput):
        file_appeal(dossier.id, 1, "Non.", [], document_store(), world.owner, at(REVOKED_ON))


def test_given_up_it_may_be_made_again(world: World, session: Session) -> None:
    dossier, reference = contested(world)
    withdraw_appeal(reference, world.owner, at(REVOKED_ON + 2 * DAY))
    assert [one.rank for one in appealable(claim_of(dossier))] == [1]
    assert get(appealed(world, dossier, now=at(REVOKED_ON + 3 * DAY))).status == "filed"


def test_a_refusal_in_part_may_be_contested_apart(world: World, session: Session) -> None:
    """The appeal against the withdrawal is not that against what the decision refused."""
    day = DECIDED
    files = [bill(Item(10_000_00), WRONG, issued_on=day - timedelta(days=18))]
    dossier = decided(world, draft(world, files, now=at(day)), now=at(day))
    open_revocation(dossier.id, "conditions", FACTS, world.reviewer, at(day))
    opened(world, dossier, day)
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(REVOKED_ON))
    reference = appealed(world, dossier, now=at(REVOKED_ON))
    examined(world, reference, "annul", REVOKED_ON + DAY)
    answer_appeal(reference, world.other_officer, at(REVOKED_ON + DAY))
    assert status_of(dossier) == "partly_granted"
    assert [one.rank for one in appealable(claim_of(dossier))] == [1]
    assert get(appealed(world, dossier, now=at(REVOKED_ON + 2 * DAY))).revocation is None


def test_withdrawn_again_it_may_be_contested_again(world: World, session: Session) -> None:
    dossier, reference = contested(world)
    examined(world, reference, "annul", REVOKED_ON + DAY)
    answer_appeal(reference, world.other_officer, at(REVOKED_ON + DAY))
    again = REVOKED_ON + 2 * DAY
    open_revocation(dossier.id, "fraud", FACTS, world.reviewer, at(again))
    opened(world, dossier, again)
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(again + 16 * DAY))
    withdrawal = withdrawal_of(claim_of(dossier))
    assert withdrawal is not None
    assert withdrawal.ground == "fraud"
    second = get(appealed(world, dossier, now=at(again + 17 * DAY)))
    assert second.revocation_id == withdrawal.id


def test_above_the_threshold_it_is_read_twice(world: World, session: Session) -> None:
    """Giving back 50 000.01 € wants a second reviewer, as granting it does (art. 12)."""
    set_envelope(world, 10_000_000_00)
    day = DECIDED
    large = bill(Item(111_111_14), issued_on=day - timedelta(days=18))  # 45 %: 50 000.01 €
    dossier = decided(world, draft(world, [large], now=at(day)), now=at(day))
    assert decision_of(dossier).bonus_cents == 50_000_01
    open_revocation(dossier.id, "conditions", FACTS, world.reviewer, at(day))
    opened(world, dossier, day)
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(REVOKED_ON))
    reference = appealed(world, dossier, now=at(REVOKED_ON))
    examined(world, reference, "annul", REVOKED_ON + DAY)
    with pytest.raises(Refusal) as caught:
        answer_appeal(reference, world.other_officer, at(REVOKED_ON + DAY))
    assert caught.value.code == "appeal.concurrence_missing"
    db.session.rollback()
    assert status_of(dossier) == "revoked"
    with pytest.raises(Forbidden):
        object_to_appeal(reference, REASONS, world.other_reviewer, at(REVOKED_ON + DAY))
    db.session.rollback()
    third = third_reviewer()  # whoever read the first proposal again acted on the dossier
    concur_with_appeal(reference, third, at(REVOKED_ON + DAY))
    answer_appeal(reference, world.other_officer, at(REVOKED_ON + DAY))
    assert status_of(dossier) == "granted"


def test_the_order_waits_for_an_account(world: World, session: Session) -> None:
    _, reference = contested(world)
    for account in accounts_of(world.company_id):
        account.ended_at = at(REVOKED_ON)
    db.session.commit()
    examined(world, reference, "annul", REVOKED_ON + DAY)
    answer_appeal(reference, world.other_officer, at(REVOKED_ON + DAY))
    assert [row[:2] for row in orders()] == [("held", NO_ACCOUNT)]
