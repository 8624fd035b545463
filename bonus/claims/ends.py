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

from bonus.registry.models import Certification, InForcePeriod, Solution
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


def endings(whose: Any) -> Select[int, int, date, str, str, str, str]:
    """Whose it is (a column), then those of ``Ending``, by who and then the soonest first; conditions are the
    caller's."""
    return (
        select(
            whose,
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
        .order_by(whose, EndAnnouncement.ends_on, EndAnnouncement.id)
    )


def untold_to_suppliers(today: date) -> Select[int, int, date, str, str, str, str]:
    """The announced ends that were not written to their supplier, by supplier."""
    return endings(Solution.supplier_id).where(EndAnnouncement.supplier_mail_id.is_(None), ends_soon(today))


def untold_to_companies(today: date) -> Select[int, int, date, str, str, str, str]:
    """The announced ends of which a company with a draft on them was not told, by company."""
    told = exists().where(
        EndNotice.announcement_id == EndAnnouncement.id, EndNotice.company_id == Claim.company_id
    )
    return (
        endings(Claim.company_id)
        .distinct()
        .join(PurchaseLine, PurchaseLine.solution_id == Certification.solution_id)
        .join(Invoice, Invoice.id == PurchaseLine.invoice_id)
        .join(Claim, Claim.id == Invoice.claim_id)
        .where(
            Claim.status == "draft",
            Invoice.is_credit_note.is_(False),
            ends_soon(today),
            ~told,
        )
    )


def whose(untold: Select[int, int, date, str, str, str, str], column: Any) -> Select[int]:
    """The ids of those who have something to be told, in order; ``column`` is where the ids are."""
    return untold.with_only_columns(column).distinct().order_by(None).order_by(column)
