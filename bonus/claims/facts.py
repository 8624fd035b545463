"""The facts of a dossier, in the form ``regulation.evaluate`` reads: what a decision is sealed with."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select

from bonus.bulk import chunks
from bonus.companies.aids import aids_received_by
from bonus.companies.links import linked_to
from bonus.companies.models import Company, DeMinimisAid
from bonus.extensions import db
from bonus.money import amount_string
from bonus.registry.service import facts_of as registry_facts

from .credit_notes import Bill, Line, apply_credit_notes
from .models import Claim, DecidedLine, Decision, Invoice, PurchaseLine
from .numbers import number_key
from .status import OPEN


@dataclass(frozen=True)
class ClaimFacts:
    """``facts`` for the regulation; ``lines`` in the order of its result; the credit notes deducted
    (credit note id → invoice id); and the dossiers filed before, still open, that hold one of its invoices."""

    facts: dict[str, Any]
    lines: list[PurchaseLine]
    applied_credit_notes: dict[int, int]
    undecided_holders: list[Claim]


def canonical_sha256(facts: dict[str, Any]) -> str:
    """The hash that seals facts: SHA-256 over their JSON with sorted keys and no spaces."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def build_facts(claim: Claim, *, filed_at: datetime, grant_date: date, known_at: datetime) -> ClaimFacts:
    """Gather what the law needs to know of one dossier, as known at a moment."""
    netted = apply_credit_notes([_bill(invoice) for invoice in claim.invoices])
    purchases = [invoice for invoice in claim.invoices if invoice.id not in netted.applied]
    settled, decided_base = _settled(claim)
    # A discount deducted from other lines is no purchase any more; what a decision settled is not judged again.
    wanted = {line for line in netted.amounts if line not in settled}
    purchases = [invoice for invoice in purchases if any(line.id in wanted for line in invoice.lines)]
    lines = [line for invoice in purchases for line in invoice.lines if line.id in wanted]
    held, undecided = _earlier_holders(claim, purchases, filed_at)
    solutions = {line.solution.id: line.solution for line in lines if line.solution is not None}
    company = claim.company
    undertaking = linked_to(company, "single_undertaking")
    facts: dict[str, Any] = {
        "registry": registry_facts(solutions.values(), known_at),
        "beneficiaries": [beneficiary_facts(company, undertaking)],
        "claims": [
            {
                "id": claim.number or claim.reference,
                "beneficiary": company.siren,
                "channel": claim.channel,
                "filed_at": filed_at.isoformat(),
                "grant_date": grant_date.isoformat(),
                "invoices": [
                    {
                        "supplier_id": invoice.supplier_identifier,
                        "number": invoice.number,
                        "issued_on": invoice.issued_on.isoformat(),
                        "lines": [
                            _line(line, *netted.amounts[line.id])
                            for line in invoice.lines
                            if line.id in wanted
                        ],
                    }
                    for invoice in purchases
                ],
            }
        ],
        "prior": {**prior_facts(company, undertaking), "held_invoices": held},
    }
    if decided_base:
        facts["claims"][0]["decided_base"] = amount_string(decided_base)
    return ClaimFacts(facts, lines, netted.applied, undecided)


def _settled(claim: Claim) -> tuple[set[int], int]:
    """The lines a decision of the dossier granted or refused for good, and the cents of base granted."""
    rows = [row for decision in claim.decisions for row in decision.lines if row.status != "pending"]
    return {row.line_id for row in rows}, sum(row.base_cents for row in rows if row.status == "eligible")


def _bill(invoice: Invoice) -> Bill:
    return Bill(
        id=invoice.id,
        supplier=invoice.supplier_identifier,
        number_key=invoice.number_key,
        is_credit_note=invoice.is_credit_note,
        corrects=frozenset(number_key(number) for number in invoice.corrects),
        lines=tuple(
            Line(line.id, (line.reference or line.name).casefold(), line.net_cents, line.vat_cents)
            for line in invoice.lines
        ),
    )


def beneficiary_facts(company: Company, undertaking: list[str]) -> dict[str, Any]:
    """What the law needs to know of a company. ``undertaking``: the other members of its single undertaking."""
    return {
        "siren": company.siren,
        "kind": company.kind,
        "headcount": company.headcount,
        "turnover": amount_string(company.turnover_cents),
        "balance_sheet": amount_string(company.balance_sheet_cents),
        "naf": company.naf,
        "ceased_on": company.ceased_on.isoformat() if company.ceased_on else None,
        "in_liquidation": company.in_liquidation,
        "vat_recoverable": company.vat_recoverable,
        "group": linked_to(company, "group"),
        "single_undertaking": undertaking,
        "fiscal_years": [
            {
                "start": year.starts_on.isoformat(),
                "end": year.ends_on.isoformat(),
                "turnover": amount_string(year.turnover_cents),
                "regime": year.regime,
            }
            for year in company.fiscal_years
        ],
        "other_aids": [_aid(aid) for aid in aids_received_by([company.siren])],
    }


