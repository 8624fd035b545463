"""Gathering what the conditions of the fast lane look at (art. 12): the same at filing and at decision."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from bonus.adapters.mail import is_address
from bonus.bulk import chunks
from bonus.extensions import db
from bonus.registry.models import Supplier

from .assessing import Assessment
from .change_models import StatusChange
from .documents import missing_documents
from .lane_models import LaneEntry, SupplierNotice
from .lane_rules import LaneFacts
from .models import Claim, Decision, Invoice
from .risks import flags_of

Suppliers = dict[str, str]
"""Identifier → name, of who wrote the invoices of a dossier."""


def suppliers_of(assessment: Assessment) -> Suppliers:
    """Who wrote the invoices and credit notes of a dossier, in their order."""
    return {invoice.supplier_identifier: invoice.supplier_name for invoice in assessment.invoices}


def reachable(identifiers: Collection[str]) -> dict[str, Supplier]:
    """The suppliers that the registry knows an address of, by identifier."""
    return {
        supplier.identifier: supplier
        for some in chunks(list(identifiers))
        for supplier in db.session.scalars(select(Supplier).where(Supplier.identifier.in_(some)))
        if supplier.email and is_address(supplier.email)
    }


def gather(claim: Claim, assessment: Assessment, today: date, *, announced: bool) -> LaneFacts:
    """What the conditions look at when a dossier is filed, its risk flags found already."""
    suppliers = suppliers_of(assessment)
    known = reachable(suppliers)
    return _facts(
        claim,
        assessment,
        today,
        announced=announced,
        unreachable=[name for identifier, name in suppliers.items() if identifier not in known],
    )


def gather_again(entry: LaneEntry, claim: Claim, assessment: Assessment, today: date) -> LaneFacts:
    """The same when it is to be decided: suppliers count as they were told, or contested."""
    notices: Sequence[SupplierNotice] = entry.notices
    told = {notice.supplier_identifier: notice for notice in notices}
    return _facts(
        claim,
        assessment,
        today,
        announced=entry.drawn is False,
        unreachable=[
            name
            for identifier, name in suppliers_of(assessment).items()
            if identifier not in told or told[identifier].mail.refusal is not None
        ],
        contested_by=[notice.supplier_name for notice in notices if notice.contested_at is not None],
    )


def _facts(
    claim: Claim,
    assessment: Assessment,
    today: date,
    *,
    announced: bool,
    unreachable: Sequence[str],
    contested_by: Sequence[str] = (),
) -> LaneFacts:
    statuses = assessment.evaluated.statuses if assessment.evaluated else []
    suppliers = suppliers_of(assessment)
    seen = _suppliers_seen(claim, suppliers)
    return LaneFacts(
        lines=len(statuses),
        eligible=sum(status == "eligible" for status in statuses),
        missing=[demand.name for demand in missing_documents(claim)],
        unstructured=_unstructured(claim.id),
        bonus_cents=assessment.bonus_cents,
        flags=[flag.sentence for flag in flags_of(claim.id)],
        earlier=_earlier_count(claim),
        new_suppliers=[name for identifier, name in suppliers.items() if identifier not in seen],
        granted_by_rule_cents=granted_by_rule(claim.company_id, today.year),
        year=today.year,
        announced=announced,
        unreachable=unreachable,
        contested_by=contested_by,
        given_up=_given_up(claim),
    )


def granted_by_rule(company_id: int, year: int) -> int:
    """What a company was granted by rule in a calendar year, in cents (art. 12)."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Decision.bonus_cents), 0))
            .join(Claim, Claim.id == Decision.claim_id)
            .where(
                Claim.company_id == company_id,
                Decision.kind == "rule",
                Decision.decided_on.between(date(year, 1, 1), date(year, 12, 31)),
            )
        )
        or 0
    )


def _earlier(claim: Claim) -> ColumnElement[bool]:
    """What counts as a dossier of before: filed before this one, and not given up. A draft shows nothing, and who
    gives a dossier up cannot use it to enter the lane; a refused one was examined, and counts."""
    return and_(
        Claim.company_id == claim.company_id,
        Claim.id != claim.id,
        Claim.status != "abandoned",
        or_(Claim.filed_at < claim.filed_at, and_(Claim.filed_at == claim.filed_at, Claim.id < claim.id)),
    )


def _earlier_count(claim: Claim) -> int:
    return db.session.scalar(select(func.count(Claim.id)).where(_earlier(claim))) or 0


def _suppliers_seen(claim: Claim, suppliers: Suppliers) -> set[str]:
    """Those of whom an earlier dossier holds an invoice."""
    return {
        identifier
        for some in chunks(list(suppliers))
        for identifier in db.session.scalars(
            select(Invoice.supplier_identifier)
            .distinct()
            .join(Claim, Claim.id == Invoice.claim_id)
            .where(Invoice.supplier_identifier.in_(some), _earlier(claim))
        )
    }


def _given_up(claim: Claim) -> list[str]:
    """The numbers of its invoices that the company gave up in a dossier an agent was to examine; a few say it. Else who
    is drawn would give up, file the same again, and be drawn one time in twenty only."""
    former = aliased(Invoice)
    reviewed = exists().where(StatusChange.claim_id == Claim.id, StatusChange.action == "review")
    return list(
        db.session.scalars(
            select(Invoice.number)
            .distinct()
            .join(
                former,
                and_(
                    former.number_key == Invoice.number_key,
                    former.supplier_identifier == Invoice.supplier_identifier,
                ),
            )
            .join(Claim, Claim.id == former.claim_id)
            .outerjoin(LaneEntry, LaneEntry.claim_id == Claim.id)
            .where(
                Invoice.claim_id == claim.id,
                Claim.id != claim.id,
                Claim.company_id == claim.company_id,
                Claim.status == "abandoned",
                or_(LaneEntry.state.in_(("drawn", "contested", "taken_out")), reviewed),
            )
            .order_by(Invoice.number)
            .limit(100)
        )
    )


def _unstructured(claim_id: int) -> list[str]:
    """The numbers of the invoices that a person typed, or whose lines a person typed; a few say it."""
    return list(
        db.session.scalars(
            select(Invoice.number)
            .where(
                Invoice.claim_id == claim_id,
                or_(Invoice.source != "structured", Invoice.lines_entered.is_(True)),
            )
            .order_by(Invoice.id)
            .limit(100)
        )
    )
