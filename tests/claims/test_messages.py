"""Messages between a company and its reviewer: who may, how long, read marks, one mail until it is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.accounts.models import CompanyMember, Person
from bonus.accounts.service import actor_of
from bonus.audit.models import AuditEntry
from bonus.claims.examination import start_review
from bonus.claims.filing import abandon
from bonus.claims.history import history_of
from bonus.claims.messages import (
    MOST_UNREAD,
    may_be_written_to,
    read_messages,
    thread_of,
    unread_of,
    write_message,
)
from bonus.claims.notice_models import Notice
from bonus.claims.queue import queue_page
from bonus.claims.request_models import ClaimMessage
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from tests.claims.reading import claim_of
from tests.support.words import plain
from tests.support.world import NOW, ON, Dossier, World, decided, draft, filed, proposed

HOUR = timedelta(hours=1)
SECRET = "Le relevé arrive demain."


def taken_up(world: World) -> Dossier:
    dossier = filed(world)
    start_review(dossier.id, world.reviewer, NOW)
    return dossier


def mails_to(email: str) -> list[MailMessage]:
    return list(db.session.scalars(select(MailMessage).where(MailMessage.to == email)))


def test_both_sides_write_and_read(any_world: World, any_session: Session) -> None:
    dossier = taken_up(any_world)
    first = write_message(dossier.id, "company", f"  Bonjour,\r\n\r\n{SECRET}  \n", any_world.owner, NOW)
    assert first.text == f"Bonjour,\n\n{SECRET}"
    assert unread_of([dossier.id], "reviewer") == {dossier.id: 1}
    assert unread_of([dossier.id], "company") == {}
    assert [row.unread for row in queue_page("a-proposer", ON).rows] == [1]
    assert read_messages(dossier.id, "company", any_world.owner, NOW) == frozenset(), "one's own"
    assert read_messages(dossier.id, "reviewer", any_world.reviewer, NOW + HOUR) == {first.id}
    assert read_messages(dossier.id, "reviewer", any_world.other_reviewer, NOW + 2 * HOUR) == frozenset()
    second = write_message(dossier.id, "reviewer", "Merci.", any_world.reviewer, NOW + HOUR)
    found = thread_of(dossier.id)
    assert [(one.id, one.side, one.person.name) for one in found] == [
        (first.id, "company", any_world.owner.name),
        (second.id, "reviewer", any_world.reviewer.name),
    ]
    assert (found[0].read_at, found[0].read_by_id) == (NOW + HOUR, any_world.reviewer.person_id)
    assert unread_of([dossier.id], "company") == {dossier.id: 1}


def test_the_other_side_is_told_without_the_words_and_once_until_it_has_read(
    any_world: World, any_session: Session
) -> None:
    dossier = taken_up(any_world)
    before = len(mails_to(any_world.owner.email))
    for _ in range(3):
        write_message(dossier.id, "company", SECRET, any_world.owner, NOW)
        write_message(dossier.id, "reviewer", SECRET, any_world.reviewer, NOW)
    (mail,) = mails_to(any_world.reviewer.email)
    assert dossier.number is not None
    assert dossier.number in mail.subject
    assert f"/agent/dossiers/{dossier.number}" in mail.text
    assert "parce que vous instruisez ce dossier" in plain(mail.text)
    (notice,) = db.session.scalars(select(Notice).where(Notice.kind == "message"))
    assert plain(notice.sentence) == f"L’instructeur de votre dossier {dossier.number} vous a écrit."
    assert len(mails_to(any_world.owner.email)) == before + 1
    everything = [*mails_to(any_world.reviewer.email), *mails_to(any_world.owner.email)]
    assert not any(SECRET in one.text + one.subject for one in everything)
    read_messages(dossier.id, "company", any_world.owner, NOW)
    read_messages(dossier.id, "reviewer", any_world.reviewer, NOW)
    write_message(dossier.id, "company", SECRET, any_world.owner, NOW)
    write_message(dossier.id, "reviewer", SECRET, any_world.reviewer, NOW)
    assert len(mails_to(any_world.reviewer.email)) == 2
    assert len(mails_to(any_world.owner.email)) == before + 2


def test_nobody_is_written_to_while_nobody_examines(world: World, session: Session) -> None:
    dossier = filed(world)
    write_message(dossier.id, "company", SECRET, world.owner, NOW)
    assert mails_to(world.reviewer.email) == mails_to(world.other_reviewer.email) == []


def test_a_reviewer_who_left_is_not_written_to(world: World, session: Session) -> None:
    dossier = taken_up(world)
    db.session.get_one(Person, world.reviewer.person_id).active = False
    db.session.commit()
    write_message(dossier.id, "company", SECRET, world.owner, NOW)
    assert mails_to(world.reviewer.email) == []


def test_the_log_keeps_that_it_was_and_not_what_it_says(world: World, session: Session) -> None:
    dossier = taken_up(world)
    write_message(dossier.id, "company", SECRET, world.owner, NOW)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.message_written")).one()
    assert entry.facts == {"side": "company", "length": len(SECRET)}
    assert "Message à l’instructeur" in [event.what for event in history_of(claim_of(dossier))]


@pytest.mark.parametrize("side", ["company", "reviewer"])
def test_who_may_write(world: World, session: Session, side: str) -> None:
    dossier = filed(world)
    for who in ("owner", "reviewer", "officer", "accounting_officer", "accountant", "administrator"):
        actor = getattr(world, who)
        if side in actor.roles:
            assert write_message(dossier.id, side, "Bonjour.", actor, NOW).side == side
            continue
        with pytest.raises(Forbidden):
            write_message(dossier.id, side, "Bonjour.", actor, NOW)
        db.session.rollback()


def test_a_reviewer_of_the_company_does_not_write_for_the_state(world: World, session: Session) -> None:
    dossier = filed(world)
    person = db.session.get_one(Person, world.reviewer.person_id)
    db.session.add(CompanyMember(company_id=world.company_id, person_id=person.id, role="filer"))
    db.session.commit()
    db.session.refresh(person)
    with pytest.raises(Forbidden, match=r"claim\.same_person"):
        write_message(dossier.id, "reviewer", "Bonjour.", actor_of(person), NOW)


@pytest.mark.parametrize(("text", "code"), [("", "empty"), (" \r\n\t ", "empty"), ("x" * 5001, "too_long")])
def test_a_text_is_bounded(world: World, session: Session, text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        write_message(filed(world).id, "company", text, world.owner, NOW)
    assert (refusal.value.code, refusal.value.field) == (f"message.{code}", "text")


def test_five_thousand_characters_are_taken(any_world: World, any_session: Session) -> None:
    assert len(write_message(filed(any_world).id, "company", "é" * 5000, any_world.owner, NOW).text) == 5000


def test_the_database_refuses_more(any_world: World, any_session: Session) -> None:
    message = ClaimMessage(
        claim_id=filed(any_world).id,
        at=NOW,
        side="company",
        person_id=any_world.owner.person_id,
        text="x" * 5001,
    )
    db.session.add(message)
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_one_side_does_not_write_without_end(world: World, session: Session) -> None:
    dossier = filed(world)
    for _ in range(MOST_UNREAD):
        write_message(dossier.id, "company", "Bonjour.", world.owner, NOW)
    with pytest.raises(Refusal, match=r"message\.too_many"):
        write_message(dossier.id, "company", "Bonjour.", world.owner, NOW)
    db.session.rollback()
    write_message(dossier.id, "reviewer", "J’ai lu.", world.reviewer, NOW)
    read_messages(dossier.id, "reviewer", world.reviewer, NOW)
    write_message(dossier.id, "company", "Merci.", world.owner, NOW)


def test_a_draft_has_no_messages(world: World, session: Session) -> None:
    with pytest.raises(NotFound):
        write_message(draft(world).id, "company", "Bonjour.", world.owner, NOW)


LAST = datetime(2027, 3, 22, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in Paris, four months later


@pytest.mark.parametrize("closed", [decided, "abandoned"])
def test_a_closed_dossier_takes_messages_for_four_months(
    world: World, session: Session, closed: object
) -> None:
    dossier = decided(world) if closed is decided else filed(world)
    if closed == "abandoned":
        abandon(dossier.id, world.owner, NOW)
    write_message(dossier.id, "company", "Bonjour.", world.owner, LAST)
    with pytest.raises(Refusal, match=r"message\.closed"):
        write_message(dossier.id, "company", "Bonjour.", world.owner, LAST + timedelta(seconds=1))


def test_a_dossier_under_way_takes_them_whenever(world: World, session: Session) -> None:
    assert may_be_written_to(claim_of(proposed(world)), ON.replace(year=2036))
