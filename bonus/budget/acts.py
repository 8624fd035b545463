"""The acts that open an envelope, change it, and let lapse what was not committed (art. 10).

An envelope's amount changes by an act alone, and never below what is committed. Acts are entered by an authorising
officer, who answers for the credits; the accounting officer reads them, and whoever manages accounts has no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.ledger.service import Entry, enter
from bonus.money import format_euros

from .models import MOST_REFERENCE, Envelope, EnvelopeAct
from .service import locked_envelope
from .waiting import FROM_ACT, ask_to_serve

LAPSE_CREDITS = "lapse_credits"
"""The kind of the outbox's message of a day that lets the credits of past years lapse."""
MOST_CENTS = 10**14
"""No act is of more: a thousand billion euros are a slip of the hand."""
_OFFICER = "authorising_officer"


def open_envelope(
    year: int, amount_cents: int, reference: str, signed_on: date, actor: Actor, now: datetime
) -> Envelope:
    """Open the envelope of a budget year, this one or the next, by its signed act; committed.

    Raises Forbidden for another role, InvalidInput for an amount, a year, a reference or a day that cannot be, Refusal
    when it is open already.
    """
    _require_officer(actor)
    if year not in (civil_date(now).year, civil_date(now).year + 1):
        raise InvalidInput(
            "budget.year", "Une enveloppe s’ouvre pour l’année en cours ou la suivante.", field="year"
        )
    if not 0 < amount_cents <= MOST_CENTS:
        raise InvalidInput("budget.amount", "Indiquez un montant de plus de zéro.", field="amount")
    if db.session.get(Envelope, year) is not None:
        raise _already_open(year)
    try:
        envelope = begin_envelope(
            year, amount_cents, _checked(reference, signed_on, now), signed_on, actor, now
        )
    except IntegrityError:  # another officer opened it at the same moment
        db.session.rollback()
        raise _already_open(year) from None
    db.session.commit()
    return envelope


def begin_envelope(
    year: int, amount_cents: int, reference: str, signed_on: date, actor: Actor, now: datetime
) -> Envelope:
    """The same, unchecked, in the caller's transaction: for who made sure of it. Writes its entry in the log."""
    envelope = Envelope(year=year, authorised_cents=0, committed_cents=0, committed_sme_cents=0)
    db.session.add(envelope)
    db.session.flush()
    act = write_act(envelope, "opening", amount_cents, reference, signed_on, actor, now)
    ask_to_serve(FROM_ACT, act.id, now)
    _record("budget.opened", act, actor, now)
    return envelope


def amend_envelope(
    year: int, delta_cents: int, reference: str, signed_on: date, actor: Actor, now: datetime
) -> Envelope:
    """Add to an envelope, or take away from it (``delta_cents`` below zero), by a signed act; committed.

    Raises Forbidden for another role, InvalidInput for an amount, a reference or a day that cannot be, Refusal when no
    envelope of that year is open, its year is over, or it would come below what is committed.
    """
    _require_officer(actor)
    reference = _checked(reference, signed_on, now)
    if not 0 < abs(delta_cents) <= MOST_CENTS:
        raise InvalidInput("budget.amount", "Indiquez un montant autre que zéro.", field="amount")
    envelope = locked_envelope(year)
    if envelope is None:
        raise Refusal("budget.not_open", f"Aucune enveloppe n’est ouverte pour {year}.", field="year")
    if year < civil_date(now).year:
        raise Refusal(
            "budget.year_over",
            f"L’année {year} est finie : ses crédits non engagés sont tombés le 31 décembre (art. 10).",
            field="year",
        )
    if envelope.authorised_cents + delta_cents < envelope.committed_cents:
        raise Refusal(
            "budget.below_committed",
            f"{format_euros(envelope.committed_cents)} sont engagés : l’enveloppe ne peut pas descendre plus bas "
            "(art. 10).",
            field="amount",
        )
    used = select(EnvelopeAct.id).where(EnvelopeAct.year == year, EnvelopeAct.reference == reference)
    if db.session.scalars(used).first() is not None:
        raise Refusal(
            "budget.reference_used",
            "Un acte de cette référence est déjà inscrit sur cette enveloppe.",
            field="reference",
        )
    act = write_act(envelope, "amendment", delta_cents, reference, signed_on, actor, now)
    if delta_cents > 0:
        ask_to_serve(FROM_ACT, act.id, now)
    _record("budget.amended", act, actor, now)
    db.session.commit()
    return envelope


