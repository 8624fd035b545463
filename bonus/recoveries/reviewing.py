"""Undue sums after what they came from was corrected (art. 14): a label that was not withdrawn after all, a withdrawal
annulled. Nobody pays what is no longer due; what the law leaves to a person is kept for that person to decide."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.audit.service import SERVICE, Actor, record
from bonus.claims.models import Claim
from bonus.claims.notices import tell
from bonus.claims.revocation_models import Revocation
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.money import format_euros
from bonus.regulation.wording import french

from . import settlement_words, words
from .drafting import drop_after_restoration
from .ending import cancel_locked, waive_rest
from .models import Recovery
from .notifying import ask_letter
from .review_models import RecoveryReview
from .reviews import CLAIMING, close_review, excess_cents, standing_review
from .settlement import locked_titre, tell_settled

ANNULLED = french("Le retrait de la décision est annulé (art. 11).")


def review_after_change(claim: Claim, change_id: int, now: datetime) -> int:
    """Look again at the undue sums of a locked dossier that the registry is a reason for, after a change of it, in the
    caller's transaction; how many ask for too much."""
    query = select(Recovery).where(Recovery.claim_id == claim.id).order_by(Recovery.id)
    found = 0
    for recovery in db.session.scalars(query):
        if any(one["kind"] == "registry" for one in recovery.changes):
            why = "Ce que le registre des labels dit d’un achat de ce dossier a changé depuis."
            found += _review(recovery, f"change:{change_id}", why, now)
    return found


def _review(recovery: Recovery, about: str, why: str, now: datetime) -> bool:
    """Keep for a person what an undue sum asks too much for; what was kept before is closed when it is no more."""
    excess = excess_cents(recovery, now)
    former = standing_review(recovery.id)
    if former is not None and (former.about == about or former.excess_cents == excess):
        return bool(excess)
    close_review(recovery, now)
    if not excess:
        return False
    sentence = french(f"{why} {format_euros(excess)} ne sont plus indus.")
    db.session.add(
        RecoveryReview(
            recovery_id=recovery.id, about=about, sentence=sentence, excess_cents=excess, opened_at=now
        )
    )
    db.session.flush()
    if recovery.order is not None:
        told = settlement_words.reviewed(recovery.order.number, excess)
        tell_settled(recovery.order, told, about, now)
    record(
        "recovery.to_review",
        f"claim:{recovery.claim.number}",
        SERVICE,
        now,
        recovery=recovery.number,
        excess_cents=excess,
        reasons=sentence,
    )
    return True


def end_after_restoration(revocation: Revocation, actor: Actor, now: datetime) -> None:
    """End what a withdrawal that is annulled had claimed, in the caller's transaction: an undue sum is dropped, and its
    company told; a titre is cancelled, what was taken of it due to the company again. When the credits for that are
    missing, at least nothing more is claimed, and the rest is kept for an officer."""
    query = select(Recovery).where(Recovery.revocation_id == revocation.id).order_by(Recovery.id)
    for recovery in db.session.scalars(query).all():
        if recovery.order is not None:
            _end_titre(recovery, actor, now)
        elif recovery.decided_at is None:
            was_told = recovery.notified_at is not None
            drop_after_restoration(revocation, actor, now)
            close_review(recovery, now)
            if was_told:
                ask_letter(recovery, "dropped", now)
                sentence = words.dropped(recovery.number, str(recovery.claim.number))
                tell(recovery.claim, "undue_dropped", sentence, now, about=f"recovery:{recovery.id}")


def _end_titre(recovery: Recovery, actor: Actor, now: datetime) -> None:
    assert recovery.order is not None
    titre = locked_titre(recovery.order.number)
    if titre.status not in CLAIMING:
        return
    try:
        with db.session.begin_nested():
            cancel_locked(titre, ANNULLED, actor, now)
            close_review(recovery, now)
    except Refusal as refusal:
        db.session.refresh(titre)
        waive_rest(titre, "annulation", ANNULLED, actor, now)
        why = f"{ANNULLED} Ce qui a été repris n’a pu être rendu : {refusal.sentence}"
        _review(recovery, f"restored:{recovery.revocation_id}", why, now)
