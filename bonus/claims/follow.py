"""What follows a change of the registry: every dossier it touches is looked at, in batches, once.

Open dossiers are computed again and their reviewer told; lines that waited wake up; on a decided dossier that
would no longer get what it was granted, a control is opened (art. 14). Nothing acquired changes by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from bonus import outbox
from bonus.audit.service import SERVICE, record
from bonus.calendar import civil_date
from bonus.companies.models import Company
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.money import parse_amount
from bonus.recoveries.reviewing import review_after_change
from bonus.registry.models import Certification, CertificationFact, RegistryChange
from bonus.registry.service import facts_of
from bonus.registry.writing import FOLLOW
from bonus.regulation import evaluate, load_parameters

from .alerts import controls_of
from .annulments import standing
from .assessing import assess
from .change_models import StatusChange
from .examination import REVIEWER_ACTIONS
from .facts import build_facts
from .follow_decided import given_by, knew, open_control
from .follow_models import ClaimAlert
from .follow_words import Learned, control_reason, favourable, recomputed, woken
from .models import Claim, Decision, Invoice, PurchaseLine
from .risks import FLAG_TOUCHED, flag_each
from .status import DECIDED, OPEN
from .waking import awakened, wake

BATCH = 100
BATCHES_A_JOB = 10
_CONCERNED = OPEN | DECIDED | {"waiting_list"}


def follow_change(change_id: int, now: datetime, *, batch: int = BATCH) -> None:
    """Look at the dossiers one change touches, from where a run before stopped; then ask for the rest.

    Each batch is one transaction: a run that dies repeats nothing, and unique keys would stop it if it did.
    Raises NotFound.
    """
    for _ in range(BATCHES_A_JOB):
        if not _follow_batch(change_id, now, batch):
            return
    change = db.session.get_one(RegistryChange, change_id)
    if not outbox.is_posted(FOLLOW, change_id, change.cursor):
        outbox.post(FOLLOW, change_id, now, part=change.cursor)
    db.session.commit()


def touched_claims(change_id: int, now: datetime) -> Select[Any]:
    """The ids of the dossiers filed by ``now`` that hold a solution a change is about. One filed after the change
    was recorded may have read the registry before it was written: a file takes seconds."""
    solutions = (
        select(Certification.solution_id)
        .join(CertificationFact, CertificationFact.certification_id == Certification.id)
        .where(CertificationFact.change_id == change_id)
    )
    return (
        select(Claim.id)
        .distinct()
        .join(Invoice, Invoice.claim_id == Claim.id)
        .join(PurchaseLine, PurchaseLine.invoice_id == Invoice.id)
        .where(
            PurchaseLine.solution_id.in_(solutions),
            Claim.status.in_(_CONCERNED),
            Claim.filed_at <= now,
        )
    )


def flag_touched(change_id: int, now: datetime) -> None:
    """Look again at the risks of the open dossiers a change touches, one transaction each. Safe to run twice."""
    flag_each(touched_claims(change_id, now), now)


def _follow_batch(change_id: int, now: datetime, batch: int) -> bool:
    """One batch, in one transaction; False when nothing is left."""
    change = db.session.scalars(
        select(RegistryChange)
        .where(RegistryChange.id == change_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if change is None:
        raise NotFound("registry.unknown_change", "Ce changement du registre n’existe pas.")
    if change.done_at is not None:
        db.session.rollback()
        return False
    claims = touched_claims(change_id, now)
    if change.cursor == 0:
        change.touched = db.session.scalar(select(func.count()).select_from(claims.subquery())) or 0
    ids = list(db.session.scalars(claims.where(Claim.id > change.cursor).order_by(Claim.id).limit(batch)))
    _follow_claims(ids, change, now)
    change.handled += len(ids)
    # One filed in between with an older moment is looked at too.
    change.touched = max(change.touched, change.handled)
    if ids:
        change.cursor = ids[-1]
    if len(ids) < batch:
        change.done_at = now
        change.touched = change.handled
        if change.touched:  # what the registry learned of a label is a risk too
            outbox.post(FLAG_TOUCHED, change.id, now)
        _log(change, now)
    db.session.commit()
    return change.done_at is None


def _log(change: RegistryChange, now: datetime) -> None:
    record("registry.followed", f"change:{change.id}", SERVICE, now, dossiers=change.handled)


def _follow_claims(ids: Sequence[int], change: RegistryChange, now: datetime) -> None:
    """What the dossiers of a batch hold is asked of the database once for all of them."""
    told = set(
        db.session.scalars(
            select(ClaimAlert.claim_id).where(ClaimAlert.change_id == change.id, ClaimAlert.claim_id.in_(ids))
        )
    )
    claims = db.session.scalars(
        select(Claim)
        .where(Claim.id.in_(ids))
        .order_by(Claim.id)
        .with_for_update(of=Claim)
        .execution_options(populate_existing=True)
        .options(
            selectinload(Claim.invoices).selectinload(Invoice.lines),
            selectinload(Claim.decisions).selectinload(Decision.lines),
            joinedload(Claim.company).selectinload(Company.fiscal_years),
        )
    ).all()
    facts = _facts_about({solution for claim in claims for solution in _solutions(claim)}, change)
    for claim in claims:
        if claim.id not in told:
            bought = _solutions(claim)
            about = [fact for fact in facts if fact.certification.solution_id in bought]
            _follow_claim(claim, change, Learned(change.recorded_at, about), now)


def _solutions(claim: Claim) -> set[int]:
    return {line.solution_id for invoice in claim.invoices for line in invoice.lines if line.solution_id}


def _facts_about(solutions: set[int], change: RegistryChange) -> Sequence[CertificationFact]:
    """What a change says of some solutions: a file may bring many thousand other facts."""
    return db.session.scalars(
        select(CertificationFact)
        .join(Certification, CertificationFact.certification_id == Certification.id)
        .where(CertificationFact.change_id == change.id, Certification.solution_id.in_(solutions))
        .order_by(CertificationFact.id)
        .options(joinedload(CertificationFact.certification).joinedload(Certification.solution))
    ).all()


def _follow_claim(claim: Claim, change: RegistryChange, learned: Learned, now: datetime) -> None:
    given = [
        given_by(decision, change, learned, now)
        for decision in standing(claim)
        if not knew(decision, change, learned)
    ]
    sealed, without, with_it = (sum(cents) for cents in zip(*given, strict=True)) if given else (0, 0, 0)
    undue = min(sealed, without) - with_it
    if undue > 0:
        open_control(claim, change, learned, undue, now)
        _tell(claim, change, "control", control_reason(learned, sealed, undue), with_it, now)
    elif not claim.is_decided:
        _recompute(claim, change, learned, now)
    elif with_it > without and (with_it > sealed or controls_of(claim)):
        _tell(claim, change, "favourable", favourable(learned, sealed, with_it), with_it, now)
    _wake(claim, change, learned, now)
    review_after_change(claim, change.id, now)


def _wake(claim: Claim, change: RegistryChange, learned: Learned, now: datetime) -> None:
    """Take a dossier up again if its lines need not wait any longer; its reviewer has one word a change."""
    reason = awakened(claim, now)
    if reason is None:
        return
    if not _is_told(claim, change):
        after = claim.granted_cents + assess(claim, now).bonus_cents
        _tell(claim, change, "woken", woken(learned, reason), after, now)
    wake(claim, reason, now)


def _is_told(claim: Claim, change: RegistryChange) -> bool:
    told = select(ClaimAlert.id).where(ClaimAlert.claim_id == claim.id, ClaimAlert.change_id == change.id)
    return db.session.scalars(told).first() is not None


def _recompute(claim: Claim, change: RegistryChange, learned: Learned, now: datetime) -> None:
    """Compare what the law gives on what was known up to the change, and with it: each change tells its own part."""
    assert claim.filed_at is not None
    gathered = build_facts(claim, filed_at=claim.filed_at, grant_date=civil_date(now), known_at=now)
    if not gathered.lines:
        return
    former, latter = (
        gathered.facts | {"registry": facts_of(gathered.solutions, now, through=last)}
        for last in (change.id - 1, change.id)
    )
    if former == latter:
        return
    law = load_parameters()
    before, after = (evaluate(facts, law)["claims"][0] for facts in (former, latter))
    if _outcome(before) != _outcome(after):
        was, is_now = (parse_amount(result["bonus"]) for result in (before, after))
        if claim.filed_at > change.recorded_at and _told_at_filing(claim) == is_now:
            return
        words = recomputed(learned, was, is_now, _states(before), _states(after))
        granted = claim.granted_cents
        _tell(claim, change, "recomputed", words, granted + is_now, now, granted + was)


def _told_at_filing(claim: Claim) -> int | None:
    """The bonus in cents that the acknowledgement of receipt announced."""
    return (claim.acknowledgement or {}).get("expected_bonus_cents")


def _outcome(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("status", "reason", "bonus")) for row in result["lines"]]


def _states(result: dict[str, Any]) -> Sequence[str]:
    return [row["status"] for row in result["lines"]]


def _tell(
    claim: Claim,
    change: RegistryChange,
    kind: str,
    sentence: str,
    after: int,
    now: datetime,
    before: int | None = None,
) -> None:
    """Leave word to the reviewer who took the dossier up last; ``before`` is what it was granted when None."""
    reviewer = db.session.scalars(
        select(StatusChange.person_id)
        .where(
            StatusChange.claim_id == claim.id,
            StatusChange.action.in_(REVIEWER_ACTIONS),
            StatusChange.person_id.is_not(None),
        )
        .order_by(StatusChange.id.desc())
        .limit(1)
    ).first()
    db.session.add(
        ClaimAlert(
            claim=claim,
            change_id=change.id,
            kind=kind,
            sentence=sentence,
            before_cents=claim.granted_cents if before is None else before,
            after_cents=after,
            person_id=reviewer,
            created_at=now,
        )
    )
