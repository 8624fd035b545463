"""Announcing the certifications that end soon: to their supplier, and to the companies with a draft on them.

Each end is announced once, and each one told of it once: rows with unique keys say so, written with the mail in one
transaction. A run looks at what is, not at what changed: it makes up for days missed, and may be killed or run twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, exists, select, update

from bonus import outbox
from bonus.accounts.models import CompanyMember, Person
from bonus.adapters.mail import check_address, digest, is_address
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date
from bonus.companies.models import Company
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.mail import MailMessage, post_mail
from bonus.parts import public_url, service_contact
from bonus.registry.models import Certification, RegistryHead, Solution, Supplier

from .announcement_models import EndAnnouncement, EndNotice
from .announcement_words import to_company, to_supplier
from .ends import (
    Ending,
    announcement_of,
    companies_to_tell,
    endings,
    ends_soon,
    in_a_draft_of,
    suppliers_to_tell,
    told,
)
from .models import Claim

ANNOUNCE = "announce_ends"
"""The kind of the outbox's message that asks for the announcements of a day."""

BATCH = 100
BATCHES_A_JOB = 50
MOST_IN_A_MAIL = 200
WRITERS = ("owner", "filer")
"""Who of a company is written to: those who may change its drafts."""


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
    """Announce what is to be announced on the day of ``now``, in batches, each one transaction; ``batches`` at most."""
    today, done, left = civil_date(now), Announced(), batches
    steps: tuple[Callable[[int, date, datetime, int, Announced], int | None], ...] = (
        _announce_batch,
        _tell_suppliers,
        _tell_companies,
    )
    for step in steps:
        after: int | None = 0
        while after is not None:
            if left is not None:
                if left == 0:
                    return done
                left -= 1
            after = step(after, today, now, batch, done)
    done.finished = True
    return done


def _announce_batch(after: int, today: date, now: datetime, batch: int, done: Announced) -> int | None:
    """Write down the ends not announced yet, of the certifications that follow ``after``; the last one's id, or None
    when there is none left."""
    # One run at a time, and no date changes meanwhile.
    db.session.scalars(select(RegistryHead.id).with_for_update()).one()
    announced = exists().where(announcement_of())
    found = db.session.execute(
        select(Certification.id, Certification.valid_until)
        .where(Certification.id > after, ends_soon(today), ~announced)
        .order_by(Certification.id)
        .limit(batch)
    ).all()
    db.session.add_all(
        EndAnnouncement(certification_id=row.id, ends_on=row.valid_until, announced_at=now) for row in found
    )
    if found:
        done.ends += len(found)
        _log("registry.ends_announced", today, now, ends=len(found), last=found[-1].id)
    db.session.commit()
    return found[-1].id if len(found) == batch else None


def _log(action: str, today: date, now: datetime, **facts: int) -> None:
    record(action, f"day:{today.isoformat()}", SERVICE, now, **facts)


# ---------------------------------------------------------------- suppliers


def _tell_suppliers(after: int, today: date, now: datetime, batch: int, done: Announced) -> int | None:
    ids = db.session.scalars(suppliers_to_tell(today).where(Supplier.id > after).limit(batch)).all()
    next_after = ids[-1] if len(ids) == batch else None
    mails = 0
    for supplier_id in ids:
        count = tell_supplier(supplier_id, today, now)
        mails += bool(count)
        if count == MOST_IN_A_MAIL:  # there may be more: take this one up again
            next_after = supplier_id - 1
            break
    if mails:
        done.supplier_mails += mails
        _log("registry.suppliers_told", today, now, mails=mails, last=ids[-1])
    db.session.commit()
    return next_after


