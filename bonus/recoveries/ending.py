"""What a titre ceases to claim by decision: reduced or cancelled, what was taken then given back (art. 14)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from bonus import outbox
from bonus.accounts.acting import locked_company, person_acting
from bonus.audit.service import Actor, record
from bonus.calendar import civil_date
from bonus.claims.models import Decision
from bonus.claims.role_models import OFFICER
from bonus.claims.roles import require_only_role, take_role
from bonus.errors import Forbidden, InvalidInput
from bonus.extensions import db
from bonus.ledger.service import Entry, enter
from bonus.money import format_euros
from bonus.numbering import next_number
from bonus.payments.accounts import payable_account
from bonus.payments.holds import held_by_rule
from bonus.payments.models import PaymentHold, PaymentOrder, PaymentOrderChange
from bonus.regulation import load_parameters
from bonus.regulation.wording import french

from . import settlement_words as words
from .drafting import require_words
from .giving_back import UNDUE, commitment_years, take_again
from .models import Recovery, RecoveryOrder
from .parts import cents_of, claimable_of
from .reduced import UNDONE, about_lost, lost_cents
from .reviews import close_if_right, close_review
from .settlement import (
    about_credits,
    locked_titre,
    next_reference,
    require_claimable,
    require_open,
    settle,
    tell_settled,
)
from .settlement_models import FREEING, Settlement


def waive(number: str, amount_cents: int, reasons: str, actor: Actor, now: datetime) -> Settlement:
    """An authorising officer reduces a titre by so much, with reasons; committed. What was paid stays so.

    Raises NotFound, InvalidInput, Refusal when it claims less than that, Forbidden for the wrong role or under art. 12.
    """
    titre = locked_titre(number)
    reasons = _decided(titre, reasons, actor, now)
    require_claimable(titre, civil_date(now))
    claimable = claimable_of(titre, civil_date(now))
    if not 0 < amount_cents <= cents_of(claimable):
        raise InvalidInput(
            "settlement.amount",
            french(f"Ce titre se réduit de {format_euros(cents_of(claimable))} au plus."),
            field="amount",
        )
    settlement = settle(
        titre,
        "waived",
        amount_cents,
        actor,
        now,
        reference=next_reference(titre, "remise"),
        received_on=civil_date(now),
        reasons=reasons,
        of=claimable,
    )
    close_if_right(titre.recovery, now)
    sentence = words.waived(titre.number, amount_cents, titre.remaining_cents)
    tell_settled(titre, sentence, settlement.reference, now)
    record(
        "settlement.waived",
        f"titre:{titre.number}",
        actor,
        now,
        amount_cents=amount_cents,
        remaining_cents=titre.remaining_cents,
        reasons=reasons,
    )
    db.session.commit()
    return settlement


def cancel(number: str, reasons: str, actor: Actor, now: datetime) -> list[PaymentOrder]:
    """An authorising officer cancels a titre, as if it had never been: the rest is not claimed, and what was repaid or
    offset is due to the company again, as is what orders lost to its undue sum before they were paid, by orders that
    say which one they restore; committed. These orders.

    Raises NotFound, InvalidInput, Refusal when it is cancelled or barred already, or for want of credits to commit
    again what had come back; Forbidden for the wrong role or under art. 12.
    """
    titre = locked_titre(number)
    reasons = _decided(titre, reasons, actor, now)
    restored = cancel_locked(titre, reasons, actor, now)
    close_review(titre.recovery, now)
    db.session.commit()
    return restored


def cancel_locked(titre: RecoveryOrder, reasons: str, actor: Actor, now: datetime) -> list[PaymentOrder]:
    """The same of a locked titre, in the caller's transaction. The rule of who may is the caller's."""
    if titre.status in ("cancelled", "barred"):
        require_open(titre)
    waive_rest(titre, "annulation", reasons, actor, now)
    titre.status = "cancelled"
    outbox.post(UNDUE, titre.recovery_id, now, part=titre.id)
    restored = _restore(titre, now)
    given_back = sum(order.amount_cents for order in restored)
    tell_settled(titre, words.cancelled(titre.number, given_back), "annulation", now)
    record(
        "settlement.cancelled",
        f"titre:{titre.number}",
        actor,
        now,
        restored=[order.number for order in restored],
        given_back_cents=given_back,
        reasons=reasons,
    )
    return restored


def waive_rest(titre: RecoveryOrder, word: str, reasons: str, actor: Actor, now: datetime) -> None:
    """Give up what a locked titre still claims, if anything, in the caller's transaction."""
    if titre.remaining_cents:
        settle(
            titre,
            "waived",
            titre.remaining_cents,
            actor,
            now,
            reference=next_reference(titre, word),
            received_on=civil_date(now),
            reasons=reasons,
        )


