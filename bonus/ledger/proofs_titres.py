"""The proofs that titres de perception say what the ledger claims, and what settled them (art. 14)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, cast, literal, select

from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.settlement_models import Settlement

from .models import LedgerEntry
from .proof import Amounts, Proof, by_piece, debit_balance, entered

SETTLED = ("repaid", "offset", "waived", "barred")
"""The kinds of entry that settle a titre."""
_BY_PIECE = LedgerEntry.piece


def _piece() -> ColumnElement[str]:
    number: ColumnElement[str] = RecoveryOrder.__table__.c.number
    return literal("titre:") + cast(number, String)


def _claimed() -> tuple[Amounts, Amounts]:
    return select(_piece(), RecoveryOrder.amount_cents), entered(("claimed",), by=_BY_PIECE)


def _settled() -> tuple[Amounts, Amounts]:
    parts = select(_piece(), Settlement.amount_cents).join_from(
        Settlement, RecoveryOrder, RecoveryOrder.id == Settlement.order_id
    )
    return parts, entered(SETTLED, by=_BY_PIECE)


def _remaining() -> tuple[Amounts, Amounts]:
    return select(_piece(), RecoveryOrder.remaining_cents), debit_balance("receivable", by=_BY_PIECE)


TITRE_PROOFS = (
    Proof(
        "claimed",
        "Ce que chaque titre de perception réclame est au grand livre",
        "Titres émis",
        "Réclamé au grand livre",
        "art. 14",
        by_piece("{}", _claimed),
    ),
    Proof(
        "settled",
        "Ce qui a soldé chaque titre est au grand livre",
        "Remboursé, compensé, remis ou prescrit",
        "Écritures qui soldent",
        "art. 14",
        by_piece("{}", _settled),
    ),
    Proof(
        "remaining",
        "Ce qui reste à payer de chaque titre est au compte des indus à recouvrer",
        "Restes à payer des titres",
        "Compte des indus à recouvrer",
        "art. 14",
        by_piece("{}", _remaining),
    ),
)