def tell_supplier(supplier_id: int, today: date, now: datetime) -> int:
    """Write one mail to a supplier on the announced ends it was not told of, in the caller's transaction; how many.

    None when it has no address that can be written to. The supplier's row is locked: of two, one writes.
    """
    supplier = _locked_supplier(supplier_id)
    if supplier is None or not supplier.email or not is_address(supplier.email):
        return 0
    found = _found(
        endings().where(
            Solution.supplier_id == supplier.id, EndAnnouncement.supplier_mail_id.is_(None), ends_soon(today)
        )
    )
    if not found:
        return 0
    ids = [ending.announcement_id for ending in found]
    words = to_supplier(supplier.name, found, service_contact().email)
    # To one address once: after a correction of the address, it is another mail.
    key = f"ends:supplier:{supplier.id}:{max(ids)}:{digest(supplier.email)[:12]}"
    mail = post_mail(key, supplier.email, words.subject, words.text, words.why, now)
    db.session.execute(
        update(EndAnnouncement)
        .where(EndAnnouncement.id.in_(ids))
        .values(supplier_mail_id=mail.id)
        .execution_options(synchronize_session=False)
    )
    return len(found)


def _locked_supplier(supplier_id: int) -> Supplier | None:
    return db.session.scalars(
        select(Supplier)
        .where(Supplier.id == supplier_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def set_supplier_address(identifier: str, email: str, actor: Actor, now: datetime) -> int:
    """Note where a supplier is written to, and write at once what it was not told of; how many mails.

    What a server refused at the former address is written to the new one. Committed, logged. Raises InvalidInput
    when it is no address, NotFound when there is no such supplier.
    """
    email = check_address(email.strip())
    known = db.session.scalars(select(Supplier.id).where(Supplier.identifier == identifier)).one_or_none()
    supplier = None if known is None else _locked_supplier(known)
    if supplier is None:
        raise NotFound("registry.unknown_supplier", "Ce fournisseur n’existe pas.")
    if supplier.email == email:
        db.session.rollback()
        return 0
    supplier.email = email
    _forget_refused(supplier.id)
    mails, today = 0, civil_date(now)
    while tell_supplier(supplier.id, today, now):
        mails += 1
    record("registry.supplier_address", f"supplier:{supplier.id}", actor, now, email=email, mails=mails)
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


# ---------------------------------------------------------------- companies


def _tell_companies(after: int, today: date, now: datetime, batch: int, done: Announced) -> int | None:
    ids = db.session.scalars(companies_to_tell(today).where(Claim.company_id > after).limit(batch)).all()
    next_after = ids[-1] if len(ids) == batch else None
    notices = 0
    for company_id in ids:
        count = _tell_company(company_id, today, now)
        notices += count
        if count == MOST_IN_A_MAIL:
            next_after = company_id - 1
            break
    if notices:
        done.notices += notices
        _log("registry.companies_told", today, now, notices=notices, last=ids[-1])
    db.session.commit()
    return next_after


def _tell_company(company_id: int, today: date, now: datetime) -> int:
    """Note that a company is told of ends its drafts touch, and write to who may change them; how many ends."""
    company = db.session.scalars(
        select(Company)
        .where(Company.id == company_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    found = _found(endings().where(ends_soon(today), in_a_draft_of(company.id), ~told(company.id)))
    if not found:
        return 0
    ids = [ending.announcement_id for ending in found]
    db.session.add_all(EndNotice(announcement_id=one, company_id=company.id, told_at=now) for one in ids)
    people = db.session.execute(
        select(Person.id, Person.email, CompanyMember.role)
        .join(CompanyMember, CompanyMember.person_id == Person.id)
        .where(CompanyMember.company_id == company.id, CompanyMember.role.in_(WRITERS), Person.active)
        .order_by(Person.id)
    ).all()
    for person_id, email, role in people:
        if is_address(email):
            words = to_company(company.name, role, found, f"{public_url()}/entreprise")
            key = f"ends:company:{company.id}:{person_id}:{max(ids)}"
            post_mail(key, email, words.subject, words.text, words.why, now)
    return len(found)


def _found(query: Select[int, date, str, str, str, str]) -> list[Ending]:
    return [Ending(*row) for row in db.session.execute(query.limit(MOST_IN_A_MAIL))]
