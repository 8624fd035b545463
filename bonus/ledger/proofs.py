"""The proofs that budget, decisions, orders and the ledger say the same, to the cent (arts. 10, 13 and 14).

Those of another part are added as a tuple of its own to ``check.PROOFS``.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select

from bonus.budget.models import Commitment, Envelope
from bonus.budget.service import RESERVED_FOR
from bonus.claims.models import Decision
from bonus.outbox import OutboxMessage
from bonus.payments.models import PaymentOrder

from .accounts import BUDGET_ACCOUNTS, GENERAL_ACCOUNTS, KINDS
from .models import LedgerEntry
from .proof import Amounts, Proof, both, by_piece, credit_balance, debit_balance, entered
from .proofs_titres import SETTLED

OWED = ("to_pay", "held", "in_batch", "rejected", "returned", "to_pay_again")
"""The statuses of an order whose money has not left, or has come back: it is owed."""
LEFT = ("sent", "executed")
"""Those of an order whose money is on its way, or arrived."""
DECISION, ENVELOPE = "decision:{}", "envelope:{}"
_BY_DECISION = LedgerEntry.decision_id
_BY_YEAR = LedgerEntry.year
_BY_ITSELF = "{}"
_NOT_BY_ORDERS = ("repaid", "overpaid", "given_back")
"""What the bank credits for titres, and what is given back of it: their own proofs say these (``proofs_titres``)."""
_OF_A_RECOVERY = LedgerEntry.key.like("cancelled:order:%:recovery:%")


def _envelope() -> tuple[Amounts, Amounts]:
    committed = select(Commitment.year, _still_committed())
    held = both(committed, debit_balance("open", by=_BY_YEAR))
    return select(Envelope.year, Envelope.authorised_cents), held


def _committed() -> tuple[Amounts, Amounts]:
    return select(Envelope.year, Envelope.committed_cents), debit_balance("committed", by=_BY_YEAR)


def _reserve() -> tuple[Amounts, Amounts]:
    small = select(Commitment.decision_id).where(Commitment.size_category.in_(sorted(RESERVED_FOR)))
    kept = debit_balance("committed", by=_BY_YEAR).where(_BY_DECISION.in_(small))
    return select(Envelope.year, Envelope.committed_sme_cents), kept


def _commitments() -> tuple[Amounts, Amounts]:
    return (
        select(Commitment.decision_id, _still_committed()),
        debit_balance("committed", by=_BY_DECISION),
    )


def _still_committed() -> ColumnElement[int]:
    return Commitment.amount_cents - Commitment.released_cents


def _decided() -> tuple[Amounts, Amounts]:
    return select(Decision.id, Decision.bonus_cents), select(Commitment.decision_id, Commitment.amount_cents)


def _granted() -> tuple[Amounts, Amounts]:
    return select(Decision.id, Decision.bonus_cents), entered(("granted",), by=_BY_DECISION)


def _ordered() -> tuple[Amounts, Amounts]:
    asked = select(OutboxMessage.subject_id).where(
        OutboxMessage.kind == "pay", OutboxMessage.done_at.is_(None)
    )
    not_yet = _without_order().where(Decision.id.in_(asked))
    # An order that gives back what was taken from another one pays nothing more.
    orders = select(PaymentOrder.decision_id, PaymentOrder.amount_cents).where(
        PaymentOrder.restores_id.is_(None)
    )
    return select(Decision.id, Decision.bonus_cents), both(orders, not_yet, _reduced())


def _reduced() -> Amounts:
    """What was taken off orders before they were paid, because it was not due (art. 14): they ask for less, and the
    ledger says for which undue sum (``about``: ``recovery:<number>``)."""
    give_back = select(literal("order:") + PaymentOrder.number).where(PaymentOrder.restores_id.is_not(None))
    taken = entered(("cancelled",), by=_BY_DECISION).where(_OF_A_RECOVERY)
    return taken.where(LedgerEntry.piece.not_in(give_back))


def _without_order() -> Amounts:
    """Decisions that grant and have no order yet: it is made after their commit, by a job."""
    return select(Decision.id, Decision.bonus_cents).where(
        Decision.bonus_cents > 0, Decision.id.not_in(select(PaymentOrder.decision_id))
    )


def _payable() -> tuple[Amounts, Amounts]:
    # An offset is about two decisions, the one that pays and the one repaid: it has a proof of its own.
    owed = case((PaymentOrder.status.in_(OWED), PaymentOrder.amount_cents), else_=PaymentOrder.offset_cents)
    orders = both(select(PaymentOrder.decision_id, owed), _without_order())
    return credit_balance("payable", by=_BY_DECISION, without=("offset",)), orders


def _orders(*statuses: str) -> Amounts:
    transferred = PaymentOrder.amount_cents - PaymentOrder.offset_cents
    return select(PaymentOrder.decision_id, transferred).where(PaymentOrder.status.in_(statuses))


def _in_transit() -> tuple[Amounts, Amounts]:
    return credit_balance("in_transit", by=_BY_DECISION), _orders("sent")


def _paid() -> tuple[Amounts, Amounts]:
    return credit_balance("bank", by=_BY_DECISION, without=_NOT_BY_ORDERS), _orders("executed")


def _cancelled() -> tuple[Amounts, Amounts]:
    whole = entered(("cancelled",), by=_BY_DECISION).where(~_OF_A_RECOVERY)
    return whole, _orders("cancelled")


def _offset() -> tuple[Amounts, Amounts]:
    key = literal("offset")
    return entered(("offset",), by=key), select(key, PaymentOrder.offset_cents)


def _receivable() -> tuple[Amounts, Amounts]:
    # What is left of a titre is never less than nothing: whoever repays too much is owed the rest otherwise.
    settled = entered(("claimed", "unbarred"), SETTLED, by=LedgerEntry.piece).subquery()
    piece, cents = settled.c
    left = select(piece, func.sum(cents).label("cents")).group_by(piece).subquery()
    at_least_nothing = case((left.c.cents > 0, left.c.cents), else_=0)
    return debit_balance("receivable", by=LedgerEntry.piece), select(left.c[0], at_least_nothing)


def _kinds() -> tuple[Amounts, Amounts]:
    known = or_(
        *(
            and_(LedgerEntry.kind == name, LedgerEntry.debit == kind.debit, LedgerEntry.credit == kind.credit)
            for name, kind in KINDS.items()
        )
    )
    key = case((known, LedgerEntry.kind), else_=LedgerEntry.key)
    right = case((known, LedgerEntry.amount_cents), else_=0)
    return select(key, LedgerEntry.amount_cents), select(key, right)


def _books() -> tuple[Amounts, Amounts]:
    def of(account: ColumnElement[str]) -> Amounts:
        book = case(
            (account.in_(list(BUDGET_ACCOUNTS)), "budget"),
            (account.in_(list(GENERAL_ACCOUNTS)), "general"),
            else_=account,
        )
        return select(book, LedgerEntry.amount_cents)

    debit, credit = LedgerEntry.__table__.c.debit, LedgerEntry.__table__.c.credit
    return of(debit), of(credit)


LEDGER_PROOFS = (
    Proof(
        "envelope",
        "L’enveloppe de chaque année est l’engagé et le disponible",
        "Enveloppes",
        "Engagements, et disponible au grand livre",
        "art. 10",
        by_piece(ENVELOPE, _envelope),
    ),
    Proof(
        "committed",
        "Ce que chaque enveloppe dit engagé est au grand livre",
        "Engagé des enveloppes",
        "Compte des autorisations engagées",
        "art. 10",
        by_piece(ENVELOPE, _committed),
    ),
    Proof(
        "reserve",
        "Ce qui est engagé pour les petites entreprises est au grand livre",
        "Part des enveloppes",
        "Autorisations engagées pour elles",
        "art. 10",
        by_piece(ENVELOPE, _reserve),
    ),
    Proof(
        "commitments",
        "L’engagement de chaque décision, moins ce qui en est dégagé, est au grand livre",
        "Engagements, dégagements déduits",
        "Compte des autorisations engagées",
        "art. 10",
        by_piece(DECISION, _commitments),
    ),
    Proof(
        "decided",
        "Ce que chaque décision accorde est engagé, ni plus ni moins",
        "Accordé par les décisions",
        "Engagements",
        "art. 10",
        by_piece(DECISION, _decided),
    ),
    Proof(
        "granted",
        "Ce que chaque décision accorde est inscrit comme dû",
        "Accordé par les décisions",
        "Bonus accordés au grand livre",
        "art. 13",
        by_piece(DECISION, _granted),
    ),
    Proof(
        "ordered",
        "Ce que chaque décision accorde a son ordre de paiement, ou une tâche qui va le faire",
        "Accordé par les décisions",
        "Ordres, ordres à faire, et réduits pour indu",
        "art. 13",
        by_piece(DECISION, _ordered),
    ),
    Proof(
        "payable",
        "Ce qui est dû est dans les ordres qui ne sont pas partis",
        "Compte des bonus à payer",
        "Ordres à payer, retenus, en lot, revenus",
        "art. 13",
        by_piece(DECISION, _payable),
    ),
    Proof(
        "in_transit",
        "Ce qui est remis à la banque est dans les ordres envoyés",
        "Compte des virements remis",
        "Ordres envoyés",
        "art. 13",
        by_piece(DECISION, _in_transit),
    ),
    Proof(
        "paid",
        "Ce qui est payé est ce qui fut exécuté, moins ce qui est revenu",
        "Exécuté moins retourné",
        "Ordres exécutés",
        "art. 13",
        by_piece(DECISION, _paid),
    ),
    Proof(
        "cancelled",
        "Ce qui n’est plus dû est dans les ordres annulés",
        "Ordres annulés au grand livre",
        "Ordres annulés",
        "art. 13",
        by_piece(DECISION, _cancelled),
    ),
    Proof(
        "offset",
        "Ce qui est compensé a été retenu sur des ordres",
        "Compensations au grand livre",
        "Parts des ordres compensées",
        "art. 14",
        by_piece(_BY_ITSELF, _offset),
    ),
    Proof(
        "receivable",
        "Ce qui reste à recouvrer est le réclamé, moins ce qui est rendu, compensé, remis ou prescrit",
        "Compte des indus à recouvrer",
        "Réclamé moins soldé",
        "art. 14",
        by_piece(_BY_ITSELF, _receivable),
    ),
    Proof(
        "kinds",
        "Chaque écriture va d’un compte à l’autre comme sa nature le veut",
        "Écritures",
        "Écritures conformes",
        "arts. 10 à 14",
        by_piece(_BY_ITSELF, _kinds),
    ),
    Proof(
        "books",
        "Débits et crédits se balancent, au budget comme en comptabilité générale",
        "Débits",
        "Crédits",
        "arts. 10 à 14",
        by_piece(_BY_ITSELF, _books),
    ),
)
