"""Silence at the end of the two months is a refusal (art. 11; CRPA L231-4), recorded at midnight in Paris."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import first_fault
from bonus.calendar import silence_day, start_of_day
from bonus.claims import silence
from bonus.claims.filing import abandon
from bonus.claims.history import SERVICE, history_of
from bonus.claims.models import Claim
from bonus.claims.notice_models import Notice
from bonus.claims.replay import REFUSED_BY_SILENCE, replay
from bonus.claims.requests import Asked, ask_documents
from bonus.claims.silence import SilencesMissed, record_silences
from bonus.claims.waking import wake_what_may
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.money import parse_amount
from bonus.payments.models import PaymentOrder
from tests.claims.reading import claim_of, status_of
from tests.support.bills import Item, bill
from tests.support.crew import Crew
from tests.support.registry import certification_of, learn
from tests.support.words import plain
from tests.support.world import (
    CLOUD,
    NOW,
    SUITE,
    Dossier,
    World,
    decided,
    draft,
    filed,
    proposed,
    run_jobs,
    set_envelope,
)

DAY = timedelta(days=1)
DUE = date(2027, 1, 22)  # filed on 22 November 2026
BORN = start_of_day(silence_day(DUE))
CLOUD_ITEM = Item(10_000_00)  # 4 500 €
SUITE_ITEM = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")  # 3 500 €


def due(dossier: Dossier, day: date) -> None:
    db.session.get_one(Claim, dossier.id).decision_due_on = day
    db.session.commit()


@pytest.mark.parametrize(
    ("due_on", "before", "at"),
    [  # midnight in Paris: 23:00 UTC in winter, 22:00 in summer, never 00:00
        ("2027-01-22", "2027-01-22T22:59:59.999999", "2027-01-22T23:00:00"),
        ("2027-05-20", "2027-05-20T21:59:59.999999", "2027-05-20T22:00:00"),
        # The nights the clocks change, and 29 February.
        ("2027-03-27", "2027-03-27T22:59:59.999999", "2027-03-27T23:00:00"),
        ("2027-03-28", "2027-03-28T21:59:59.999999", "2027-03-28T22:00:00"),
        ("2027-10-30", "2027-10-30T21:59:59.999999", "2027-10-30T22:00:00"),
        ("2027-10-31", "2027-10-31T22:59:59.999999", "2027-10-31T23:00:00"),
        ("2028-02-28", "2028-02-28T22:59:59.999999", "2028-02-28T23:00:00"),
        ("2028-02-29", "2028-02-29T22:59:59.999999", "2028-02-29T23:00:00"),
    ],
)
def test_it_is_born_at_midnight_in_paris(
    world: World, session: Session, due_on: str, before: str, at: str
) -> None:
    dossier = filed(world)
    due(dossier, date.fromisoformat(due_on))
    assert record_silences(datetime.fromisoformat(before).replace(tzinfo=UTC)).recorded == 0
    assert status_of(dossier) == "filed"
    assert record_silences(datetime.fromisoformat(at).replace(tzinfo=UTC)).recorded == 1
    decision = claim_of(dossier).decisions[0]
    assert decision.decided_on == date.fromisoformat(due_on) + DAY


def test_all_that_follows(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world, draft(any_world, [bill(CLOUD_ITEM, Item(100_00, "Café", "CAFE"))]))
    assert record_silences(BORN).recorded == 1
    claim = claim_of(dossier)
    assert (claim.status, claim.granted_cents) == ("refused", 0)
    [decision] = claim.decisions
    assert (decision.kind, decision.outcome, decision.decided_by_id) == ("silence", "refused", None)
    assert "L231-4" in decision.reasons
    assert "22 janvier 2027" in plain(decision.reasons)
    assert [line.reason for line in decision.lines] == [REFUSED_BY_SILENCE, "solution.unknown"]
    [notice] = db.session.scalars(select(Notice).where(Notice.kind == "silence"))
    assert "votre demande est refusée" in notice.sentence
    [change] = [one for one in claim.changes if one.action == "lapse"]
    assert change.person_id is None
    assert [one.differences for one in replay()] == [()]
    told = history_of(claim)[-1]
    assert told.who == SERVICE
    assert "le silence vaut rejet" in told.what
    assert not run_jobs(any_world, BORN) or not db.session.scalars(select(PaymentOrder)).all()
    assert first_fault() is None


def test_a_second_run_finds_nothing(any_world: World, any_session: Session) -> None:
    filed(any_world)
    assert [record_silences(BORN).recorded for _ in range(2)] == [1, 0]
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.decided")).all()
    assert len(entries) == 1


def test_a_day_without_a_run_is_made_up_for_and_bears_its_legal_day(world: World, session: Session) -> None:
    dossier = filed(world)
    late = BORN + 9 * DAY
    assert record_silences(late).recorded == 1
    [decision] = claim_of(dossier).decisions
    assert (decision.decided_on, decision.decided_at) == (DUE + DAY, late)
    assert decision.facts["claims"][0]["grant_date"] == "2027-01-23"
    assert [one.differences for one in replay()] == [()]


@pytest.mark.parametrize(("carry", "lapses"), [(filed, True), (proposed, True)])
def test_whose_clock_runs(world: World, session: Session, carry: Any, lapses: bool) -> None:
    carry(world)
    assert record_silences(BORN).recorded == int(lapses)


def test_a_suspended_clock_is_never_over(world: World, session: Session) -> None:
    """Asked on 20 January: until 19 February to answer, so decided by 21 February at the latest."""
    dossier = filed(world)
    ask_documents(dossier.id, [Asked("payment_proof")], world.reviewer, NOW + 59 * DAY)
    assert claim_of(dossier).decision_due_on == date(2027, 2, 21)
    assert record_silences(BORN + 60 * DAY).recorded == 0  # the end of the thirty days comes first
    assert status_of(dossier) == "awaiting_documents"


def test_the_waiting_list_ends_the_clock(world: World, session: Session) -> None:
    set_envelope(world, 0)
    dossier = decided(world)
    assert status_of(dossier) == "waiting_list"
    assert record_silences(BORN).recorded == 0


def test_decided_or_given_up_is_left_alone(world: World, session: Session) -> None:
    decided(world)
    abandon(filed(world, draft(world, [bill(Item(7_000_00))])).id, world.owner, NOW)
    assert record_silences(BORN).recorded == 0


# ---------------------------------------------------------------- lines that woke


def first_decision(world: World, *items: Item) -> Dossier:
    learn(certification_of(SUITE), "suspended", date(2026, 10, 1), NOW - timedelta(days=30))
    return decided(world, draft(world, [bill(*items, issued_on=date(2026, 10, 15))]))


def test_of_lines_that_woke_these_alone(any_world: World, any_session: Session) -> None:
    dossier = first_decision(any_world, CLOUD_ITEM, SUITE_ITEM)
    assert record_silences(BORN + 30 * DAY).recorded == 0  # its clock is suspended
    learn(certification_of(SUITE), "reinstated", date(2026, 11, 25), NOW + 7 * DAY)
    run_jobs(any_world, NOW + 7 * DAY)
    assert claim_of(dossier).decision_due_on == DUE + 7 * DAY
    assert record_silences(BORN + 6 * DAY).recorded == 0
    assert record_silences(BORN + 7 * DAY).recorded == 1
    claim = claim_of(dossier)
    assert (claim.status, claim.granted_cents) == ("partly_granted", 4_500_00)
    assert [(line.status, line.reason) for line in claim.decisions[1].lines] == [
        ("refused", REFUSED_BY_SILENCE)
    ]
    assert [one.differences for one in replay()] == [(), ()]
    [notice] = db.session.scalars(select(Notice).where(Notice.kind == "silence"))
    assert "les lignes qui attendaient leur label sont refusées" in notice.sentence


def test_a_line_whose_clock_is_still_suspended_waits_on(world: World, session: Session) -> None:
    """Two labels suspended, one reinstated: silence refuses its line, the other goes on waiting, with its own time."""
    learn(certification_of("audit-de-cybersecurite"), "suspended", date(2026, 10, 1), NOW - 30 * DAY)
    audit = Item(10_000_00, "Audit de cybersécurité", "AUDIT-JOUR")
    dossier = first_decision(world, SUITE_ITEM, audit)
    assert status_of(dossier) == "pending"
    learn(certification_of(SUITE), "reinstated", date(2026, 11, 25), NOW + 7 * DAY)
    run_jobs(world, NOW + 7 * DAY)
    assert record_silences(BORN + 7 * DAY).recorded == 1
    claim = claim_of(dossier)
    assert claim.status == "pending"
    assert [line.status for line in claim.decisions[1].lines] == ["refused", "pending"]
    assert [one.differences for one in replay()] == [(), ()]
    # Reinstated in its turn, it has the two months less the day it was filed and decided on: nothing of them ran.
    later = datetime(2027, 6, 1, 8, 0, tzinfo=UTC)
    learn(certification_of("audit-de-cybersecurite"), "reinstated", date(2027, 5, 30), later)
    run_jobs(world, later)
    assert claim_of(dossier).decision_due_on == date(2027, 6, 1) + (DUE - NOW.date())


def test_twelve_months_are_counted_from_the_first_wait(world: World, session: Session) -> None:
    dossier = first_decision(world, CLOUD_ITEM, SUITE_ITEM)
    eve = datetime(2027, 11, 21, 12, 0, tzinfo=UTC)
    assert wake_what_may(eve) == 0
    assert wake_what_may(eve + DAY) == 1
    # Still suspended, it may wait no longer: silence refuses it.
    due_on = claim_of(dossier).decision_due_on
    assert due_on == date(2027, 11, 22) + (DUE - NOW.date())
    assert record_silences(start_of_day(due_on + DAY)).recorded == 1
    claim = claim_of(dossier)
    assert (claim.status, [line.status for line in claim.decisions[1].lines]) == (
        "partly_granted",
        ["refused"],
    )


# ---------------------------------------------------------------- many, failures, two at once


def test_one_that_fails_leaves_the_others(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossiers = [filed(world, draft(world, [bill(Item(cents))])) for cents in (7_000_00, 8_000_00, 9_000_00)]
    real = vars(silence)["assess"]

    def broken(claim: Claim, now: datetime) -> Any:
        if claim.id == dossiers[1].id:
            raise Refusal("facts.broken", "Ces faits ne se lisent pas.")
        return real(claim, now)

    monkeypatch.setattr(silence, "assess", broken)
    with pytest.raises(SilencesMissed, match=f"2 recorded.*{dossiers[1].id}"):
        record_silences(BORN, batch=1)
    assert [status_of(one) for one in dossiers] == ["refused", "filed", "refused"]
    monkeypatch.setattr(silence, "assess", real)
    assert record_silences(BORN + DAY).recorded == 1
    assert claim_of(dossiers[1]).decisions[0].decided_on == DUE + DAY
    assert first_fault() is None


def test_killed_half_way_and_run_again(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossiers = [filed(world, draft(world, [bill(Item(cents))])) for cents in (7_000_00, 8_000_00)]
    real = vars(silence)["seal_decision"]

    def killed(claim: Claim, *args: Any, **more: Any) -> Any:
        if claim.id == dossiers[1].id:
            raise KeyboardInterrupt
        return real(claim, *args, **more)

    monkeypatch.setattr(silence, "seal_decision", killed)
    with pytest.raises(KeyboardInterrupt):
        record_silences(BORN)
    db.session.rollback()
    monkeypatch.setattr(silence, "seal_decision", real)
    assert record_silences(BORN).recorded == 1
    assert [len(claim_of(one).decisions) for one in dossiers] == [1, 1]


def test_two_runs_at_once_record_it_once(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        dossier = filed(any_world)
    crew.race(any_world.app, record_silences, [(BORN,)] * 3)
    with any_world.app.app_context():
        assert len(claim_of(dossier).decisions) == 1
        assert first_fault() is None


def test_the_words_of_the_list_and_the_amounts(world: World, session: Session) -> None:
    dossier = filed(world)
    record_silences(BORN)
    [row] = claim_of(dossier).decisions[0].result["lines"]
    assert (parse_amount(row["base"]), parse_amount(row["bonus"]), row["reductions"]) == (0, 0, [])
    assert CLOUD in str(claim_of(dossier).decisions[0].facts)
