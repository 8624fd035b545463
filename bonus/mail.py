"""The mail to send: a row written in the transaction of what causes it, and the outbox's message that sends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from . import outbox
from .adapters.mail import check_address, check_header
from .errors import InvalidInput
from .extensions import Model, db

MAIL = "mail"
"""The kind of the outbox's message that sends one."""

MOST_SUBJECT = 300
SECRET = "[secret]"  # noqa: S105 - the place of one, not one
"""What stands in a text for a word that only its reader may know: put there when the mail leaves, then forgotten."""


class MailMessage(Model):
    """One mail to one person: ``key`` names it for good, its text has a line a paragraph.

    ``refusal`` says in French why it was given up; ``flask outbox --again`` has it tried once more.
    """

    __tablename__ = "mail_messages"
    __table_args__ = (CheckConstraint("sent_at IS NULL OR refusal IS NULL", name="sent_or_refused"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(MOST_SUBJECT))
    text: Mapped[str] = mapped_column(Text)
    secret: Mapped[str | None] = mapped_column(
        String(100)
    )  # until it is sent, in place of SECRET in the text
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    refusal: Mapped[str | None] = mapped_column(String(300))


@dataclass(frozen=True)
class NewMail:
    """A mail to write: ``text`` has a line a paragraph; ``why``, put at its end, says why this person receives it;
    ``secret`` takes the place of SECRET."""

    key: str
    to: str
    subject: str
    text: str
    why: str
    secret: str | None = None


def post_mail(mail: NewMail, now: datetime) -> MailMessage:
    """Have a mail sent once the caller's transaction is committed. See ``post_mails``."""
    return post_mails([mail], now)[0]


def post_mails(mails: Sequence[NewMail], now: datetime) -> list[MailMessage]:
    """Have mails sent once the caller's transaction is committed; of one key there is one mail, the first written.

    Raises InvalidInput when an address is none, a subject is not one line of 300 characters, or ``why`` is empty.
    """
    for mail in mails:
        check_address(mail.to)
        check_header(mail.subject)
        if not mail.subject.strip() or len(mail.subject) > MOST_SUBJECT or not mail.why.strip():
            raise InvalidInput(
                "mail.incomplete", "Un courriel a un objet court, et dit pourquoi on le reçoit."
            )
    known = {
        message.key: message
        for message in db.session.scalars(
            select(MailMessage).where(MailMessage.key.in_([mail.key for mail in mails]))
        )
    }
    new = {
        mail.key: MailMessage(
            key=mail.key,
            to=mail.to,
            subject=mail.subject,
            text=f"{mail.text}\n\n{mail.why}",
            secret=mail.secret,
            created_at=now,
        )
        for mail in mails
        if mail.key not in known
    }
    db.session.add_all(new.values())
    db.session.flush()
    for message in new.values():
        outbox.post(MAIL, message.id, now)
    return [known.get(mail.key) or new[mail.key] for mail in mails]
