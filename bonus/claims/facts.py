"""The facts of a dossier, in the form ``regulation.evaluate`` reads: what a decision is sealed with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from bonus.companies.links import linked_to
from bonus.extensions import db
from bonus.money import amount_string
from bonus.registry.models import Solution
from bonus.registry.service import facts_of as registry_facts

from .annulments import annulled_decisions
from .bought import BoughtInvoice, BoughtLine, bought_of, solutions_by_id
from .credit_notes import Bill, Line, Netted, apply_credit_notes
from .cuts import Cut, fact, reduced
from .holders import earlier_holders
from .models import Claim, DecidedLine, Decision
from .numbers import number_key
from .party_facts import Reopened, beneficiary_facts, prior_facts


@dataclass(frozen=True)
class ClaimFacts:
    """``facts`` for the regulation; ``invoices``, all those of the dossier; ``lines`` in the order of its result and
    the ``solutions`` they bear; the credit notes deducted (credit note id → invoice id); and the dossiers filed
    before, still open, that hold one of its invoices.

    ``examined``: what the examiner took from a line, as sealed, by the line's id; ``refused``: of these, the lines
    the law is not asked about; ``net_cents``: what each line to be decided comes to, credit notes deducted, before
    it."""

    facts: dict[str, Any]
    invoices: list[BoughtInvoice]
    lines: list[BoughtLine]
    solutions: list[Solution]
    applied_credit_notes: dict[int, int]
    undecided_holders: list[Claim]
    examined: dict[int, dict[str, Any]] = field(default_factory=dict)
    refused: dict[int, BoughtLine] = field(default_factory=dict)
    net_cents: dict[int, int] = field(default_factory=dict)


def canonical_sha256(facts: dict[str, Any]) -> str:
    """The hash that seals facts: SHA-256 over their JSON with sorted keys and no spaces."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def build_facts(
    claim: Claim,
    *,
    filed_at: datetime,
    grant_date: date,
    known_at: datetime,
    cuts: Mapping[int, Cut] | None = None,
    reopened: Reopened | None = None,
) -> ClaimFacts:
    """Gather what the law needs to know of one dossier, as known at a moment; ``cuts``: what an examiner takes away,
    by the line's id; with ``reopened``, of these lines alone."""
    invoices = bought_of(claim.id)
    left = netted(invoices)
    settled, decided_base = _settled(claim, reopened or {})
    # A discount deducted from other lines is no purchase any more; what a decision settled is not judged again.
    wanted = left.amounts.keys() - settled
    if reopened is not None:
        wanted &= reopened.keys()
        _hold_to(invoices, reopened)
    judged = [
        (invoice, lines)
        for invoice in invoices
        if invoice.id not in left.applied and (lines := [line for line in invoice.lines if line.id in wanted])
    ]
    net_cents = {line.id: left.amounts[line.id][0] for _, some in judged for line in some}
    examined, refused = _examined(judged, net_cents, cuts or {})
    # An invoice of which every line is refused stays where it stands: the same one, further down, is still the second.
    purchases = [
        (invoice, [line for line in some if line.id not in refused] if refused else some)
        for invoice, some in judged
    ]
    lines = [line for _, some in purchases for line in some]
    kept = {
        line.id: reduced((cuts or {})[line.id], *left.amounts[line.id])
        for line in (lines if examined else ())
        if line.id in examined
    }
    amounts = left.amounts | kept
    held, undecided = earlier_holders(claim, [invoice for invoice, some in purchases if some], filed_at)
    solutions = solutions_by_id(lines)
    slugs = {number: solution.slug for number, solution in solutions.items()}
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
                        "lines": [_line(line, slugs, *amounts[line.id]) for line in some],
                    }
                    for invoice, some in purchases
                ],
            }
        ],
        "prior": {**prior_facts(company, undertaking, reopened), "held_invoices": held},
    }
    if decided_base:
        facts["claims"][0]["decided_base"] = amount_string(decided_base)
    if examined:
        facts["examination"] = list(examined.values())
    return ClaimFacts(
        facts,
        invoices,
        lines,
        list(solutions.values()),
        left.applied,
        undecided,
        examined,
        refused,
        net_cents,
    )


def _examined(
    judged: Sequence[tuple[BoughtInvoice, list[BoughtLine]]],
    net_cents: Mapping[int, int],
    cuts: Mapping[int, Cut],
) -> tuple[dict[int, dict[str, Any]], dict[int, BoughtLine]]:
    """The cuts of lines that are judged, as sealed, in the order of the invoices; and the lines refused."""
    if not cuts:
        return {}, {}
    lines = [line for _, some in judged for line in some if line.id in cuts]
    examined = {line.id: fact(cuts[line.id], line, net_cents[line.id]) for line in lines}
    return examined, {line.id: line for line in lines if cuts[line.id].refuses}


def _hold_to(invoices: Sequence[BoughtInvoice], reopened: Reopened) -> None:
    for invoice in invoices:
        for line in invoice.lines:
            line.solution_id = reopened.get(line.id) or line.solution_id


def _settled(claim: Claim, reopened: Reopened) -> tuple[set[int], int]:
    """The lines a decision of the dossier granted or refused for good, unless they are judged anew, or it was annulled
    on appeal, and the cents of base granted to them."""
    query = (
        select(DecidedLine.line_id, DecidedLine.status, DecidedLine.base_cents)
        .join(Decision, DecidedLine.decision_id == Decision.id)
        .where(
            Decision.claim_id == claim.id,
            DecidedLine.status != "pending",
            Decision.id.not_in(annulled_decisions(claim.id)),
        )
        .order_by(DecidedLine.id)
    )
    last = {row.line_id: row for row in db.session.execute(query) if row.line_id not in reopened}
    return set(last), sum(row.base_cents for row in last.values() if row.status == "eligible")


def netted(invoices: Sequence[BoughtInvoice], later: Sequence[Bill] = ()) -> Netted:
    """What discounts and credit notes leave of each line; the invoices that none of them touches are left alone.
    ``later``: credit notes that were received after the dossier was decided (art. 14), as if it had held them."""
    named = {
        (note.supplier_identifier, number_key(number))
        for note in invoices
        if note.is_credit_note
        for number in note.corrects
    } | {(note.supplier, key) for note in later for key in note.corrects}
    touched, amounts = [], {}
    for invoice in invoices:
        if (
            invoice.is_credit_note
            or (invoice.supplier_identifier, invoice.number_key) in named
            or any(line.net_cents < 0 for line in invoice.lines)
        ):
            touched.append(_bill(invoice))
        else:
            for line in invoice.lines:
                amounts[line.id] = (line.net_cents, line.vat_cents)
    told = apply_credit_notes([*touched, *later])
    return Netted(amounts | told.amounts, told.applied)


def _bill(invoice: BoughtInvoice) -> Bill:
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


def _line(line: BoughtLine, slugs: dict[int, str], net_cents: int, vat_cents: int) -> dict[str, Any]:
    return {
        "number": line.position,
        "solution": slugs[line.solution_id] if line.solution_id is not None else "",
        "net": amount_string(net_cents),
        "vat": amount_string(vat_cents),
        "other_public_aid": amount_string(line.other_public_aid_cents),
        "service_start": line.service_start.isoformat() if line.service_start else None,
        "service_end": line.service_end.isoformat() if line.service_end else None,
        "replaces_foreign": line.replaces_foreign,
    }
