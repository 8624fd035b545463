"""Sending one mail: what the outbox's message asks."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from .adapters.mail import Letter, MailPostponed
from .errors import NotFound, Refusal
from .extensions import db
from .mail import SECRET, MailMessage
from .money import NBSP
from .parts import mailer, service_contact

GIVE_UP_AFTER = timedelta(days=5)
"""How long a server may answer "later" of one mail (RFC 5321, 4.5.4.1: four to five days at least)."""


def send_mail(mail_id: int, now: datetime) -> None:
    """Hand one mail over and mark it; sent already, nothing. Its row is locked meanwhile: two runs send one mail,
    and a run killed before the mark sends it again under the same Message-ID.

    Raises Refusal, once the reason is kept, when it will never leave; MailAway or MailPostponed when it may
    later (tried again as often as it takes); NotFound.
    """
    mail = db.session.scalars(
        select(MailMessage)
        .where(MailMessage.id == mail_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if mail is None:
        raise NotFound("mail.unknown", "Ce courriel n’existe pas.")
    if mail.sent_at is not None:
        db.session.rollback()
        return
    try:
        mailer().send(_letter(mail))
    except MailPostponed as error:
        if now - mail.created_at < GIVE_UP_AFTER:
            raise
        raise _given_up(
            mail, f"Depuis {GIVE_UP_AFTER.days} jours, le serveur remet ce message{NBSP}: {error}"
        ) from error
    except Refusal as refusal:
        raise _given_up(mail, refusal.sentence) from refusal
    mail.sent_at, mail.refusal, mail.secret = now, None, None
    db.session.commit()


def _letter(mail: MailMessage) -> Letter:
    service = service_contact()
    said = mail.text.replace(SECRET, mail.secret) if mail.secret else mail.text
    return Letter(mail.key, service.email, service.name, mail.to, mail.subject, said, mail.created_at)


def _given_up(mail: MailMessage, sentence: str) -> Refusal:
    mail.refusal = sentence[:300]
    db.session.commit()
    return Refusal("mail.given_up", sentence)
