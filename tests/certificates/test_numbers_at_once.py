"""Numbers without gaps per year, even when issues race and processes die (art. 15)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bonus.audit.service import SERVICE, first_fault
from bonus.certificates.models import TaxCertificate
from bonus.certificates.service import choose_regime, request_certificate
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.numbering import Counter
from tests.support.bills import bill
from tests.support.crew import Crew
from tests.support.world import (
    YEAR_CLOSED,
    YEAR_END,
    World,
    another_company,
    decided,
    draft,
    party_of,
)

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]
COMPANIES = ("901101105", "902202209", "903303303")
ROUNDS = 4


def issuing(rank: int, *company_ids: int) -> None:
    """Ask for each company's certificate, then change its regime to and fro: each change issues one more."""
    for round_ in range(ROUNDS):
        now = YEAR_CLOSED + timedelta(minutes=round_)
        for company_id in company_ids[rank % len(company_ids) :] + company_ids[: rank % len(company_ids)]:
            request_certificate(company_id, YEAR_END, SERVICE, now)
            regime = ("reduction", "deduction")[(rank + round_) % 2]
            choose_regime(company_id, YEAR_END, regime, SERVICE, now)


def test_eight_processes_two_of_which_are_killed(pg_world: World) -> None:
    ids = []
    for siren in COMPANIES:
        company_id = another_company(pg_world, siren)
        with pg_world.app.app_context():
            buyer = party_of(db.session.get_one(Company, company_id))
        decided(pg_world, draft(pg_world, [bill(buyer=buyer)], company_id=company_id))
        ids.append(company_id)
    app = pg_world.app
    with Crew(1) as first, Crew(1) as second, Crew(6) as others:

        def race() -> None:
            others.race(app, issuing, [(rank, *ids) for rank in range(6)], seconds=180)

        first.kill_during(app, issuing, (6, *ids), lambda: second.kill_during(app, issuing, (7, *ids), race))
    with app.app_context():
        issued = db.session.scalars(select(TaxCertificate).order_by(TaxCertificate.sequence)).all()
        assert len(issued) > len(ids)
        assert [one.sequence for one in issued] == list(range(1, len(issued) + 1)), "without gaps"
        assert db.session.get_one(Counter, ("certificates", 2027)).last == len(issued)
        for company_id in ids:
            own = [one for one in issued if one.company_id == company_id]
            assert sum(not one.revoked for one in own) == 1
            assert sum(one.replaces is None for one in own) == 1, "one chain, without a fork"
        assert first_fault() is None
        db.session.rollback()
