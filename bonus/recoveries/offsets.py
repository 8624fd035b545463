"""Keeping what an undue sum claims from a later bonus of the same beneficiary (art. 14). The bonus granted stays what
it is: only what is transferred falls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from bonus.audit.service import Actor, record
from bonus.calendar import civil_date
from bonus.claims.appeal_models import Appeal
from bonus.claims.appeal_status import OPEN as OPEN_APPEALS
from bonus.claims.models import Claim, Decision
from bonus.claims.role_models import ACCOUNTANT
from bonus.claims.roles import require_only_role, take_role
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import format_euros
from bonus.payments.debts import barred_from, not_barred
from bonus.payments.models import PaymentOrder
from bonus.payments.order_changes import move
from bonus.payments.order_status import PAYABLE
from bonus.regulation.wording import french

from . import settlement_words as words
from .changes import open_recovery_of
from .models import Recovery, RecoveryOrder
from .parts import cents_of, claimable_of, is_claimable
from .reviews import standing_review
from .settlement import live_plan, locked_titre, require_accountant, require_claimable, settle, tell_settled
from .settlement_models import Settlement

WAITS_FOR_ACCOUNT = frozenset({"no_account", "iban_change", "account_refused"})
"""What holds an order that is due all the same: it can be offset, which needs no account."""


def offset(
    order_number: str, titre_number: str, amount_cents: int | None, actor: Actor, now: datetime
) -> Settlement:
    """Keep for a titre what an order would pay, wholly or in part: ``amount_cents``, or all that both allow; committed.

    Raises NotFound, InvalidInput for more than both allow, Forbidden for the wrong role or under art. 12, Refusal when
    the order is not due or is another beneficiary's, and when the titre is closed, barred, disputed or being paid in
    instalments.
    """
    titre = locked_titre(titre_number)
    order = _locked_order(order_number)
    require_accountant(titre, actor, now)
    claim = order.decision.claim
    require_only_role(claim, actor, ACCOUNTANT)
    if actor.person_id is not None:
        take_role(claim.id, actor.person_id, ACCOUNTANT, now)
    require_claimable(titre, civil_date(now))
    _require_free(titre)
    _require_due(order, titre, civil_date(now))
    claimable = claimable_of(titre, civil_date(now))
    most = min(order.payable_cents, cents_of(claimable))
    cents = most if amount_cents is None else amount_cents
    if not 0 < cents <= most:
        raise InvalidInput(
            "offset.amount",
            french(f"On peut retenir jusqu’à {format_euros(most)} sur cet ordre pour ce titre."),
            field="amount",
        )
    order.offset_cents += cents
    action = "offset_part" if order.payable_cents else "offset"
    move(order, action, actor, now, why=f"Titre {titre.number}", message=titre.number)
    settlement = settle(
        titre,
        "offset",
        cents,
        actor,
        now,
        reference=f"{order.number}/{titre.number}/{_rank(titre)}",
        received_on=civil_date(now),
        payment_order=order,
        of=claimable,
    )
    sentence = words.offset(titre.number, order.number, cents, titre.remaining_cents, order.payable_cents)
    tell_settled(titre, sentence, settlement.reference, now)
    record(
        "settlement.offset",
        f"titre:{titre.number}",
        actor,
        now,
        order=order.number,
        amount_cents=cents,
        remaining_cents=titre.remaining_cents,
        payable_cents=order.payable_cents,
    )
    db.session.commit()
    return settlement


def _rank(titre: RecoveryOrder) -> int:
    query = select(func.count()).select_from(Settlement).where(Settlement.order_id == titre.id)
    return int(db.session.scalar(query) or 0) + 1


def _locked_order(number: str) -> PaymentOrder:
    found = db.session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.number == number)
        .with_for_update(of=PaymentOrder)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("payment.unknown", "Cet ordre de paiement n’existe pas.")
    return found


def why_disputed(titre: RecoveryOrder) -> str | None:
    """What stands in the way of an offset: an appeal, or another undue sum of the dossier that is not decided. None
    when nothing does."""
    claim_id = titre.recovery.claim_id
    appeals = select(Appeal.id).where(Appeal.claim_id == claim_id, Appeal.status.in_(OPEN_APPEALS))
    if db.session.scalars(appeals.limit(1)).first() is not None:
        return (
            "Un recours est ouvert sur le dossier de ce titre : rien n’est retenu avant sa réponse (art. 14)."
        )
    if open_recovery_of(claim_id) is not None:
        return "Un autre indu est à l’étude sur ce dossier : rien n’est retenu avant qu’il soit décidé (art. 14)."
    review = standing_review(titre.recovery_id)
    if review is not None:
        return f"{review.sentence} Un ordonnateur doit en décider : rien n’est retenu d’ici là (art. 14)."
    return None


def _require_free(titre: RecoveryOrder) -> None:
    disputed = why_disputed(titre)
    if disputed is not None:
        raise Refusal("offset.disputed", french(disputed))
    plan = live_plan(titre)
    if plan is not None and plan.status == "accepted":
        raise Refusal(
            "offset.instalments",
            french("Ce titre se paie en plusieurs fois : tant que l’échéancier est tenu, rien n’est retenu."),
        )


def _require_due(order: PaymentOrder, titre: RecoveryOrder, today: date) -> None:
    if order.decision.claim.company_id != titre.recovery.claim.company_id:
        raise Refusal("offset.another", "Cet ordre et ce titre ne sont pas du même bénéficiaire.")
    if today >= barred_from(order):
        raise Refusal(
            "offset.debt_barred", "La dette de cet ordre est prescrite : rien n’en est plus dû (art. 14)."
        )
    standing = {hold.reason for hold in order.standing_holds}
    if order.status not in PAYABLE and not (order.status == "held" and standing <= WAITS_FOR_ACCOUNT):
        raise Refusal(
            "offset.not_due",
            "Cet ordre n’est pas à payer : rien ne peut en être retenu. Rechargez la page pour voir où il en est.",
        )


def offsettable(titre: RecoveryOrder, today: date) -> Sequence[PaymentOrder]:
    """The orders of a titre's beneficiary that are to be paid, the oldest due date first, when it may be offset."""
    if not is_claimable(titre, today):
        return []
    query = (
        select(PaymentOrder)
        .join(Decision, PaymentOrder.decision_id == Decision.id)
        .join(Claim, Decision.claim_id == Claim.id)
        .where(
            Claim.company_id == titre.recovery.claim.company_id,
            PaymentOrder.status.in_((*PAYABLE, "held")),
            not_barred(today),
        )
        .order_by(PaymentOrder.due_on, PaymentOrder.id)
        .options(joinedload(PaymentOrder.decision).joinedload(Decision.claim))
    )
    return [
        order
        for order in db.session.scalars(query)
        if order.status in PAYABLE or {hold.reason for hold in order.standing_holds} <= WAITS_FOR_ACCOUNT
    ]


def open_titres_of(company_id: int) -> Sequence[RecoveryOrder]:
    """The titres that a company still owes, the oldest first: who pays it looks at these."""
    query = (
        select(RecoveryOrder)
        .join(Recovery, RecoveryOrder.recovery_id == Recovery.id)
        .join(Claim, Recovery.claim_id == Claim.id)
        .where(Claim.company_id == company_id, RecoveryOrder.status == "open")
        .order_by(RecoveryOrder.id)
    )
    return db.session.scalars(query).all()
