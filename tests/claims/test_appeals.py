"""Appeals: filed by the company, examined and answered by others, never worse, counted once (arts. 11 and 12)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bonus.audit.service import Actor, first_fault
from bonus.calendar import silence_day, start_of_day
from bonus.claims.appeal_examining import answer_appeal, propose_answer, send_back_appeal, take_appeal
from bonus.claims.appeal_models import Appeal
from bonus.claims.appeal_status import ACTIONS, OPEN, STATUSES, TABLE, next_status
from bonus.claims.appeals import appealable, file_appeal, is_late, lapse_appeals, withdraw_appeal
from bonus.claims.notice_models import Notice
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.parts import document_store
from tests.claims.reading import claim_of, status_of
from tests.support.appeals import (
    DAY,
    GROUNDS,
    REASONS,
    WRONG,
    answered,
    appealed,
    examined,
    get,
    refused_in_part,
)
from tests.support.bills import Item, bill
from tests.support.papers import plain_pdf
from tests.support.world import (
    NOW,
    World,
    decided,
    draft,
)

# ---------------------------------------------------------------- its status table


def test_each_pair_and_role() -> None:
    for status in STATUSES:
        for action in ACTIONS:
            for role in ("reviewer", "authorising_officer", "company", "service", "accounting_officer"):
                expected = TABLE.get((status, action))
                if expected is None:
                    with pytest.raises(Refusal):
                        next_status(status, action, frozenset({role}))
                elif expected[0] == role:
                    assert next_status(status, action, frozenset({role})) == expected[1]
                else:
                    with pytest.raises(Forbidden):
                        next_status(status, action, frozenset({role}))


def test_what_is_ended_stays_so() -> None:
    assert {status for status, _ in TABLE} == OPEN
    assert {result for _, result in TABLE.values()} == set(STATUSES) - {"filed"}


# ---------------------------------------------------------------- filing


def test_it_is_acknowledged_with_its_own_clock(any_world: World, any_session: Session) -> None:
    dossier = refused_in_part(any_world)
    pdf = ("preuve.pdf", plain_pdf(words="ATTESTATION"))
    appeal = get(appealed(any_world, dossier, files=[pdf]))
    assert (appeal.status, appeal.due_on, appeal.appeal_until) == ("filed", date(2027, 1, 22), None)
    assert [file.document.purpose for file in appeal.files] == ["appeal"]
    [notice] = db.session.scalars(select(Notice).where(Notice.kind == "appeal_filed"))
    assert "22 janvier 2027" in notice.sentence.replace("\u00a0", " ")
    assert first_fault() is None


@pytest.mark.parametrize(
    ("grounds", "rank", "files", "error"),
    [
        ("Trop court", 1, [], InvalidInput),
        ("x" * 10_001, 1, [], InvalidInput),
        (GROUNDS, 2, [], NotFound),
        (GROUNDS, 1, [("virus.exe", b"MZ...")], InvalidInput),
    ],
)
def test_what_is_not_taken(
    world: World, session: Session, grounds: str, rank: int, files: Any, error: type
) -> None:
    dossier = refused_in_part(world)
    with pytest.raises(error):
        file_appeal(dossier.id, rank, grounds, files, document_store(), world.owner, NOW)
    db.session.rollback()
    assert not db.session.scalars(select(Appeal)).all()


def test_nothing_refused_is_not_appealed_and_one_appeal_a_decision(world: World, session: Session) -> None:
    whole = decided(world)
    with pytest.raises(Refusal, match="ne refuse rien"):
        appealed(world, whole)
    dossier = decided(world, draft(world, [bill(Item(9_000_00), WRONG)]))
    reference = appealed(world, dossier)
    with pytest.raises(Refusal, match="déjà été formé"):
        appealed(world, dossier)
    withdraw_appeal(reference, world.owner, NOW)
    assert [one.rank for one in appealable(claim_of(dossier))] == [1]
    appealed(world, dossier)
    with pytest.raises(Forbidden):
        file_appeal(dossier.id, 1, GROUNDS, [], document_store(), world.reviewer, NOW)


@pytest.mark.parametrize(("after", "late"), [(0, False), (1, True)])
def test_a_late_one_is_received_and_rejected_by_a_person(
    world: World, session: Session, after: int, late: bool
) -> None:
    """Opened on the day: notified on 22 November, so until 23 January, a Saturday: Monday 25 January."""
    dossier = refused_in_part(world)
    claim_of(dossier).decisions[0].opened_at = NOW
    db.session.commit()
    now = start_of_day(date(2027, 1, 25) + after * DAY) + timedelta(hours=12)
    reference = appealed(world, dossier, now=now)
    assert is_late(get(reference)) == late
    if not late:
        with pytest.raises(Refusal, match="25 janvier 2027"):
            answered(world, reference, "reject_late", now=now)
        return
    assert answered(world, reference, "reject_late", now=now).status == "rejected_late"
    assert status_of(dossier) == "partly_granted"


# ---------------------------------------------------------------- by whom


def test_examined_and_answered_by_others(any_world: World, any_session: Session) -> None:
    reference = appealed(any_world, refused_in_part(any_world))
    for someone in (
        any_world.reviewer,
        Actor("Ordonnateur", any_world.officer.person_id, roles=frozenset({"reviewer"})),
    ):
        with pytest.raises(Forbidden, match="d’autres personnes"):
            take_appeal(reference, someone, NOW)
        db.session.rollback()
    with pytest.raises(Forbidden):
        take_appeal(reference, any_world.officer, NOW)
    db.session.rollback()
    examined(any_world, reference, "confirm")
    with pytest.raises(Forbidden, match="d’autres personnes"):
        answer_appeal(reference, any_world.officer, NOW)
    db.session.rollback()
    both = Actor(
        "Deux rôles", any_world.other_reviewer.person_id, roles=frozenset({"reviewer", "authorising_officer"})
    )
    with pytest.raises(Forbidden, match="une autre personne"):
        answer_appeal(reference, both, NOW)
    db.session.rollback()
    with pytest.raises(Forbidden):
        answer_appeal(reference, any_world.other_reviewer, NOW)
    db.session.rollback()
    answer_appeal(reference, any_world.other_officer, NOW)
    assert get(reference).status == "confirmed"


@pytest.mark.parametrize("column", ["examiner_id", "decided_by_id"])
def test_the_database_refuses_who_acted(any_world: World, any_session: Session, column: str) -> None:
    appealed(any_world, refused_in_part(any_world))
    setting = {
        "examiner_id": text("UPDATE appeals SET examiner_id = :person"),
        "decided_by_id": text("UPDATE appeals SET decided_by_id = :person"),
    }[column]
    person = any_world.officer.person_id
    with pytest.raises(DBAPIError):
        any_session.execute(setting, {"person": person})
    db.session.rollback()
    # Someone who only asked for documents or sent it back is kept out by the trigger alone.
    any_session.execute(text("UPDATE appeals SET first_officer_id = NULL, first_proposer_id = NULL"))
    with pytest.raises(DBAPIError, match="did not act"):
        any_session.execute(setting, {"person": person})
    db.session.rollback()


def test_another_reviewer_neither_proposes_nor_takes_it_over(world: World, session: Session) -> None:
    reference = appealed(world, refused_in_part(world))
    take_appeal(reference, world.other_reviewer, NOW)
    with pytest.raises(Forbidden, match="Un autre instructeur"):
        propose_answer(reference, "confirm", REASONS, {}, world.reviewer, NOW)
    db.session.rollback()
    with pytest.raises(InvalidInput):
        propose_answer(reference, "confirm", "Non.", {}, world.other_reviewer, NOW)
    db.session.rollback()
    with pytest.raises(InvalidInput):
        propose_answer(reference, "forget", REASONS, {}, world.other_reviewer, NOW)
    db.session.rollback()
    propose_answer(reference, "confirm", REASONS, {}, world.other_reviewer, NOW)
    send_back_appeal(reference, "Répondez aussi au second moyen du recours.", world.other_officer, NOW)
    assert get(reference).status == "under_examination"
    propose_answer(reference, "confirm", REASONS, {}, world.other_reviewer, NOW)
    answer_appeal(reference, world.other_officer, NOW)
    assert get(reference).answer == REASONS


# ---------------------------------------------------------------- silence


def test_two_months_of_silence_reject_it(any_world: World, any_session: Session) -> None:
    reference = appealed(any_world, refused_in_part(any_world))
    born = start_of_day(silence_day(date(2027, 1, 22)))
    assert lapse_appeals(born - timedelta(seconds=1)) == 0
    assert [lapse_appeals(born), lapse_appeals(born)] == [1, 0]
    assert get(reference).status == "lapsed"
    [notice] = db.session.scalars(select(Notice).where(Notice.kind == "appeal_answered"))
    assert "L411-7" in notice.sentence
    assert first_fault() is None
