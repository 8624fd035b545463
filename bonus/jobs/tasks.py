"""The jobs: an id comes in, one service is called, running twice does no harm.

A job is one message of the outbox. The service commits its own work, which its unique keys make harmless
to do again; "done" is written in a following commit, so a crash between the two repeats and never loses.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from types import TracebackType

import structlog
from flask import Flask
from sqlalchemy import select, update

from bonus import clock, config, create_app
from bonus.budget.acts import LAPSE_CREDITS
from bonus.budget.serving import serve_waiting
from bonus.budget.waiting import SERVE
from bonus.certificates.service import certify_decision, correct_certificates, restore_certificates
from bonus.claims.announcements import ANNOUNCE, announce_ends
from bonus.claims.bulk.running import run_bulk_act
from bonus.claims.bulk.service import RUN as BULK
from bonus.claims.cards_rebuild import TIDY
from bonus.claims.deadline_notices import REMIND
from bonus.claims.due_warnings import WARN
from bonus.claims.follow import flag_touched, follow_change
from bonus.claims.lane_decisions import DECIDE, LANE, decide_by_rule, run_lane
from bonus.claims.letters import WRITE as LETTER
from bonus.claims.letters import write_letter
from bonus.claims.loads.service import READ as TABLE_READ
from bonus.claims.loads.service import TAKE as TABLE_TAKE
from bonus.claims.loads.steps import read_loaded, take_table
from bonus.claims.reporting_measures import MEASURE
from bonus.claims.request_ends import END
from bonus.claims.restorations import RESTORED
from bonus.claims.revocations import REVOKED
from bonus.claims.risks import FLAG, FLAG_ACCOUNT, FLAG_TOUCHED, flag_account
from bonus.claims.silence import LAPSE
from bonus.companies.letters import SEND as POST_LETTER
from bonus.companies.letters import send_letter
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.mail import MAIL
from bonus.mailing import send_mail
from bonus.outbox import OutboxMessage
from bonus.payments.service import order_for_decision
from bonus.registry.imports.service import APPLY, READ
from bonus.registry.imports.steps import apply_import, read_import
from bonus.registry.writing import FOLLOW

from .daily import (
    ANCHOR,
    WAKE,
    anchor_audit,
    flag_risks,
    follow_requests,
    lapse_credits,
    measure_months,
    note_silences,
    remind_deadlines,
    tidy_lists,
    wake_waiting,
    warn_reviewers,
)
from .errors import TRANSIENT, describe
from .policy import MAX_ATTEMPTS

Handler = Callable[[int, datetime], None]

HANDLERS: dict[str, Handler] = {
    "pay": order_for_decision,
    "certify": certify_decision,
    FOLLOW: follow_change,
    LETTER: write_letter,
    REVOKED: correct_certificates,
    RESTORED: restore_certificates,
    MAIL: send_mail,
    POST_LETTER: send_letter,
    ANNOUNCE: announce_ends,
    BULK: run_bulk_act,
    WAKE: wake_waiting,
    TABLE_READ: read_loaded,
    TABLE_TAKE: take_table,
    REMIND: remind_deadlines,
    END: follow_requests,
    LAPSE: note_silences,
    WARN: warn_reviewers,
    FLAG: flag_risks,
    FLAG_TOUCHED: flag_touched,
    FLAG_ACCOUNT: flag_account,
    ANCHOR: anchor_audit,
    TIDY: tidy_lists,
    MEASURE: measure_months,
    LANE: run_lane,
    DECIDE: decide_by_rule,
    READ: read_import,
    LAPSE_CREDITS: lapse_credits,
    SERVE: serve_waiting,
    APPLY: lambda import_id, _now: apply_import(import_id, clock.now),
}
"""The kind of a message → what does it, given what the message is about and the moment."""

_log = structlog.get_logger()
_bound: list[Flask] = []


def bind(app: Flask) -> None:
    """Make the jobs of this process run in that application."""
    _bound[:] = [app]


@cache
def _own_application() -> Flask:
    app = create_app()
    config.ensure_safe(app.config)
    return app


def application() -> Flask:
    """The application of this worker process: the one bound to it, else one made once."""
    return _bound[0] if _bound else _own_application()


def run_message(message_id: int) -> None:
    """What RQ calls: do what one message of the outbox asks, in its own application context."""
    with application().app_context():
        perform(message_id, clock.now())


def perform(message_id: int, now: datetime) -> None:
    """Do what a message asks, unless it is done or given up; write down that it is done, or why it is not.

    A Refusal is written down and not tried again. Any other error is raised for RQ to try again: those of
    a part of the service that is away as often as it takes, the others ``MAX_ATTEMPTS`` times in all.
    """
    message = db.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if message is None or message.done_at is not None or message.attempts >= MAX_ATTEMPTS:
        db.session.rollback()
        return
    kind, subject_id, key = message.kind, message.subject_id, message.key
    with _Attempt(message_id, key):
        HANDLERS[kind](subject_id, now)
        _write_down(message_id, done_at=now, last_error=None)
        _log.info("outbox.done", key=key)


def _write_down(message_id: int, **values: object) -> None:
    db.session.execute(update(OutboxMessage).where(OutboxMessage.id == message_id).values(**values))
    db.session.commit()


class _Attempt:
    """Sorts what a job raises by its cause. A context manager sees every error and need hide none."""

    def __init__(self, message_id: int, key: str) -> None:
        self._message_id = message_id
        self._key = key

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        db.session.rollback()
        if isinstance(error, TRANSIENT):
            _log.warning("outbox.postponed", key=self._key, error=describe(error))
            return False
        if isinstance(error, Refusal):
            # Trying again would give the same answer: all its attempts are used up at once.
            _write_down(self._message_id, attempts=MAX_ATTEMPTS, last_error=describe(error))
            _log.error("outbox.refused", key=self._key, error=describe(error))
            return True
        _write_down(
            self._message_id,
            attempts=OutboxMessage.attempts + 1,
            last_error=describe(error),
        )
        _log.error("outbox.failed", key=self._key, error=describe(error))
        return False
