"""The bank's folder, looked into every ten minutes by whichever relay runs, when the configuration names one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy.exc import IntegrityError

from bonus import outbox
from bonus.extensions import db
from bonus.parts import document_store
from bonus.payments.answer_inbox import INBOX, take_folder

EVERY_SECONDS = 600


def post_inbox(now: datetime) -> None:
    """Ask for one look into the folder in these ten minutes; committed. Of two who ask at once, one does."""
    turn = int(now.timestamp()) // EVERY_SECONDS
    if not current_app.config["BANK_INBOX"] or outbox.is_posted(INBOX, turn):
        return
    try:
        with db.session.begin_nested():
            outbox.post(INBOX, turn, now)
    except IntegrityError:
        pass  # another relay asked at the same moment
    db.session.commit()


def take_inbox(_turn: int, now: datetime) -> None:
    """The job that takes the bank's files of the folder (art. 13)."""
    folder = current_app.config["BANK_INBOX"]
    if folder:
        take_folder(Path(folder), document_store(), now)
