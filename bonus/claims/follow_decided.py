"""A decided dossier after a change of the registry: what its sealed facts would give now, and its control."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from bonus.audit.service import SERVICE, record
from bonus.extensions import db
from bonus.money import parse_amount
from bonus.payments.holding import orders_of_claim
from bonus.payments.holds import hold
from bonus.registry.models import RegistryChange
from bonus.registry.service import facts_of
from bonus.regulation import evaluate

from .cuts import REFUSED_ON_EXAMINATION
from .follow_models import Control
from .follow_words import Learned, control_reason
from .models import Claim, DecidedLine, Decision
from .replay import law_of


def knew(decision: Decision, change: RegistryChange, learned: Learned) -> bool:
    """Whether a decision was made with what the change brought: all that is recorded by then is in its sealed
    registry. One taken while the change was being written does not hold it."""
    if decision.decided_at < change.recorded_at:
        return False
    recorded = facts_of({fact.certification.solution for fact in learned.facts}, decision.decided_at)
    return bool(_with_registry(decision.facts, recorded)["registry"] == decision.facts["registry"])


def given_by(
    decision: Decision, change: RegistryChange, learned: Learned, now: datetime
) -> tuple[int, int, int]:
    """Cents a decision granted, and what its sealed facts give with what the registry learned up to the change, and
    with it: of several changes each has its own part, once. What an officer refused stays refused."""
    solutions = {fact.certification.solution for fact in learned.facts}
    law = law_of(decision)
    without, with_it = (
        evaluate(_with_registry(decision.facts, facts_of(solutions, now, through=last)), law)["claims"][0][
            "lines"
        ]
        for last in (change.id - 1, change.id)
    )
    # What was refused on examination is not in the facts: no rule judged it.
    judged = [
        (row, lasts)
        for row, lasts in zip(decision.result["lines"], _last_words(decision), strict=True)
        if row["reason"] != REFUSED_ON_EXAMINATION
    ]
    rows = [
        (row, before, after)
        for (row, lasts), before, after in zip(judged, without, with_it, strict=True)
        if lasts and (row["status"] == "eligible" or _may_rise(row))
    ]
    sealed, before, after = (sum(parse_amount(trio[n]["bonus"]) for trio in rows) for n in range(3))
    return sealed, before, after


def _last_words(decision: Decision) -> Sequence[bool]:
    """Of each line of a decision, whether no later one, on appeal, decided it anew."""
    later = aliased(DecidedLine)
    decided_anew = exists().where(
        later.line_id == DecidedLine.line_id, later.id > DecidedLine.id, DecidedLine.status != "pending"
    )
    query = select(~decided_anew).where(DecidedLine.decision_id == decision.id).order_by(DecidedLine.id)
    return db.session.scalars(query).all()


def _with_registry(facts: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Sealed facts, what the registry holds of some solutions put in the place of what it held."""
    by_slug = {solution["id"]: solution for solution in known["solutions"]}
    sealed = facts["registry"]["solutions"]
    return facts | {"registry": {"solutions": [by_slug.get(solution["id"], solution) for solution in sealed]}}


def _may_rise(row: dict[str, Any]) -> bool:
    """Whether the registry alone refused a line: what it learns may then speak for the company."""
    return row["status"] == "refused" and str(row["reason"]).startswith("solution.")


def open_control(claim: Claim, change: RegistryChange, learned: Learned, undue: int, now: datetime) -> None:
    """Open a control on a decided dossier, in the caller's transaction: what is not paid of it is held meanwhile;
    ``undue`` is in cents."""
    reason = control_reason(learned, claim.granted_cents, undue)
    db.session.add(
        Control(
            claim=claim,
            change_id=change.id,
            ground=learned.ground,
            reason=reason,
            undue_cents=undue,
            opened_at=now,
        )
    )
    held = hold(orders_of_claim(claim.id), "control", SERVICE, now)
    record(
        "control.opened",
        f"claim:{claim.number}",
        SERVICE,
        now,
        held=[order.number for order in held],
        ground=learned.ground,
        undue_cents=undue,
        reasons=reason,
    )