def _decided(titre: RecoveryOrder, reasons: str, actor: Actor, now: datetime) -> str:
    claim = titre.recovery.claim
    if OFFICER not in actor.roles:
        raise Forbidden(
            "settlement.wrong_role", "Un titre est réduit ou annulé par un ordonnateur (art. 12)."
        )
    require_only_role(claim, actor, OFFICER)
    take_role(claim.id, person_acting(actor), OFFICER, now)
    return require_words(reasons, "reasons")


# ---------------------------------------------------------------- restored


def _restore(titre: RecoveryOrder, now: datetime) -> list[PaymentOrder]:
    query = select(Settlement).where(
        Settlement.order_id == titre.id, Settlement.kind.in_(FREEING), Settlement.undone_at.is_(None)
    )
    made = []
    for settlement in db.session.scalars(query.order_by(Settlement.id)).all():
        settlement.undone_at = now
        cents: dict[int, int] = {}
        for share in settlement.shares:
            cents[share.decision_id] = cents.get(share.decision_id, 0) + share.amount_cents
        if settlement.payment_order is not None:
            made.append(_order_again(settlement.payment_order, settlement.amount_cents, now))
        else:
            made += [_order_again(_paid_by(decision_id), part, now) for decision_id, part in cents.items()]
        for decision_id, part in cents.items():
            take_again(
                db.session.get_one(Decision, decision_id), part, f"{about_credits(settlement)}{UNDONE}", now
            )
    return made + _restore_lost(titre.recovery, now)


def _restore_lost(recovery: Recovery, now: datetime) -> list[PaymentOrder]:
    """Orders for what those of its decisions had lost before they were paid: it was not to be paid because of what this
    titre said, and is due again with it."""
    made = []
    for line in recovery.lines:
        cents = lost_cents(line)
        if cents:
            made.append(_order_again(_paid_by(line.decision_id), cents, now))
            take_again(line.decision, cents, f"{about_lost(recovery)}{UNDONE}", now)
    return made


def _paid_by(decision_id: int) -> PaymentOrder:
    """The order by which a decision was paid."""
    query = select(PaymentOrder).where(
        PaymentOrder.decision_id == decision_id, PaymentOrder.restores_id.is_(None)
    )
    return db.session.scalars(query).one()


def _order_again(former: PaymentOrder, cents: int, now: datetime) -> PaymentOrder:
    """An order that gives back what was taken from ``former``, or was repaid of it, on the account of today."""
    decision, today = former.decision, civil_date(now)
    company = locked_company(decision.claim.company_id)
    account, missing = payable_account(company)
    # A withdrawal that is being annulled holds nothing any more.
    holding = [reason for reason in held_by_rule(decision) if reason != "revoked"]
    reasons = [*([missing] if missing else []), *holding]
    order = PaymentOrder(
        number=f"OP-{today.year}-{next_number('payment_orders', today.year):06d}",
        decision_id=decision.id,
        restores_id=former.id,
        status="held" if reasons else "to_pay",
        payee=account.holder if account else company.name[:140],
        iban=account.iban if account else None,
        bic=account.bic if account else None,
        amount_cents=cents,
        created_at=now,
        due_on=date.fromordinal(today.toordinal() + load_parameters().integer("payment.days", today)),
        holds=[PaymentHold(reason=reason, words="", since=now) for reason in reasons],
    )
    order.changes.append(
        PaymentOrderChange(at=now, action="order", old_status="", new_status=order.status, why=former.number)
    )
    db.session.add(order)
    db.session.flush()
    year = commitment_years([decision.id])[decision.id]
    enter([Entry("restored", f"order:{order.number}", cents, year, decision.id)], now)
    return order
