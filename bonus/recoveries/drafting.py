"""Preparing an undue sum (art. 14): opened by a reviewer, or with the withdrawal it follows; what was found is added to
it, and the amount is computed anew each time. Nobody is told of a draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from bonus.accounts.acting import person_acting
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import add_years, civil_date, format_date
from bonus.claims.changes import locked_claim
from bonus.claims.follow_models import Control
from bonus.claims.models import Claim
from bonus.claims.revocation_models import Revocation
from bonus.claims.role_models import REVIEWER
from bonus.claims.roles import require_only_role, take_role
from bonus.claims.unseen import plain_words
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.numbering import next_number
from bonus.payments.holding import orders_of_claim
from bonus.payments.holds import free
from bonus.regulation import load_parameters
from bonus.regulation.wording import french

from .changes import locked_recovery, note, open_recovery_of, step
from .computing import DecisionDue, undue_of
from .finding_forms import Found, finding, registry_known
from .models import LEAST_WORDS, MOST_WORDS, Recovery
from .paid import free_unpaid, hold_unpaid, paid_of
from .status import ORIGINS

MOST_FINDINGS = 50


def require_words(text: str, field: str) -> str:
    """What a person wrote, trimmed. Raises InvalidInput when it says too little, or too much."""
    said = plain_words(text, field)
    if not LEAST_WORDS <= len(said) <= MOST_WORDS:
        sentence = "Écrivez de 20 à 5 000 caractères : l’entreprise le lira et doit pouvoir y répondre."
        raise InvalidInput("recovery.words", french(sentence), field=field)
    return said


def open_recovery(
    claim_id: int, origin: str, facts: str, actor: Actor, now: datetime, *, control_id: int | None = None
) -> Recovery:
    """A reviewer prepares an undue sum of a dossier; what is not paid of it is held meanwhile. Committed.

    Raises InvalidInput for an origin nobody knows or facts that say too little, Refusal when nothing was granted, one
    is open already or the time to control the dossier is over, Forbidden for the wrong role or under art. 12.
    """
    claim = locked_claim(claim_id)
    recovery = draft_locked(claim, origin, facts, actor, now, control_id=control_id)
    db.session.commit()
    return recovery


def draft_locked(
    claim: Claim, origin: str, facts: str, actor: Actor, now: datetime, *, control_id: int | None = None
) -> Recovery:
    """The same of a locked dossier, in the caller's transaction."""
    if "reviewer" not in actor.roles:
        raise Forbidden("recovery.wrong_role", "Seul un instructeur prépare un indu.")
    require_only_role(claim, actor, REVIEWER)
    if origin not in ORIGINS:
        raise InvalidInput("recovery.origin", "Choisissez l’origine de l’indu.", field="origin")
    facts = require_words(facts, "facts")
    if not claim.granted_cents:
        raise Refusal("recovery.nothing_granted", "Aucun bonus n’est accordé sur ce dossier.")
    if open_recovery_of(claim.id) is not None:
        raise Refusal(
            "recovery.open_already", "Un indu est déjà en cours sur ce dossier : terminez-le d’abord."
        )
    control = _control(claim, control_id)
    if origin == "control":
        _require_in_time(claim, civil_date(now))
    findings = []
    if origin == "withdrawal" or (control is not None and control.change_id is not None):
        findings.append(registry_known(claim, facts, now))
    recovery = _drafted(claim, origin, facts, findings, now)
    recovery.opened_by_id = person_acting(actor)
    recovery.control = control
    db.session.add(recovery)
    take_role(claim.id, recovery.opened_by_id, REVIEWER, now)
    db.session.flush()
    compute(recovery, now)
    held = hold_unpaid(claim, now)
    note(recovery, "open", recovery.status, actor, now, facts)
    record(
        "recovery.opened",
        f"claim:{recovery.claim.number}",
        actor,
        now,
        recovery=recovery.number,
        origin=origin,
        amount_cents=recovery.amount_cents,
        held=held,
        reasons=facts,
    )
    return recovery


def draft_after_withdrawal(revocation: Revocation, actor: Actor, now: datetime) -> Recovery | None:
    """Prepare the undue sum of a withdrawal (retrait) in its own transaction, its dossier locked; None when nothing was
    paid. One that was open on the dossier is dropped: this one holds it whole."""
    claim = revocation.claim
    former = open_recovery_of(claim.id)
    if former is not None:
        replaced = french(
            "Remplacé : la décision est retirée, et tout ce qui a été versé est indu (art. 14)."
        )
        end_locked(former, replaced, actor, now)
    words = french(f"La décision est retirée (art. 11) : {revocation.ground_words}.")
    findings = [{"kind": "revoked", "words": words}]
    if not any(due.undue_cents for due in undue_of(claim, findings, civil_date(now))):
        return None
    recovery = _drafted(claim, "withdrawal", revocation.facts, findings, now)
    recovery.revocation = revocation
    db.session.add(recovery)
    db.session.flush()
    compute(recovery, now)
    note(recovery, "open", recovery.status, actor, now, revocation.reasons or "")
    record(
        "recovery.opened",
        f"claim:{recovery.claim.number}",
        actor,
        now,
        recovery=recovery.number,
        origin="withdrawal",
        amount_cents=recovery.amount_cents,
        held=[],
        reasons=revocation.facts,
    )
    return recovery


