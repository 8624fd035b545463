"""What the law needs to know of a company: its figures, and what it and its single undertaking were granted before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select

from bonus.bulk import chunks
from bonus.companies.aids import OtherAid, aids_counted
from bonus.companies.links import linked_to
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.money import amount_string
from bonus.registry.models import Solution

from .models import Claim, DecidedLine, Decision, Invoice, PurchaseLine
from .recovered import GrantKey, recovered_grants

Reopened = Mapping[int, int | None]
"""Lines to judge anew on appeal, as if nothing had been granted to them: id → id of the solution they are now held to
name, None to leave what they bear."""


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
        "other_aids": [_aid(aid) for aid in aids_counted([company.siren])],
    }


def prior_facts(company: Company, undertaking: list[str], reopened: Reopened | None = None) -> dict[str, Any]:
    """What the members of a single undertaking were granted by earlier decisions, and the other aids of art. 7 that
    the other members received."""
    others = [{"beneficiary": aid.recipient, **_aid(aid)} for aid in aids_counted(undertaking)]
    return {"grants": _prior_grants(company, undertaking, reopened or {}), "other_aids": others}


def _aid(aid: OtherAid) -> dict[str, Any]:
    return {
        "granted_on": aid.granted_on.isoformat(),
        "amount": amount_string(aid.amount_cents),
        "authority": aid.authority,
        "instrument": aid.instrument,
        **({"register": aid.reference} if aid.reference is not None else {}),
    }


def _prior_grants(company: Company, members: list[str], reopened: Reopened) -> list[dict[str, Any]]:
    """What earlier decisions granted, of the dossier asked about too, never judged again: to the company, it
    consumes the ceilings of art. 6; to any enterprise of its single undertaking, the room left under art. 7.

    The lines of one solution, invoiced on one day and granted on one day, count together: ceilings add them up. What
    a decision on appeal adds counts from its own day; what lines judged anew were granted does not count, nor, from the
    day it came back, what was repaid or offset (art. 14)."""
    cents = func.sum(DecidedLine.bonus_cents - DecidedLine.former_cents)
    what = (Company.siren, Solution.slug, Invoice.issued_on, Decision.decided_on)
    rows = db.session.execute(
        select(*what, cents)
        .select_from(DecidedLine)
        .join(Decision, DecidedLine.decision_id == Decision.id)
        .join(Claim, Decision.claim_id == Claim.id)
        .join(Company, Claim.company_id == Company.id)
        .join(PurchaseLine, DecidedLine.line_id == PurchaseLine.id)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .outerjoin(Solution, PurchaseLine.solution_id == Solution.id)
        .where(
            or_(Company.id == company.id, and_(Company.siren.in_(members), Company.kind == "enterprise")),
            DecidedLine.bonus_cents > DecidedLine.former_cents,
        )
        .group_by(*what)
        .order_by(func.min(DecidedLine.id))
    )
    anew = _granted_anew(reopened)
    gone = recovered_grants(company, members, reopened.keys())
    return [
        {
            "beneficiary": siren,
            "solution": slug or "",
            "issued_on": issued_on.isoformat(),
            "granted_on": granted_on.isoformat(),
            "amount": amount_string(left),
        }
        for siren, slug, issued_on, granted_on, amount in rows
        if (left := int(amount) - _less(anew, gone, (siren, slug, issued_on, granted_on))) > 0
    ]


def _less(anew: Mapping[GrantKey, int], gone: Mapping[GrantKey, int], key: GrantKey) -> int:
    """What does not count of a group of grants: judged anew, or come back (art. 14)."""
    return anew.get(key, 0) + gone.get(key, 0)


def _granted_anew(reopened: Reopened) -> dict[tuple[str, str | None, date, date], int]:
    """What lines judged anew were granted, grouped as prior grants are."""
    found: dict[tuple[str, str | None, date, date], int] = defaultdict(int)
    for some in chunks(list(reopened)):
        rows = db.session.execute(
            select(
                Company.siren,
                Solution.slug,
                Invoice.issued_on,
                Decision.decided_on,
                DecidedLine.bonus_cents - DecidedLine.former_cents,
            )
            .select_from(DecidedLine)
            .join(Decision, DecidedLine.decision_id == Decision.id)
            .join(Claim, Decision.claim_id == Claim.id)
            .join(Company, Claim.company_id == Company.id)
            .join(PurchaseLine, DecidedLine.line_id == PurchaseLine.id)
            .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
            .outerjoin(Solution, PurchaseLine.solution_id == Solution.id)
            .where(DecidedLine.line_id.in_(some))
        )
        for siren, slug, issued_on, granted_on, cents in rows:
            found[siren, slug, issued_on, granted_on] += cents
    return found
