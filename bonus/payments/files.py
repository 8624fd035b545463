"""The acts on a signed batch: having its files written, taking them, noting that the bank has them (art. 13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import undefer

from bonus.audit.service import Actor, record
from bonus.calendar import civil_date
from bonus.errors import Forbidden
from bonus.extensions import db

from .batch_checks import locked_batch, require_idle, require_same_accounts, require_status, require_whole
from .batch_work import begin
from .models import PaymentBatch, PaymentFile


def write_batch(number: str, actor: Actor, now: datetime) -> PaymentBatch:
    """Have the files of a signed batch written, once: a second run finds them there and changes nothing. Commits; those
    of many orders are written by a job.

    Raises NotFound, Forbidden, Refusal when it is not signed, an order is held or the sums differ; InvalidInput for
    what no bank would execute.
    """
    if "accounting_officer" not in actor.roles:
        raise Forbidden("payment.wrong_role", "Seul un agent comptable fait écrire un fichier (art. 12).")
    batch = locked_batch(number)
    if batch.status in ("written", "sent") or batch.work == "write":
        db.session.rollback()
        return batch
    require_status(batch, "signed")
    require_idle(batch)
    require_whole(batch, civil_date(now))
    record("payment.writing_asked", f"batch:{batch.number}", actor, now)
    return begin(batch, "write", batch.orders_count, now)


def send_batch(number: str, actor: Actor, now: datetime) -> PaymentBatch:
    """Note that the files of a batch were handed to the bank: its orders are on their way, and each company is told.
    Commits; many orders are gone through by a job.

    Raises NotFound, Forbidden, Refusal when nothing is written, an order is held since, or its account changed.
    """
    if "accounting_officer" not in actor.roles:
        raise Forbidden("payment.wrong_role", "Seul un agent comptable remet un lot à la banque (art. 12).")
    batch = locked_batch(number)
    require_status(batch, "written")
    require_idle(batch)
    require_whole(batch, civil_date(now))
    require_same_accounts(batch)
    batch.sent_by_id = actor.person_id
    return begin(batch, "send", batch.orders_count, now)


def download(message_id: str, actor: Actor, now: datetime) -> PaymentFile | None:
    """The file that is being taken, with its content and the trace of it; None when there is none of that name."""
    query = (
        select(PaymentFile).where(PaymentFile.message_id == message_id).options(undefer(PaymentFile.content))
    )
    file = db.session.scalars(query).one_or_none()
    if file is not None:
        record("payment.file_downloaded", f"batch:{file.batch.number}", actor, now, sha256=file.sha256)
        db.session.commit()
    return file
