"""Batches carried to the bank by two accounting officers, for the tests of what comes after."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from bonus.accounts.models import AgentRole, Person
from bonus.audit.service import Actor
from bonus.extensions import db
from bonus.parts import debtor
from bonus.payments.batches import make_batch, sign_batch
from bonus.payments.files import send_batch, write_batch
from bonus.payments.models import PaymentBatch

ROLE = "accounting_officer"


def signer_for(actor: Actor) -> Actor:
    """Another accounting officer, who signs what this one makes."""
    found = db.session.scalars(
        select(Person)
        .join(AgentRole, AgentRole.person_id == Person.id)
        .where(AgentRole.role == ROLE, Person.id != actor.person_id)
        .order_by(Person.id)
    ).first()
    assert found is not None
    return Actor(found.name, person_id=found.id, roles=frozenset({ROLE}))


def written_batch(execution_on: date, today: date, actor: Actor, now: datetime) -> PaymentBatch:
    """A batch made by someone, signed by another, its file written."""
    batch = make_batch(execution_on, today, actor, now)
    signer = signer_for(actor)
    sign_batch(batch.number, signer, now)
    return write_batch(batch.number, debtor(), signer, now)


def sent_batch(execution_on: date, today: date, actor: Actor, now: datetime) -> PaymentBatch:
    """The same, handed to the bank."""
    return send_batch(written_batch(execution_on, today, actor, now).number, actor, now)