def prior_facts(company: Company, undertaking: list[str]) -> dict[str, Any]:
    """What the members of a single undertaking were granted by earlier decisions, and the other aids of art. 7 that
    the other members received."""
    others = [{"beneficiary": aid.recipient, **_aid(aid)} for aid in aids_received_by(undertaking)]
    return {"grants": _prior_grants(company, undertaking), "other_aids": others}


def _aid(aid: DeMinimisAid) -> dict[str, Any]:
    return {
        "granted_on": aid.granted_on.isoformat(),
        "amount": amount_string(aid.amount_cents),
        "authority": aid.authority,
        "instrument": aid.instrument,
    }


def _line(line: PurchaseLine, net_cents: int, vat_cents: int) -> dict[str, Any]:
    return {
        "number": line.position,
        "solution": line.solution.slug if line.solution else "",
        "net": amount_string(net_cents),
        "vat": amount_string(vat_cents),
        "other_public_aid": amount_string(line.other_public_aid_cents),
        "service_start": line.service_start.isoformat() if line.service_start else None,
        "service_end": line.service_end.isoformat() if line.service_end else None,
        "replaces_foreign": line.replaces_foreign,
    }


def _prior_grants(company: Company, members: list[str]) -> list[dict[str, Any]]:
    """What earlier decisions granted, of the dossier asked about too, never judged again: to the company, it
    consumes the ceilings of art. 6; to any enterprise of its single undertaking, the room left under art. 7."""
    rows = db.session.execute(
        select(DecidedLine, Decision.decided_on, Company.siren)
        .join(Decision, DecidedLine.decision_id == Decision.id)
        .join(Claim, Decision.claim_id == Claim.id)
        .join(Company, Claim.company_id == Company.id)
        .where(
            or_(Company.id == company.id, and_(Company.siren.in_(members), Company.kind == "enterprise")),
            DecidedLine.bonus_cents > 0,
        )
        .order_by(DecidedLine.id)
    )
    return [
        {
            "beneficiary": siren,
            "solution": decided.line.solution.slug if decided.line.solution else "",
            "issued_on": decided.line.invoice.issued_on.isoformat(),
            "granted_on": granted_on.isoformat(),
            "amount": amount_string(decided.bonus_cents),
        }
        for decided, granted_on, siren in rows
    ]


def _earlier_holders(
    claim: Claim, invoices: list[Invoice], filed_at: datetime
) -> tuple[list[dict[str, Any]], list[Claim]]:
    """Invoices of this dossier that one filed before holds (art. 5.3): decided and not refused, or still open."""
    held: dict[tuple[str, str, int], dict[str, Any]] = {}
    undecided: dict[int, Claim] = {}
    by_key = {_key(invoice): invoice for invoice in invoices}
    for numbers in chunks(list({number for _, number, _ in by_key})):
        others = db.session.scalars(
            select(Invoice)
            .join(Claim, Invoice.claim_id == Claim.id)
            .where(
                Invoice.number_key.in_(numbers),
                Claim.id != claim.id,
                Claim.filed_at.is_not(None),
                Claim.status != "abandoned",
            )
            .order_by(Invoice.id)
        )
        for other in others:
            key = _key(other)
            invoice = by_key.get(key)
            if invoice is None:
                continue
            earlier = other.claim
            if earlier.filed_at is None or (earlier.filed_at, earlier.id) > (filed_at, claim.id):
                continue
            if not _holds(other):
                if earlier.status not in OPEN and earlier.status != "waiting_list":
                    continue
                undecided[earlier.id] = earlier
            held[key] = {"supplier_id": key[0], "number": invoice.number, "year": key[2]}
    return list(held.values()), list(undecided.values())


def _key(invoice: Invoice) -> tuple[str, str, int]:
    """An invoice as art. 5.3 knows it."""
    return invoice.supplier_identifier, invoice.number_key, invoice.issued_on.year


def _holds(invoice: Invoice) -> bool:
    """Whether a decided dossier kept this invoice: at least one of its lines there is not refused, as last decided."""
    rows = db.session.execute(
        select(DecidedLine.line_id, DecidedLine.status)
        .where(DecidedLine.line_id.in_([line.id for line in invoice.lines]))
        .order_by(DecidedLine.id)
    )
    last = {row.line_id: row.status for row in rows}
    return any(status != "refused" for status in last.values())
