"""Payment orders from decisions, and the batches that carry them to the bank (arts. 12 and 13)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import defer, joinedload
from sqlalchemy.sql.base import ExecutableOption

from bonus.accounts.acting import locked_company
from bonus.accounts.models import CompanyMember
from bonus.adapters.sepa import MAXIMUM_TRANSFERS, Address, PaymentFile, Transfer, payment_file
from bonus.adapters.sepa import BankAccount as SepaAccount
from bonus.audit.service import SERVICE, Actor, record
from bonus.claims.change_models import StatusChange
from bonus.claims.models import Claim, Decision
from bonus.claims.notice_words import paid
from bonus.claims.notices import News, tell_all
from bonus.claims.role_models import ACCOUNTANT
from bonus.claims.roles import acted_otherwise, same_person, take_roles
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.numbering import next_number
from bonus.regulation import load_parameters
from bonus.regulation.wording import french

from .accounts import payable_account
from .holding import REVOKED
from .models import PaymentBatch, PaymentOrder

MOST_NAMED = 5
"""Dossiers named in one sentence."""


def order_for_decision(decision_id: int, now: datetime) -> None:
    """Make what a decision grants due, once: a second run finds the order there and changes nothing."""
    decision = db.session.scalars(
        select(Decision).where(Decision.id == decision_id).with_for_update(of=Decision)
    ).one()
    ordered = db.session.scalars(
        select(PaymentOrder.id).where(PaymentOrder.decision_id == decision_id)
    ).first()
    if ordered is not None or not decision.bonus_cents:
        db.session.rollback()
        return
    # Locked: a change of account asked for at this moment holds this order too, or comes after it.
    company = locked_company(decision.claim.company_id)
    account, held_reason = payable_account(company)
    db.session.refresh(decision.claim)
    if decision.claim.status == "revoked":
        account, held_reason = None, REVOKED
    days = load_parameters().integer("payment.days", decision.decided_on)
    order = PaymentOrder(
        number=f"OP-{decision.decided_on.year}-{next_number('payment_orders', decision.decided_on.year):06d}",
        decision_id=decision.id,
        status="to_pay" if account else "held",
        held_reason=held_reason,
        payee=account.holder if account else company.name[:140],
        iban=account.iban if account else None,
        bic=account.bic if account else None,
        amount_cents=decision.bonus_cents,
        created_at=now,
        due_on=decision.decided_on + timedelta(days=days),
    )
    db.session.add(order)
    record(
        "payment.ordered",
        f"payment:{order.number}",
        SERVICE,
        now,
        amount_cents=order.amount_cents,
        decision=decision.id,
        status=order.status,
    )
    db.session.commit()


@dataclass(frozen=True)
class DueOrders:
    """What can be paid now, and what this person may not pay (art. 12): they acted on the dossier, or it is
    their own company's."""

    payable: list[PaymentOrder]
    acted_on: list[PaymentOrder]


def due_orders(actor: Actor, *, lock: bool = False) -> DueOrders:
    """The orders to pay, the oldest due date first; ``lock`` keeps them until the transaction ends."""
    query = (
        select(PaymentOrder)
        .where(PaymentOrder.status == "to_pay")
        .order_by(PaymentOrder.due_on, PaymentOrder.id)
        .limit(MAXIMUM_TRANSFERS)
        .options(_with_its_dossier())
    )
    if lock:
        query = query.with_for_update(of=PaymentOrder).execution_options(populate_existing=True)
    orders = list(db.session.scalars(query))
    excluded = _not_for(actor, [order.decision.claim_id for order in orders])
    return DueOrders(
        payable=[order for order in orders if order.decision.claim_id not in excluded],
        acted_on=[order for order in orders if order.decision.claim_id in excluded],
    )


def _with_its_dossier() -> ExecutableOption:
    """Lists name the dossier of each order."""
    return joinedload(PaymentOrder.decision).joinedload(Decision.claim)


def held_orders() -> list[PaymentOrder]:
    """The orders that wait for something, each with its reason."""
    query = select(PaymentOrder).where(PaymentOrder.status == "held").order_by(PaymentOrder.due_on)
    return list(db.session.scalars(query.options(_with_its_dossier())))


