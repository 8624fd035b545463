"""A mail is written with what causes it, and sent by a job: once in effect, later when it must, or given up."""

from __future__ import annotations

import mailbox
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bonus import mailing, parts
from bonus.adapters.mail import MaildirMailer, SmtpMailer
from bonus.cli import outbox as outbox_command
from bonus.errors import InvalidInput, NotFound
from bonus.extensions import db
from bonus.jobs import tasks
from bonus.jobs.policy import MAX_ATTEMPTS
from bonus.mail import MailMessage, NewMail, post_mail, post_mails
from bonus.mailing import GIVE_UP_AFTER, send_mail
from bonus.outbox import OutboxMessage
from tests.conftest import AppMaker
from tests.support.smtp import Postmaster, mail_server, read

WHY = "Vous recevez ce message parce que vous êtes le fournisseur d’une solution."


def written(app: Flask, now: datetime, key: str = "a:1", to: str = "a@editeur.example") -> int:
    """The id of a mail to send, committed."""
    with app.app_context():
        mail = post_mail(NewMail(key, to, "Objet «\u00a0é\u00a0»", "Bonjour,\n\nVoici.", WHY), now)
        db.session.commit()
        return mail.id


def mail_of(app: Flask, mail_id: int) -> MailMessage:
    with app.app_context():
        found = db.session.get_one(MailMessage, mail_id)
        db.session.expunge(found)
        return found


def asked(app: Flask) -> list[OutboxMessage]:
    with app.app_context():
        found = list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))
        db.session.expunge_all()
        return found


def perform(app: Flask, now: datetime) -> None:
    """Do what the outbox asks, as the worker does."""
    for message in asked(app):
        with app.app_context():
            tasks.perform(message.id, now)


@pytest.fixture
def postmaster() -> Postmaster:
    return Postmaster()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def smtp_app(request: pytest.FixtureRequest, make_app: AppMaker, postmaster: Postmaster) -> Iterator[Flask]:
    """The application on each database, its mail going to a real server."""
    url = request.getfixturevalue("pg_url") if request.param == "postgresql" else None
    with mail_server(postmaster) as port:
        yield make_app(url, MAIL_URL=f"smtp://127.0.0.1:{port}")


def folder(app: Flask) -> mailbox.Maildir:
    return mailbox.Maildir(Path(app.config["DATA_FOLDER"]) / "mail", create=False)


# ---------------------------------------------------------------- writing


def test_a_mail_is_written_with_the_message_that_sends_it(any_app: Flask, now: datetime) -> None:
    mail = mail_of(any_app, written(any_app, now))
    assert (mail.to, mail.subject, mail.sent_at, mail.refusal) == (
        "a@editeur.example",
        "Objet «\u00a0é\u00a0»",
        None,
        None,
    )
    assert mail.text == f"Bonjour,\n\nVoici.\n\n{WHY}"
    assert [(message.kind, message.subject_id, message.key) for message in asked(any_app)] == [
        ("mail", mail.id, f"mail:{mail.id}")
    ]


def test_of_one_key_there_is_one(any_app: Flask, now: datetime) -> None:
    assert written(any_app, now) == written(any_app, now + timedelta(days=1), to="b@editeur.example")
    assert len(asked(any_app)) == 1
    with any_app.app_context():
        db.session.add(MailMessage(key="a:1", to="a@b.fr", subject="-", text="-", created_at=now))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


def test_several_in_one_stroke_in_the_order_given(any_app: Flask, now: datetime) -> None:
    first = written(any_app, now)
    with any_app.app_context():
        assert post_mails([], now) == []
        mails = post_mails(
            [NewMail(key, "b@c.fr", key, "Texte", WHY) for key in ("a:2", "a:1", "a:3", "a:2")], now
        )
        assert [mail.key for mail in mails] == ["a:2", "a:1", "a:3", "a:2"]
        assert (mails[1].id, mails[0].id) == (first, mails[3].id)
        db.session.commit()
    assert len(asked(any_app)) == 3


def test_undone_with_what_caused_it(any_app: Flask, now: datetime) -> None:
    with any_app.app_context():
        post_mail(NewMail("a:1", "a@b.fr", "Objet", "Texte", WHY), now)
        db.session.rollback()
    assert asked(any_app) == []


