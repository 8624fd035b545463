"""Sealing a decision: facts, text of the law and result, credits committed and jobs asked for, in one transaction.

Whoever decides (an officer, a rule, silence, an officer on appeal) goes through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from bonus import outbox
from bonus.audit.service import Actor, record
from bonus.budget.service import RESERVED_FOR, commit_credits, has_room, locked_envelope
from bonus.budget.waiting import Joining, join, rank_of, someone_before
from bonus.bulk import Row, insert_rows
from bonus.calendar import civil_date
from bonus.companies.aids import mark_used
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.money import NBSP, amount_string, format_euros, parse_amount
from bonus.parts import document_store
from bonus.register.reading import Reading, require_read
from bonus.register.service import ask_entry
from bonus.regulation import size_category

from . import notice_words
from .acknowledgement import FullList
from .assessing import AssessedLine, Assessment
from .changes import change_status
from .cuts import EXAMINED
from .facts import canonical_sha256
from .letters import ask_decision_letter, ask_waiting_letter
from .line_list import keep_decided
from .matching import remember_matches
from .models import Claim, DecidedLine, Decision
from .notices import tell
from .reasons import MOST_EXPLAINED, listed_in, reasons_of_the_law
from .replay import keep_text


@dataclass(frozen=True)
class Taken:
    """How a decision is taken: its ``kind`` (``DECISION_KINDS``), the ``action`` of the status table, and by whom; who
    proposed it, where persons decide. ``on`` is its legal day, when it is not that of the moment; ``told`` the kind
    and the sentence of the notice, when it is not the ordinary one; ``decided_by_id`` the officer, when another acts:
    of what waited for credits, the one who decided it then."""

    kind: str
    action: str
    actor: Actor
    proposed_by_id: int | None = None
    on: date | None = None
    told: tuple[str, str] | None = None
    decided_by_id: int | None = None
    reading: Reading | None = None


def seal_decision(
    claim: Claim,
    assessment: Assessment,
    result: dict[str, Any],
    taken: Taken,
    now: datetime,
    *,
    said: str = "",
    explained: bool = True,
    former: Mapping[int, int] | None = None,
) -> Decision | None:
    """Write a decision and all that follows from it, in the caller's transaction, the dossier and its single
    undertaking locked. Writes its entry in the log: call it last.

    ``said`` is what who decides adds in words; with ``explained`` the reasons in law and in fact of the computation
    follow it. ``former``: line id → cents that the decision this one replaces gave it; only what is added to them is
    committed and paid. None when the credits are short, or someone complete before waits: the dossier then joins the
    waiting list, or stays on it, and no right to payment is born (art. 10); a decision on appeal is then refused, to
    be taken later. Raises Refusal for a grant before which the central register was not read (art. 7).
    """
    law = assessment.law
    keep_text(law, now)
    former = former or {}
    bonus_cents = parse_amount(result["bonus"]) - sum(former.values())
    decided_on = taken.on or civil_date(now)
    read_at = require_read(claim.company, taken.reading, decided_on, law) if bonus_cents else None
    category = size_category(assessment.facts["beneficiaries"][0], decided_on, law)
    envelope = locked_envelope(decided_on.year) if bonus_cents else None
    reserved = category in RESERVED_FOR
    if bonus_cents and (
        not has_room(envelope, bonus_cents, category, decided_on, law)
        or someone_before(claim, reserved, decided_on, law)
    ):
        if taken.kind == "appeal":
            raise Refusal(
                "appeal.no_credits",
                f"Les crédits ouverts ne suffisent pas pour les {format_euros(bonus_cents)} que ce recours ajoute, "
                f"ou des dossiers complets avant celui-ci en attendent{NBSP}: la décision pourra être prise quand des "
                "crédits s’ouvriront à son rang (art. 10).",
            )
        if claim.status != "waiting_list":
            _join_waiting_list(claim, bonus_cents, reserved, taken, assessment, said, now)
        return None
    full_list = _listed(assessment, result)
    reasons = _reasons(said, assessment, full_list, explained=explained)
    decision = Decision(
        claim=claim,
        rank=len(claim.decisions) + 1,
        decided_at=now,
        decided_on=decided_on,
        kind=taken.kind,
        decided_by_id=taken.decided_by_id or taken.actor.person_id,
        proposed_by_id=taken.proposed_by_id,
        outcome=result["outcome"],
        bonus_cents=bonus_cents,
        reasons=reasons,
        facts=assessment.facts,
        facts_sha256=canonical_sha256(assessment.facts),
        parameters_version=assessment.parameters_version,
        result=result,
        full_list=asdict(full_list) if full_list else None,
        register_read_at=read_at,
    )
    db.session.add(decision)
    db.session.flush()
    insert_rows(
        DecidedLine,
        (
            _decided_line(decision, assessed, row, former.get(assessed.line.id, 0))
            for assessed, row in zip(assessment.lines, result["lines"], strict=True)
        ),
    )
    remember_matches(decision, now)
    mark_used([claim.company.siren, *assessment.facts["beneficiaries"][0]["single_undertaking"]], now)
    if envelope is not None:
        commit_credits(envelope, decision.id, bonus_cents, category, now)
    change_status(claim, taken.action, taken.actor, now, result=outcome_of(claim), reason=reasons)
    if bonus_cents:
        outbox.post("pay", decision.id, now)
        ask_entry(decision, claim.company, law, now)
    if any(row["status"] == "eligible" for row in result["lines"]):
        outbox.post("certify", decision.id, now)
    ask_decision_letter(claim, decision, now)
    notice, sentence = taken.told or ("decided", notice_words.decided(str(claim.number)))
    tell(claim, notice, sentence, now, about=f"decision:{decision.id}")
    record(
        "claim.decided",
        f"claim:{claim.number}",
        taken.actor,
        now,
        kind=taken.kind,
        outcome=decision.outcome,
        bonus_cents=bonus_cents,
        reasons=reasons,
        facts_sha256=decision.facts_sha256,
        parameters=decision.parameters_version,
        register_read_at=read_at.isoformat() if read_at is not None else None,
    )
    return decision


def outcome_of(claim: Claim) -> str:
    """What a dossier's decisions come to, each line as last decided: in the words of the law's own outcome."""
    if len(claim.decisions) == 1:
        return claim.decisions[0].outcome
    rows: dict[int, dict[str, Any]] = {}
    for decision in claim.decisions:
        by_line = zip(decision.lines, decision.result["lines"], strict=True)
        rows |= {line.line_id: row for line, row in by_line}
    statuses = {row["status"] for row in rows.values()}
    if not claim.granted_cents:
        return "pending" if "pending" in statuses else "refused"
    whole = statuses == {"eligible"} and not any(
        row["reductions"] or EXAMINED in row for row in rows.values()
    )
    return "granted" if whole else "partly_granted"


def require_no_open_holder(assessment: Assessment) -> None:
    """Raise Refusal while a dossier filed before, still open, holds one of the invoices (art. 5.3)."""
    if assessment.undecided_holders:
        numbers = ", ".join(str(claim.number) for claim in assessment.undecided_holders)
        raise Refusal(
            "claim.earlier_one_open",
            f"Une facture de ce dossier figure aussi dans un dossier déposé avant et non décidé ({numbers}) : "
            "décidez celui-là d’abord (art. 5.3).",
        )


def applied(assessment: Assessment) -> dict[str, Any]:
    """What the law gives as computed, to be sealed."""
    return {
        "outcome": assessment.outcome,
        "bonus": amount_string(assessment.bonus_cents),
        "lines": _rows(assessment),
    }


def refused(assessment: Assessment, reason: str, *, waiting: bool = False) -> dict[str, Any]:
    """Every line refused for a reason of who decides; a line that the law refused already keeps its own. With
    ``waiting``, those that wait for their label wait on."""
    lines = []
    for row in _rows(assessment):
        if row["status"] != "refused" and not (waiting and row["status"] == "pending"):
            row |= {
                "status": "refused",
                "reason": reason,
                "base": "0.00",
                "rate_bp": 0,
                "bonus_before_ceilings": "0.00",
                "reductions": [],
                "bonus": "0.00",
            }
        lines.append(row)
    outcome = "pending" if any(row["status"] == "pending" for row in lines) else "refused"
    return {"outcome": outcome, "bonus": "0.00", "lines": lines}


def _reasons(said: str, assessment: Assessment, full_list: FullList | None, *, explained: bool) -> str:
    """What is added never stands in the place of the reasons in law and in fact (art. 11)."""
    if explained:
        return "\n".join(filter(None, (said.strip(), reasons_of_the_law(assessment.lines, full_list))))
    return said if full_list is None else f"{said}\n{listed_in(full_list)}"


def _rows(assessment: Assessment) -> list[dict[str, Any]]:
    """What the law gives each line, to be sealed: with its working, unless they are so many that it is worked out
    again for whoever asks (see ``reasons``)."""
    if len(assessment.lines) > MOST_EXPLAINED:
        return [dict(assessed.result) for assessed in assessment.lines]
    return [dict(assessed.explained) for assessed in assessment.lines]


def _listed(assessment: Assessment, result: dict[str, Any]) -> FullList | None:
    """The list that a decision on many lines refers to."""
    if len(assessment.lines) <= MOST_EXPLAINED:
        return None
    return keep_decided(zip(assessment.lines, result["lines"], strict=True), document_store())


def _decided_line(decision: Decision, assessed: AssessedLine, row: dict[str, Any], former_cents: int) -> Row:
    return {
        "decision_id": decision.id,
        "line_id": assessed.line.id,
        "status": row["status"],
        "reason": row["reason"],
        "base_cents": parse_amount(row["base"]),
        "rate_bp": row["rate_bp"],
        "bonus_cents": parse_amount(row["bonus"]),
        "former_cents": former_cents,
    }


def _join_waiting_list(
    claim: Claim,
    bonus_cents: int,
    reserved: bool,
    taken: Taken,
    assessment: Assessment,
    said: str,
    now: datetime,
) -> None:
    law = assessment.law
    sentence = f"Les crédits ouverts ne suffisent pas{NBSP}: le dossier rejoint la liste d’attente (art. 10)."
    change_status(claim, taken.action, taken.actor, now, result="waiting_list", reason=sentence)
    joining = Joining(taken.kind, taken.actor.person_id, taken.proposed_by_id, said)
    entry = join(claim, bonus_cents, reserved, joining, now)
    ask_waiting_letter(claim, entry, taken.actor, law, now)
    words = notice_words.waiting(str(claim.number), rank_of(entry, civil_date(now), law))
    tell(claim, "waiting", words, now, about=civil_date(now).isoformat())
    record(
        "claim.waiting", f"claim:{claim.number}", taken.actor, now, amount_cents=bonus_cents, reasons=sentence
    )
