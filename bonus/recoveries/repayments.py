"""Booking what is received for a titre, by a person or from the bank's credits; what is too much is kept (art. 14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bonus.accounts.acting import person_acting
from bonus.audit.service import Actor, record
from bonus.calendar import civil_date, format_date
from bonus.claims.unseen import plain_words
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.ledger.service import Entry, enter
from bonus.regulation.wording import french

from . import settlement_words as words
from .bars import bar_locked, reopen
from .giving_back import commitment_years
from .models import RecoveryOrder
from .parts import cents_of, claimable_of
from .settlement import locked_titre, require_accountant, settle, tell_settled
from .settlement_models import MOST_REFERENCE, Overpayment, Settlement

LEAST_REFERENCE = 3


@dataclass(frozen=True)
class Repayment:
    """What a payment that was received settled, and what of it was too much; either may be None."""

    settlement: Settlement | None
    overpayment: Overpayment | None


def repay(
    titre_number: str, amount_cents: int, reference: str, received_on: date, actor: Actor, now: datetime
) -> Repayment:
    """Book what was received for a titre: by an accounting officer, or by the service from the bank's credits. What is
    more than it still claims is kept for a person; committed.

    Raises NotFound, InvalidInput for an amount, a reference or a day that cannot be, Refusal when that reference was
    booked already, Forbidden for the wrong role or under art. 12.
    """
    titre = locked_titre(titre_number)
    require_accountant(titre, actor, now)
    reference = " ".join(reference.split())
    _require_possible(titre, amount_cents, reference, received_on, civil_date(now))
    if is_booked(reference):
        raise _booked(reference)
    # What was received in time was owed, though it is booked after the time is over (art. 14).
    reopened = reopen(titre, received_on, now)
    due = claimable_of(titre, received_on) if titre.status == "open" else []
    booked, rest = min(cents_of(due), amount_cents), amount_cents - min(cents_of(due), amount_cents)
    settlement = overpayment = None
    try:
        if booked:
            settlement = settle(
                titre, "repaid", booked, actor, now, reference=reference, received_on=received_on, of=due
            )
        if rest:
            overpayment = _keep(titre, rest, reference, received_on, actor, now)
        barred = bar_locked(titre, now) if reopened else 0
    except IntegrityError:
        db.session.rollback()
        raise _booked(reference) from None
    sentence = words.repaid(titre.number, amount_cents, titre.remaining_cents, rest, barred)
    tell_settled(titre, sentence, reference, now)
    record(
        "settlement.repaid",
        f"titre:{titre.number}",
        actor,
        now,
        reference=reference,
        received_on=received_on.isoformat(),
        amount_cents=booked,
        overpaid_cents=rest,
        reopened_cents=reopened,
        barred_cents=barred,
        remaining_cents=titre.remaining_cents,
    )
    db.session.commit()
    return Repayment(settlement, overpayment)


def is_booked(reference: str) -> bool:
    """Whether a payment of that reference was booked, whichever titre it named."""
    known = [
        select(model.id).where(model.reference == reference).limit(1) for model in (Settlement, Overpayment)
    ]
    return any(db.session.scalars(query).first() is not None for query in known)


def _keep(
    titre: RecoveryOrder, cents: int, reference: str, received_on: date, actor: Actor, now: datetime
) -> Overpayment:
    kept = Overpayment(
        order=titre,
        amount_cents=cents,
        reference=reference,
        received_on=received_on,
        at=now,
        by_id=actor.person_id,
    )
    db.session.add(kept)
    db.session.flush()
    _enter("overpaid", kept, now)
    return kept


def _enter(kind: str, kept: Overpayment, now: datetime) -> None:
    """It is of no decision: only its year is that of what the titre claims."""
    titre = kept.order
    years = commitment_years([line.decision_id for line in titre.recovery.lines])
    entry = Entry(kind, f"titre:{titre.number}", kept.amount_cents, min(years.values()), about=str(kept.id))
    enter([entry], now)


def handle_overpayment(
    overpayment_id: int, reference: str, given_back_on: date, actor: Actor, now: datetime, text: str = ""
) -> Overpayment:
    """An accounting officer notes the transfer that gave back what was too much, whole, and what there is to say of it;
    committed. Raises NotFound, Refusal when that is done, InvalidInput for a reference or a day that cannot be,
    Forbidden."""
    found = db.session.scalars(
        select(Overpayment)
        .where(Overpayment.id == overpayment_id)
        .with_for_update(of=Overpayment)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("settlement.no_overpayment", "Ce trop-perçu n’existe pas.")
    if found.handled_at is not None:
        raise Refusal("settlement.handled", "Ce trop-perçu est déjà réglé.")
    require_accountant(found.order, actor, now)
    reference = " ".join(reference.split())
    _require_reference(reference)
    if not found.received_on <= given_back_on <= civil_date(now):
        raise InvalidInput(
            "settlement.given_back_on",
            french(
                f"Il a été reçu le {format_date(found.received_on)} : il est rendu entre ce jour et aujourd’hui."
            ),
            field="given_back_on",
        )
    found.given_back_reference, found.given_back_on = reference, given_back_on
    found.words = plain_words(text, "words")
    found.handled_at, found.handled_by_id = now, person_acting(actor)
    _enter("given_back", found, now)
    sentence = words.given_back(found.order.number, found.amount_cents, given_back_on, reference)
    tell_settled(found.order, sentence, f"overpayment:{found.id}", now)
    record(
        "settlement.overpayment_handled",
        f"titre:{found.order.number}",
        actor,
        now,
        reference=found.reference,
        amount_cents=found.amount_cents,
        given_back_reference=reference,
        given_back_on=given_back_on.isoformat(),
        words=found.words,
    )
    db.session.commit()
    return found


def _require_possible(
    titre: RecoveryOrder, amount_cents: int, reference: str, received_on: date, today: date
) -> None:
    if amount_cents <= 0:
        raise InvalidInput("settlement.amount", "Le montant reçu est supérieur à zéro.", field="amount")
    _require_reference(reference)
    if received_on > today:
        raise InvalidInput(
            "settlement.not_yet", "Cette date est à venir : donnez le jour du crédit.", field="received_on"
        )
    if received_on < titre.issued_on:
        raise InvalidInput(
            "settlement.before",
            french(f"Le titre est du {format_date(titre.issued_on)} : rien n’a pu être payé avant ce jour."),
            field="received_on",
        )


def _require_reference(reference: str) -> None:
    if not LEAST_REFERENCE <= len(reference) <= MOST_REFERENCE:
        raise InvalidInput(
            "settlement.reference",
            f"La référence de la banque compte de {LEAST_REFERENCE} à {MOST_REFERENCE} caractères.",
            field="reference",
        )


def _booked(reference: str) -> Refusal:
    return InvalidInput(
        "settlement.reference_known",
        french(f"Le paiement « {reference} » est déjà enregistré : rien n’est compté deux fois."),
        field="reference",
    )
