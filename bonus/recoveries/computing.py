"""What is undue of a dossier (art. 14): each decision evaluated as it should have been, less what it granted.

The law computes; here its results are set side by side. A decision keeps its own sealed facts and the text of its day,
and is told only what was found since: by this undue sum, and by those that titres claimed before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from bonus.bulk import uncollected
from bonus.calendar import add_years
from bonus.claims.bought import bought_of
from bonus.claims.credit_notes import Bill, Line
from bonus.claims.cuts import REFUSED_ON_EXAMINATION, cut_sealed, reduced
from bonus.claims.facts import netted
from bonus.claims.models import Claim, DecidedLine, Decision, PurchaseLine
from bonus.claims.replay import law_of
from bonus.extensions import db
from bonus.money import format_euros, parse_amount
from bonus.regulation import evaluate_claim, label_of, load_parameters
from bonus.regulation.wording import french

from .findings import Told, takes_all_back, told
from .models import Recovery, RecoveryLine, RecoveryOrder
from .paid import Paid, paid_of, to_pay_of

MOST_EXPLAINED = 200
"""Lines whose working is kept with the sum; of the others the sentence alone."""

Finding = Mapping[str, Any]
Should = tuple[int, str, tuple[Mapping[str, Any], ...]]
"""Of a line: the cents it should have had, in words why, and the working of the law."""


@dataclass(frozen=True)
class LineDue:
    """A line of a decision: what this decision granted it, and what it should have, in cents; in words, why."""

    line_id: int
    invoice: str
    position: int
    name: str
    granted_cents: int
    due_cents: int
    why: str
    trace: tuple[Mapping[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "line_id": self.line_id,
            "invoice": self.invoice,
            "position": self.position,
            "name": self.name,
            "granted_cents": self.granted_cents,
            "due_cents": self.due_cents,
            "why": self.why,
            "trace": [{"article": step["article"], "sentence": step["sentence"]} for step in self.trace],
        }


@dataclass(frozen=True)
class DecisionDue:
    """What a decision granted, what of it was paid, and what it should have granted, in cents; its lines that differ.
    ``former_cents``: what titres claimed of it before; ``to_pay_cents``: what is still to be paid of it."""

    decision: Decision
    granted_cents: int
    paid: Paid
    due_cents: int
    former_cents: int
    lines: Sequence[LineDue]
    today: date
    to_pay_cents: int

    @property
    def paid_cents(self) -> int:
        """What was paid of it and did not come back, never below zero."""
        return max(0, self.paid.cents)

    @property
    def barred_on(self) -> date | None:
        """The first day on which what was paid can no longer be claimed: five whole years after the payment (art. 14).
        None when nothing was paid."""
        if self.paid.on is None:
            return None
        years = load_parameters().integer("recovery.barred_years", self.paid.on)
        return add_years(self.paid.on, years) + timedelta(days=1)

    @property
    def is_barred(self) -> bool:
        """Whether it is too late to claim any of it."""
        return self.barred_on is not None and self.today >= self.barred_on

    @property
    def undue_cents(self) -> int:
        """What was paid and should not have been, not claimed before; never below zero, and nothing once barred."""
        return 0 if self.is_barred else max(0, self.paid.cents - self.due_cents - self.former_cents)

    @property
    def unpaid_cents(self) -> int:
        """What is too much in what is still to be paid: nothing of what an undue sum before took off it."""
        return max(0, self.to_pay_cents - max(0, self.due_cents - self.paid.cents))

    def row(self) -> RecoveryLine:
        """The same as the undue sum keeps it."""
        return RecoveryLine(
            decision_id=self.decision.id,
            granted_cents=self.granted_cents,
            paid_cents=self.paid_cents,
            due_cents=self.due_cents,
            former_cents=self.former_cents,
            undue_cents=self.undue_cents,
            unpaid_cents=self.unpaid_cents,
            details=[line.to_dict() for line in self.lines],
        )


def undue_of(claim: Claim, findings: Sequence[Finding], today: date) -> list[DecisionDue]:
    """What each decision of a dossier that granted something should have granted, the law being told ``findings``
    besides those of undue sums confirmed before. Raises NotFound when the text of a day was not kept."""
    known = [*findings_confirmed(claim.id), *findings]
    whole, paid, former = takes_all_back(known), paid_of(claim.id), _former(claim.id)
    to_pay = to_pay_of(claim.id)
    credited = credited_since(claim.id, known) if whole is None else {}
    left: dict[int, int] = {}
    found = []
    for decision in claim.decisions:
        if not decision.bonus_cents:
            continue
        lines = list(_lines(decision, known, credited, whole, left))
        granted = decision.bonus_cents
        due = min(granted, max(0, granted - sum(line.granted_cents - line.due_cents for line in lines)))
        was_paid = paid.get(decision.id, Paid())
        claimed = max(0, min(former.get(decision.id, 0), was_paid.cents))
        # Without an order yet, all of it is to be paid.
        left_to_pay = to_pay.get(decision.id, granted)
        found.append(DecisionDue(decision, granted, was_paid, due, claimed, lines, today, left_to_pay))
    return found


def findings_confirmed(claim_id: int) -> list[Finding]:
    """What the undue sums of a dossier that were confirmed, and still hold, were found on: some had no titre, nothing
    of them being paid."""
    query = (
        select(Recovery.changes)
        .outerjoin(RecoveryOrder, RecoveryOrder.recovery_id == Recovery.id)
        .where(
            Recovery.claim_id == claim_id,
            Recovery.status == "confirmed",
            or_(RecoveryOrder.id.is_(None), RecoveryOrder.status != "cancelled"),
        )
        .order_by(Recovery.id)
    )
    return [one for changes in db.session.scalars(query) for one in changes]


def _former(claim_id: int) -> dict[int, int]:
    """What the same titres claimed of each decision, in cents, by the decision's id."""
    query = (
        select(RecoveryLine.decision_id, func.sum(RecoveryLine.undue_cents))
        .join(Recovery, RecoveryLine.recovery_id == Recovery.id)
        .join(RecoveryOrder, RecoveryOrder.recovery_id == Recovery.id)
        .where(Recovery.claim_id == claim_id, RecoveryOrder.status != "cancelled")
        .group_by(RecoveryLine.decision_id)
    )
    return {decision_id: int(cents) for decision_id, cents in db.session.execute(query)}


