"""Answering the request for documents: item by item, sent once, in time; and what follows when it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.claims.answers import (
    explain_absence,
    join_answer,
    remove_from_answer,
    send_answer,
    unsent_documents,
)
from bonus.claims.change_models import StatusChange
from bonus.claims.documents import demands_of, missing_documents
from bonus.claims.filing import abandon
from bonus.claims.notice_models import Notice
from bonus.claims.request_ends import end_requests, remind_answers
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.parts import document_store
from tests.claims.reading import claim_of, status_of
from tests.support.crew import Crew, Refused
from tests.support.papers import photo, plain_pdf
from tests.support.requests import (
    LAST,
    RECEIVED,
    answered,
    asked,
    at,
    filed_on,
    item_ids,
    prepared,
    request_to,
)
from tests.support.words import plain
from tests.support.world import Dossier, World, decided, proposed

DAY = timedelta(days=1)
NOW = at(RECEIVED)
LAST_MINUTE = datetime(2026, 4, 19, 21, 59, 59, tzinfo=UTC)  # 23:59:59 in Paris
TOO_LATE = LAST_MINUTE + timedelta(seconds=1)
REASON = "Nous n’avons jamais eu cette pièce."


def join(world: World, dossier: Dossier, data: bytes, rank: int = 0, now: datetime = NOW) -> str | None:
    item = item_ids(dossier)[rank]
    (result,) = join_answer(dossier.id, item, [("a/b\\c.pdf", data)], document_store(), world.owner, now)
    return result.sentence


def test_files_and_reasons_are_kept_then_sent(any_world: World, any_session: Session) -> None:
    dossier = asked(any_world)
    assert join(any_world, dossier, plain_pdf()) is None
    assert join(any_world, dossier, photo()) is None
    explain_absence(dossier.id, item_ids(dossier)[1], f"  {REASON} ", any_world.owner, NOW)
    assert len(unsent_documents(claim_of(dossier))) == 2
    assert status_of(dossier) == "awaiting_documents"
    send_answer(dossier.id, any_world.owner, NOW)
    request = request_to(dossier)
    first, second = request.items
    assert [document.original_name for document in first.documents] == ["c.pdf", "c.pdf"]
    assert {document.purpose for document in first.documents} == {"payment_proof"}
    assert (second.unavailable, second.documents) == (REASON, [])
    assert (request.answered_at, request.is_open) == (NOW, False)
    assert unsent_documents(claim_of(dossier)) == []
    assert missing_documents(claim_of(dossier)) == []
    assert [change.action for change in claim_of(dossier).changes] == ["file", "ask", "answer"]
    notice = db.session.scalars(select(Notice).where(Notice.kind == "answer_received")).one()
    assert "au plus tard le 20 mai 2026" in plain(notice.sentence)
    mail = db.session.scalars(select(MailMessage).where(MailMessage.to == any_world.reviewer.email)).one()
    assert REASON not in mail.text
    assert dossier.number is not None
    assert dossier.number in mail.subject


def test_what_answers_free_words_is_a_document_of_its_own(world: World, session: Session) -> None:
    dossier = asked(world)
    join(world, dossier, plain_pdf(), rank=1)
    assert [demand.name for demand in demands_of(claim_of(dossier))][-1] == "Pièce demandée"
    besides = unsent_documents(claim_of(dossier))
    assert "Pièce demandée" not in [d.name for d in demands_of(claim_of(dossier), besides=besides)]


@pytest.mark.parametrize("joined", [0, 1])
def test_each_thing_asked_has_a_file_or_a_reason(world: World, session: Session, joined: int) -> None:
    dossier = asked(world)
    if joined:
        join(world, dossier, plain_pdf())
    with pytest.raises(InvalidInput) as refusal:
        send_answer(dossier.id, world.owner, NOW)
    said = plain(refusal.value.sentence)
    assert "« Bon de commande signé »" in said
    assert ("Preuve de paiement" in said) == (not joined)
    db.session.rollback()
    assert status_of(dossier) == "awaiting_documents"


def test_a_file_that_cannot_be_taken_changes_nothing(world: World, session: Session) -> None:
    dossier = asked(world)
    assert "ni un PDF" in str(join(world, dossier, b"bonjour"))
    assert join(world, dossier, photo()) is None
    assert "déjà dans le dossier" in str(join(world, dossier, photo(), rank=1))
    assert len(unsent_documents(claim_of(dossier))) == 1


def test_a_file_takes_the_place_of_a_reason_and_goes(world: World, session: Session) -> None:
    dossier = asked(world)
    item = item_ids(dossier)[0]
    explain_absence(dossier.id, item, REASON, world.owner, NOW)
    join(world, dossier, plain_pdf())
    assert request_to(dossier).items[0].unavailable is None
    with pytest.raises(InvalidInput, match=r"answer\.both"):
        explain_absence(dossier.id, item, REASON, world.owner, NOW)
    db.session.rollback()
    (document,) = unsent_documents(claim_of(dossier))
    invoice = claim_of(dossier).invoices[0].document.reference
    with pytest.raises(NotFound):
        remove_from_answer(dossier.id, invoice, world.owner, NOW)
    db.session.rollback()
    remove_from_answer(dossier.id, document.reference, world.owner, NOW)
    assert unsent_documents(claim_of(dossier)) == []


@pytest.mark.parametrize("reason", ["", "   ", "Non.", "x" * 1001])
def test_a_reason_says_something(world: World, session: Session, reason: str) -> None:
    dossier = asked(world)
    with pytest.raises(InvalidInput, match=r"answer\.reason"):
        explain_absence(dossier.id, item_ids(dossier)[0], reason, world.owner, NOW)


def test_an_item_of_another_dossier_is_none(world: World, session: Session) -> None:
    own, other = asked(world), asked(world)
    theirs = item_ids(other)[0]
    with pytest.raises(NotFound):
        join_answer(own.id, theirs, [("a.pdf", plain_pdf())], document_store(), world.owner, NOW)
    db.session.rollback()
    with pytest.raises(NotFound):
        explain_absence(own.id, theirs, REASON, world.owner, NOW)


def acts(world: World, dossier: Dossier, now: datetime, actor: Actor | None = None) -> list[str]:
    """The refusals of each act of an answer."""
    who, item = actor or world.owner, item_ids(dossier)[0]
    documents = unsent_documents(claim_of(dossier)) or claim_of(dossier).documents
    reference = documents[-1].reference
    tries = (
        lambda: join_answer(dossier.id, item, [("x.pdf", photo(9))], document_store(), who, now),
        lambda: remove_from_answer(dossier.id, reference, who, now),
        lambda: explain_absence(dossier.id, item, REASON, who, now),
        lambda: send_answer(dossier.id, who, now),
    )
    codes = []
    for act in tries:
        with pytest.raises(Refusal) as refusal:
            act()
        db.session.rollback()
        codes.append(refusal.value.code)
    return codes


def test_it_is_sent_once(any_world: World, any_session: Session) -> None:
    dossier = answered(any_world)
    due = claim_of(dossier).decision_due_on
    assert acts(any_world, dossier, NOW + DAY) == ["request.answered"] * 4
    assert claim_of(dossier).decision_due_on == due
    assert len(request_to(dossier).items[0].files) == 1


def test_the_last_minute_in_paris_is_in_time_and_the_next_is_not(world: World, session: Session) -> None:
    dossier, late = asked(world), asked(world)
    for one in (dossier, late):
        prepared(world, one, NOW)
    send_answer(dossier.id, world.owner, LAST_MINUTE)
    assert status_of(dossier) == "under_review"
    assert acts(world, late, TOO_LATE) == ["request.too_late"] * 4
    assert len(unsent_documents(claim_of(late))) == 1, "nothing is lost"


def test_only_the_company_answers(world: World, session: Session) -> None:
    for who in (world.reviewer, world.officer, world.accountant):
        with pytest.raises(Forbidden):
            send_answer(asked(world).id, who, NOW)
        db.session.rollback()


def test_nothing_is_answered_that_is_not_asked_or_was_given_up(world: World, session: Session) -> None:
    with pytest.raises(NotFound, match=r"request\.none"):
        send_answer(filed_on(world).id, world.owner, NOW)
    db.session.rollback()
    dossier = asked(world)
    abandon(dossier.id, world.owner, NOW)
    assert acts(world, dossier, NOW) == ["claim.wrong_status"] * 4


# ---------------------------------------------------------------- three days before; the end


@pytest.mark.parametrize(("days", "expected"), [(-4, 0), (-3, 1), (0, 1), (1, 0)])
def test_the_last_day_is_recalled_three_days_before(
    world: World, session: Session, days: int, expected: int
) -> None:
    asked(world)
    answered(world, asked(world))
    moment = at(LAST) + days * DAY
    assert [remind_answers(moment), remind_answers(moment)] == [expected, 0]
    found = db.session.scalars(select(Notice.sentence).where(Notice.kind == "answer_deadline")).all()
    assert len(found) == expected
    assert all("au plus tard le 19 avril 2026" in plain(one) for one in found)


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_batches_of_any_size_recall_the_same(world: World, session: Session, batch: int) -> None:
    for _ in range(3):
        asked(world)
    assert remind_answers(at(LAST), batch=batch) == 3


def test_past_the_last_day_the_dossier_is_decided_on_what_it_holds(
    any_world: World, any_session: Session
) -> None:
    dossier, other = asked(any_world), answered(any_world, asked(any_world))
    join(any_world, dossier, plain_pdf())
    due = claim_of(dossier).decision_due_on
    assert end_requests(LAST_MINUTE) == 0
    assert [end_requests(TOO_LATE), end_requests(TOO_LATE), end_requests(TOO_LATE + DAY)] == [1, 0, 0]
    assert (status_of(dossier), claim_of(dossier).decision_due_on) == ("under_review", due)
    assert request_to(dossier).ended_at == TOO_LATE
    assert request_to(other).ended_at is None
    assert missing_documents(claim_of(dossier)) == [], "what was joined counts"
    assert acts(any_world, dossier, TOO_LATE) == ["request.too_late"] * 4
    told = db.session.scalars(select(Notice.sentence).where(Notice.kind == "answer_ended")).all()
    assert ["a pris fin le 19 avril 2026" in plain(one) for one in told] == [True]
    logged = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.request_ended")).all()
    assert len(logged) == 1
    proposed(any_world, dossier, now=TOO_LATE)
    assert decided_of(any_world, dossier) == "granted"


def decided_of(world: World, dossier: Dossier) -> str:
    from bonus.claims.decision import decide

    return decide(dossier.id, "apply", "", world.officer, TOO_LATE).status


def test_a_dossier_given_up_meanwhile_is_left_alone(world: World, session: Session) -> None:
    dossier = asked(world)
    abandon(dossier.id, world.owner, NOW)
    assert [remind_answers(at(LAST)), end_requests(TOO_LATE)] == [0, 0]
    assert status_of(dossier) == "abandoned"


def test_an_answered_dossier_is_decided(world: World, session: Session) -> None:
    dossier = answered(world)
    assert claim_of(decided(world, dossier, now=at(LAST))).decision is not None


# ---------------------------------------------------------------- at the same moment


def answering_or_ending(claim_id: int, actor: Actor | None, moment: datetime) -> str:
    if actor is None:
        return f"ended {end_requests(moment)}"
    return send_answer(claim_id, actor, moment).status


def test_an_answer_and_the_end_of_its_time(any_world: World, crew: Crew) -> None:
    """The clocks of two machines differ by a second around midnight: one of the two does it, once."""
    app = any_world.app
    with app.app_context():
        dossier = asked(any_world)
        prepared(any_world, dossier, NOW)
    who = any_world.owner
    results = crew.race(
        app,
        answering_or_ending,
        [(dossier.id, who, LAST_MINUTE), (dossier.id, None, TOO_LATE)] * 2,
    )
    refused = [one for one in results if isinstance(one, Refused)]
    assert results.count("under_review") + results.count("ended 1") == 1
    assert {one.code for one in refused} <= {"request.answered", "request.too_late"}
    with app.app_context():
        request = request_to(dossier)
        assert (request.answered_at is None) != (request.ended_at is None)
        changes = db.session.scalars(select(StatusChange.action).where(StatusChange.claim_id == dossier.id))
        assert len([one for one in changes if one in ("answer", "expire")]) == 1
