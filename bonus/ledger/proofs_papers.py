"""The proofs that papers say what the accounts say: acts of envelopes, releases of credits, the bank's files."""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, case, cast, literal, select

from bonus.budget.models import Commitment, CreditRelease, Envelope, EnvelopeAct
from bonus.payments.models import PaymentBatch, PaymentFile, PaymentOrder, PaymentTransfer

from .models import LedgerEntry
from .proof import Amounts, Proof, by_piece, entered


def _acts() -> tuple[Amounts, Amounts]:
    return select(Envelope.year, Envelope.authorised_cents), select(EnvelopeAct.year, EnvelopeAct.delta_cents)


def _releases() -> tuple[Amounts, Amounts]:
    again = CreditRelease.kind.in_(("recommitted", "recommitted_late"))
    signed = case((again, -CreditRelease.amount_cents), else_=CreditRelease.amount_cents)
    written = select(Commitment.decision_id, signed).join_from(
        CreditRelease, Commitment, Commitment.id == CreditRelease.commitment_id
    )
    return select(Commitment.decision_id, Commitment.released_cents), written


def _named(number: ColumnElement[str]) -> ColumnElement[str]:
    return literal("order:") + cast(number, String)


def _handed() -> tuple[Amounts, Amounts]:
    number: ColumnElement[str] = PaymentOrder.__table__.c.number
    transfers = (
        select(_named(number), PaymentTransfer.amount_cents)
        .join_from(PaymentTransfer, PaymentOrder, PaymentOrder.id == PaymentTransfer.order_id)
        .join(PaymentFile, PaymentFile.id == PaymentTransfer.file_id)
        .join(PaymentBatch, PaymentBatch.id == PaymentFile.batch_id)
        .where(PaymentBatch.status == "sent")
    )
    return entered(("sent",), by=LedgerEntry.piece), transfers


def _files() -> tuple[Amounts, Amounts]:
    message: ColumnElement[str] = PaymentFile.__table__.c.message_id
    written = select(message, PaymentTransfer.amount_cents).join_from(
        PaymentTransfer, PaymentFile, PaymentFile.id == PaymentTransfer.file_id
    )
    return select(message, PaymentFile.total_cents), written


PAPER_PROOFS = (
    Proof(
        "acts",
        "Chaque enveloppe est la somme de ses actes",
        "Enveloppes",
        "Actes d’ouverture, de modification, d’annulation",
        "art. 10",
        by_piece("envelope:{}", _acts),
    ),
    Proof(
        "releases",
        "Ce qui est dégagé d’une décision est la somme de ses dégagements, rétablissements déduits",
        "Dégagé des engagements",
        "Dégagements",
        "art. 10",
        by_piece("decision:{}", _releases),
    ),
    Proof(
        "handed",
        "Ce que le grand livre dit remis à la banque est écrit dans un fichier remis, chaque fois",
        "Virements remis au grand livre",
        "Virements des fichiers remis",
        "art. 13",
        by_piece("{}", _handed),
    ),
    Proof(
        "files",
        "Chaque fichier pour la banque annonce ce que ses virements font",
        "Totaux des fichiers",
        "Virements",
        "art. 13",
        by_piece("file:{}", _files),
    ),
)
