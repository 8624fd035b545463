"""Announcing the certifications that end soon: to their supplier, and to the companies with a draft on them.

Each end is announced once, and each one told of it once: rows with unique keys say so, written with the mail in one
transaction. A run looks at what is, not at what changed: it makes up for days missed, and may be killed or run twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, insert, select, update

from bonus import outbox
from bonus.adapters.mail import check_address
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.registry.models import Certification, RegistryHead, Solution, Supplier

from .announcement_models import EndAnnouncement
from .ends import announcement_of, ends_soon
from .telling import Told, lock, tell_companies, tell_suppliers, write_to_suppliers

ANNOUNCE = "announce_ends"
"""The kind of the outbox's message that asks for the announcements of a day."""

BATCH = 100
BATCHES_A_JOB = 100


@dataclass
class Announced:
    """What a run did: ends announced, mails to suppliers, ends told to companies; and whether nothing is left."""

    ends: int = 0
    supplier_mails: int = 0
    notices: int = 0
    finished: bool = False


def announce_ends(day: int, now: datetime) -> None:
    """The job of a day (its ordinal): announce, within what one job may take, then ask for the rest."""
    if announce(now, batches=BATCHES_A_JOB).finished:
        return
    part = 1
    while outbox.is_posted(ANNOUNCE, day, part):
        part += 1
    outbox.post(ANNOUNCE, day, now, part=part)
    db.session.commit()


def announce(now: datetime, *, batch: int = BATCH, batches: int | None = None) -> Announced:
    """Announce what is to be announced on the day of ``now``, in batches, each one transaction.

    ``batches``: stop after so many that had something to write.
    """
    today, done, left = civil_date(now), Announced(), batches
    for name, step, act in (
        ("ends", _announce_batch, "registry.ends_announced"),
        ("supplier_mails", tell_suppliers, "registry.suppliers_told"),
        ("notices", tell_companies, "registry.companies_told"),
    ):
        after: int | None = 0
        while after is not None:
            if left == 0:
                return done
            told = step(after, today, now, batch)
            if told.count:
                record(act, f"day:{today.isoformat()}", SERVICE, now, count=told.count)
                setattr(done, name, getattr(done, name) + told.count)
                left = None if left is None else left - 1
            db.session.commit()
            after = told.after
    done.finished = True
    return done


def _announce_batch(after: int, today: date, now: datetime, batch: int) -> Told:
    """Write down the ends not announced yet, of the certifications that follow ``after``."""
    # One run at a time, and no date changes meanwhile.
    db.session.scalars(select(RegistryHead.id).with_for_update()).one()
    announced = exists().where(announcement_of())
    found = db.session.execute(
        select(Certification.id, Certification.valid_until)
        .where(Certification.id > after, ends_soon(today), ~announced)
        .order_by(Certification.id)
        .limit(batch)
    ).all()
    if found:
        values = [
            {"certification_id": one, "ends_on": ends_on, "announced_at": now} for one, ends_on in found
        ]
        db.session.execute(insert(EndAnnouncement), values)
    return Told(len(found), found[-1].id if len(found) == batch else None)


def set_supplier_address(identifier: str, email: str, actor: Actor, now: datetime) -> int:
    """Note where a supplier is written to, and write at once what it was not told of; how many mails.

    What a server refused at the former address is written to the new one. Committed, logged. Raises InvalidInput
    when it is no address, NotFound when there is no such supplier.
    """
    email = check_address(email.strip())
    known = db.session.scalars(select(Supplier.id).where(Supplier.identifier == identifier)).one_or_none()
    if known is None:
        raise NotFound("registry.unknown_supplier", "Ce fournisseur n’existe pas.")
    suppliers = lock(Supplier, [known])
    if suppliers[known].email == email:
        db.session.rollback()
        return 0
    suppliers[known].email = email
    _forget_refused(known)
    mails, more = write_to_suppliers(suppliers, civil_date(now), now)
    while more:
        written, more = write_to_suppliers(suppliers, civil_date(now), now)
        mails += written
    record("registry.supplier_address", f"supplier:{known}", actor, now, email=email, mails=mails)
    db.session.commit()
    return mails


def _forget_refused(supplier_id: int) -> None:
    of_supplier = (
        select(Certification.id)
        .join(Solution, Solution.id == Certification.solution_id)
        .where(Solution.supplier_id == supplier_id)
    )
    refused = select(MailMessage.id).where(MailMessage.refusal.is_not(None))
    db.session.execute(
        update(EndAnnouncement)
        .where(
            EndAnnouncement.certification_id.in_(of_supplier), EndAnnouncement.supplier_mail_id.in_(refused)
        )
        .values(supplier_mail_id=None)
        .execution_options(synchronize_session=False)
    )
