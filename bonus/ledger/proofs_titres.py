"""The proofs that titres de perception say what the ledger claims, and what settled them (art. 14)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, String, cast, literal, or_, select

from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.settlement_models import Overpayment, Settlement

from .models import LedgerEntry
from .proof import Amounts, Proof, by_piece, credit_balance, debit_balance, entered

SETTLED = ("repaid", "offset", "waived", "barred")
"""The kinds of entry that settle a titre."""
_BY_PIECE = LedgerEntry.piece


def _piece() -> ColumnElement[str]:
    number: ColumnElement[str] = RecoveryOrder.__table__.c.number
    return literal("titre:") + cast(number, String)


def _claimed() -> tuple[Amounts, Amounts]:
    return select(_piece(), RecoveryOrder.amount_cents), entered(("claimed",), by=_BY_PIECE)


def _settled() -> tuple[Amounts, Amounts]:
    # What was barred, then found to have been paid or interrupted in time, is claimed again.
    parts = (
        select(_piece(), Settlement.amount_cents)
        .join_from(Settlement, RecoveryOrder, RecoveryOrder.id == Settlement.order_id)
        .where(or_(Settlement.kind != "barred", Settlement.undone_at.is_(None)))
    )
    return parts, entered(SETTLED, ("unbarred",), by=_BY_PIECE)


def _remaining() -> tuple[Amounts, Amounts]:
    return select(_piece(), RecoveryOrder.remaining_cents), debit_balance("receivable", by=_BY_PIECE)


def _too_much() -> Select[str, int]:
    return select(_piece(), Overpayment.amount_cents).join_from(
        Overpayment, RecoveryOrder, RecoveryOrder.id == Overpayment.order_id
    )


def _overpaid() -> tuple[Amounts, Amounts]:
    return _too_much(), entered(("overpaid",), by=_BY_PIECE)


def _refundable() -> tuple[Amounts, Amounts]:
    kept = _too_much().where(Overpayment.handled_at.is_(None))
    return kept, credit_balance("refundable", by=_BY_PIECE)


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
    Proof(
        "overpaid",
        "Ce qui est reçu au-delà d’un titre est au grand livre",
        "Trop-perçus enregistrés",
        "Reçu au-delà des titres au grand livre",
        "art. 14",
        by_piece("{}", _overpaid),
    ),
    Proof(
        "refundable",
        "Les trop-perçus qui ne sont pas restitués sont dus",
        "Trop-perçus à restituer",
        "Compte des trop-perçus à restituer",
        "art. 14",
        by_piece("{}", _refundable),
    ),
)
