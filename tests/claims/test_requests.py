"""The one request for documents (art. 11): who may ask, once, and what it does to the clock."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.decision import decide
from bonus.claims.examination import propose, send_back, start_review
from bonus.claims.notice_models import Notice
from bonus.claims.request_models import DocumentRequest
from bonus.claims.requests import MOST_ITEMS, Asked, ask_documents, known_documents, may_be_asked
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from tests.claims.reading import claim_of, status_of
from tests.support.requests import ASKED, FILED, ITEMS, LAST, answered, asked, at, filed_on, request_to
from tests.support.words import plain
from tests.support.world import World, decided, draft, proposed

DUE = date(2026, 5, 10)
DAY = timedelta(days=1)


def test_what_is_asked_is_kept_told_and_written(any_world: World, any_session: Session) -> None:
    dossier = asked(any_world)
    request = request_to(dossier)
    assert [(item.code, item.title, item.detail) for item in request.items] == [
        ("payment_proof", known_documents()["payment_proof"], "Le relevé de mars."),
        (None, "Bon de commande signé", ""),
    ]
    assert (request.answer_by, request.is_open) == (LAST, True)
    assert (status_of(dossier), claim_of(dossier).decision_due_on) == (
        "awaiting_documents",
        DUE + timedelta(days=30),
    )
    notice = db.session.scalars(select(Notice).where(Notice.kind == "documents_asked")).one()
    assert "avant la fin du 19 avril 2026" in plain(notice.sentence)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.documents_asked")).one()
    assert entry.facts["answer_by"] == "2026-04-19"


def test_the_example_of_the_regulation(any_world: World, any_session: Session) -> None:
    """Filed 10 March, asked on 20 March, received on 30 March: 20 May."""
    dossier = answered(any_world)
    assert (status_of(dossier), claim_of(dossier).decision_due_on) == ("under_review", date(2026, 5, 20))


@pytest.mark.parametrize(
    ("received", "due"),
    [(ASKED, DUE), (ASKED + DAY, DUE + DAY), (LAST - DAY, DUE + 29 * DAY), (LAST, DUE + 30 * DAY)],
)
def test_the_clock_stands_still_from_the_request_to_the_answer(
    world: World, session: Session, received: date, due: date
) -> None:
    assert claim_of(answered(world, asked(world), day=received)).decision_due_on == due


@pytest.mark.parametrize("taken_up", [False, True])
def test_one_request_a_dossier(world: World, session: Session, taken_up: bool) -> None:
    dossier = filed_on(world)
    if taken_up:
        start_review(dossier.id, world.reviewer, at(FILED))
    answered(world, asked(world, dossier))
    with pytest.raises(Refusal, match=r"request\.one_only"):
        ask_documents(dossier.id, ITEMS, world.other_reviewer, at(LAST))
    db.session.rollback()
    db.session.add(
        DocumentRequest(
            claim_id=dossier.id,
            asked_at=at(LAST),
            asked_by_id=world.reviewer.person_id,
            answer_by=LAST,
        )
    )
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_nothing_is_asked_while_it_is_awaited_proposed_or_decided(world: World, session: Session) -> None:
    for dossier in (asked(world), proposed(world), decided(world)):
        with pytest.raises(Refusal, match=r"claim\.wrong_status"):
            ask_documents(dossier.id, ITEMS, world.reviewer, at(ASKED))
        db.session.rollback()


def test_a_proposal_that_is_sent_back_may_still_be_completed(world: World, session: Session) -> None:
    dossier = filed_on(world)
    propose(dossier.id, "apply", "", world.reviewer, at(FILED))
    send_back(dossier.id, "Il manque la preuve de paiement (art. 11).", world.officer, at(FILED))
    assert status_of(asked(world, dossier)) == "awaiting_documents"


@pytest.mark.parametrize(("day", "possible"), [(DUE, True), (DUE + DAY, False)])
def test_nothing_is_asked_past_the_day_silence_became_a_refusal(
    world: World, session: Session, day: date, possible: bool
) -> None:
    dossier = filed_on(world)
    assert may_be_asked(claim_of(dossier), day) == possible
    if possible:
        ask_documents(dossier.id, ITEMS, world.reviewer, at(day))
        return
    with pytest.raises(Refusal, match=r"request\.past_due"):
        ask_documents(dossier.id, ITEMS, world.reviewer, at(day))


@pytest.mark.parametrize(
    "who", ["owner", "officer", "accounting_officer", "registry_keeper", "administrator"]
)
def test_a_reviewer_alone_asks(world: World, session: Session, who: str) -> None:
    dossier = filed_on(world)
    with pytest.raises(Forbidden):
        ask_documents(dossier.id, ITEMS, getattr(world, who), at(ASKED))
    db.session.rollback()
    assert status_of(dossier) == "filed"


def test_who_asked_decides_no_more(world: World, session: Session) -> None:
    """Asking is examining: art. 12 keeps the two apart."""
    from bonus.accounts.models import AgentRole, Person
    from bonus.accounts.service import actor_of

    person = db.session.get_one(Person, world.reviewer.person_id)
    person.agent_roles.append(AgentRole(role="authorising_officer"))
    db.session.commit()
    dossier = answered(world)
    propose(dossier.id, "apply", "", world.other_reviewer, at(LAST))
    with pytest.raises(Forbidden, match=r"claim\.same_person"):
        decide(dossier.id, "apply", "", actor_of(person), at(LAST))


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], "request.empty"),
        ([Asked(None, "  ")], "request.title"),
        ([Asked("invented")], "request.title"),
        ([Asked(None, "x" * 201)], "request.too_long"),
        ([Asked("contract", detail="x" * 1001)], "request.too_long"),
        ([Asked("contract"), Asked("contract")], "request.twice"),
        ([Asked(None, "Devis"), Asked(None, " DEVIS ")], "request.twice"),
        ([Asked(None, f"Pièce {n}") for n in range(MOST_ITEMS + 1)], "request.too_many"),
    ],
)
def test_what_cannot_be_asked(world: World, session: Session, items: list[Asked], code: str) -> None:
    dossier = filed_on(world)
    with pytest.raises(InvalidInput) as refusal:
        ask_documents(dossier.id, items, world.reviewer, at(ASKED))
    assert refusal.value.code == code
    db.session.rollback()
    assert status_of(dossier) == "filed"


def test_at_the_bounds(world: World, session: Session) -> None:
    items = [Asked(None, "x" * 200, "y" * 1000)] + [Asked(None, f"Pièce {n}") for n in range(MOST_ITEMS - 1)]
    assert len(request_to(asked(world, items=items)).items) == MOST_ITEMS


def test_a_draft_is_asked_nothing(world: World, session: Session) -> None:
    with pytest.raises(Refusal, match=r"claim\.wrong_status"):
        ask_documents(draft(world).id, ITEMS, world.reviewer, at(ASKED))
