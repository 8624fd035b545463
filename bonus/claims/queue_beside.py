"""What awaits agents beside the queues of dossiers: appeals, reasons owed, decisions being taken back, payments, and
the fast lane. How many, how many of them are for the person who asks, and the first day; one query, along indexes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, and_, func, select

from bonus.calendar import add_months
from bonus.extensions import db
from bonus.payments.models import PaymentOrder
from bonus.payments.order_status import PAYABLE
from bonus.regulation import load_parameters

from .appeal_models import Appeal
from .appeal_status import OPEN
from .card_models import CardCount, ClaimCard
from .card_queues import IN_LANE
from .letter_models import ReasonsRequest
from .models import Decision
from .revocation_models import Revocation

REVIEWER, OFFICER, ACCOUNTANT = "reviewer", "authorising_officer", "accounting_officer"
MOST_COUNTED = 1_000
"""Orders to pay are counted up to one more than that: above, « plus de 1 000 »."""


@dataclass(frozen=True)
class Beside:
    """``total`` of them, of which ``mine`` await this person; ``oldest`` is the first day one falls due."""

    total: int
    mine: int = 0
    oldest: date | None = None


def beside(me: int | None, roles: Collection[str]) -> dict[str, Beside]:
    """By the end of its page's address, in the order of the menu: ``recours``, ``motifs-et-retraits``,
    ``voie-rapide``; ``paiements`` for an accounting officer alone.

    An appeal awaits its examiner, and once its answer is proposed the authorising officers. The first day of what is
    being taken back is the last one on which an unlawful decision may be (CRPA L242-1).
    """
    query = select(*(part.label(name) for name, part in _parts(me, roles).items()))
    row = db.session.execute(query).one()._mapping
    days = [row["reasons_on"], _limit(row["granted_on"])]
    counted = {
        "recours": Beside(row["appeals"], row["my_appeals"], row["appeals_on"]),
        "motifs-et-retraits": Beside(
            row["reasons"] + row["revocations"],
            oldest=min((day for day in days if day is not None), default=None),
        ),
        "voie-rapide": Beside(int(row["lane"]), oldest=row["lane_on"]),
    }
    if ACCOUNTANT in roles:
        counted["paiements"] = Beside(row["orders"])
    return counted


def _limit(granted_on: date | None) -> date | None:
    if granted_on is None:
        return None
    return add_months(granted_on, load_parameters().integer("revocation.unlawful_months", granted_on))


def _parts(me: int | None, roles: Collection[str]) -> dict[str, ScalarSelect[Any]]:
    waits = Appeal.status.in_(OPEN)
    mine = and_(Appeal.status == "under_examination", Appeal.examiner_id == me)
    if OFFICER in roles and REVIEWER not in roles:
        mine = Appeal.status == "proposed"
    asked, heard = ReasonsRequest.answered_at.is_(None), Revocation.status == "hearing"
    unlawful = select(Revocation.claim_id).where(heard, Revocation.ground == "unlawful").scalar_subquery()
    parts: dict[str, ScalarSelect[Any]] = {
        "appeals": select(func.count(Appeal.id)).where(waits).scalar_subquery(),
        "my_appeals": select(func.count(Appeal.id)).where(mine).scalar_subquery(),
        "appeals_on": select(func.min(Appeal.due_on)).where(waits).scalar_subquery(),
        "reasons": select(func.count(ReasonsRequest.id)).where(asked).scalar_subquery(),
        "reasons_on": select(func.min(ReasonsRequest.due_on)).where(asked).scalar_subquery(),
        "revocations": select(func.count(Revocation.id)).where(heard).scalar_subquery(),
        "granted_on": select(func.min(Decision.decided_on))
        .where(Decision.claim_id.in_(unlawful), Decision.bonus_cents > 0)
        .scalar_subquery(),
        "lane": select(func.coalesce(func.sum(CardCount.dossiers), 0))
        .where(CardCount.queue == IN_LANE)
        .scalar_subquery(),
        "lane_on": select(func.min(ClaimCard.sort_on)).where(ClaimCard.queue == IN_LANE).scalar_subquery(),
    }
    if ACCOUNTANT in roles:
        due = PaymentOrder.status.in_(PAYABLE)
        few = select(PaymentOrder.id).where(due).limit(MOST_COUNTED + 1).subquery()
        parts["orders"] = select(func.count()).select_from(few).scalar_subquery()
    return parts
