"""Booking what the bank credited for titres de perception (art. 14): once for each reference of the bank."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from bonus import outbox
from bonus.audit.service import SERVICE
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.repayments import repay
from bonus.recoveries.settlement_models import Overpayment, Settlement
from bonus.regulation.wording import french

from . import kept_reasons as kept
from .answer_models import BankFinding

CREDIT = "bank_credit"
"""The outbox's message that books a credit; its subject is the line of the bank's file."""


def ask_bookings(file_id: int, now: datetime) -> None:
    """Have the credits of a file that name a titre booked, in the transaction that ends its application."""
    query = select(BankFinding.id).where(
        BankFinding.file_id == file_id, BankFinding.kind == "note", BankFinding.reason == kept.TITRE
    )
    for finding_id in db.session.scalars(query.order_by(BankFinding.id)).all():
        outbox.post(CREDIT, finding_id, now)


def book_credit(finding_id: int, now: datetime) -> None:
    """Book one credit: the job of ``CREDIT``, safe to run twice. What the titre does not take (none of that number, a
    reference that another payment bears…) is kept for a person. Commits."""
    finding = db.session.get(BankFinding, finding_id)
    if finding is None or (finding.kind, finding.reason) != ("note", kept.TITRE):
        db.session.rollback()
        return
    titre, cents, reference, on = finding.words, finding.amount_cents, finding.reference, finding.on
    assert cents is not None
    assert on is not None
    db.session.rollback()
    try:
        repay(titre, cents, reference, on, SERVICE, now)
    except Refusal as refusal:
        db.session.rollback()
        if refusal.code == "settlement.reference_known" and _is_booked(titre, cents, reference):
            _conclude(finding_id, "note", kept.TITRE_BOOKED, titre)
        else:
            reason = kept.UNKNOWN_TITRE if refusal.code == "settlement.unknown" else kept.TITRE_REFUSED
            _conclude(finding_id, "keep", reason, french(f"{titre} : {refusal.sentence}"))
    else:
        _conclude(finding_id, "note", kept.TITRE_BOOKED, titre)


def _is_booked(titre: str, cents: int, reference: str) -> bool:
    """Whether that very payment was booked: by another of the bank's files, by hand, or before a kill."""
    booked = 0
    for model in (Settlement, Overpayment):
        query = (
            select(func.coalesce(func.sum(model.amount_cents), 0))
            .join(RecoveryOrder, RecoveryOrder.id == model.order_id)
            .where(model.reference == " ".join(reference.split()), RecoveryOrder.number == titre)
        )
        booked += int(db.session.scalar(query) or 0)
    return booked == cents


def _conclude(finding_id: int, kind: str, reason: str, words: str) -> None:
    finding = db.session.get_one(BankFinding, finding_id)
    finding.kind, finding.reason, finding.words = kind, reason, words[:500]
    db.session.commit()
