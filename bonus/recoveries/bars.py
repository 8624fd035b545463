"""What time bars of a titre (art. 14), each part on its own day; what was done in time, though it is learned later."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import or_, select

from bonus.accounts.acting import person_acting
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.ledger.service import Entry, enter
from bonus.regulation import load_parameters

from . import settlement_words as words
from .barring import INTERRUPTIONS, barred_on
from .giving_back import commitment_years
from .models import RecoveryOrder, TitrePart
from .parts import cents_of, left_of
from .settlement import (
    locked_titre,
    next_reference,
    require_accountant,
    require_claimable,
    settle,
    tell_settled,
)
from .settlement_models import MOST_REFERENCE, Interruption, Settlement

LEAST_REFERENCE = 3


def bar_what_is(now: datetime) -> int:
    """Bar what of each titre has had its time, one titre a transaction; of how many."""
    today = civil_date(now)
    over = select(TitrePart.order_id).where(TitrePart.barred_on <= today)
    query = select(RecoveryOrder.number).where(
        RecoveryOrder.status == "open", or_(RecoveryOrder.barred_on <= today, RecoveryOrder.id.in_(over))
    )
    numbers = db.session.scalars(query.order_by(RecoveryOrder.id)).all()
    db.session.rollback()
    return sum(_bar(number, now) for number in numbers)


def _bar(number: str, now: datetime) -> bool:
    titre = locked_titre(number)
    cents = bar_locked(titre, now)
    if not cents:
        db.session.rollback()
        return False
    tell_settled(titre, words.barred(titre.number, cents, titre.remaining_cents), next_about(titre), now)
    record("settlement.barred", f"titre:{titre.number}", SERVICE, now, amount_cents=cents)
    db.session.commit()
    return True


def next_about(titre: RecoveryOrder) -> str:
    """What tells one notice of a bar from another."""
    return next_reference(titre, "prescription").removeprefix(f"{titre.number}/")


def bar_locked(titre: RecoveryOrder, now: datetime) -> int:
    """Bar what is left of a locked titre and has had its time, in the caller's transaction: a settlement for each day;
    how much, in cents."""
    today, whole = civil_date(now), 0
    left = left_of(titre) if titre.status == "open" else []
    for day in sorted({one.barred_on for one in left if one.barred_on <= today}):
        mine = [one.part for one in left if one.barred_on == day]
        settle(
            titre,
            "barred",
            cents_of(mine),
            SERVICE,
            now,
            reference=next_reference(titre, "prescription"),
            received_on=day,
            of=mine,
        )
        whole += cents_of(mine)
    return whole


def reopen(titre: RecoveryOrder, on: date, now: datetime) -> int:
    """Claim again, in the caller's transaction, what of a locked titre was still claimed on a day and was barred since:
    something was paid or done on that day, and is only known now. How much, in cents; what is not settled by it, or
    has no later time by then, is for the caller to bar again (``bar_locked``)."""
    if titre.status == "cancelled":
        return 0
    query = select(Settlement).where(
        Settlement.order_id == titre.id,
        Settlement.kind == "barred",
        Settlement.undone_at.is_(None),
        Settlement.received_on > on,
    )
    whole = 0
    for settlement in db.session.scalars(query.order_by(Settlement.id)).all():
        settlement.undone_at = now
        cents: dict[int, int] = {}
        for share in settlement.shares:
            cents[share.decision_id] = cents.get(share.decision_id, 0) + share.amount_cents
        years, piece = commitment_years(list(cents)), f"titre:{titre.number}"
        enter(
            [
                Entry("unbarred", piece, part, years[id_], id_, f"{settlement.id}:{id_}")
                for id_, part in cents.items()
            ],
            now,
        )
        whole += settlement.amount_cents
    if whole:
        titre.remaining_cents += whole
        titre.status = "open"
        db.session.flush()
    return whole


def interrupt(number: str, kind: str, reference: str, on: date, actor: Actor, now: datetime) -> Interruption:
    """Keep an act from which the time to claim runs anew, with what proves it; committed. What had its time before that
    day stays barred; what was barred after it is claimed again.

    Raises NotFound, InvalidInput for an act, a reference or a day that cannot be, Refusal when the titre is closed or
    its time was over on that day, Forbidden.
    """
    titre = locked_titre(number)
    require_accountant(titre, actor, now)
    today = civil_date(now)
    # An act made in time counts, though it is kept after the time would have been over.
    reopened = reopen(titre, min(on, today), now)
    require_claimable(titre, min(on, today))
    reference = " ".join(reference.split())
    _require_possible(titre, kind, reference, on, today)
    found = interrupt_locked(titre, kind, reference, on, actor, now)
    if found is None:
        raise Refusal("interruption.no_later", "Cet acte ne repousse pas la prescription.")
    barred = bar_locked(titre, now) if reopened else 0
    record(
        "settlement.interrupted",
        f"titre:{titre.number}",
        actor,
        now,
        kind=kind,
        reference=reference,
        on=on.isoformat(),
        barred_on=found.barred_on.isoformat(),
        reopened_cents=reopened,
        barred_cents=barred,
    )
    db.session.commit()
    return found


def interrupt_locked(
    titre: RecoveryOrder, kind: str, reference: str, on: date, actor: Actor, now: datetime
) -> Interruption | None:
    """The same of a locked titre, in the caller's transaction: every part that has not had its time on that day has a
    whole one from it. None when that gives none of them a later day. The rule of who may is the caller's."""
    later = barred_on(on, load_parameters().integer("recovery.barred_years", on))
    moved = [one.barred_on for one in left_of(titre) if on < one.barred_on < later]
    if not moved:
        return None
    found = Interruption(
        order_id=titre.id,
        kind=kind,
        reference=reference,
        on=on,
        at=now,
        by_id=person_acting(actor),
        former_barred_on=min(moved),
        barred_on=later,
    )
    db.session.add(found)
    db.session.flush()
    acts = db.session.scalars(select(Interruption).where(Interruption.order_id == titre.id)).all()
    for part in titre.parts:
        for act in sorted(acts, key=lambda one: one.on):
            if act.on < part.barred_on:
                part.barred_on = max(part.barred_on, act.barred_on)
    titre.barred_on = max(titre.barred_on, later)
    db.session.flush()
    return found


def _require_possible(titre: RecoveryOrder, kind: str, reference: str, on: date, today: date) -> None:
    if kind not in INTERRUPTIONS:
        raise InvalidInput("interruption.kind", "Choisissez l’acte.", field="kind")
    if not LEAST_REFERENCE <= len(reference) <= MOST_REFERENCE:
        raise InvalidInput(
            "interruption.reference",
            f"Donnez la référence de l’acte, en {LEAST_REFERENCE} à {MOST_REFERENCE} caractères.",
            field="reference",
        )
    former = select(Interruption.id).where(
        Interruption.order_id == titre.id, Interruption.reference == reference
    )
    if db.session.scalars(former).first() is not None:
        raise InvalidInput("interruption.known", "Cet acte est déjà enregistré.", field="reference")
    if not titre.issued_on <= on <= today:
        raise InvalidInput(
            "interruption.on", "L’acte est d’un jour entre celui du titre et aujourd’hui.", field="on"
        )
