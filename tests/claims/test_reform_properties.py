"""Random dossiers reformed on appeal: what was granted and the complement are, together, what the law gives the
corrected facts in one go; never less than before on any line, never above a ceiling (arts. 6, 7 and 11)."""

from __future__ import annotations

from collections import Counter, defaultdict
from copy import deepcopy
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.budget.models import Commitment
from bonus.claims.appeal_concurrence import awaits_concurrence, concur_with_appeal
from bonus.claims.appeal_examining import answer_appeal, propose_answer, take_appeal
from bonus.claims.appeal_reform import reform_of, reviewable
from bonus.claims.models import Claim, DecidedLine
from bonus.claims.replay import law_of
from bonus.companies.models import Company
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.money import parse_amount
from bonus.payments.models import PaymentOrder
from bonus.registry.models import Solution
from bonus.registry.service import facts_of
from bonus.regulation import evaluate
from tests.claims.reading import claim_of
from tests.support.appeals import REASONS, WRONG, appealed, get, third_reviewer
from tests.support.bills import Item, bill
from tests.support.world import (
    NOW,
    SUITE,
    Dossier,
    World,
    another_company,
    decided,
    draft,
    party_of,
    run_jobs,
    set_envelope,
)

SOLUTION_CEILING, ANNUAL_CEILING, DE_MINIMIS = 60_000_00, 150_000_00, 300_000_00
"""Art. 6 for an SME, and art. 7."""
KINDS = {
    "cloud": ("Hébergement cloud qualifié", "CLOUD-24"),
    "audit": ("Audit de cybersécurité", "AUDIT-JOUR"),
    "suite": ("Suite bureautique collaborative", "SUITE-1AN"),
    "wrong": (WRONG.name, WRONG.reference),
}
bought = st.lists(
    st.tuples(st.sampled_from(list(KINDS)), st.integers(1_00, 250_000_00)), min_size=1, max_size=5
).filter(lambda lines: any(kind == "wrong" for kind, _ in lines))
_sirens = count(905_000_00)


def valid_siren() -> str:
    """One that nobody has, with its key of Luhn."""
    body = str(next(_sirens))
    digits = [int(digit) * (2 if rank % 2 else 1) for rank, digit in enumerate(body)]
    return body + str(-sum(digit - 9 if digit > 9 else digit for digit in digits) % 10)


def decided_first(world: World, lines: list[tuple[str, int]]) -> Dossier:
    company_id = another_company(world, valid_siren())
    buyer = party_of(db.session.get_one(Company, company_id))
    items = [Item(cents, *KINDS[kind]) for kind, cents in lines]
    return decided(world, draft(world, [bill(*items, buyer=buyer)], company_id=company_id))


def in_one_go(claim: Claim) -> dict[str, Any]:
    """What the law gives the facts of the first decision, the solutions nobody recognised put right."""
    facts = deepcopy(claim.decisions[0].facts)
    suite = db.session.scalars(select(Solution).where(Solution.slug == SUITE)).one()
    known = {solution["id"]: solution for solution in facts["registry"]["solutions"]}
    known |= {one["id"]: one for one in facts_of([suite], NOW)["solutions"]}
    facts["registry"]["solutions"] = list(known.values())
    for invoice in facts["claims"][0]["invoices"]:
        for line in invoice["lines"]:
            line["solution"] = line["solution"] or SUITE
    found: dict[str, Any] = evaluate(facts, law_of(claim.decisions[0]))["claims"][0]
    return found


def propose_all(world: World, reference: str, *, cut_too: bool) -> bool:
    """Propose to decide anew what was refused (and what a ceiling cut); whether the law lets it."""
    words = reviewable(get(reference))
    claim = get(reference).claim
    solved = {line.id: line.solution_id for invoice in claim.invoices for line in invoice.lines}
    lines = {
        str(line_id): None if solved[line_id] else SUITE
        for line_id, word in words.items()
        if cut_too or word.status == "refused"
    }
    try:
        propose_answer(reference, "reform", REASONS, lines, world.other_reviewer, NOW)
    except InvalidInput as refusal:
        db.session.rollback()
        if refusal.code not in ("appeal.worse", "appeal.nothing_better"):
            raise
        return False
    return True


def total(column: Any, *conditions: Any) -> int:
    return int(db.session.scalar(select(func.sum(column)).where(*conditions)) or 0)


@pytest.mark.parametrize("examples", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_a_reform_comes_to_what_one_decision_would_have(
    world: World, session: Session, examples: int
) -> None:
    set_envelope(world, 10_000_000_00)
    third, seen = third_reviewer(), Counter[str]()

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(bought)
    def reformed(lines: list[tuple[str, int]]) -> None:
        dossier = decided_first(world, lines)
        run_jobs(world)
        reference = appealed(world, dossier)
        take_appeal(reference, world.other_reviewer, NOW)
        assume(propose_all(world, reference, cut_too=True) or propose_all(world, reference, cut_too=False))
        appeal = get(reference)
        reform = reform_of(appeal, appeal.proposed_lines or {}, NOW)
        if awaits_concurrence(appeal, reform.added_cents, NOW):
            seen["read twice"] += 1
            concur_with_appeal(reference, third, NOW)
        answer_appeal(reference, world.other_officer, NOW)
        run_jobs(world)
        check(claim_of(dossier), seen)

    reformed()
    assert seen["reformed"] >= examples // 2
    assert examples < 30 or (seen["cut"] and seen["read twice"])


def check(claim: Claim, seen: Counter[str]) -> None:
    first, second = claim.decisions
    expected = in_one_go(claim)
    assert claim.granted_cents == first.bonus_cents + second.bonus_cents == parse_amount(expected["bonus"])
    ids = [first.id, second.id]
    assert total(PaymentOrder.amount_cents, PaymentOrder.decision_id.in_(ids)) == claim.granted_cents
    assert total(PaymentOrder.amount_cents, PaymentOrder.decision_id == second.id) == second.bonus_cents
    assert total(Commitment.amount_cents, Commitment.decision_id.in_(ids)) == claim.granted_cents
    before = {line.line_id: line.bonus_cents for line in first.lines}
    last = before | {line.line_id: line.bonus_cents for line in second.lines}
    assert all(last[line_id] >= cents for line_id, cents in before.items())
    assert sum(last.values()) == claim.granted_cents <= min(ANNUAL_CEILING, DE_MINIMIS)
    by_solution: dict[int | None, int] = defaultdict(int)
    for line in db.session.scalars(select(DecidedLine).where(DecidedLine.decision_id.in_(ids))):
        by_solution[line.line.solution_id] += line.bonus_cents - line.former_cents
    assert max(by_solution.values()) <= SOLUTION_CEILING
    seen["reformed"] += 1
    seen["cut"] += any(row["reductions"] for row in expected["lines"])