def _not_for(actor: Actor, claim_ids: Sequence[int]) -> set[int]:
    """The dossiers this person acted on, in another of the State's roles or for their company, or that are of a
    company of theirs."""
    acted = select(StatusChange.claim_id).where(StatusChange.person_id == actor.person_id)
    otherwise = acted_otherwise(claim_ids, actor.person_id, ACCOUNTANT)
    companies = select(CompanyMember.company_id).where(CompanyMember.person_id == actor.person_id)
    return otherwise | set(
        db.session.scalars(
            select(Claim.id).where(
                Claim.id.in_(claim_ids), or_(Claim.id.in_(acted), Claim.company_id.in_(companies))
            )
        )
    )


def make_batch(
    debtor: SepaAccount, execution_on: date, today: date, actor: Actor, now: datetime
) -> PaymentBatch:
    """Put every payable order in one batch and write its file, once; who makes it has then paid these dossiers, and
    acts on them in no other role (art. 12).

    Raises InvalidInput for an execution day that is past, Forbidden when all that is due is for another person to pay,
    Refusal when nothing is due.
    """
    if execution_on < today:
        raise InvalidInput(
            "payment.execution_past",
            "La date d’exécution est passée : choisissez aujourd’hui ou un jour à venir.",
            field="execution_on",
        )
    due = due_orders(actor, lock=True)
    orders = due.payable
    if not orders and due.acted_on:
        raise _for_another(due.acted_on)
    if not orders:
        raise Refusal("payment.nothing_due", "Aucun ordre n’est à payer pour le moment.")
    number = f"LOT-{today.year}-{next_number('payment_batches', today.year):06d}"
    content = payment_file(
        PaymentFile(
            message_id=number,
            created_at=now,
            debtor=debtor,
            transfers=tuple(_transfer(order, execution_on) for order in orders),
        )
    )
    batch = PaymentBatch(
        number=number,
        created_at=now,
        created_by_id=actor.person_id,
        execution_on=execution_on,
        orders_count=len(orders),
        total_cents=sum(order.amount_cents for order in orders),
        file=content,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    db.session.add(batch)
    db.session.flush()
    for order in orders:
        order.status, order.batch_id = "in_batch", batch.id
    _note_who_pays([order.decision.claim_id for order in orders], actor, now)
    tell_all([_news(order, execution_on) for order in orders], now)
    record(
        "payment.batched",
        f"batch:{batch.number}",
        actor,
        now,
        orders=[order.number for order in orders],
        total_cents=batch.total_cents,
        sha256=batch.sha256,
    )
    db.session.commit()
    return batch


def _note_who_pays(claim_ids: Sequence[int], actor: Actor, now: datetime) -> None:
    if actor.person_id is None:
        return
    take_roles(((claim_id, actor.person_id) for claim_id in sorted(set(claim_ids))), ACCOUNTANT, now)
    if acted_otherwise(claim_ids, actor.person_id, ACCOUNTANT):  # in another tab, a moment ago
        raise same_person()


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
            f"Vous êtes déjà intervenu sur {which} à un autre titre : un autre agent comptable doit payer (art. 12)."
        ),
    )


def _news(order: PaymentOrder, execution_on: date) -> News:
    claim = order.decision.claim
    return News(claim.company_id, "paid", order.number, paid(str(claim.number), execution_on), claim)


def _transfer(order: PaymentOrder, execution_on: date) -> Transfer:
    claim: Claim = order.decision.claim
    company = claim.company
    if order.iban is None or claim.number is None:
        raise ValueError(f"order {order.number} is to pay without an IBAN or a dossier number")
    address = Address(
        town=company.town, country=company.country, postcode=company.postcode, street=company.street
    )
    return Transfer(
        order_number=order.number,
        claim_number=claim.number,
        payee=SepaAccount(holder=order.payee, iban=order.iban, address=address, bic=order.bic),
        amount_cents=order.amount_cents,
        execution_date=execution_on,
    )


def batches() -> Sequence[PaymentBatch]:
    """Every batch, the latest first."""
    # Of who made them the name alone is shown; a file is opened one at a time.
    shown = (joinedload(PaymentBatch.created_by).lazyload("*"), defer(PaymentBatch.file))
    return db.session.scalars(select(PaymentBatch).options(*shown).order_by(PaymentBatch.id.desc())).all()


def download(batch_number: str, actor: Actor, now: datetime) -> PaymentBatch | None:
    """The batch whose file is being taken, with the trace of it; None when there is none of that number."""
    batch = db.session.scalars(select(PaymentBatch).where(PaymentBatch.number == batch_number)).one_or_none()
    if batch is not None:
        record("payment.file_downloaded", f"batch:{batch.number}", actor, now, sha256=batch.sha256)
        db.session.commit()
    return batch
