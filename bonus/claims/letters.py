"""The letters of a dossier: asked for in the transaction of an act, written once by a job, sealed and kept as sent."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from bonus import outbox
from bonus.adapters.pdf_decision import letter_pdf
from bonus.audit.service import SERVICE, Actor, record
from bonus.budget.models import WaitingEntry
from bonus.budget.waiting import one_queue, rank_of
from bonus.calendar import civil_date
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.parts import issuer as the_issuer
from bonus.regulation import Parameters

from .appeal_models import Appeal
from .letter_building import build_letter
from .letter_content import LetterContent
from .letter_models import Letter
from .letter_templates import template_on
from .models import Claim, Decision
from .notification import record_opening

WRITE = "letter"
"""The kind of the outbox's message that writes one."""
_BY_KIND = {"rule": "rule", "silence": "silence", "appeal": "appeal"}


def ask_letter(
    claim: Claim,
    kind: str,
    about: str,
    now: datetime,
    *,
    decision: Decision | None = None,
    facts: dict[str, Any] | None = None,
) -> Letter:
    """Ask for a letter in the transaction of the act it tells of; ``about`` names that act for good. Flushes."""
    letter = Letter(
        reference=secrets.token_urlsafe(16),
        claim=claim,
        decision=decision,
        kind=kind,
        about=about,
        facts=facts or {},
        asked_at=now,
    )
    db.session.add(letter)
    db.session.flush()
    outbox.post(WRITE, letter.id, now)
    return letter


def ask_decision_letter(claim: Claim, decision: Decision, now: datetime) -> Letter:
    """Ask for the letter of a decision that was just sealed (art. 11)."""
    kind = _BY_KIND.get(decision.kind, decision.outcome)
    return ask_letter(claim, kind, f"decision:{decision.id}", now, decision=decision)


def ask_waiting_letter(
    claim: Claim, entry: WaitingEntry, actor: Actor, law: Parameters, now: datetime
) -> Letter:
    """Ask for the letter of a dossier that joined the waiting list: amount acknowledged, and rank in its queue, in the
    order dossiers became complete (arts. 10 and 11)."""
    today = civil_date(now)
    facts = {
        "amount_cents": entry.amount_cents,
        "reserved": entry.reserved,
        "one_queue": one_queue(today, law),
        "complete_at": entry.complete_at.astimezone(UTC).isoformat(),
        "rank": rank_of(entry, today, law),
        "signed_by": actor.name if actor.person_id is not None else None,
    }
    return ask_letter(claim, "waiting", f"waiting:{claim.id}:{len(claim.changes)}", now, facts=facts)


def ask_appeal_letter(appeal: Appeal, now: datetime) -> Letter:
    """Ask for the letter that answers an appeal without deciding anything anew: confirmed, annulled or rejected as too
    late. A reform is a decision, and has a decision's letter."""
    claim, facts = appeal.claim, dict[str, Any](appeal=appeal.id)
    reopened = appeal.status == "annulled" and claim.status == "under_review" and claim.decision_due_on
    if reopened:
        facts["decision_due_on"] = reopened.isoformat()
    if appeal.status == "annulled" and appeal.revocation_id:
        facts["restored_cents"] = claim.granted_cents
    return ask_letter(claim, appeal.status, f"appeal:{appeal.id}", now, facts=facts)


def write_letter(letter_id: int, now: datetime) -> None:
    """The job that writes a letter; one that is written is left as it is. Raises NotFound."""
    letter = db.session.scalars(
        select(Letter)
        .where(Letter.id == letter_id)
        .with_for_update(of=Letter)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if letter is None:
        raise NotFound("letter.unknown", "Ce courrier n’existe pas.")
    if letter.written_at is not None:
        db.session.rollback()
        return
    issuer = the_issuer()
    template = template_on(letter.kind, civil_date(letter.asked_at))
    content = build_letter(letter, template, issuer.contact)
    pdf = issuer.sealer.seal(
        letter_pdf(content, demo=issuer.demo),
        signed_at=now,
        reason=f"{content.title}, dossier {content.number}",
        location="Paris",
    )
    letter.template_version = template.version
    letter.content, letter.content_sha256 = content.to_dict(), content.digest()
    letter.pdf, letter.pdf_sha256 = pdf, hashlib.sha256(pdf).hexdigest()
    letter.written_at = now
    record(
        "letter.written",
        f"claim:{letter.claim.number}",
        SERVICE,
        now,
        kind=letter.kind,
        about=letter.about,
        template=template.version,
        content_sha256=letter.content_sha256,
        pdf_sha256=letter.pdf_sha256,
    )
    db.session.commit()


def letters_of(claim_id: int) -> Sequence[Letter]:
    """The letters of a dossier, those yet to be written too, the oldest first."""
    return db.session.scalars(select(Letter).where(Letter.claim_id == claim_id).order_by(Letter.id)).all()


def written_letter(claim: Claim, reference: str) -> Letter:
    """The written letter of a dossier under that reference. Raises NotFound."""
    letter = db.session.scalars(
        select(Letter).where(
            Letter.claim_id == claim.id, Letter.reference == reference, Letter.written_at.is_not(None)
        )
    ).one_or_none()
    if letter is None:
        raise NotFound("letter.unknown", "Ce courrier n’existe pas, ou n’est pas encore écrit.")
    return letter


def content_of(letter: Letter) -> LetterContent:
    """What a written letter says, as it was frozen."""
    if letter.content is None:
        raise ValueError("this letter is not written")
    return LetterContent.from_dict(letter.content)


def open_letter(claim: Claim, reference: str, actor: Actor, now: datetime) -> Letter:
    """A letter opened by someone of its company: what the dossier holds is then notified (art. 11). Raises NotFound."""
    letter = written_letter(claim, reference)
    record_opening(claim, actor, now)
    return letter


def file_name(letter: Letter) -> str:
    """The name its PDF is handed out under."""
    return f"{_NAMES[letter.kind]}-{letter.claim.number}-{letter.id}.pdf"


_NAMES = {
    **dict.fromkeys(("granted", "partly_granted", "refused", "pending", "rule"), "decision"),
    **dict.fromkeys(("appeal", "confirmed", "annulled", "rejected_late"), "decision-sur-recours"),
    "silence": "refus-ne-du-silence",
    "waiting": "liste-d-attente",
    "reasons": "motifs",
    "hearing": "retrait-envisage",
    "revoked": "retrait",
    "dropped": "retrait-abandonne",
}