def drop_after_restoration(revocation: Revocation, actor: Actor, now: datetime) -> None:
    """Drop the undue sum that a withdrawal left open, once that withdrawal is annulled, in the caller's transaction."""
    query = select(Recovery).where(Recovery.revocation_id == revocation.id)
    recovery = next((one for one in db.session.scalars(query) if one.decided_at is None), None)
    if recovery is not None:
        end_locked(recovery, french("Le retrait de la décision est annulé (art. 11)."), actor, now)


def add_finding(recovery_id: int, found: Found, actor: Actor, now: datetime) -> Recovery:
    """Add what was found to a draft, and compute it anew; committed. Raises InvalidInput, Refusal, Forbidden."""
    recovery = locked_recovery(recovery_id)
    if len(recovery.changes) >= MOST_FINDINGS:
        raise Refusal("recovery.too_many", f"Un indu porte {MOST_FINDINGS} constats au plus.")
    return _changed(recovery, [*recovery.changes, finding(recovery.claim, found, now)], actor, now)


def remove_finding(recovery_id: int, rank: int, actor: Actor, now: datetime) -> Recovery:
    """Take what was found out of a draft, by its rank from 1; committed. Raises NotFound, Refusal, Forbidden."""
    recovery = locked_recovery(recovery_id)
    if not 1 <= rank <= len(recovery.changes):
        raise NotFound("recovery.finding_unknown", "Ce constat n’est plus dans cet indu.")
    left = [one for place, one in enumerate(recovery.changes, 1) if place != rank]
    return _changed(recovery, left, actor, now)


def _changed(recovery: Recovery, changes: list[Any], actor: Actor, now: datetime) -> Recovery:
    require_only_role(recovery.claim, actor, REVIEWER)
    step(recovery, "change", actor, now)
    recovery.changes = changes
    take_role(recovery.claim_id, person_acting(actor), REVIEWER, now)
    compute(recovery, now)
    record(
        "recovery.changed",
        f"claim:{recovery.claim.number}",
        actor,
        now,
        recovery=recovery.number,
        amount_cents=recovery.amount_cents,
        findings=[one["kind"] for one in changes],
    )
    db.session.commit()
    return recovery


def compute(recovery: Recovery, now: datetime) -> Sequence[DecisionDue]:
    """Compute a locked undue sum anew, its lines with it, in the caller's transaction."""
    dues = undue_of(recovery.claim, recovery.changes, civil_date(now)) if recovery.changes else []
    recovery.lines.clear()
    db.session.flush()  # those that go leave their places before others take them
    recovery.lines.extend(due.row() for due in dues)
    recovery.amount_cents = sum(due.undue_cents for due in dues)
    db.session.flush()
    return dues


def end_locked(recovery: Recovery, reasons: str, actor: Actor, now: datetime) -> list[str]:
    """Drop a locked undue sum for ``reasons``, whatever the step it is at, in the caller's transaction: the numbers of
    the orders that are due again. The rule of who may is the caller's."""
    former, recovery.status = recovery.status, "dropped"
    recovery.decided_at, recovery.decided_by_id, recovery.reasons = now, person_acting(actor), reasons
    note(recovery, "drop", former, actor, now, reasons)
    close_control(recovery, now)
    db.session.flush()
    return free_unpaid(recovery.claim, now)


def close_control(recovery: Recovery, now: datetime) -> None:
    """Close the control that an undue sum came from, once that sum is decided, in the caller's transaction: it holds
    no payment any more, unless another is open."""
    if recovery.control is None or recovery.control.status != "open":
        return
    recovery.control.status, recovery.control.closed_at = "closed", now
    db.session.flush()
    others = select(Control.id).where(Control.claim_id == recovery.claim_id, Control.status == "open")
    if db.session.scalars(others.limit(1)).first() is None:
        free(orders_of_claim(recovery.claim_id), "control", SERVICE, now)


def _drafted(claim: Claim, origin: str, facts: str, findings: list[Any], now: datetime) -> Recovery:
    return Recovery(
        number=_number(now),
        claim=claim,
        origin=origin,
        status="draft",
        facts=facts,
        changes=findings,
        opened_at=now,
    )


def _number(now: datetime) -> str:
    year = civil_date(now).year
    return f"IND-{year}-{next_number('recoveries', year):06d}"


def _control(claim: Claim, control_id: int | None) -> Control | None:
    if control_id is None:
        return None
    control = db.session.get(Control, control_id)
    if control is None or control.claim_id != claim.id:
        raise NotFound("recovery.control_unknown", "Ce contrôle n’est pas de ce dossier.")
    return control


def _require_in_time(claim: Claim, today: date) -> None:
    """A control may reopen a dossier for three years after its last payment (art. 14)."""
    paid = max((one.on for one in paid_of(claim.id).values() if one.on is not None), default=None)
    if paid is None:
        return
    limit = add_years(paid, load_parameters().integer("control.years", paid))
    if today > limit:
        sentence = f"Ce dossier ne pouvait plus être contrôlé après le {format_date(limit)} (art. 14)."
        raise Refusal("recovery.control_too_late", french(sentence))
