"""Orders whose debt time bars: four years after 31 December of its year (art. 14, law n° 68-1250 of 31 December 1968).

The year is that of the decision; of an order that gives back what a titre had taken, that of the cancellation. Art. 2
of that law interrupts the time, and four years run anew from the first day of the year after: by a transfer that is
issued, which the service knows (an order handed to the bank), and by a written claim of the creditor or an action in
court, which an accounting officer notes (``note_claim``) while the order stands. The service keeps nothing else of that
law: neither what suspends the time (art. 3) nor what relieves of it by a decision (art. 6).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import selectinload

from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date, format_date, start_of_day
from bonus.claims.models import Decision
from bonus.claims.notices import tell
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.money import format_euros
from bonus.recoveries.barring import STATE_DEBT_YEARS, debt_barred_on
from bonus.recoveries.giving_back import give_back
from bonus.regulation.wording import french

from .acts import locked_order, noted
from .models import PaymentOrder, PaymentOrderChange
from .order_changes import move
from .order_status import TABLE

WHY = "prescription quadriennale"
CLAIMED = "claim"
"""The step of an order by which a written claim of the creditor is noted; ``message`` is its day."""
CANCELLABLE = tuple(status for status, action in TABLE if action == "cancel")
OWED = (*CANCELLABLE, "in_batch")
"""Statuses of an order whose money has not left, or came back."""
LEAST_REFERENCE, MOST_REFERENCE = 3, 60


def barred_from(order: PaymentOrder) -> date:
    """The first day on which an order can no longer be paid."""
    years = [civil_date(order.created_at).year if order.restores_id else order.decision.decided_on.year]
    for change in order.changes:
        if change.action == "send":
            years.append(civil_date(change.at).year)
        elif change.action == CLAIMED:
            years.append(date.fromisoformat(change.message).year)
    return debt_barred_on(max(years))


def not_barred(today: date) -> ColumnElement[bool]:
    """Of orders joined to their decisions, those whose debt is not barred on a day."""
    first = date(today.year - STATE_DEBT_YEARS, 1, 1)
    moment = start_of_day(first)
    interrupted = exists().where(
        PaymentOrderChange.order_id == PaymentOrder.id,
        or_(
            and_(PaymentOrderChange.action == "send", PaymentOrderChange.at >= moment),
            and_(PaymentOrderChange.action == CLAIMED, PaymentOrderChange.message >= first.isoformat()),
        ),
    )
    return or_(
        and_(PaymentOrder.restores_id.is_(None), Decision.decided_on >= first),
        and_(PaymentOrder.restores_id.is_not(None), PaymentOrder.created_at >= moment),
        interrupted,
    )


def soon_barred(today: date, limit: int = 20) -> tuple[list[PaymentOrder], int]:
    """The orders that nobody paid and whose debt is barred on next 1 January, or is already: the ``limit`` oldest, and
    how many there are."""
    ending = and_(PaymentOrder.status.in_(OWED), ~not_barred(date(today.year + 1, 1, 1)))
    count = select(func.count()).select_from(PaymentOrder).join(PaymentOrder.decision).where(ending)
    query = select(PaymentOrder).join(PaymentOrder.decision).where(ending).order_by(PaymentOrder.id)
    shown = query.limit(limit).options(selectinload(PaymentOrder.changes))
    return list(db.session.scalars(shown)), db.session.scalar(count) or 0


def is_near(order: PaymentOrder, today: date) -> bool:
    """Whether an order that nobody paid is barred within a year, or is already."""
    return order.status in OWED and barred_from(order) <= date(today.year + 1, 1, 1)


def set_aside_barred(now: datetime) -> int:
    """Cancel each order whose debt is barred, one a transaction; how many. One in a batch waits for that batch to be
    dismissed: it can leave no more (``batch_checks``)."""
    today = civil_date(now)
    query = (
        select(PaymentOrder.number)
        .join(PaymentOrder.decision)
        .where(PaymentOrder.status.in_(CANCELLABLE), ~not_barred(today))
    )
    numbers = db.session.scalars(query.order_by(PaymentOrder.id)).all()
    db.session.rollback()
    return sum(_set_aside(number, now) for number in numbers)


def _set_aside(number: str, now: datetime) -> bool:
    order = db.session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.number == number)
        .with_for_update(of=PaymentOrder)
        .execution_options(populate_existing=True)
    ).one()
    day = barred_from(order)
    if order.status not in CANCELLABLE or civil_date(now) < day:
        db.session.rollback()
        return False
    cents, claim = order.payable_cents, order.decision.claim
    move(order, "cancel", SERVICE, now, why=WHY)
    give_back(order.decision, cents, f"order:{number}", now)
    sentence = french(
        f"{format_euros(cents)} de votre bonus (dossier {claim.number}, ordre {number}) n’ont pu vous être versés "
        f"avant le {format_date(day)} : cette créance est prescrite depuis ce jour (art. 14)."
    )
    tell(claim, "debt_barred", sentence, now, about=f"order:{number}")
    record("payment.barred", f"payment:{number}", SERVICE, now, amount_cents=cents, barred_on=day.isoformat())
    db.session.commit()
    return True


def note_claim(number: str, reference: str, on: date, actor: Actor, now: datetime) -> PaymentOrder:
    """Note that the creditor claimed an order in writing, or in court: the four years run anew from the year after.
    Committed.

    Raises InvalidInput for a reference or a day that cannot be, NotFound, Refusal when it is paid, ended or barred,
    Forbidden for the wrong role or under art. 12.
    """
    order = locked_order(number, actor)
    reference = " ".join(reference.split())
    if not LEAST_REFERENCE <= len(reference) <= MOST_REFERENCE:
        raise InvalidInput(
            "payment.claim_reference",
            f"Donnez la référence de la demande, en {LEAST_REFERENCE} à {MOST_REFERENCE} caractères.",
            field="reference",
        )
    if not civil_date(order.created_at) <= on <= civil_date(now):
        raise InvalidInput(
            "payment.claim_on", "La demande est d’un jour entre celui de l’ordre et aujourd’hui.", field="on"
        )
    if order.status not in OWED or on >= barred_from(order):
        raise Refusal("payment.claim_late", "Cette dette n’est plus à payer : rien ne l’interrompt plus.")
    db.session.add(
        PaymentOrderChange(
            order_id=order.id,
            at=now,
            action=CLAIMED,
            old_status=order.status,
            new_status=order.status,
            person_id=actor.person_id,
            why=reference,
            message=on.isoformat(),
        )
    )
    db.session.flush()
    db.session.expire(order, ["changes"])
    return noted("payment.claimed", order, actor, now, on.isoformat(), reference)
