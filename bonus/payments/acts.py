"""What an accounting officer does of one order: holds it, ends a hold, has it paid again (arts. 12 and 13).

An order is never cancelled here: what is due is due by a decision, and only another decision takes it back (arts. 11
and 14).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.audit.service import Actor, record
from bonus.claims.role_models import ACCOUNTANT
from bonus.claims.roles import take_role
from bonus.claims.unseen import plain_words
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP

from .due import not_for
from .holds import free, hold, reopen
from .liquidations import INSOLVENCY, begin_liquidation, end_liquidation, locked_company_of
from .models import PaymentOrder
from .order_status import ORDER_STATUSES, TABLE

BY_PERSON = ("by_hand", INSOLVENCY)
"""Reasons that a person gives, and ends; the others end with their cause."""
LEAST_WORDS, MOST_WORDS = 10, 500


def may_act(order: PaymentOrder, action: str) -> bool:
    """Whether the status of an order allows an act; one that is held already may be held for another reason."""
    return (order.status, action) in TABLE


def hold_order(number: str, reason: str, words: str, actor: Actor, now: datetime) -> PaymentOrder:
    """Hold an order for a reason of ``BY_PERSON``, which the officer explains; in a batch, it keeps that batch from
    leaving. A company in liquidation is so for all that it is owed: every order of it is held. Commits.

    Raises InvalidInput for no such reason or words that say too little, NotFound, Refusal when it is with the bank,
    paid or ended, or is held so already, Forbidden for the wrong role or under art. 12.
    """
    if reason not in BY_PERSON:
        raise InvalidInput("payment.hold_reason", "Choisissez pourquoi l’ordre est retenu.", field="reason")
    words = _required(words, "words", "Dites pourquoi cet ordre est retenu")
    company = locked_company_of(number) if reason == INSOLVENCY else None
    order = locked_order(number, actor)
    if not may_act(order, "hold"):
        raise _not_now(order)
    if not hold([order], reason, actor, now, words):
        raise Refusal("payment.held_already", "Cet ordre est déjà retenu pour ce motif.")
    if company is not None:
        begin_liquidation(company, words, actor, now)
    return noted("payment.held", order, actor, now, reason, words)


def free_order(number: str, reason: str, why: str, actor: Actor, now: datetime) -> PaymentOrder:
    """End a hold that a person ends (``BY_PERSON``): the order is due again once nothing else holds it. Commits.

    Raises InvalidInput for words that say too little, NotFound, Refusal when nothing holds it so, Forbidden.
    """
    why = _required(why, "words", "Dites pourquoi cet ordre n’a plus à être retenu")
    order = locked_order(number, actor)
    if reason not in BY_PERSON or all(one.reason != reason for one in order.standing_holds):
        raise Refusal("payment.not_held", "Cet ordre n’est plus retenu pour ce motif.")
    free([order], reason, actor, now, why)
    return noted("payment.freed", order, actor, now, reason, why)


def end_liquidation_of(number: str, words: str, actor: Actor, now: datetime) -> PaymentOrder:
    """Note that the company that an order pays is not in liquidation any more: all that waited for it is due again.
    Commits. Raises InvalidInput for words that say too little, NotFound, Refusal when it is not noted so, Forbidden."""
    words = _required(words, "words", "Dites comment la liquidation a pris fin")
    company = locked_company_of(number)
    order = locked_order(number, actor)
    end_liquidation(company, words, actor, now)
    return noted("payment.freed", order, actor, now, INSOLVENCY, words)


def reopen_order(number: str, why: str, actor: Actor, now: datetime) -> PaymentOrder:
    """Have an order paid again that the bank rejected or returned, its cause removed: it waits for another batch, or
    for what still holds it (a refused account holds it until another is approved). Commits.

    Raises InvalidInput for words that say too little, NotFound, Refusal when its money is not here, Forbidden.
    """
    why = _required(why, "words", "Dites ce qui a changé depuis que la banque a refusé cet ordre")
    order = locked_order(number, actor)
    if not may_act(order, "reopen"):
        raise _not_now(order)
    reopen(order, actor, now, why)
    return noted("payment.reopened", order, actor, now, order.status, why)


def locked_order(number: str, actor: Actor) -> PaymentOrder:
    """An order, locked until the transaction ends, on which this accounting officer may act. Raises NotFound, Forbidden
    for the wrong role or under art. 12."""
    if "accounting_officer" not in actor.roles:
        raise Forbidden("payment.wrong_role", "Cet acte revient à un agent comptable (art. 12).")
    order = db.session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.number == number)
        .with_for_update(of=PaymentOrder)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if order is None:
        raise NotFound("payment.no_order", "Aucun ordre de ce numéro.")
    if not_for(actor, [order.decision.claim_id]):
        raise Forbidden(
            "payment.acted_on",
            f"Vous êtes intervenu sur ce dossier à un autre titre, ou c’est celui de votre entreprise{NBSP}: un autre "
            "agent comptable doit agir (art. 12).",
        )
    return order


def _required(words: str, field: str, what: str) -> str:
    said = plain_words(words, field)
    if not LEAST_WORDS <= len(said) <= MOST_WORDS:
        raise InvalidInput(
            "payment.words", f"{what}, en {LEAST_WORDS} à {MOST_WORDS} caractères.", field=field
        )
    return said


def _not_now(order: PaymentOrder) -> Refusal:
    status = ORDER_STATUSES[order.status].lower()
    return Refusal(
        "payment.status", f"Cet ordre est «{NBSP}{status}{NBSP}»{NBSP}: cet acte n’est plus possible."
    )


def noted(
    action: str, order: PaymentOrder, actor: Actor, now: datetime, about: str, words: str
) -> PaymentOrder:
    """Note the role and the act, and commit."""
    if actor.person_id is not None:
        take_role(order.decision.claim_id, actor.person_id, ACCOUNTANT, now)
    record(action, f"payment:{order.number}", actor, now, about=about, reasons=words)
    db.session.commit()
    return order
