"""What a batch must be before an act on it: at its step, idle, whole, and nobody acting in two roles (arts. 12, 13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from bonus.audit.service import Actor
from bonus.bulk import BATCH
from bonus.claims.models import Decision
from bonus.claims.role_models import ACCOUNTANT
from bonus.claims.roles import acted_otherwise, same_person, take_roles
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.regulation.wording import french

from .debts import not_barred
from .due import PAYABLE_CENTS
from .models import PaymentBatch, PaymentFile, PaymentHold, PaymentOrder, PaymentTransfer

MOST_NAMED = 5
"""Orders named in one sentence."""


def locked_batch(number: str) -> PaymentBatch:
    """A batch, its row locked and read again. Raises NotFound."""
    batch = _locked(PaymentBatch.number == number)
    if batch is None:
        raise NotFound("payment.batch_unknown", "Ce lot n’existe pas.")
    return batch


def locked_batch_of(batch_id: int) -> PaymentBatch | None:
    """The same by its id; None when there is none."""
    return _locked(PaymentBatch.id == batch_id)


def _locked(which: ColumnElement[bool]) -> PaymentBatch | None:
    query = select(PaymentBatch).where(which).with_for_update(of=PaymentBatch)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def require_status(batch: PaymentBatch, *statuses: str) -> None:
    """Raise Refusal when a batch is not at one of these steps: someone else was quicker."""
    if batch.status not in statuses:
        raise Refusal(
            "payment.batch_status",
            f"Le lot {batch.number} n’en est plus là{NBSP}: rechargez la page pour voir où.",
        )


def require_idle(batch: PaymentBatch) -> None:
    """Raise Refusal while a long work is under way on a batch."""
    if batch.work is not None:
        raise Refusal(
            "payment.batch_busy",
            f"Un travail est en cours sur le lot {batch.number}{NBSP}: attendez qu’il soit terminé.",
        )


def require_whole(batch: PaymentBatch, today: date) -> None:
    """Raise Refusal while an order of a locked batch is held, when the debt of one is barred (art. 14), or when its
    orders do not add up to what it says."""
    mine = (PaymentOrder.batch_id == batch.id, PaymentOrder.status == "in_batch")
    held = select(PaymentOrder.number).where(
        *mine,
        PaymentOrder.id.in_(select(PaymentHold.order_id).where(PaymentHold.freed_at.is_(None))),
    )
    require_none_held(db.session.scalars(held.order_by(PaymentOrder.number).limit(MOST_NAMED + 1)).all())
    barred = select(PaymentOrder.number).join(PaymentOrder.decision).where(*mine, ~not_barred(today))
    numbers = db.session.scalars(barred.order_by(PaymentOrder.number).limit(MOST_NAMED + 1)).all()
    if numbers:
        raise Refusal(
            "payment.barred_in_batch",
            french(
                f"Dans le lot {batch.number}, la dette est prescrite (art. 14) : {', '.join(numbers[:MOST_NAMED])}. "
                "Écartez ce lot et faites-en un autre."
            ),
        )
    sums = select(func.count(), func.coalesce(func.sum(PAYABLE_CENTS), 0)).where(*mine)
    count, total = db.session.execute(sums.select_from(PaymentOrder)).one()
    if (count, int(total)) != (batch.orders_count, batch.total_cents):
        raise Refusal(
            "payment.batch_differs",
            f"Les ordres du lot {batch.number} ne font plus son total{NBSP}: écartez ce lot et faites-en un autre.",
        )


def require_none_held(numbers: Sequence[str]) -> None:
    """Raise Refusal when these orders, which are held, are some."""
    if not numbers:
        return
    named = ", ".join(numbers[:MOST_NAMED])
    which = f"L’ordre {named} est retenu" if len(numbers) == 1 else f"Des ordres sont retenus ({named}…)"
    sentence = f"{which} : ce lot ne peut pas partir ainsi. Écartez-le, puis faites-en un autre sans eux."
    raise Refusal("payment.held_in_batch", french(sentence))


def require_same_accounts(batch: PaymentBatch) -> None:
    """Raise Refusal when the files of a locked batch would pay another account, another sum, or other orders than it
    holds by now."""
    written = (
        select(PaymentTransfer.order_id)
        .join(PaymentFile, PaymentTransfer.file_id == PaymentFile.id)
        .join(PaymentOrder, PaymentTransfer.order_id == PaymentOrder.id)
        .where(
            PaymentFile.batch_id == batch.id,
            PaymentOrder.batch_id == batch.id,
            PaymentOrder.iban == PaymentTransfer.iban,
            PaymentTransfer.amount_cents == PAYABLE_CENTS,
        )
    )
    if db.session.scalar(select(func.count()).select_from(written.subquery())) != batch.orders_count:
        raise Refusal(
            "payment.file_outdated",
            f"Depuis l’écriture du fichier, le compte ou le montant d’un ordre a changé{NBSP}: écartez le lot "
            f"{batch.number} et faites-en un autre.",
        )


def claims_of(batch: PaymentBatch) -> Iterator[Sequence[int]]:
    """The dossiers of a batch by their ids, some thousands at a time."""
    last = 0
    while True:
        query = select(PaymentOrder.id, Decision.claim_id).join(PaymentOrder.decision)
        query = query.where(PaymentOrder.batch_id == batch.id, PaymentOrder.id > last)
        rows = db.session.execute(query.order_by(PaymentOrder.id).limit(BATCH)).all()
        if not rows:
            return
        last = rows[-1].id
        yield [row.claim_id for row in rows]


def note_who_pays(claim_ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Note that someone pays these dossiers (art. 12). Raises Forbidden when they acted otherwise on one of them."""
    if actor.person_id is None:
        return
    take_roles(((claim_id, actor.person_id) for claim_id in sorted(set(claim_ids))), ACCOUNTANT, now)
    if acted_otherwise(claim_ids, actor.person_id, ACCOUNTANT):  # in another tab, a moment ago
        raise same_person()
