"""Instalments of a titre (art. 14): asked for by the company or set by the accounting officer; one missed is told,
then the rest is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from bonus.accounts.acting import person_acting
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import add_months, civil_date, format_date
from bonus.claims.notices import tell
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import format_euros
from bonus.regulation.wording import french

from . import settlement_words as words
from .bars import interrupt_locked
from .drafting import require_words
from .instalments import FEWEST, LEAST_CENTS, MOST, Due, beyond, missed, schedule
from .models import RecoveryOrder
from .parts import left_of
from .reviews import standing_review
from .settlement import live_plan, locked_titre, require_accountant, require_claimable
from .settlement_models import Instalment, InstalmentPlan

CATCH_UP_DAYS = 15
"""Days to pay an instalment that was missed, once the company is told of it."""
FIRST_WITHIN_MONTHS = 2
"""The first instalment falls so many calendar months ahead at most: asked for on 31 December, on 28 February."""


def ask_plan(
    number: str, count: int, first_on: date, text: str, actor: Actor, now: datetime
) -> InstalmentPlan:
    """The company asks to pay a titre in instalments, and says why; it acknowledges the debt so, and the time to claim
    it runs anew from that day (Code civil, art. 2240); committed. Raises NotFound, InvalidInput, Refusal when one is
    asked for or runs already, or nothing is claimed any more; Forbidden."""
    titre = locked_titre(number)
    if "company" not in actor.roles:
        raise Forbidden("plan.wrong_role", "Un échéancier est demandé par l’entreprise.")
    text = require_words(text, "words")
    require_claimable(titre, civil_date(now))
    interrupt_locked(titre, "acknowledged", _asked(titre), civil_date(now), actor, now)
    plan = _new(titre, count, first_on, actor, now)
    plan.words = text
    db.session.add(plan)
    _noted("plan.asked", plan, actor, now, words=plan.words)
    return plan


def _asked(titre: RecoveryOrder) -> str:
    return f"Demande d’échéancier n° {len(plans_of(titre)) + 1}"


def set_plan(number: str, count: int, first_on: date, actor: Actor, now: datetime) -> InstalmentPlan:
    """An accounting officer sets the instalments of a titre; committed. Raises as ``ask_plan``, and under art. 12."""
    titre = locked_titre(number)
    require_accountant(titre, actor, now)
    plan = _new(titre, count, first_on, actor, now)
    db.session.add(plan)
    _accept(plan, actor, now)
    _noted("plan.accepted", plan, actor, now)
    return plan


def answer_plan(
    plan_id: int,
    accepted: bool,
    reasons: str,
    actor: Actor,
    now: datetime,
) -> InstalmentPlan:
    """An accounting officer accepts the instalments that were asked for, or refuses them with reasons; committed.

    Raises NotFound, Refusal when that is answered already, InvalidInput when an instalment would fall too late, its
    first day is past or what is left is too little for so many; Forbidden.
    """
    plan = _locked(plan_id)
    require_accountant(plan.order, actor, now)
    if plan.status != "asked":
        raise Refusal("plan.answered", "Cette demande a déjà sa réponse.")
    if accepted:
        require_claimable(plan.order, civil_date(now))
        # Some may have been settled, and days gone by, since it was asked for.
        _require_large_enough(plan.order, plan.count)
        if plan.first_on < civil_date(now):
            raise InvalidInput(
                "plan.first_on_past",
                french(
                    f"La première échéance demandée, le {format_date(plan.first_on)}, est passée : elle serait manquée "
                    "aussitôt. Refusez la demande, ou fixez un autre échéancier."
                ),
                field="first_on",
            )
        _accept(plan, actor, now)
    else:
        plan.reasons = require_words(reasons, "reasons")
        plan.status, plan.answered_at, plan.answered_by_id = "refused", now, person_acting(actor)
        plan.ended_at = now
        _tell(plan, words.plan_refused(plan.order.number), "refused", now)
    _noted(f"plan.{plan.status}", plan, actor, now, reasons=plan.reasons)
    return plan


def dues_of(plan: InstalmentPlan) -> list[Due]:
    """The instalments of a plan; of one that is only asked for, what they would be today."""
    if plan.instalments:
        return [Due(one.rank, one.due_on, one.amount_cents) for one in plan.instalments]
    # So little may be left since it was asked for that there is not a cent for each.
    possible = plan.status == "asked" and plan.count <= plan.order.remaining_cents
    return list(schedule(plan.order.remaining_cents, plan.count, plan.first_on)) if possible else []


def settled_since(plan: InstalmentPlan) -> int:
    """What was settled of the titre since the plan was accepted, in cents."""
    return plan.start_cents - plan.order.remaining_cents


def plans_of(titre: RecoveryOrder) -> list[InstalmentPlan]:
    """Every plan of a titre, the latest first."""
    query = select(InstalmentPlan).where(InstalmentPlan.order_id == titre.id)
    return list(db.session.scalars(query.order_by(InstalmentPlan.id.desc())))


def _new(titre: RecoveryOrder, count: int, first_on: date, actor: Actor, now: datetime) -> InstalmentPlan:
    today = civil_date(now)
    require_claimable(titre, today)
    if live_plan(titre) is not None:
        raise Refusal("plan.running", "Un échéancier est déjà demandé ou en cours pour ce titre.")
    if not FEWEST <= count <= MOST:
        raise InvalidInput("plan.count", f"Choisissez de {FEWEST} à {MOST} échéances.", field="count")
    _require_large_enough(titre, count)
    if not today <= first_on <= add_months(today, FIRST_WITHIN_MONTHS):
        raise InvalidInput(
            "plan.first_on",
            "La première échéance est dans les deux mois, à partir d’aujourd’hui.",
            field="first_on",
        )
    _require_in_time(schedule(titre.remaining_cents, count, first_on), titre)
    return InstalmentPlan(
        order=titre,
        status="asked",
        count=count,
        first_on=first_on,
        asked_at=now,
        asked_by_id=person_acting(actor),
    )


def _require_large_enough(titre: RecoveryOrder, count: int) -> None:
    if titre.remaining_cents // count < LEAST_CENTS:
        raise InvalidInput(
            "plan.small",
            french(f"Chaque échéance est de {format_euros(LEAST_CENTS)} au moins : choisissez-en moins."),
            field="count",
        )


def _require_in_time(dues: tuple[Due, ...], titre: RecoveryOrder) -> None:
    claimed = [(one.part.cents, one.barred_on) for one in left_of(titre)]
    late = beyond(dues, claimed)
    if late:
        over = min(day for _, day in claimed if day <= late[0].due_on)
        raise InvalidInput(
            "plan.barred",
            french(
                f"L’échéance du {format_date(late[0].due_on)} tombe après la prescription de ce qu’elle paie, le "
                f"{format_date(over)} : elle ne pourrait plus être réclamée. Choisissez moins d’échéances, "
                "ou enregistrez d’abord l’acte qui interrompt le délai."
            ),
            field="count",
        )


def _accept(plan: InstalmentPlan, actor: Actor, now: datetime) -> None:
    titre = plan.order
    dues = schedule(titre.remaining_cents, plan.count, plan.first_on)
    _require_in_time(dues, titre)
    plan.status, plan.answered_at, plan.answered_by_id = "accepted", now, person_acting(actor)
    plan.start_cents = titre.remaining_cents
    plan.instalments = [
        Instalment(rank=one.rank, due_on=one.due_on, amount_cents=one.amount_cents) for one in dues
    ]
    db.session.flush()
    sentence = words.plan_accepted(titre.number, plan.count, dues[0].due_on, dues[-1].due_on)
    _tell(plan, sentence, "accepted", now)


def follow_plans(now: datetime) -> int:
    """Look at each plan that runs: one that missed an instalment is told of it; the days to catch up over, the rest is
    due. One a transaction; how many companies were told something."""
    query = select(InstalmentPlan.id).where(InstalmentPlan.status == "accepted").order_by(InstalmentPlan.id)
    ids = db.session.scalars(query).all()
    db.session.rollback()
    return sum(_follow(plan_id, now) for plan_id in ids)


def _follow(plan_id: int, now: datetime) -> bool:
    plan, today = _locked(plan_id), civil_date(now)
    late = missed(dues_of(plan), settled_since(plan), today) if plan.status == "accepted" else []
    if late and standing_review(plan.order.recovery_id) is not None:  # what is asked for may not be due
        late = []
    if plan.status != "accepted" or not late:
        plan.warned_at = None if plan.status == "accepted" else plan.warned_at
        db.session.commit()
        return False
    if plan.warned_at is None:
        return _warn(plan, late, now)
    if today <= catch_up_until(plan.warned_at):
        db.session.rollback()
        return False
    plan.status, plan.ended_at = "broken", now
    _tell(plan, words.broken(plan.order.number, plan.order.remaining_cents), "broken", now)
    _noted("plan.broken", plan, SERVICE, now, remaining_cents=plan.order.remaining_cents)
    return True


def _warn(plan: InstalmentPlan, late: list[Due], now: datetime) -> bool:
    plan.warned_at = now
    covered = sum(one.amount_cents for one in dues_of(plan) if one.due_on <= late[-1].due_on)
    owed = covered - settled_since(plan)
    sentence = words.missed(plan.order.number, late[0].due_on, owed, catch_up_until(now))
    _tell(plan, sentence, f"missed:{late[0].rank}", now)
    _noted("plan.missed", plan, SERVICE, now, due_on=late[0].due_on.isoformat(), owed_cents=owed)
    return True


def catch_up_until(warned_at: datetime) -> date:
    """The last day to pay what was missed."""
    return civil_date(warned_at) + timedelta(days=CATCH_UP_DAYS)


def _locked(plan_id: int) -> InstalmentPlan:
    number = db.session.scalars(
        select(RecoveryOrder.number)
        .join(InstalmentPlan, InstalmentPlan.order_id == RecoveryOrder.id)
        .where(InstalmentPlan.id == plan_id)
    ).one_or_none()
    if number is None:
        raise NotFound("plan.unknown", "Cet échéancier n’existe pas.")
    locked_titre(number)
    return db.session.scalars(
        select(InstalmentPlan).where(InstalmentPlan.id == plan_id).execution_options(populate_existing=True)
    ).one()


def _tell(plan: InstalmentPlan, sentence: str, about: str, now: datetime) -> None:
    tell(plan.order.recovery.claim, "undue_plan", sentence, now, about=f"plan:{plan.id}:{about}")


def _noted(action: str, plan: InstalmentPlan, actor: Actor, now: datetime, **facts: str | int) -> None:
    db.session.flush()
    record(action, f"titre:{plan.order.number}", actor, now, plan=plan.id, count=plan.count, **facts)
    db.session.commit()
