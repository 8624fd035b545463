"""Which certifications end soon: the conditions, as SQL on ``Certification``, that announcing and listing share.

All of them look at the registry as known now: a correction, a withdrawal or a renewal changes the answer at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, exists, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bonus.registry.models import Certification, InForcePeriod, Solution, Supplier
from bonus.registry.scheme_models import Certifier

from .announcement_models import EndAnnouncement, EndNotice
from .models import Claim, Invoice, PurchaseLine

ANNOUNCED_DAYS = 90
"""How long before its last day the end of a certification is announced, that day and today included."""


@dataclass(frozen=True)
class Ending:
    """An announced end, in what a mail or a page says of it."""

    announcement_id: int
    ends_on: date
    label: str
    reference: str
    solution: str
    certifier: str


class day_after(FunctionElement[date]):  # noqa: N801 - it is written like a function of SQL
    """The day after a date."""

    type = Date()
    inherit_cache = True


@compiles(day_after)
def _day_after(element: day_after, compiler: SQLCompiler, **more: Any) -> str:
    return f"({compiler.process(element.clauses, **more)} + 1)"


@compiles(day_after, "sqlite")
def _day_after_on_sqlite(element: day_after, compiler: SQLCompiler, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)}, '+1 day')"


def stands() -> ColumnElement[bool]:
    """Nothing makes its end say nothing: not withdrawn, and none of the same label follows it for the same offer,
    the day after its last at the latest (two never cover one day, so it begins that very day)."""
    follower = aliased(Certification)
    followed = exists().where(
        follower.solution_id == Certification.solution_id,
        follower.label == Certification.label,
        follower.valid_from > Certification.valid_from,
        follower.valid_from <= day_after(Certification.valid_until),
        follower.covers_until.is_not(None),
    )
    return and_(Certification.covers_until == Certification.valid_until, ~followed)


def ends_soon(today: date) -> ColumnElement[bool]:
    """In force today, and its last day, today at the earliest, is at most 90 days away."""
    in_force = exists().where(
        InForcePeriod.certification_id == Certification.id,
        InForcePeriod.starts_on <= today,
        InForcePeriod.ends_on >= today,
    )
    return and_(
        Certification.valid_until >= today,
        Certification.valid_until <= today + timedelta(days=ANNOUNCED_DAYS),
        in_force,
        stands(),
    )


def announcement_of() -> ColumnElement[bool]:
    """Joins an announcement to its certification, while its end is the one announced."""
    return and_(
        EndAnnouncement.certification_id == Certification.id,
        EndAnnouncement.ends_on == Certification.valid_until,
    )


def endings() -> Select[int, date, str, str, str, str]:
    """The columns of ``Ending``, the soonest first; conditions are the caller's."""
    return (
        select(
            EndAnnouncement.id,
            EndAnnouncement.ends_on,
            Certification.label,
            Certification.reference,
            Solution.name,
            Certifier.name,
        )
        .select_from(EndAnnouncement)
        .join(Certification, announcement_of())
        .join(Solution, Solution.id == Certification.solution_id)
        .join(Certifier, Certifier.id == Certification.certifier_id)
        .order_by(EndAnnouncement.ends_on, EndAnnouncement.id)
    )


def in_a_draft_of(company_id: ColumnElement[int] | int) -> ColumnElement[bool]:
    """One of a company's drafts buys the offer certified."""
    return exists().where(
        PurchaseLine.solution_id == Certification.solution_id,
        PurchaseLine.invoice_id == Invoice.id,
        Invoice.is_credit_note.is_(False),
        Invoice.claim_id == Claim.id,
        Claim.company_id == company_id,
        Claim.status == "draft",
    )


def suppliers_to_tell(today: date) -> Select[int]:
    """The ids of the suppliers with an address and an announced end that was not written to them, in order."""
    return (
        select(Supplier.id)
        .distinct()
        .join(Solution, Solution.supplier_id == Supplier.id)
        .join(Certification, Certification.solution_id == Solution.id)
        .join(EndAnnouncement, announcement_of())
        .where(Supplier.email.is_not(None), EndAnnouncement.supplier_mail_id.is_(None), ends_soon(today))
        .order_by(Supplier.id)
    )


def companies_to_tell(today: date) -> Select[int]:
    """The ids of the companies with a draft on an announced end of which they were not told, in order."""
    return (
        select(Claim.company_id)
        .distinct()
        .join(Invoice, Invoice.claim_id == Claim.id)
        .join(PurchaseLine, PurchaseLine.invoice_id == Invoice.id)
        .join(Certification, Certification.solution_id == PurchaseLine.solution_id)
        .join(EndAnnouncement, announcement_of())
        .where(
            Claim.status == "draft",
            Invoice.is_credit_note.is_(False),
            ends_soon(today),
            ~told(Claim.company_id),
        )
        .order_by(Claim.company_id)
    )


def told(company_id: Any) -> ColumnElement[bool]:
    """A company was told of the announcement."""
    return exists().where(EndNotice.announcement_id == EndAnnouncement.id, EndNotice.company_id == company_id)
