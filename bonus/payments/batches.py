"""Batches of payment orders: made by one accounting officer, signed by another, or dismissed (arts. 12 and 13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from bonus.audit.service import Actor, record
from bonus.claims.models import Decision
from bonus.claims.role_models import ACCOUNTANT
from bonus.claims.roles import acted_otherwise, same_person, take_roles
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.numbering import next_number
from bonus.regulation.wording import french

from .models import PaymentBatch, PaymentOrder
from .order_changes import move_rows, row_of
from .service import due_orders

MOST_NAMED = 5
"""Dossiers or orders named in one sentence."""
LEAST_WORDS, MOST_WORDS = 10, 500


def make_batch(execution_on: date, today: date, actor: Actor, now: datetime) -> PaymentBatch:
    """Put every payable order in one batch, to be signed; who makes it has then paid these dossiers, and acts on them
    in no other role (art. 12).

    Raises InvalidInput for an execution day that is past, Forbidden when all that is due is for another person to pay,
    Refusal when nothing is due.
    """
    if execution_on < today:
        raise InvalidInput(
            "payment.execution_past",
            "La date d’exécution est passée : choisissez aujourd’hui ou un jour à venir.",
            field="execution_on",
        )
    due = due_orders(actor, lock=True)
    orders = due.payable
    if not orders and due.acted_on:
        raise _for_another(due.acted_on)
    if not orders:
        raise Refusal("payment.nothing_due", "Aucun ordre n’est à payer pour le moment.")
    batch = PaymentBatch(
        number=f"LOT-{today.year}-{next_number('payment_batches', today.year):06d}",
        status="made",
        created_at=now,
        created_by_id=actor.person_id,
        execution_on=execution_on,
        orders_count=len(orders),
        total_cents=sum(order.payable_cents for order in orders),
    )
    db.session.add(batch)
    db.session.flush()
    move_rows(
        [row_of(order) for order in orders],
        "batch",
        actor,
        now,
        columns={"batch_id": batch.id},
        message=batch.number,
    )
    note_who_pays([order.decision.claim_id for order in orders], actor, now)
    record(
        "payment.batched",
        f"batch:{batch.number}",
        actor,
        now,
        orders=[order.number for order in orders],
        total_cents=batch.total_cents,
    )
    db.session.commit()
    return batch


def sign_batch(number: str, actor: Actor, now: datetime) -> PaymentBatch:
    """Sign a batch that somebody else made: its file may then be written (art. 12).

    Raises NotFound, Refusal when it is not to sign, an order is held or the sums differ, Forbidden for who made it or
    acted on one of its dossiers in another role.
    """
    batch = locked_batch(number)
    require_status(batch, "made")
    if "accounting_officer" not in actor.roles:
        raise Forbidden("payment.wrong_role", "Seul un agent comptable signe un lot (art. 12).")
    if actor.person_id == batch.created_by_id:
        raise Forbidden(
            "payment.own_batch",
            "Vous avez constitué ce lot : un autre agent comptable doit le signer (art. 12).",
        )
    orders = require_whole(batch)
    note_who_pays([order.decision.claim_id for order in orders], actor, now)
    batch.status, batch.signed_at, batch.signed_by_id = "signed", now, actor.person_id
    record("payment.batch_signed", f"batch:{batch.number}", actor, now, total_cents=batch.total_cents)
    db.session.commit()
    return batch


def dismiss_batch(number: str, words: str, actor: Actor, now: datetime) -> PaymentBatch:
    """Give up a batch that is not with the bank: its orders are to pay again, in another; those held stay so.

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
    orders = orders_of(batch)
    free_ones = [order for order in orders if not order.standing_holds]
    held = [order for order in orders if order.standing_holds]
    move_rows(
        [row_of(one) for one in free_ones],
        "unbatch",
        actor,
        now,
        columns={"batch_id": None},
        message=batch.number,
    )
    move_rows(
        [row_of(one) for one in held],
        "unbatch",
        actor,
        now,
        columns={"batch_id": None},
        message=batch.number,
        result="held",
    )
    batch.status, batch.dismissed_at, batch.dismissed_by_id = "dismissed", now, actor.person_id
    batch.dismissed_why = words
    record("payment.batch_dismissed", f"batch:{batch.number}", actor, now, reasons=words, orders=len(orders))
    db.session.commit()
    db.session.expire_all()
    return batch