def lapse_envelopes(now: datetime) -> int:
    """Let lapse what the budget years that are over did not commit (art. 10), one transaction each; how many. A day
    without a run is made up for by the next, and a second run finds nothing."""
    over = select(Envelope.year).where(
        Envelope.year < civil_date(now).year, Envelope.authorised_cents > Envelope.committed_cents
    )
    years = db.session.scalars(over.order_by(Envelope.year)).all()
    db.session.rollback()
    return sum(_lapse(year, now) for year in years)


def _lapse(year: int, now: datetime) -> bool:
    envelope = locked_envelope(year)
    left = envelope.authorised_cents - envelope.committed_cents if envelope is not None else 0
    if envelope is None or left <= 0:  # another run
        db.session.rollback()
        return False
    last = date(year, 12, 31)
    act = write_act(
        envelope, "lapse", -left, f"Crédits non engagés au 31 décembre {year}", last, SERVICE, now
    )
    enter([Entry("lapsed", f"act:{act.id}", left, year)], now)
    _record("budget.lapsed", act, SERVICE, now)
    db.session.commit()
    return True


def write_act(
    envelope: Envelope,
    kind: str,
    delta_cents: int,
    reference: str,
    signed_on: date,
    actor: Actor,
    now: datetime,
) -> EnvelopeAct:
    """Change a locked envelope by an act, in the caller's transaction, and enter it in the ledger; what a lapse enters
    there is the caller's. Flushes."""
    envelope.authorised_cents += delta_cents
    act = EnvelopeAct(
        year=envelope.year,
        kind=kind,
        delta_cents=delta_cents,
        reference=reference,
        signed_on=signed_on,
        recorded_at=now,
        recorded_by_id=actor.person_id,
    )
    db.session.add(act)
    db.session.flush()
    if kind != "lapse" and delta_cents:
        # The piece of an opening is the envelope, as for those that were open before the ledger.
        piece = f"envelope:{envelope.year}" if kind == "opening" else f"act:{act.id}"
        enter(
            [Entry("authorised" if delta_cents > 0 else "reduced", piece, abs(delta_cents), envelope.year)],
            now,
        )
    return act


def acts_of(year: int) -> Sequence[EnvelopeAct]:
    """The acts on the envelope of a year, in the order they were entered."""
    return db.session.scalars(
        select(EnvelopeAct).where(EnvelopeAct.year == year).order_by(EnvelopeAct.id)
    ).all()


def _require_officer(actor: Actor) -> None:
    if _OFFICER not in actor.roles:
        raise Forbidden("budget.wrong_role", "Seul l’ordonnateur inscrit les actes d’ouverture de crédits.")


def _checked(reference: str, signed_on: date, now: datetime) -> str:
    reference = " ".join(reference.split())
    if not 3 <= len(reference) <= MOST_REFERENCE:
        raise InvalidInput(
            "budget.reference",
            f"Indiquez la référence de l’acte signé, en {MOST_REFERENCE} caractères au plus.",
            field="reference",
        )
    if signed_on > civil_date(now):
        raise InvalidInput(
            "budget.signed_on", "L’acte est daté d’un jour à venir : il doit être signé.", field="signed_on"
        )
    return reference


def _already_open(year: int) -> Refusal:
    return Refusal(
        "budget.already_open",
        f"L’enveloppe de {year} est déjà ouverte : inscrivez un acte qui la modifie.",
        field="year",
    )


def _record(action: str, act: EnvelopeAct, actor: Actor, now: datetime) -> None:
    record(
        action,
        f"envelope:{act.year}",
        actor,
        now,
        delta_cents=act.delta_cents,
        reference=act.reference,
        signed_on=act.signed_on.isoformat(),
    )
