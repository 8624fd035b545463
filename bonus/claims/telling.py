"""Telling whom an announced end concerns: one mail to its supplier, one to each who prepares a draft for a company.

In the caller's transaction. Suppliers and companies are locked, then what they were not told is looked for: of two
runs, one tells them. A mail lists 200 ends at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Select, insert, select, update

from bonus.adapters.mail import digest, is_address
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.mail import NewMail, post_mails
from bonus.parts import public_url, service_contact
from bonus.registry.labels import label_name
from bonus.registry.models import Solution, Supplier

from .announcement_models import EndAnnouncement, EndNotice
from .announcement_words import to_company, to_supplier
from .ends import Ending, untold_to_companies, untold_to_suppliers, whose
from .models import Claim
from .notice_words import label_ends
from .notices import News, recipients, tell_all

MOST_IN_A_MAIL = 200
MOST_AT_ONCE = 2_000
"""Ends looked at in one transaction, so that memory does not grow with their number."""

Party = TypeVar("Party", Supplier, Company)
Rows = Sequence[Any]


@dataclass(frozen=True)
class Told:
    """What one transaction told: mails to suppliers, or ends told to companies; and whose id to go on after, None
    when there is nobody left."""

    count: int
    after: int | None


def tell_suppliers(after: int, today: date, now: datetime, batch: int) -> Told:
    """Write to some of the suppliers that follow ``after``."""
    ids = db.session.scalars(
        whose(untold_to_suppliers(today), Solution.supplier_id)
        .join(Supplier, Supplier.id == Solution.supplier_id)
        .where(Supplier.email.is_not(None), Supplier.id > after)
        .limit(batch)
    ).all()
    mails, last = write_to_suppliers(lock(Supplier, ids), today, now)
    return Told(mails, last - 1 if last else _next(ids, batch))


def write_to_suppliers(
    suppliers: Mapping[int, Supplier], today: date, now: datetime
) -> tuple[int, int | None]:
    """Write to locked suppliers on the announced ends that were not written to them: how many mails, and the last
    supplier's id when there may be more to write to it. One without an address that a server would take is left."""
    reachable = [one.id for one in suppliers.values() if one.email and is_address(one.email)]
    rows = _rows(untold_to_suppliers(today).where(Solution.supplier_id.in_(reachable)))
    mails, listed = [], []
    for supplier_id, found in _by_mail(rows):
        supplier = suppliers[supplier_id]
        assert supplier.email is not None  # reachable
        words = to_supplier(supplier.name, found, service_contact().email)
        # To one address once: after a correction of the address, it is another mail.
        key = f"ends:supplier:{supplier_id}:{_last(found)}:{digest(supplier.email)[:12]}"
        mails.append(NewMail(key, supplier.email, words.subject, words.text, words.why))
        listed.append(found)
    values = [
        {"id": ending.announcement_id, "supplier_mail_id": mail.id}
        for mail, found in zip(post_mails(mails, now), listed, strict=True)
        for ending in found
    ]
    if values:
        db.session.execute(update(EndAnnouncement), values)
    return len(mails), _unfinished(rows)


def tell_companies(after: int, today: date, now: datetime, batch: int) -> Told:
    """Tell some of the companies that follow ``after`` of the ends their drafts rely on, and write to their people."""
    ids = db.session.scalars(
        whose(untold_to_companies(today), Claim.company_id).where(Claim.company_id > after).limit(batch)
    ).all()
    companies = lock(Company, ids)
    rows = _rows(untold_to_companies(today).where(Claim.company_id.in_(companies)))
    people = recipients(companies)
    mails, notices, news = [], [], []
    for company_id, found in _by_mail(rows):
        notices += [
            {"announcement_id": ending.announcement_id, "company_id": company_id, "told_at": now}
            for ending in found
        ]
        # In the space a line each; by mail, all of them at once.
        news += [
            News(
                company_id,
                "label_ends",
                f"announcement:{ending.announcement_id}",
                label_ends(ending.solution, label_name(ending.label), ending.ends_on),
                mailed=False,
            )
            for ending in found
        ]
        for person in people.get(company_id, ()):
            words = to_company(companies[company_id].name, person.role, found, f"{public_url()}/entreprise")
            key = f"ends:company:{company_id}:{person.person_id}:{_last(found)}"
            mails.append(NewMail(key, person.email, words.subject, words.text, words.why))
    tell_all(news, now)
    post_mails(mails, now)
    if notices:
        db.session.execute(insert(EndNotice), notices)
    last = _unfinished(rows)
    return Told(len(notices), last - 1 if last else _next(ids, batch))


def lock(model: type[Party], ids: Sequence[int]) -> dict[int, Party]:
    """These rows by id, locked in that order and read again; others may still refer to them."""
    rows = db.session.scalars(
        select(model)
        .where(model.id.in_(ids))
        .order_by(model.id)
        .with_for_update(of=model, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _rows(untold: Select[int, int, date, str, str, str, str]) -> Rows:
    return db.session.execute(untold.limit(MOST_AT_ONCE)).all()


def _by_mail(rows: Rows) -> Iterator[tuple[int, list[Ending]]]:
    """Whose, and what one mail lists: rows come by whose they are."""
    for one, group in groupby(rows, itemgetter(0)):
        found = [Ending(*row[1:]) for row in group]
        for start in range(0, len(found), MOST_IN_A_MAIL):
            yield one, found[start : start + MOST_IN_A_MAIL]


def _last(found: Sequence[Ending]) -> int:
    return max(ending.announcement_id for ending in found)


def _unfinished(rows: Rows) -> int | None:
    """Who comes last when there may be more rows than were read."""
    return int(rows[-1][0]) if len(rows) == MOST_AT_ONCE else None


def _next(ids: Sequence[int], batch: int) -> int | None:
    return ids[-1] if len(ids) == batch else None