def locked_batch(number: str) -> PaymentBatch:
    """A batch, its row locked and read again. Raises NotFound."""
    batch = db.session.scalars(
        select(PaymentBatch)
        .where(PaymentBatch.number == number)
        .with_for_update(of=PaymentBatch)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if batch is None:
        raise NotFound("payment.batch_unknown", "Ce lot n’existe pas.")
    return batch


def batch_named(number: str) -> PaymentBatch | None:
    """A batch to show; None when there is none of that number."""
    return db.session.scalars(select(PaymentBatch).where(PaymentBatch.number == number)).one_or_none()


def require_status(batch: PaymentBatch, *statuses: str) -> None:
    """Raise Refusal when a batch is not at one of these steps: someone else was quicker."""
    if batch.status not in statuses:
        raise Refusal(
            "payment.batch_status",
            f"Le lot {batch.number} n’en est plus là{NBSP}: rechargez la page pour voir où.",
        )


def orders_of(batch: PaymentBatch) -> Sequence[PaymentOrder]:
    """The orders of a batch by number, locked, each with what holds it."""
    return db.session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.batch_id == batch.id, PaymentOrder.status == "in_batch")
        .order_by(PaymentOrder.number)
        .options(
            joinedload(PaymentOrder.decision).joinedload(Decision.claim), selectinload(PaymentOrder.holds)
        )
        .with_for_update(of=PaymentOrder)
        .execution_options(populate_existing=True)
    ).all()


def require_whole(batch: PaymentBatch) -> Sequence[PaymentOrder]:
    """The orders of a locked batch, locked. Raises Refusal while one of them is held, or when they do not add up to
    what the batch says."""
    orders = orders_of(batch)
    held = [order.number for order in orders if order.standing_holds]
    if held:
        raise Refusal("payment.held_in_batch", _held_sentence(held))
    if (len(orders), sum(order.payable_cents for order in orders)) != (batch.orders_count, batch.total_cents):
        raise Refusal(
            "payment.batch_differs",
            f"Les ordres du lot {batch.number} ne font plus son total{NBSP}: écartez ce lot et faites-en un autre.",
        )
    return orders


def note_who_pays(claim_ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Note that someone pays these dossiers (art. 12). Raises Forbidden when they acted otherwise on one of them."""
    if actor.person_id is None:
        return
    take_roles(((claim_id, actor.person_id) for claim_id in sorted(set(claim_ids))), ACCOUNTANT, now)
    if acted_otherwise(claim_ids, actor.person_id, ACCOUNTANT):  # in another tab, a moment ago
        raise same_person()


def batches() -> Sequence[PaymentBatch]:
    """Every batch with its files, the latest first; a file's content is read one at a time."""
    shown = (
        joinedload(PaymentBatch.created_by).lazyload("*"),
        joinedload(PaymentBatch.signed_by).lazyload("*"),
        selectinload(PaymentBatch.files),
    )
    return db.session.scalars(select(PaymentBatch).options(*shown).order_by(PaymentBatch.id.desc())).all()


def _held_sentence(numbers: Sequence[str]) -> str:
    named = ", ".join(numbers[:MOST_NAMED])
    which = f"L’ordre {named} est retenu" if len(numbers) == 1 else f"Des ordres sont retenus ({named}…)"
    return french(f"{which} : ce lot ne peut pas partir ainsi. Écartez-le, puis faites-en un autre sans eux.")


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
