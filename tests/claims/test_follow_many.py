"""One withdrawal that touches a whole country of open dossiers: batches, progress, bounded memory."""

from __future__ import annotations

import resource

import pytest
from sqlalchemy import func, select

from bonus.claims.follow import BATCH, BATCHES_A_JOB
from bonus.claims.follow_models import ClaimAlert
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.registry.models import RegistryChange
from tests.claims.test_follow import BEFORE_BILL, LATER, suite
from tests.support.many import copies
from tests.support.registry import certification_of, learn
from tests.support.world import SUITE, World, filed, run_jobs

DOSSIERS = 3_000
MOST_GROWTH_KB = 40_000


@pytest.mark.slow
def test_three_thousand_open_dossiers(world: World) -> None:
    with world.app.app_context():
        copies(filed(world, suite(world)), DOSSIERS - 1)
        change_id = learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER).change_id
        seen, peaks = [], []
        for _ in range(2 + DOSSIERS // (BATCH * BATCHES_A_JOB)):
            if not run_jobs(world, LATER):
                break
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
            db.session.expire_all()
            change = db.session.get_one(RegistryChange, change_id)
            seen.append((change.handled, change.touched))
        steps = [BATCH * BATCHES_A_JOB * n for n in range(1, 1 + DOSSIERS // (BATCH * BATCHES_A_JOB))]
        assert [handled for handled, _ in seen][: len(steps)] == steps, "each job does its share and says so"
        assert {touched for _, touched in seen} == {DOSSIERS}
        assert db.session.get_one(RegistryChange, change_id).done_at is not None
        assert db.session.scalar(select(func.count()).select_from(ClaimAlert)) == DOSSIERS
        left = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.done_at.is_(None))
        assert db.session.scalar(left) == 0
        assert peaks[-1] - peaks[0] < MOST_GROWTH_KB, "the last job weighs what the first one did"
