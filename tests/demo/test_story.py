"""What the demonstration opens with: a dossier at each step of the examination, as the services left it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bonus.audit.service import first_fault
from bonus.calendar import civil_date
from bonus.claims.appeal_models import Appeal
from bonus.claims.campaign_models import ControlCampaign
from bonus.claims.card_models import ClaimCard
from bonus.claims.letter_models import Letter
from bonus.claims.models import Claim, Decision
from bonus.claims.queue_beside import beside
from bonus.demo.folder import settings_of
from bonus.demo.serve import application, prepare
from bonus.extensions import db
from bonus.jobs.failed import Asked, failed_page
from bonus.recoveries.lists import Asked as Recoveries
from bonus.recoveries.lists import recovery_page
from bonus.recoveries.models import Recovery, RecoveryOrder
from bonus.register.lists import late_count
from tests.support.ledger import wrong

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.slow  # a dozen invoices made, read and sealed


def test_each_step_of_the_examination_is_there(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "http://127.0.0.1", NOW) | {"REDIS_URL": "redis://127.0.0.1:1"}
    prepare(settings, tmp_path, NOW, lambda _said: None, story=True)
    with application(settings):
        assert set(db.session.scalars(select(Decision.kind))) == {"officer", "rule", "silence"}
        queues = set(db.session.scalars(select(ClaimCard.queue)))
        assert queues == {"a-verifier", "a-relire", "a-decider", "voie-rapide", "decides"}
        assert db.session.scalars(select(Claim.risk_weight).where(Claim.status == "filed")).first()
        assert db.session.scalars(select(Appeal.status)).all() == ["filed"]
        [campaign] = db.session.scalars(select(ControlCampaign)).all()
        assert campaign.drawn[0]
        assert beside(None, {"reviewer"})["recours"].total == 1
        assert {"partly_granted", "silence", "rule"} <= set(db.session.scalars(select(Letter.kind)))
        [failed], _ = failed_page(Asked(), 1, 10)
        assert (failed.title, failed.state) == (
            "Inscription au registre central des aides de minimis",
            "person",
        )
        assert "bénéficiaire à confirmer" in failed.why
        assert late_count(civil_date(NOW)) == 1
        assert set(db.session.scalars(select(Recovery.status))) == {"confirmed", "replied"}
        [titre] = db.session.scalars(select(RecoveryOrder)).all()
        assert (titre.status, titre.amount_cents) == ("open", titre.remaining_cents)
        assert recovery_page(Recoveries("titres"), 1, civil_date(NOW)).total == 1
        assert recovery_page(Recoveries("en-cours"), 1, civil_date(NOW)).total == 1
        assert first_fault() is None
        assert wrong() == []
