"""Reading the announced ends: what a company's pages say of its drafts, and the keeper's list of who was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select

from bonus.adapters.mail import is_address
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.registry.labels import label_name
from bonus.registry.models import Certification, Solution, Supplier

from .announcement_models import EndAnnouncement, EndNotice
from .ends import announcement_of, ends_soon, stands
from .models import Claim, Invoice, PurchaseLine

PAGE_SIZE = 50
MOST_SHOWN = 200


@dataclass(frozen=True)
class DraftEnd:
    """The announced end of a label that a draft relies on."""

    solution: str
    label: str
    ends_on: date


def ends_of_drafts(company_id: int, claim_id: int | None = None) -> dict[int, list[DraftEnd]]:
    """What was announced of the solutions in a company's drafts (or in one), by the draft's id, the soonest first.

    Until the draft is filed, or the certification renewed, withdrawn or corrected: then it is no longer there.
    """
    query = (
        select(Claim.id, Solution.name, Certification.label, EndAnnouncement.ends_on, EndAnnouncement.id)
        .distinct()
        .select_from(Claim)
        .join(Invoice, Invoice.claim_id == Claim.id)
        .join(PurchaseLine, PurchaseLine.invoice_id == Invoice.id)
        .join(Solution, Solution.id == PurchaseLine.solution_id)
        .join(Certification, Certification.solution_id == Solution.id)
        .join(EndAnnouncement, announcement_of())
        .where(
            Claim.company_id == company_id,
            Claim.status == "draft",
            Invoice.is_credit_note.is_(False),
            stands(),
        )
        .order_by(EndAnnouncement.ends_on, EndAnnouncement.id, Claim.id)
        .limit(MOST_SHOWN)
    )
    found: dict[int, list[DraftEnd]] = {}
    for draft, solution, label, ends_on, _ in db.session.execute(
        query if claim_id is None else query.where(Claim.id == claim_id)
    ):
        found.setdefault(draft, []).append(DraftEnd(solution, label_name(label), ends_on))
    return found


@dataclass(frozen=True)
class UpcomingEnd:
    """A certification that ends within 90 days, and who was told; ``companies`` counts them: drafts are no agent's.

    ``supplier_state``: sent, sending, refused (``refusal`` says why), unreachable, or to_come (at the next run).
    """

    ends_on: date
    days: int
    slug: str
    solution: str
    label: str
    reference: str
    supplier: str
    identifier: str
    supplier_state: str
    sent_at: datetime | None
    refusal: str | None
    companies: int


def upcoming_ends(today: date, page: int, *, unreached: bool = False) -> tuple[list[UpcomingEnd], int]:
    """One page of the certifications that end within 90 days, the soonest first, and how many there are.

    ``unreached``: those alone whose supplier has no address, or one that its mail server refused.
    """
    base = (
        select(Certification.id)
        .select_from(Certification)
        .join(Solution, Solution.id == Certification.solution_id)
        .join(Supplier, Supplier.id == Solution.supplier_id)
        .outerjoin(EndAnnouncement, announcement_of())
        .outerjoin(MailMessage, MailMessage.id == EndAnnouncement.supplier_mail_id)
        .where(ends_soon(today))
    )
    if unreached:
        base = base.where(
            or_(
                MailMessage.refusal.is_not(None),
                and_(EndAnnouncement.supplier_mail_id.is_(None), Supplier.email.is_(None)),
            )
        )
    total = db.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    companies = (
        select(func.count())
        .where(EndNotice.announcement_id == EndAnnouncement.id)
        .correlate(EndAnnouncement)
        .scalar_subquery()
    )
    rows = db.session.execute(
        base.with_only_columns(
            Certification.valid_until,
            Solution.slug,
            Solution.name,
            Certification.label,
            Certification.reference,
            Supplier.name,
            Supplier.identifier,
            Supplier.email,
            MailMessage.id,
            MailMessage.sent_at,
            MailMessage.refusal,
            companies,
        )
        .order_by(Certification.valid_until, Certification.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return [
        UpcomingEnd(
            ends_on=row[0],
            days=(row[0] - today).days,
            slug=row[1],
            solution=row[2],
            label=label_name(row[3]),
            reference=row[4],
            supplier=row[5],
            identifier=row[6],
            supplier_state=_state(row[7], row[8], row[9], row[10]),
            sent_at=row[9],
            refusal=row[10],
            companies=row[11] or 0,
        )
        for row in rows
    ], total


def _state(email: str | None, mail_id: int | None, sent_at: datetime | None, refusal: str | None) -> str:
    if mail_id is not None:
        return "sent" if sent_at else "refused" if refusal else "sending"
    return "to_come" if email and is_address(email) else "unreachable"


def supplier_to_reach(identifier: str) -> Supplier:
    """The supplier with this SIREN or VAT number. Raises NotFound."""
    found = db.session.scalars(select(Supplier).where(Supplier.identifier == identifier)).one_or_none()
    if found is None:
        raise NotFound("registry.unknown_supplier", "Ce fournisseur n’existe pas.")
    return found
