"""Decisions applied again: sealed facts, under the text of their day, must give what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bonus.errors import NotFound
from bonus.extensions import db
from bonus.regulation import BY_OFFICER, BY_SILENCE, Parameters, evaluate, from_content, label_of

from .cuts import EXAMINED, REFUSED_ON_EXAMINATION, outcome_with
from .facts import canonical_sha256
from .models import Claim, Decision
from .regulation_models import RegulationVersion

REFUSED_BY_OFFICER = BY_OFFICER
"""The reason of a line that the law would have let through: its figures are the officer's, not the law's."""

REFUSED_BY_SILENCE = BY_SILENCE
"""The reason of a line that nobody decided in time (art. 11)."""

BEYOND_THE_LAW = {code: label_of(code) for code in (REFUSED_BY_OFFICER, REFUSED_BY_SILENCE)}
"""Reasons of a whole decision that no rule of the regulation computes: code → what people read. All are of art. 11."""

_COMPARED = (
    "invoice",
    "line",
    "status",
    "reason",
    "base",
    "rate_bp",
    "bonus_before_ceilings",
    "reductions",
    "bonus",
)


def keep_text(law: Parameters, now: datetime) -> None:
    """Keep the text a decision is made under, once a version, in the caller's transaction."""
    if db.session.get(RegulationVersion, law.version) is not None:
        return
    try:
        with db.session.begin_nested():
            db.session.add(RegulationVersion(version=law.version, content=law.content, first_used_at=now))
    except IntegrityError:
        pass  # another process kept it at the same moment


@dataclass(frozen=True)
class Replay:
    """A decision applied again: its dossier's number, and in French what does not agree (nothing: all does)."""

    number: str
    differences: tuple[str, ...]


def replay(numbers: Sequence[str] | None = None) -> Iterator[Replay]:
    """Apply decisions again, those of the dossiers given or all, in the order they were made."""
    query = select(Decision).join(Claim, Decision.claim_id == Claim.id).order_by(Decision.id)
    if numbers is not None:
        query = query.where(Claim.number.in_(numbers))
    for decision in db.session.scalars(query.execution_options(yield_per=10)):
        yield Replay(str(decision.claim.number), tuple(_differences(decision)))


def law_of(decision: Decision) -> Parameters:
    """The text a decision was made under. Raises NotFound when it was not kept."""
    kept = db.session.get(RegulationVersion, decision.parameters_version)
    if kept is None:
        raise NotFound(
            "regulation.text_missing", "Le texte du règlement de cette décision n’a pas été gardé."
        )
    return _read(kept.content)


@lru_cache(maxsize=8)
def _read(content: str) -> Parameters:
    return from_content(content)


def _differences(decision: Decision) -> Iterator[str]:
    if canonical_sha256(decision.facts) != decision.facts_sha256:
        yield "les faits scellés ont été modifiés"
    kept = db.session.get(RegulationVersion, decision.parameters_version)
    if kept is None:
        yield "le texte du règlement de ce jour n’a pas été gardé"
        return
    yield from _examination_differences(decision)
    rows = [row for row in decision.result["lines"] if row["reason"] != REFUSED_ON_EXAMINATION]
    again: dict[str, Any] = {"outcome": "refused", "bonus": "0.00", "lines": []}
    if rows:  # else the examiner refused every line: the law was not asked
        again = evaluate(decision.facts, _read(kept.content))["claims"][0]
    for sealed, line in zip(rows, again["lines"], strict=True):
        if sealed["reason"] not in BEYOND_THE_LAW:
            yield from _line_differences(sealed, line)
    by_law = all(line["reason"] not in BEYOND_THE_LAW for line in decision.result["lines"])
    outcome = outcome_with(again["outcome"], cut=any(EXAMINED in row for row in decision.result["lines"]))
    if by_law and (outcome, again["bonus"]) != (decision.outcome, decision.result["bonus"]):
        yield f"décidé {decision.outcome} {decision.result['bonus']} €, rejoué {outcome} {again['bonus']} €"


def _examination_differences(decision: Decision) -> Iterator[str]:
    """What the lines say the examiner took away is what is sealed with the facts: all that he refused, and what he
    reduced, but for what the law refuses anyway."""
    told = decision.facts.get("examination", [])
    said = [row[EXAMINED] for row in decision.result["lines"] if EXAMINED in row]
    refused = [cut for cut in told if cut["action"] == "refuse"]
    if any(cut not in told for cut in said) or any(cut not in said for cut in refused):
        yield "les refus et réductions de l’instruction ont été modifiés"


def same_figures(sealed: dict[str, Any], line: dict[str, Any]) -> bool:
    """Whether a line worked out again comes to all that was sealed of it."""
    return all(sealed[name] == line[name] for name in _COMPARED)


def _line_differences(sealed: dict[str, Any], line: dict[str, Any]) -> Iterator[str]:
    for name in _COMPARED:
        if sealed[name] != line[name]:
            where = f"facture {sealed['invoice']}, ligne {sealed['line']}"
            yield f"{where}, {name}\u00a0: décidé {sealed[name]}, rejoué {line[name]}"
