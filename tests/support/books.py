"""What must hold of envelopes, commitments and the ledger, whatever happened: to the cent."""

from __future__ import annotations

from sqlalchemy import func, select

from bonus.budget.models import Commitment, CreditRelease, Envelope, EnvelopeAct
from bonus.budget.service import RESERVED_FOR
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry


def balance(account: str, year: int) -> int:
    """What an account was debited less what it was credited, of one budget year, in cents."""
    side = {
        name: db.session.scalar(
            select(func.coalesce(func.sum(LedgerEntry.amount_cents), 0)).where(
                getattr(LedgerEntry, name) == account, LedgerEntry.year == year
            )
        )
        for name in ("debit", "credit")
    }
    return int(side["debit"] or 0) - int(side["credit"] or 0)


def check_books() -> None:
    """Each envelope is the sum of its acts, holds its commitments, and is in the ledger as it is; a context is
    pushed."""
    db.session.rollback()
    for envelope in db.session.scalars(select(Envelope)):
        year = envelope.year
        acts = db.session.scalar(select(func.sum(EnvelopeAct.delta_cents)).where(EnvelopeAct.year == year))
        held = list(db.session.scalars(select(Commitment).where(Commitment.year == year)))
        left = [(one.amount_cents - one.released_cents, one.size_category) for one in held]
        assert envelope.authorised_cents == int(acts or 0)
        assert envelope.committed_cents == sum(cents for cents, _ in left) <= envelope.authorised_cents
        assert envelope.committed_sme_cents == sum(cents for cents, size in left if size in RESERVED_FOR)
        assert balance("committed", year) == envelope.committed_cents
        assert -balance("authorised", year) - balance("lapsed", year) == envelope.authorised_cents
        assert balance("open", year) == envelope.authorised_cents - envelope.committed_cents
        for one in held:
            assert _entered(one) == one.amount_cents - one.released_cents
            assert one.released_cents == _released(one)
    db.session.rollback()


def _entered(one: Commitment) -> int:
    entries = db.session.scalars(select(LedgerEntry).where(LedgerEntry.decision_id == one.decision_id))
    signs = {"committed": 1, "released": -1, "released_late": -1}
    return sum(signs.get(entry.kind, 0) * entry.amount_cents for entry in entries)


def _released(one: Commitment) -> int:
    rows = db.session.scalars(select(CreditRelease).where(CreditRelease.commitment_id == one.id))
    return sum((1 if row.kind.startswith("released") else -1) * row.amount_cents for row in rows)
