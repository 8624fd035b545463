"""The proofs that undue sums leave no trace on orders but what they say: what is kept from each order, what each order
gives back, what was taken off those that were not paid (art. 14)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, select

from bonus.budget.models import Commitment, CreditRelease
from bonus.payments.models import PaymentOrder, PaymentOrderChange
from bonus.recoveries.models import RecoveryOrder
from bonus.recoveries.reduced import UNDONE
from bonus.recoveries.settlement_models import Settlement, SettlementShare

from .models import LedgerEntry
from .proof import Amounts, Proof, both, by_piece, entered

_OF_A_RECOVERY = LedgerEntry.key.like("cancelled:order:%:recovery:%")
_OF_UNDONE = CreditRelease.about.like(f"recovery:%{UNDONE}")
_OF_A_SUM = and_(CreditRelease.about.like("recovery:%"), ~_OF_UNDONE)
UNDUE = "undue"
"""Why an undue sum cancels an order (``PaymentOrderChange.why``)."""
FREEING = ("repaid", "offset")
"""What brought money back, and is given back when its titre is cancelled."""


def _order() -> ColumnElement[str]:
    number: ColumnElement[str] = PaymentOrder.__table__.c.number
    return literal("order:") + cast(number, String)


def _kept() -> tuple[Amounts, Amounts]:
    # An offset that is undone stays on its order: another order gives it back.
    settled = select(_order(), Settlement.amount_cents).join_from(
        Settlement, PaymentOrder, PaymentOrder.id == Settlement.payment_order_id
    )
    return select(_order(), PaymentOrder.offset_cents), settled.where(Settlement.kind == "offset")


def _given_back() -> tuple[Amounts, Amounts]:
    undone = Settlement.undone_at.is_not(None)
    repaid = (
        select(SettlementShare.decision_id, SettlementShare.amount_cents)
        .join_from(SettlementShare, Settlement, Settlement.id == SettlementShare.settlement_id)
        .where(undone, Settlement.kind == "repaid")
    )
    offset = (
        select(PaymentOrder.decision_id, Settlement.amount_cents)
        .join_from(Settlement, PaymentOrder, PaymentOrder.id == Settlement.payment_order_id)
        .where(undone)
    )
    # What orders lost to the sum of a titre that is cancelled is due again with it.
    lost = _released(undone=True)
    return entered(("restored",), by=LedgerEntry.decision_id), both(repaid, offset, lost)


def _undone() -> tuple[Amounts, Amounts]:
    number: ColumnElement[str] = RecoveryOrder.__table__.c.number
    freeing = (
        select(number, Settlement.amount_cents)
        .join_from(Settlement, RecoveryOrder, RecoveryOrder.id == Settlement.order_id)
        .where(Settlement.kind.in_(FREEING))
    )
    cancelled = freeing.where(RecoveryOrder.status == "cancelled")
    return freeing.where(Settlement.undone_at.is_not(None)), cancelled


def _restored() -> tuple[Amounts, Amounts]:
    gives_back = PaymentOrder.restores_id.is_not(None)
    orders = select(_order(), PaymentOrder.amount_cents).where(gives_back)
    numbers = select(_order()).where(gives_back)
    taken = entered(("cancelled",), by=LedgerEntry.piece).where(
        _OF_A_RECOVERY, LedgerEntry.piece.in_(numbers)
    )
    return entered(("restored",), by=LedgerEntry.piece), both(orders, taken)


def _released(*, undone: bool = False) -> Amounts:
    """The credits of what orders lost to undue sums, by decision; with ``undone``, those committed again since."""
    return (
        select(Commitment.decision_id, CreditRelease.amount_cents)
        .join_from(CreditRelease, Commitment, Commitment.id == CreditRelease.commitment_id)
        .where(_OF_UNDONE if undone else _OF_A_SUM)
    )


def _repaid() -> Select[int]:
    """The decisions of which something came back for a titre. When the bank then returns their transfer, more is taken
    off it than is still committed, and what is released is less: the proof of releases alone holds for them."""
    return (
        select(Commitment.decision_id)
        .join_from(CreditRelease, Commitment, Commitment.id == CreditRelease.commitment_id)
        .where(CreditRelease.about.like("settlement:%"))
    )


def _taken() -> tuple[Amounts, Amounts]:
    reduced = entered(("cancelled",), by=LedgerEntry.decision_id).where(
        _OF_A_RECOVERY, LedgerEntry.decision_id.not_in(_repaid())
    )
    return _released().where(Commitment.decision_id.not_in(_repaid())), both(reduced, _cancelled())


def _cancelled() -> Amounts:
    """The orders of which an undue sum took all: their entry is made with their status, and names no sum."""
    payable = PaymentOrder.amount_cents - PaymentOrder.offset_cents
    by_a_sum = select(PaymentOrderChange.order_id).where(
        PaymentOrderChange.action == "cancel", PaymentOrderChange.why == UNDUE
    )
    return select(PaymentOrder.decision_id, payable).where(
        PaymentOrder.status == "cancelled",
        PaymentOrder.id.in_(by_a_sum),
        PaymentOrder.decision_id.not_in(_repaid()),
    )


def _named() -> tuple[Amounts, Amounts]:
    """Of decisions of which no order was cancelled whole."""
    number = func.substr(LedgerEntry.key, func.length(literal("cancelled:") + LedgerEntry.piece) + 2)
    whole = select(PaymentOrder.decision_id).where(PaymentOrder.status == "cancelled")
    released = (
        select(CreditRelease.about, CreditRelease.amount_cents)
        .join_from(CreditRelease, Commitment, Commitment.id == CreditRelease.commitment_id)
        .where(_OF_A_SUM, Commitment.decision_id.not_in(whole), Commitment.decision_id.not_in(_repaid()))
    )
    named = entered(("cancelled",), by=number)
    mine = LedgerEntry.decision_id.not_in(whole), LedgerEntry.decision_id.not_in(_repaid())
    return released, named.where(_OF_A_RECOVERY, *mine)


UNDUE_PROOFS = (
    Proof(
        "kept",
        "Ce que chaque ordre dit compensé a soldé un titre, ni plus ni moins",
        "Parts des ordres compensées",
        "Compensations des titres",
        "art. 14",
        by_piece("{}", _kept),
    ),
    Proof(
        "undone",
        "Ce qui avait soldé un titre annulé est à rendre, et rien d’autre",
        "Remboursé ou compensé, à rendre",
        "Remboursé ou compensé des titres annulés",
        "art. 14",
        by_piece("titre:{}", _undone),
    ),
    Proof(
        "given_back",
        "Ce qui est rendu de chaque décision est ce que des titres annulés en avaient repris",
        "Rendu au grand livre",
        "Remboursé ou compensé, à rendre",
        "art. 14",
        by_piece("decision:{}", _given_back),
    ),
    Proof(
        "restored",
        "Chaque ordre qui rend demande ce qui est inscrit, moins ce qu’un indu en a retiré depuis",
        "Rendu au grand livre",
        "Ordres qui rendent, et retiré de ces ordres",
        "art. 14",
        by_piece("{}", _restored),
    ),
    Proof(
        "taken",
        "Ce que des indus ont retiré d’ordres non payés est dégagé de chaque décision",
        "Dégagé pour indu",
        "Ordres réduits ou annulés au grand livre",
        "art. 14",
        by_piece("decision:{}", _taken),
    ),
    Proof(
        "named",
        "Ce que chaque indu a retiré d’ordres non payés est inscrit à son nom",
        "Dégagé pour cet indu",
        "Inscrit pour cet indu",
        "art. 14",
        by_piece("{}", _named),
    ),
)