@pytest.mark.parametrize(
    ("to", "subject", "why", "code"),
    [
        ("a@b.fr\r\nBcc: c@d.fr", "Objet", WHY, "mail.address"),
        ("nobody", "Objet", WHY, "mail.address"),
        ("a@b.fr", "Objet\nBcc: c@d.fr", WHY, "mail.header"),
        ("a@b.fr", "Objet\x00", WHY, "mail.header"),
        ("a@b.fr", " ", WHY, "mail.incomplete"),
        ("a@b.fr", "é" * 301, WHY, "mail.incomplete"),
        ("a@b.fr", "Objet", " ", "mail.incomplete"),
    ],
)
def test_what_cannot_be_written(
    app: Flask, now: datetime, to: str, subject: str, why: str, code: str
) -> None:
    with app.app_context():
        with pytest.raises(InvalidInput) as refused:
            post_mail(NewMail("a:1", to, subject, "Texte", why), now)
        assert refused.value.code == code
        db.session.commit()
    assert asked(app) == []


def test_the_longest_subject(any_app: Flask, now: datetime) -> None:
    with any_app.app_context():
        post_mail(NewMail("k" * 80, f"{'a' * 60}@{'b.' * 90}example", "é" * 300, "Texte", WHY), now)
        db.session.commit()
    perform(any_app, now)
    assert [message.done_at for message in asked(any_app)] == [now]


# ---------------------------------------------------------------- sending


def test_it_is_sent_once_and_marked(smtp_app: Flask, now: datetime, postmaster: Postmaster) -> None:
    mail_id = written(smtp_app, now)
    later = now + timedelta(minutes=1)
    perform(smtp_app, later)
    perform(smtp_app, later)
    with smtp_app.app_context():
        send_mail(mail_id, later)  # even asked again
    [message] = postmaster.messages()
    assert message["Subject"] == "Objet «\u00a0é\u00a0»"
    assert message["From"].addresses[0].addr_spec == smtp_app.config["SERVICE_EMAIL"]
    assert message["From"].addresses[0].display_name == smtp_app.config["SERVICE_NAME"]
    assert message.get_content().split() == f"Bonjour,\n\nVoici.\n\n{WHY}".split()
    assert mail_of(smtp_app, mail_id).sent_at == later
    assert [one.done_at for one in asked(smtp_app)] == [later]


@pytest.mark.parametrize("answer", ["450 4.2.0 Greylisted", "421 4.3.2 Shutting down"])
def test_told_later_it_is_tried_again_and_uses_up_no_attempt(
    smtp_app: Flask, now: datetime, postmaster: Postmaster, answer: str
) -> None:
    mail_id = written(smtp_app, now)
    postmaster.answers["RCPT"] = answer
    last = now + GIVE_UP_AFTER - timedelta(seconds=1)
    for moment in [now] * MAX_ATTEMPTS + [last]:
        perform(smtp_app, moment)
    assert [(one.attempts, one.done_at) for one in asked(smtp_app)] == [(0, None)]
    del postmaster.answers["RCPT"]
    perform(smtp_app, last)
    assert mail_of(smtp_app, mail_id).sent_at == last


def test_told_later_for_five_days_it_is_given_up(
    smtp_app: Flask, now: datetime, postmaster: Postmaster
) -> None:
    mail_id = written(smtp_app, now)
    postmaster.answers["RCPT"] = "452 4.2.2 Mailbox full"
    perform(smtp_app, now + GIVE_UP_AFTER)
    [message] = asked(smtp_app)
    assert (message.attempts, message.done_at) == (MAX_ATTEMPTS, None)
    reason = "Depuis 5 jours, le serveur remet ce message\u00a0: 452 4.2.2 Mailbox full"
    assert mail_of(smtp_app, mail_id).refusal == reason
    assert message.last_error == f"mail.given_up: {reason}".replace("\u00a0", " ")


