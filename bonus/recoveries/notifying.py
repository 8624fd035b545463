"""Telling a company of an undue sum, and hearing it (art. 14): notified with its reasons, thirty days to reply.

The days run from the notification as art. 11 counts it: the day it is opened in the company's space or, unopened for
fifteen days, the day it was put there. They are the company's whole: a reply does not shorten them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bonus import outbox
from bonus.accounts.acting import locked_company, person_acting
from bonus.adapters.document_kind import check_document
from bonus.adapters.store import DocumentStore
from bonus.audit.service import Actor, record
from bonus.calendar import appeal_deadline, civil_date
from bonus.claims.documents import file_name, kept_file
from bonus.claims.notices import tell
from bonus.claims.notification import notified
from bonus.claims.role_models import REVIEWER
from bonus.claims.roles import require_only_role, take_role
from bonus.companies.models import Company
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.regulation import load_parameters

from . import words
from .changes import locked_recovery, step
from .drafting import compute, require_words
from .models import Recovery, RecoveryFile, RecoveryLetter
from .status import AWAITED, next_status

WRITE = "recovery_letter"
"""The kind of the outbox's message that writes a letter on an undue sum."""
MOST_FILES = 10


def reply_days(on: date) -> int:
    """The days a company has to reply to an undue sum notified that day."""
    return load_parameters().integer("recovery.reply_days", on)


def notify(recovery_id: int, actor: Actor, now: datetime) -> Recovery:
    """A reviewer notifies an undue sum: its company is told, with the reasons and amounts; committed.

    Raises Refusal when it comes to nothing or is no draft, Forbidden for the wrong role or under art. 12.
    """
    recovery = notify_locked(locked_recovery(recovery_id), actor, now)
    db.session.commit()
    return recovery


def notify_locked(recovery: Recovery, actor: Actor, now: datetime) -> Recovery:
    """The same of a locked one, in the caller's transaction; its amount is computed anew first."""
    claim = recovery.claim
    require_only_role(claim, actor, REVIEWER)
    today = civil_date(now)
    next_status(recovery.status, "notify", actor.roles)
    compute(recovery, now)
    if not recovery.amount_cents and not recovery.unpaid_cents:
        raise Refusal(
            "recovery.nothing_undue",
            "Le calcul ne donne rien d’indu : ajoutez ce qui a été constaté, ou classez sans suite.",
        )
    recovery.notified_at, recovery.proposed_by_id = now, person_acting(actor)
    # As if it stayed unopened; opening it within the fifteen days moves this day (``open_notice``).
    recovery.reply_until = today + timedelta(days=reply_days(today))
    step(recovery, "notify", actor, now)
    take_role(claim.id, recovery.proposed_by_id, REVIEWER, now)
    ask_letter(recovery, "notice", now)
    sentence = words.notified(recovery.number, str(claim.number), reply_days(today))
    tell(claim, "undue_notified", sentence, now, about=f"recovery:{recovery.id}")
    record(
        "recovery.notified",
        f"claim:{recovery.claim.number}",
        actor,
        now,
        recovery=recovery.number,
        origin=recovery.origin,
        amount_cents=recovery.amount_cents,
        reasons=recovery.facts,
    )
    return recovery


def ask_letter(recovery: Recovery, kind: str, now: datetime) -> RecoveryLetter:
    """Ask for a letter in the transaction of the act it tells of. Flushes."""
    letter = RecoveryLetter(recovery=recovery, kind=kind, asked_at=now)
    db.session.add(letter)
    db.session.flush()
    outbox.post(WRITE, letter.id, now)
    return letter


def open_notice(recovery: Recovery, actor: Actor, now: datetime) -> None:
    """Someone of the company opens an undue sum that it was told of: its letters are then notified, and the days to
    reply run from the first time (art. 11); committed."""
    if recovery.notified_at is None or all(letter.opened_at is not None for letter in recovery.letters):
        return
    recovery = locked_recovery(recovery.id)
    db.session.refresh(recovery, ["letters"])
    opened = [letter for letter in recovery.letters if letter.opened_at is None]
    for letter in opened:
        letter.opened_at = now
    if recovery.seen_at is None and recovery.notified_at is not None:
        recovery.seen_at = now
        on = notified(recovery.notified_at, now, civil_date(now))
        if on is not None and recovery.status in AWAITED:
            recovery.reply_until = on + timedelta(days=reply_days(on))
    record(
        "recovery.seen",
        f"claim:{recovery.claim.number}",
        actor,
        now,
        recovery=recovery.number,
        letters=[letter.kind for letter in opened],
        reply_until=recovery.reply_until.isoformat() if recovery.reply_until else None,
    )
    db.session.commit()


def contest_until(recovery: Recovery, today: date) -> date | None:
    """The last day to contest its titre, as known on ``today``: two clear months from its notification (art. 11). None
    without a titre, and while it is neither opened nor left for long."""
    titre = next((letter for letter in recovery.letters if letter.kind == "titre"), None)
    on = notified(titre.asked_at, titre.opened_at, today) if titre is not None else None
    return None if on is None else appeal_deadline(on, load_parameters().integer("appeal.months", on))


def notified_on(recovery: Recovery, today: date) -> date | None:
    """The day it is notified, as known on ``today`` (art. 11); None while it is neither opened nor left for long."""
    if recovery.notified_at is None:
        return None
    return notified(recovery.notified_at, recovery.seen_at, today)


def reply(
    recovery_id: int,
    company: Company,
    text: str,
    files: Sequence[tuple[str, bytes]],
    store: DocumentStore,
    actor: Actor,
    now: datetime,
) -> Recovery:
    """What the company answers, once, with files; committed. A reply that comes late and before the decision is read
    too. Raises InvalidInput for too little or too much, or a file that cannot be taken, Refusal when it replied
    already or all is decided, Forbidden."""
    recovery = locked_recovery(recovery_id)
    locked_company(company.id)
    claim = recovery.claim
    text = require_words(text, "text")
    if len(files) > MOST_FILES:
        raise InvalidInput("recovery.files", f"Joignez {MOST_FILES} fichiers au plus.", field="files")
    step(recovery, "reply", actor, now, text)
    recovery.reply, recovery.replied_at, recovery.replied_by_id = text, now, person_acting(actor)
    for given, data in files:
        name = file_name(given)
        try:
            document = kept_file(claim, "observation", name, data, check_document(data), store, now)
        except InvalidInput as refusal:
            sentence = f"«{NBSP}{name}{NBSP}»{NBSP}: {refusal.sentence}"
            raise InvalidInput(refusal.code, sentence, field="files") from None
        db.session.add(document)
        db.session.flush()
        recovery.files.append(RecoveryFile(document=document))
    record(
        "recovery.replied",
        f"claim:{recovery.claim.number}",
        actor,
        now,
        recovery=recovery.number,
        files=[document.sha256 for document in recovery.documents],
    )
    db.session.commit()
    return recovery
