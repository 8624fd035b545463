"""A company's appeal against a decision of its dossier (recours administratif, art. 11; CRPA L411-1 to L411-7).

It is received at any time: whoever examines it rejects it with reasons when it is late, nobody at the door. Without an
answer within two months, silence rejects it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import select

from bonus.accounts.acting import person_acting
from bonus.adapters.document_kind import check_document
from bonus.adapters.store import DocumentStore
from bonus.audit.service import Actor, record
from bonus.calendar import appeal_answer_deadline, civil_date, format_date
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.regulation import load_parameters

from . import notice_words
from .appeal_models import LEAST_GROUNDS, MOST_GROUNDS, Appeal, AppealChange, AppealDocument
from .appeal_status import OPEN, next_status
from .changes import locked_claim
from .cuts import grieves
from .documents import MAX_FILES, file_name, kept_file
from .models import Claim, Decision
from .notices import tell
from .notification import appeal_until
from .restorations import taken_back, withdrawal_of
from .revocation_models import Revocation

_CLOSED = frozenset({"draft", "abandoned", "annulled"})
"""Dossiers without a decision to appeal against."""


def appeals_of(claim_id: int) -> Sequence[Appeal]:
    """All the appeals of a dossier, the oldest first."""
    return db.session.scalars(select(Appeal).where(Appeal.claim_id == claim_id).order_by(Appeal.id)).all()


def appeal_by(reference: str, *, lock: bool = False) -> Appeal:
    """The appeal of a reference; with ``lock``, its dossier then its own row locked. Raises NotFound."""
    appeal = db.session.scalars(select(Appeal).where(Appeal.reference == reference)).one_or_none()
    if appeal is None:
        raise NotFound("appeal.unknown", "Ce recours n’existe pas.")
    if lock:
        locked_claim(appeal.claim_id)
        db.session.refresh(appeal, with_for_update=True)
    return appeal


def is_late(appeal: Appeal) -> bool:
    """Whether it was filed after the last day; never while no time limit ran, the decision not being notified."""
    return appeal.appeal_until is not None and civil_date(appeal.filed_at) > appeal.appeal_until


def appealable(claim: Claim) -> list[Decision]:
    """The decisions of a dossier that refuse or cut something and were not appealed, the latest first; of a dossier
    taken back, the decision whose withdrawal was not."""
    if claim.status in _CLOSED:
        return []
    withdrawal = withdrawal_of(claim)
    if withdrawal is not None:
        return [] if _former(claim, withdrawal=withdrawal) else [taken_back(claim)]
    appealed = {
        appeal.decision_id
        for appeal in appeals_of(claim.id)
        if appeal.status != "withdrawn" and appeal.revocation_id is None
    }
    return [
        decision
        for decision in reversed(claim.decisions)
        if decision.kind != "appeal" and decision.id not in appealed and _grieves(decision)
    ]


def _grieves(decision: Decision) -> bool:
    """A refusal, even of a part, and a cut by a ceiling, is one (art. 11)."""
    return any(grieves(row) for row in decision.result["lines"])


def file_appeal(
    claim_id: int,
    rank: int,
    grounds: str,
    files: Iterable[tuple[str, bytes]],
    store: DocumentStore,
    actor: Actor,
    now: datetime,
) -> Appeal:
    """Receive a company's appeal against the decision of that rank, or against its withdrawal once it is taken back,
    with its documents; told at once; committed.

    Raises InvalidInput for grounds that say too little or too much, or a file that cannot be taken (none is then);
    Refusal when nothing is refused or cut by that decision, or it was appealed already; NotFound for another decision;
    Forbidden for the wrong role.
    """
    claim = locked_claim(claim_id)
    if "company" not in actor.roles:
        raise Forbidden("appeal.wrong_role", "Seule l’entreprise peut contester une décision de son dossier.")
    decision, withdrawal = _appealed(claim, rank), withdrawal_of(claim)
    grounds = grounds.strip()
    if not LEAST_GROUNDS <= len(grounds) <= MOST_GROUNDS:
        raise InvalidInput(
            "appeal.grounds",
            f"Dites pourquoi vous contestez cette décision, en {LEAST_GROUNDS} à 10{NBSP}000 caractères.",
            field="grounds",
        )
    today = civil_date(now)
    appeal = Appeal(
        reference=secrets.token_urlsafe(16),
        claim=claim,
        decision=decision,
        revocation=withdrawal,
        status="filed",
        grounds=grounds,
        filed_at=now,
        filed_by_id=person_acting(actor),
        appeal_until=appeal_until(decision, today),
        due_on=answered_by(today),
        first_proposer_id=withdrawal.opened_by_id if withdrawal else decision.proposed_by_id,
        first_officer_id=withdrawal.decided_by_id if withdrawal else decision.decided_by_id,
    )
    db.session.add(appeal)
    given = list(files)
    if len(given) > MAX_FILES:
        raise InvalidInput("appeal.files", f"Joignez {MAX_FILES} fichiers au plus.", field="files")
    for name, data in given:
        _join(appeal, claim, file_name(name), data, store, now)
    db.session.flush()
    words = notice_words.appeal_filed(str(claim.number), appeal.due_on)
    tell(claim, "appeal_filed", words, now, about=f"appeal:{appeal.id}")
    record(
        "appeal.filed",
        f"claim:{claim.number}",
        actor,
        now,
        decision=decision.rank,
        withdrawal=withdrawal.id if withdrawal else None,
        late=is_late(appeal),
        due_on=appeal.due_on.isoformat(),
        files=[file.document.sha256 for file in appeal.files],
    )
    db.session.commit()
    return appeal


def answered_by(filed_on: date) -> date:
    """The last day to answer an appeal filed that day."""
    return appeal_answer_deadline(filed_on, load_parameters().integer("appeal.decision_months", filed_on))


def _appealed(claim: Claim, rank: int) -> Decision:
    decision = next((one for one in claim.decisions if one.rank == rank), None)
    if decision is None:
        raise NotFound("appeal.no_decision", "Cette décision n’existe pas.")
    withdrawal = withdrawal_of(claim)
    former = _former(claim, withdrawal=withdrawal, decision=decision)
    if former is not None:
        raise Refusal(
            "appeal.one_only",
            f"Un recours contre cette décision a déjà été formé le {format_date(civil_date(former.filed_at))}. Pour "
            "le compléter, écrivez à l’instructeur par les messages du dossier ; ensuite, vous pouvez saisir le "
            "tribunal administratif.",
        )
    if withdrawal is not None and decision is taken_back(claim):
        return decision
    if (
        withdrawal is not None
        or claim.status in _CLOSED
        or decision.kind == "appeal"
        or not _grieves(decision)
    ):
        raise Refusal(
            "appeal.nothing_refused",
            "Cette décision ne refuse rien, ou ne se conteste pas ici : voyez les voies de recours qu’elle indique.",
        )
    return decision


def _former(
    claim: Claim, *, withdrawal: Revocation | None, decision: Decision | None = None
) -> Appeal | None:
    """The appeal already made against that withdrawal, or when there is none against that decision."""
    made = (one for one in appeals_of(claim.id) if one.status != "withdrawn")
    if withdrawal is not None:
        return next((one for one in made if one.revocation_id == withdrawal.id), None)
    return next((one for one in made if one.decision is decision and one.revocation_id is None), None)


def _join(appeal: Appeal, claim: Claim, name: str, data: bytes, store: DocumentStore, now: datetime) -> None:
    try:
        document = kept_file(claim, "appeal", name, data, check_document(data), store, now)
    except InvalidInput as refusal:
        raise InvalidInput(
            refusal.code, f"«{NBSP}{name}{NBSP}»{NBSP}: {refusal.sentence}", field="files"
        ) from None
    db.session.add(document)
    db.session.flush()
    db.session.add(AppealDocument(appeal=appeal, document=document))


def withdraw_appeal(reference: str, actor: Actor, now: datetime) -> Appeal:
    """A company gives its appeal up, until it is answered; committed. It may make another within the time limit."""
    appeal = appeal_by(reference, lock=True)
    change_appeal(appeal, "withdraw", actor, now)
    record("appeal.withdrawn", f"claim:{appeal.claim.number}", actor, now)
    db.session.commit()
    return appeal


def change_appeal(
    appeal: Appeal, action: str, actor: Actor, now: datetime, *, reason: str | None = None
) -> None:
    """Apply one action of its status table to a locked appeal, in the caller's transaction. Raises Refusal when the
    status does not allow it, Forbidden when the actor's roles do not."""
    new = next_status(appeal.status, action, actor.roles)
    db.session.add(
        AppealChange(
            appeal_id=appeal.id,
            at=now,
            action=action,
            old_status=appeal.status,
            new_status=new,
            person_id=actor.person_id,
            reason=reason,
            address=actor.address,
        )
    )
    appeal.status = new


def lapse_appeals(now: datetime) -> int:
    """Record that silence rejected the appeals whose last day to be answered is past, one transaction each (CRPA
    L411-7); how many. A day without a run is made up for by the next."""
    clock = Actor("service:clock", roles=frozenset({"service"}))
    late = select(Appeal.reference).where(Appeal.status.in_(OPEN), Appeal.due_on < civil_date(now))
    references = db.session.scalars(late.order_by(Appeal.id)).all()
    db.session.rollback()
    count = 0
    for reference in references:
        appeal = appeal_by(reference, lock=True)
        if not appeal.is_open:  # answered a moment ago
            db.session.rollback()
            continue
        change_appeal(appeal, "lapse", clock, now)
        words = notice_words.appeal_silence(str(appeal.claim.number), appeal.due_on)
        tell(appeal.claim, "appeal_answered", words, now, about=f"appeal:{appeal.id}")
        record("appeal.lapsed", f"claim:{appeal.claim.number}", clock, now, due_on=appeal.due_on.isoformat())
        db.session.commit()
        count += 1
    return count
