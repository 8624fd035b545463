"""An annulled refusal leaves the request where it was: examined again, at its own filing date (art. 11)."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import first_fault
from bonus.budget.models import Envelope
from bonus.calendar import silence_day, start_of_day
from bonus.claims.appeals import appealable
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.claims.filing import abandon
from bonus.claims.messages import may_be_written_to
from bonus.claims.models import Claim
from bonus.claims.notice_models import Notice
from bonus.claims.reasons_requests import may_ask_reasons
from bonus.claims.replay import replay
from bonus.claims.requests import Asked, ask_documents, may_be_asked
from bonus.claims.silence import record_silences
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.payments.models import PaymentOrder
from tests.claims.reading import claim_of, status_of
from tests.support import appeals
from tests.support.appeals import DAY, REASONS, appealed, refused_in_part
from tests.support.bills import Item, bill
from tests.support.requests import at
from tests.support.words import plain
from tests.support.world import NOW, ON, Dossier, World, decided, draft, filed, run_jobs

LATER = NOW + 30 * DAY  # 22 December 2026
DUE = date(2027, 2, 22)


def annulled(world: World, dossier: Dossier | None = None, now: datetime = LATER) -> Dossier:
    return appeals.annulled(world, dossier, now)


def examined_again(world: World, dossier: Dossier, now: datetime = LATER) -> Claim:
    propose(dossier.id, "apply", "", world.second_reader, now)
    return decide(dossier.id, "apply", "", world.other_officer, now)


def test_it_is_examined_again_within_two_months(any_world: World, any_session: Session) -> None:
    dossier = annulled(any_world)
    claim = claim_of(dossier)
    assert (claim.status, claim.decision_due_on) == ("under_review", DUE)
    assert claim.assigned_to_id == any_world.other_reviewer.person_id
    steps = [(change.action, change.old_status, change.new_status) for change in claim.changes[-2:]]
    assert steps == [("annul", "refused", "annulled"), ("reopen", "annulled", "under_review")]
    [notice] = db.session.scalars(select(Notice).where(Notice.kind == "appeal_answered"))
    assert "au plus tard le 22 février 2027" in plain(notice.sentence)
    [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "appeal.annulled"))
    assert entry.facts["decision_due_on"] == "2027-02-22"
    assert not appealable(claim)
    assert first_fault() is None


def test_another_decision_grants_and_pays_what_the_law_gives(any_world: World, any_session: Session) -> None:
    """The invoice is of February: filed in time in July, it could not be filed any more in December (art. 5.5)."""
    filed_on = date(2026, 7, 1)
    first = draft(any_world, [bill(issued_on=date(2026, 2, 10))], now=at(filed_on))
    dossier = decided(any_world, first, outcome="refuse", reasons=REASONS, now=at(filed_on))
    annulled(any_world, dossier)
    claim = examined_again(any_world, dossier)
    run_jobs(any_world, LATER)
    assert (claim.status, claim.granted_cents) == ("granted", 4_500_00)
    assert [decision.outcome for decision in claim.decisions] == ["refused", "granted"]
    assert db.session.scalars(select(PaymentOrder.amount_cents)).all() == [4_500_00]
    assert db.session.get_one(Envelope, ON.year).committed_cents == 4_500_00
    assert [one.differences for one in replay()] == [(), ()]
    assert first_fault() is None


def test_a_second_refusal_may_be_appealed_too(world: World, session: Session) -> None:
    dossier = annulled(world)
    propose(dossier.id, "refuse", REASONS, world.second_reader, LATER, ground="not_paid")
    decide(dossier.id, "refuse", REASONS, world.other_officer, LATER)
    assert status_of(dossier) == "refused"
    assert [one.rank for one in appealable(claim_of(dossier))] == [2]


def test_two_months_of_silence_refuse_it_again(any_world: World, any_session: Session) -> None:
    dossier = annulled(any_world)
    born = start_of_day(silence_day(DUE))
    assert record_silences(start_of_day(DUE)).recorded == 0
    assert record_silences(born).recorded == 1
    claim = claim_of(dossier)
    assert (claim.status, [one.kind for one in claim.decisions]) == ("refused", ["officer", "silence"])
    assert "la demande est refusée" in plain(claim.decisions[1].reasons)
    assert may_ask_reasons(claim, silence_day(DUE))
    annulled_again = appealed(any_world, dossier, 2, now=born)
    assert annulled_again


def test_reasons_of_an_annulled_silence_are_not_asked(world: World, session: Session) -> None:
    dossier = filed(world)
    born = start_of_day(silence_day(date(2027, 1, 22)))
    record_silences(born)
    assert may_ask_reasons(claim_of(dossier), silence_day(date(2027, 1, 22)))
    annulled(world, dossier, born)
    assert not may_ask_reasons(claim_of(dossier), silence_day(date(2027, 1, 22)))


def test_documents_are_asked_from_the_new_clock(world: World, session: Session) -> None:
    """None were asked before: thirty days, added to the two months from the annulment."""
    dossier = annulled(world)
    assert may_be_asked(claim_of(dossier), DUE)
    assert may_be_written_to(claim_of(dossier), DUE)
    ask_documents(dossier.id, [Asked("payment_proof")], world.second_reader, LATER)
    assert claim_of(dossier).decision_due_on == date(2027, 3, 24)


def test_its_company_may_give_it_up(world: World, session: Session) -> None:
    dossier = annulled(world)
    abandon(dossier.id, world.owner, LATER)
    assert status_of(dossier) == "abandoned"


def test_an_invoice_granted_elsewhere_while_it_was_refused_stays_there(
    any_world: World, any_session: Session
) -> None:
    """Refused, then filed again and granted: the first dossier, filed before, does not take it a second time."""
    files = [bill(Item(10_000_00))]
    dossier = decided(any_world, draft(any_world, files), outcome="refuse", reasons=REASONS)
    again = decided(any_world, draft(any_world, files))
    assert claim_of(again).granted_cents == 4_500_00
    annulled(any_world, dossier)
    claim = examined_again(any_world, dossier)
    assert (claim.status, claim.granted_cents) == ("refused", 0)
    [line] = claim.decisions[1].lines
    assert line.reason == "purchase.already_claimed"


def test_who_files_it_again_meanwhile_waits_for_the_first(world: World, session: Session) -> None:
    files = [bill(Item(10_000_00))]
    dossier = decided(world, draft(world, files), outcome="refuse", reasons=REASONS)
    again = filed(world, draft(world, files))
    annulled(world, dossier)
    propose(again.id, "apply", "", world.reviewer, LATER)
    with pytest.raises(Refusal, match=str(dossier.number)):
        decide(again.id, "apply", "", world.officer, LATER)
    db.session.rollback()
    examined_again(world, dossier)
    decide(again.id, "apply", "", world.officer, LATER)
    assert (claim_of(dossier).granted_cents, claim_of(again).granted_cents) == (4_500_00, 0)


def test_what_grants_a_part_is_reformed_not_annulled(world: World, session: Session) -> None:
    with pytest.raises(Refusal, match="Une partie est accordée"):
        annulled(world, refused_in_part(world))