def credited_since(claim_id: int, findings: Sequence[Finding]) -> dict[int, tuple[int, int]]:
    """What credit notes received since leave of the lines they touch, net and VAT in cents, by the line's id: those
    of the dossier first, then these, as if it had held them all (art. 5.1)."""
    notes = [one for one in findings if one["kind"] == "credit"]
    if not notes:
        return {}
    invoices = bought_of(claim_id)
    by_id = {invoice.id: invoice for invoice in invoices}
    bills = []
    for rank, one in enumerate(notes, 1):
        invoice = by_id[int(one["invoice_id"])]
        line = next((line for line in invoice.lines if line.id == one.get("line_id")), None)
        item = (line.reference or line.name).casefold() if line else ""
        amounts = (-parse_amount(one["net"]), -parse_amount(one["vat"]))
        bills.append(
            Bill(
                id=-rank,
                supplier=invoice.supplier_identifier,
                number_key=f"avoir {rank}",
                is_credit_note=True,
                corrects=frozenset({invoice.number_key}),
                lines=(Line(-rank, item, *amounts),),
            )
        )
    before, after = netted(invoices).amounts, netted(invoices, bills).amounts
    return {line_id: amounts for line_id, amounts in after.items() if amounts != before.get(line_id)}


def _lines(
    decision: Decision,
    findings: Sequence[Finding],
    credited: Mapping[int, tuple[int, int]],
    whole: str | None,
    left: dict[int, int],
) -> Iterator[LineDue]:
    """The lines of a decision that should have had another amount. ``left``: of what a line should have had in all,
    what decisions before this one gave it already; a line decided anew on appeal has one part in each."""
    rows = db.session.scalars(
        select(DecidedLine)
        .where(DecidedLine.decision_id == decision.id)
        .order_by(DecidedLine.id)
        .options(joinedload(DecidedLine.line).joinedload(PurchaseLine.invoice))
    ).all()
    sealed = {
        row.line_id: line for row, line in zip(rows, decision.result["lines"], strict=True)
    }  # in the order of the result
    if whole is not None:
        should: dict[int, Should] = {}
    else:
        should = dict(_evaluated(decision, facts_since(decision, sealed, findings, credited)))
    for row in rows:
        if row.status != "eligible":
            continue
        due, why, trace = should.get(row.line_id, (0, whole or "", ()))
        given = min(due, left.get(row.line_id, 0)) if row.former_cents else 0
        granted = row.bonus_cents - row.former_cents
        left[row.line_id] = min(due, row.bonus_cents)
        if granted != due - given:
            yield LineDue(
                row.line_id,
                row.line.invoice.number,
                row.line.position,
                row.line.name,
                granted,
                due - given,
                why or _in_words(granted, due - given),
                trace,
            )


def facts_since(
    decision: Decision,
    sealed: Mapping[int, Mapping[str, Any]],
    findings: Sequence[Finding],
    credited: Mapping[int, tuple[int, int]],
) -> Told:
    """The sealed facts of a decision with what was found since. ``sealed``: its lines as decided, by their ids."""
    asked = [line_id for line_id, line in sealed.items() if line["reason"] != REFUSED_ON_EXAMINATION]
    amounts = {
        line_id: _with_cut(sealed[line_id], credited[line_id]) for line_id in asked if line_id in credited
    }
    apart = {
        line_id: parse_amount(sealed[line_id]["base"]) if sealed[line_id]["status"] == "pending" else 0
        for line_id in asked
        if sealed[line_id]["status"] != "eligible"
    }
    return told(decision.facts, asked, findings, amounts, apart)


def _with_cut(sealed: Mapping[str, Any], amounts: tuple[int, int]) -> tuple[int, int]:
    """What an examiner kept of a line stays the most that counts of it."""
    cut = cut_sealed(sealed)
    return amounts if cut is None else reduced(cut, *amounts)


def _evaluated(decision: Decision, facts: Told) -> Iterator[tuple[int, Should]]:
    """What each line that was eligible should have had, by its id."""
    for line_id, words in facts.refused.items():
        yield line_id, (0, words, ())
    if not facts.line_ids:
        return
    with uncollected():
        law = evaluate_claim(facts.facts, law_of(decision))
    explained = len(facts.line_ids) <= MOST_EXPLAINED
    for rank, (line_id, due) in enumerate(zip(facts.line_ids, law.bonuses, strict=True)):
        reason = law.reasons[rank]
        said = list(facts.why.get(line_id, ()))
        if reason is not None:
            said.append(label_of(reason))
        trace = tuple(law.line(rank, trace=True)["trace"]) if explained else ()
        yield line_id, (due, french(" ".join(said)), trace)


def _in_words(granted: int, due: int) -> str:
    return french(f"Le calcul donne {format_euros(due)} au lieu de {format_euros(granted)}.")
