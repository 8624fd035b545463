"""Campaigns of controls: previewed, drawn once with a seed that nobody chooses, opened as controls (art. 14)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from bonus.accounts.acting import person_acting
from bonus.audit.service import Actor, record
from bonus.bulk import chunks
from bonus.calendar import add_years, civil_date, format_date
from bonus.errors import Forbidden, InvalidInput, NotFound
from bonus.extensions import db
from bonus.payments.models import PaymentBatch, PaymentOrder
from bonus.regulation import load_parameters
from bonus.regulation.wording import french

from .campaign_draw import DrawnLayer, Layer, Listed, draw, population_sha256
from .campaign_models import ControlCampaign
from .follow_models import Control
from .models import Claim, Decision

MOST_NAME = 120
OPENERS = frozenset({"authorising_officer", "administrator"})


def control_years(on: date) -> int:
    """Years after payment during which a control may be opened (art. 14)."""
    return load_parameters().integer("control.years", on)


def population(paid_from: date, paid_until: date, today: date) -> list[Listed]:
    """The dossiers last paid over a period, both ends included, that may still be controlled today."""
    last = func.max(PaymentBatch.execution_on)
    rows = db.session.execute(
        select(Claim.number, Claim.risk_weight, last)
        .join(Decision, Decision.claim_id == Claim.id)
        .join(PaymentOrder, PaymentOrder.decision_id == Decision.id)
        .join(PaymentBatch, PaymentOrder.batch_id == PaymentBatch.id)
        .where(PaymentOrder.status.in_(("sent", "executed")))
        .group_by(Claim.id, Claim.number, Claim.risk_weight)
        .having(last.between(paid_from, min(paid_until, today)))
        .order_by(Claim.number)
    )
    years = control_years(today)
    return [(str(number), weight) for number, weight, paid in rows if today <= add_years(paid, years)]


def preview(paid_from: date, paid_until: date, layers: Sequence[Layer], today: date) -> list[DrawnLayer]:
    """How many each layer holds and would be drawn: by a seed thrown away, so that no sample is chosen.

    Raises InvalidInput.
    """
    _check(paid_from, paid_until, layers)
    listed = population(paid_from, paid_until, today)
    return draw(secrets.token_hex(8), listed, layers)


def open_campaign(
    name: str, paid_from: date, paid_until: date, layers: Sequence[Layer], actor: Actor, now: datetime
) -> ControlCampaign:
    """Draw the sample with a new seed, and open a control on each dossier drawn. Committed, and written in the log.

    Raises Forbidden, InvalidInput (name, period, layers, nothing to draw).
    """
    person_id = person_acting(actor)
    if not OPENERS & actor.roles:
        raise Forbidden(
            "campaign.role", "Seul un ordonnateur ou un administrateur ouvre une campagne de contrôles."
        )
    name = " ".join(name.split())
    if not 0 < len(name) <= MOST_NAME:
        raise InvalidInput(
            "campaign.name", f"Nommez la campagne, en {MOST_NAME} caractères au plus.", field="name"
        )
    _check(paid_from, paid_until, layers)
    listed = population(paid_from, paid_until, civil_date(now))
    seed = secrets.token_hex(16)
    drawn = draw(seed, listed, layers)
    numbers = [number for one in drawn for number in one.numbers]
    if not numbers:
        raise InvalidInput(
            "campaign.empty",
            french("Aucun dossier à tirer : changez la période, ou le nombre de dossiers à tirer."),
            field="paid_from",
        )
    campaign = ControlCampaign(
        name=name,
        paid_from=paid_from,
        paid_until=paid_until,
        seed=seed,
        layers=[layer.as_json() for layer in layers],
        population=[list(one) for one in listed],
        population_count=len(listed),
        population_sha256=population_sha256(listed),
        drawn=[list(one.numbers) for one in drawn],
        opened_at=now,
        opened_by_id=person_id,
    )
    db.session.add(campaign)
    db.session.flush()
    _open_controls(campaign, numbers, now)
    record(
        "campaign.opened",
        f"campaign:{campaign.id}",
        actor,
        now,
        seed=seed,
        population=len(listed),
        population_sha256=campaign.population_sha256,
        drawn=len(numbers),
        layers=campaign.layers,
    )
    db.session.commit()
    return campaign


def campaigns() -> Sequence[ControlCampaign]:
    """The latest campaigns, the last first."""
    query = select(ControlCampaign).order_by(ControlCampaign.id.desc()).limit(100)
    return db.session.scalars(query.options(joinedload(ControlCampaign.opened_by).lazyload("*"))).all()


def campaign_of(campaign_id: int) -> ControlCampaign:
    """One of them. Raises NotFound."""
    found = db.session.get(ControlCampaign, campaign_id)
    if found is None:
        raise NotFound("campaign.unknown", "Cette campagne n’existe pas.")
    return found


def _check(paid_from: date, paid_until: date, layers: Sequence[Layer]) -> None:
    if paid_from > paid_until:
        raise InvalidInput(
            "campaign.period", "La fin de la période vient avant son début.", field="paid_until"
        )
    if not layers:
        raise InvalidInput("campaign.layers", "Indiquez au moins une strate.")


def _open_controls(campaign: ControlCampaign, numbers: Sequence[str], now: datetime) -> None:
    reason = french(
        f"Tiré au sort par la campagne « {campaign.name} », ouverte le {format_date(civil_date(now))} (art. 14)."
    )
    for some in chunks(numbers):
        ids = db.session.scalars(select(Claim.id).where(Claim.number.in_(some)).order_by(Claim.id))
        db.session.add_all(
            Control(
                claim_id=claim_id,
                campaign_id=campaign.id,
                ground="campaign",
                reason=reason,
                undue_cents=0,
                opened_at=now,
            )
            for claim_id in ids.all()
        )