def test_refused_it_is_given_up_with_the_reason_until_someone_has_it_tried_again(
    smtp_app: Flask, now: datetime, postmaster: Postmaster
) -> None:
    mail_id = written(smtp_app, now)
    postmaster.answers["RCPT"] = "550 5.1.1 <a@editeur.example>: no such user"
    perform(smtp_app, now)
    perform(smtp_app, now)
    [message] = asked(smtp_app)
    assert (message.attempts, message.done_at) == (MAX_ATTEMPTS, None)
    assert "550 5.1.1 <…>: no such user" in (message.last_error or "")
    assert "550 5.1.1 <…>: no such user" in (mail_of(smtp_app, mail_id).refusal or "")
    del postmaster.answers["RCPT"]
    said = smtp_app.test_cli_runner().invoke(outbox_command, ["--again", str(message.id)])
    assert said.exit_code == 0
    perform(smtp_app, now)
    after = mail_of(smtp_app, mail_id)
    assert (after.sent_at, after.refusal) == (now, None)
    assert [one.done_at for one in asked(smtp_app)] == [now]


def test_a_server_that_is_away_keeps_it_waiting_for_as_long_as_it_takes(
    any_app: Flask, now: datetime
) -> None:
    any_app.config["MAIL_URL"] = "smtp://127.0.0.1:1"
    mail_id = written(any_app, now)
    perform(any_app, now + 2 * GIVE_UP_AFTER)
    after = mail_of(any_app, mail_id)
    assert asked(any_app)[0].cause == "away"
    assert (after.sent_at, after.refusal, asked(any_app)[0].attempts) == (None, None, 0)


def test_killed_after_it_left_and_before_the_mark_it_leaves_again_under_the_same_name(
    smtp_app: Flask, now: datetime, postmaster: Postmaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_id = written(smtp_app, now)

    class Killed(BaseException):
        pass

    class Mortal:
        def send(self, letter: object) -> None:
            mailer.send(letter)  # type: ignore[arg-type]
            raise Killed

    with smtp_app.app_context():
        mailer = parts.mailer()
    with monkeypatch.context() as patch:
        patch.setattr(mailing, "mailer", Mortal)
        with pytest.raises(Killed):
            perform(smtp_app, now)
    assert mail_of(smtp_app, mail_id).sent_at is None
    perform(smtp_app, now)
    first, second = postmaster.messages()
    assert first["Message-ID"] == second["Message-ID"]
    assert mail_of(smtp_app, mail_id).sent_at == now


def test_two_runs_at_once_send_one(smtp_app: Flask, now: datetime, postmaster: Postmaster) -> None:
    mail_id = written(smtp_app, now)
    errors: list[BaseException] = []

    def run() -> None:
        try:
            with smtp_app.app_context():
                send_mail(mail_id, now)
        except BaseException as error:  # noqa: BLE001 - shown below, in the thread of the test
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(postmaster.taken) == 1


def test_a_mail_that_does_not_exist(app: Flask, now: datetime) -> None:
    with app.app_context(), pytest.raises(NotFound):
        send_mail(999, now)


def test_sent_or_refused_never_both(any_app: Flask, now: datetime) -> None:
    mail_id = written(any_app, now)
    with any_app.app_context():
        mail = db.session.get_one(MailMessage, mail_id)
        mail.sent_at, mail.refusal = now, "550"
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


# ---------------------------------------------------------------- which way


def test_without_a_server_it_goes_into_the_folder(any_app: Flask, now: datetime) -> None:
    mail_id = written(any_app, now)
    perform(any_app, now)
    [kept] = folder(any_app)
    assert read(kept.as_bytes())["Subject"] == "Objet «\u00a0é\u00a0»"
    assert mail_of(any_app, mail_id).sent_at == now


def test_a_demonstration_writes_to_nobody(make_app: AppMaker) -> None:
    app = make_app(DEMO=True, MAIL_URL="smtps://u:word@mail.example")
    with app.app_context():
        assert isinstance(parts.mailer(), MaildirMailer)


def test_a_service_writes_by_its_server(make_app: AppMaker) -> None:
    app = make_app(MAIL_URL="smtps://u:word@mail.example")
    with app.app_context():
        assert isinstance(parts.mailer(), SmtpMailer)
        assert parts.mailer() is parts.mailer()
