"""The jobs: an id comes in, one service is called, running twice does no harm.

A job is one message of the outbox. The service commits its own work, which its unique keys make harmless
to do again; "done" is written in a following commit, so a crash between the two repeats and never loses.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import cache

from flask import Flask
from sqlalchemy import select, update

from bonus import clock, config, create_app
from bonus.budget.acts import LAPSE_CREDITS
from bonus.budget.serving import serve_waiting
from bonus.budget.waiting import SERVE
from bonus.certificates.service import (
    certify_decision,
    correct_after_recovery,
    correct_after_settlement,
    correct_certificates,
    restore_certificates,
)
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
from bonus.extensions import db
from bonus.mail import MAIL
from bonus.mailing import send_mail
from bonus.outbox import OutboxMessage
from bonus.payments.answer_credits import CREDIT, book_credit
from bonus.payments.answer_inbox import INBOX
from bonus.payments.answers import APPLY as BANK_FILE
from bonus.payments.answers import apply_file
from bonus.payments.batch_work import WORK as BATCH_WORK
from bonus.payments.batch_work import carry_on
from bonus.payments.service import order_for_decision
from bonus.recoveries.giving_back import RECOVERED, UNDUE
from bonus.recoveries.letters import write_letter as write_recovery_letter
from bonus.recoveries.mass import RUN as MASS
from bonus.recoveries.mass_running import run_mass
from bonus.recoveries.notifying import WRITE as RECOVERY_LETTER
from bonus.register.service import REGISTER, enter_in_register
from bonus.registry.imports.service import APPLY, READ
from bonus.registry.imports.steps import apply_import, read_import
from bonus.registry.writing import FOLLOW

from .attempts import Attempt
from .bank import take_inbox
from .daily import (
    ANCHOR,
    TITRES,
    WAKE,
    anchor_audit,
    flag_risks,
    follow_requests,
    follow_titres,
    lapse_credits,
    measure_months,
    note_silences,
    remind_deadlines,
    tidy_lists,
    wake_waiting,
    warn_reviewers,
)
from .policy import BATCH_SECONDS, MAX_ATTEMPTS

Handler = Callable[[int, datetime], None]

HANDLERS: dict[str, Handler] = {
    "pay": order_for_decision,
    "certify": certify_decision,
    REGISTER: enter_in_register,
    FOLLOW: follow_change,
    LETTER: write_letter,
    RECOVERY_LETTER: write_recovery_letter,
    MASS: run_mass,
    RECOVERED: correct_after_settlement,
    UNDUE: correct_after_recovery,
    TITRES: follow_titres,
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
    BANK_FILE: apply_file,
    BATCH_WORK: carry_on,
    INBOX: take_inbox,
    CREDIT: book_credit,
    READ: read_import,
    LAPSE_CREDITS: lapse_credits,
    SERVE: serve_waiting,
    APPLY: lambda import_id, _now: apply_import(import_id, clock.now),
}
"""The kind of a message → what does it, given what the message is about and the moment."""

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


def run_messages(message_ids: list[int]) -> None:
    """The same for several messages of one kind, each in transactions of its own and marked on its own: one that
    fails does not stop the others, and what was done before a kill is not done again. What is not begun in
    ``BATCH_SECONDS`` is handed back to the outbox."""
    until = time.monotonic() + BATCH_SECONDS
    for rank, message_id in enumerate(message_ids):
        if time.monotonic() > until:
            with application().app_context():
                _hand_back(message_ids[rank:])
            return
        run_message(message_id)


def _hand_back(message_ids: list[int]) -> None:
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(message_ids), OutboxMessage.done_at.is_(None))
        .values(queued_at=None)
    )
    db.session.commit()


def perform(message_id: int, now: datetime) -> None:
    """Do what a message asks, unless it is done or given up; write down that it is done, or why it is not.

    By its cause (see ``policy.next_try``): a part of the service that is away is tried again for as long as it takes;
    a Refusal never; any other error ``MAX_ATTEMPTS`` times in all. Raises only what RQ is to try again.
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
    kind, subject_id = message.kind, message.subject_id
    attempt = Attempt(message, now)
    with attempt:
        HANDLERS[kind](subject_id, now)
        attempt.done()
