"""Batches carried to the bank by two accounting officers, for the tests of what comes after."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from bonus.accounts.models import AgentRole, Person
from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.payments.batches import make_batch, sign_batch
from bonus.payments.files import send_batch, write_batch
from bonus.payments.models import PaymentBatch, PaymentOrder

ROLE = "accounting_officer"


def signer_for(actor: Actor) -> Actor:
    """Another accounting officer, who signs what this one makes."""
    officers = db.session.scalars(
        select(Person)
        .join(AgentRole, AgentRole.person_id == Person.id)
        .where(AgentRole.role == ROLE, Person.id != actor.person_id)
        .order_by(Person.id)
    )
    # Not one of those who may have acted on the dossiers otherwise (art. 12).
    found = next(person for person in officers if [one.role for one in person.agent_roles] == [ROLE])
    return Actor(found.name, person_id=found.id, roles=frozenset({ROLE}))


def written_batch(execution_on: date, today: date, actor: Actor, now: datetime) -> PaymentBatch:
    """A batch made by someone, signed by another, its file written."""
    batch = make_batch(execution_on, today, actor, now)
    signer = signer_for(actor)
    sign_batch(batch.number, signer, now)
    return write_batch(batch.number, signer, now)


def sent_batch(execution_on: date, today: date, actor: Actor, now: datetime) -> PaymentBatch:
    """The same, handed to the bank."""
    return send_batch(written_batch(execution_on, today, actor, now).number, actor, now)


def reason_of(order: PaymentOrder) -> str | None:
    """What holds an order now: the codes of the reasons that stand; None when nothing does."""
    return " ".join(hold.reason for hold in order.standing_holds) or None


def orders_sent(batch: PaymentBatch) -> list[PaymentOrder]:
    """The orders of a batch, by number."""
    query = select(PaymentOrder).where(PaymentOrder.batch_id == batch.id).order_by(PaymentOrder.number)
    return list(db.session.scalars(query))


def file_of(batch: PaymentBatch) -> bytes:
    """The content of the one file of a small batch."""
    (file,) = batch.files
    return file.content
