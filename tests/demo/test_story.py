"""What the demonstration opens with: a dossier at each step of the examination, as the services left it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bonus.audit.service import first_fault
from bonus.calendar import civil_date
from bonus.claims.appeal_models import Appeal
from bonus.claims.campaign_models import ControlCampaign
from bonus.claims.card_models import ClaimCard
from bonus.claims.letter_models import Letter
from bonus.claims.models import Claim, Decision
from bonus.claims.queue_beside import beside
from bonus.demo.seed import seed
from bonus.demo.story import BEGAN, Story
from bonus.extensions import db

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.slow  # a dozen invoices made, read and sealed


def test_each_step_of_the_examination_is_there(app: Flask) -> None:
    with app.app_context():
        seed(civil_date(NOW), NOW - timedelta(days=BEGAN))
        Story(NOW).tell()
        assert set(db.session.scalars(select(Decision.kind))) == {"officer", "rule", "silence"}
        queues = set(db.session.scalars(select(ClaimCard.queue)))
        assert queues == {"a-verifier", "a-decider", "voie-rapide", "decides"}
        assert db.session.scalars(select(Claim.risk_weight).where(Claim.status == "filed")).first()
        assert db.session.scalars(select(Appeal.status)).all() == ["filed"]
        [campaign] = db.session.scalars(select(ControlCampaign)).all()
        assert campaign.drawn[0]
        assert beside(None, {"reviewer"})["recours"].total == 1
        assert {"partly_granted", "silence", "rule"} <= set(db.session.scalars(select(Letter.kind)))
        assert first_fault() is None
