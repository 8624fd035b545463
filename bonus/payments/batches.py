"""Batches of payment orders: made by one accounting officer, signed by another, or dismissed (arts. 12 and 13).

What goes through the orders is done by slices (``batch_work``): at once when they are few, by a job when they are many.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from bonus.audit.service import Actor, record
from bonus.calendar import civil_date
from bonus.claims.models import Decision
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.numbering import next_number
from bonus.regulation.wording import french

from .batch_checks import (
    claims_of,
    locked_batch,
    note_who_pays,
    require_idle,
    require_status,
    require_whole,
)
from .batch_work import begin
from .due import due_orders
from .models import PaymentBatch, PaymentOrder

MOST_NAMED = 5
"""Dossiers named in one sentence."""
LEAST_WORDS, MOST_WORDS = 10, 500


def make_batch(execution_on: date, today: date, actor: Actor, now: datetime) -> PaymentBatch:
    """Put every payable order in one batch, to be signed; who makes it has then paid these dossiers, and acts on them
    in no other role (art. 12). Commits; many orders are taken by a job, and the batch is ``making`` meanwhile.

    Raises InvalidInput for an execution day that is past, Forbidden when all that is due is for another person to pay,
    Refusal when nothing is due.
    """
    if execution_on < today:
        raise InvalidInput(
            "payment.execution_past",
            "La date d’exécution est passée : choisissez aujourd’hui ou un jour à venir.",
            field="execution_on",
        )
    if "accounting_officer" not in actor.roles:
        raise Forbidden("payment.wrong_role", "Seul un agent comptable constitue un lot (art. 12).")
    number = next_number(
        "payment_batches", today.year
    )  # locked: of two who make one at once, one finds the rest
    due = due_orders(actor, limit=0)
    if not due.count:
        others = due_orders(actor).acted_on
        if others:
            raise _for_another(others)
        raise Refusal("payment.nothing_due", "Aucun ordre n’est à payer pour le moment.")
    batch = PaymentBatch(
        number=f"LOT-{today.year}-{number:06d}",
        status="making",
        created_at=now,
        created_by_id=actor.person_id,
        execution_on=execution_on,
        orders_count=0,
        total_cents=0,
    )
    db.session.add(batch)
    return begin(batch, "make", due.count, now)


def sign_batch(number: str, actor: Actor, now: datetime) -> PaymentBatch:
    """Sign a batch that somebody else made: its file may then be written (art. 12).

    Raises NotFound, Refusal when it is not to sign, an order is held or the sums differ, Forbidden for who made it or
    acted on one of its dossiers in another role.
    """
    batch = locked_batch(number)
    require_status(batch, "made")
    require_idle(batch)
    if "accounting_officer" not in actor.roles:
        raise Forbidden("payment.wrong_role", "Seul un agent comptable signe un lot (art. 12).")
    if actor.person_id == batch.created_by_id:
        raise Forbidden(
            "payment.own_batch",
            "Vous avez constitué ce lot : un autre agent comptable doit le signer (art. 12).",
        )
    require_whole(batch, civil_date(now))
    for claim_ids in claims_of(batch):
        note_who_pays(claim_ids, actor, now)
    batch.status, batch.signed_at, batch.signed_by_id = "signed", now, actor.person_id
    record("payment.batch_signed", f"batch:{batch.number}", actor, now, total_cents=batch.total_cents)
    db.session.commit()
    return batch


def dismiss_batch(number: str, words: str, actor: Actor, now: datetime) -> PaymentBatch:
    """Give up a batch that is not with the bank: its orders are to pay again, in another; those held stay so. Commits;
    many orders are taken out by a job.

    Raises InvalidInput for reasons that say too little, NotFound, Refusal when it is sent or dismissed, Forbidden.
    """
    words = words.strip()
    if not LEAST_WORDS <= len(words) <= MOST_WORDS:
        raise InvalidInput(
            "payment.dismissed_why",
            "Dites pourquoi ce lot est écarté, en 10 à 500 caractères.",
            field="words",
        )
    if "accounting_officer" not in actor.roles:
        raise Forbidden("payment.wrong_role", "Seul un agent comptable écarte un lot (art. 12).")
    batch = locked_batch(number)
    require_status(batch, "made", "signed", "written")
    require_idle(batch)
    batch.dismissed_by_id, batch.dismissed_why = actor.person_id, words
    return begin(batch, "dismiss", batch.orders_count, now)


def batch_named(number: str) -> PaymentBatch | None:
    """A batch to show; None when there is none of that number."""
    return db.session.scalars(select(PaymentBatch).where(PaymentBatch.number == number)).one_or_none()


PAGE_SIZE = 100


def orders_page(batch: PaymentBatch, page: int) -> tuple[Sequence[PaymentOrder], int]:
    """One page of the orders of a batch, by number, each with what holds it, and how many there are."""
    mine = PaymentOrder.batch_id == batch.id
    total = db.session.scalar(select(func.count()).select_from(PaymentOrder).where(mine)) or 0
    shown = (joinedload(PaymentOrder.decision).joinedload(Decision.claim), selectinload(PaymentOrder.holds))
    query = select(PaymentOrder).where(mine).order_by(PaymentOrder.number).options(*shown)
    return db.session.scalars(query.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)).all(), total


def batches() -> Sequence[PaymentBatch]:
    """Every batch with its files, the latest first; a file's content is read one at a time."""
    shown = (
        joinedload(PaymentBatch.created_by).lazyload("*"),
        joinedload(PaymentBatch.signed_by).lazyload("*"),
        selectinload(PaymentBatch.files),
    )
    return db.session.scalars(select(PaymentBatch).options(*shown).order_by(PaymentBatch.id.desc())).all()


def _for_another(orders: Sequence[PaymentOrder]) -> Forbidden:
    """What someone is told who may pay none of what is due, with the dossiers, the first of them when they are many."""
    numbers = sorted({str(order.decision.claim.number) for order in orders})
    named = ", ".join(numbers[:MOST_NAMED])
    if len(numbers) > MOST_NAMED:
        others = len(numbers) - MOST_NAMED
        named += " et un autre" if others == 1 else f" et {others} autres"
    which = f"le dossier {named}" if len(numbers) == 1 else f"les dossiers {named}"
    return Forbidden(
        "payment.nothing_due",
        french(
            f"Vous êtes déjà intervenu sur {which} à un autre titre : un autre agent comptable doit payer (art. 12)."
        ),
    )
