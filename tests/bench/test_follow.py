"""The follow-up of one withdrawal over 600 open dossiers, a dossier, against one ``assess`` of a dossier.

What each dossier needs is its facts, once, and the law on them twice (as known before, as known after). ``assess``
is its facts, the law once, and the trace. So about 1 is what cannot be spared; above is the batch: locks, alert, log.
And against 60 dossiers: the cost of one does not grow with their number.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from pytest_benchmark.fixture import BenchmarkFixture

from bonus.claims.assessing import assess
from bonus.claims.follow import follow_change
from bonus.claims.models import Claim
from bonus.extensions import db
from bonus.registry.models import RegistryChange
from tests.claims.test_follow import BEFORE_BILL, LATER, suite
from tests.support.many import copies
from tests.support.registry import certification_of, disown, learn
from tests.support.world import NOW, SUITE, build_world, filed

from .ratio import seconds

MANY, FEW = 600, 60
LIMIT, GROWTH = 2.0, 1.5
AGAIN = LATER + timedelta(hours=1)


def test_follow_up(benchmark: BenchmarkFixture, app: Flask) -> None:
    world = build_world(app)
    with app.app_context():
        dossier = filed(world, suite(world))
        copies(dossier, FEW - 1)
        fact = learn(certification_of(SUITE), "withdrawn", BEFORE_BILL, LATER)
        few = seconds(lambda: follow_change(fact.change_id, LATER)) / FEW
        copies(dossier, MANY - FEW)
        change_id = disown(fact, AGAIN).change_id
        once = benchmark.pedantic(lambda: seconds(lambda: follow_change(change_id, AGAIN)), rounds=1) / MANY
        change = db.session.get_one(RegistryChange, change_id)
        assert (change.handled, change.done_at) == (MANY, AGAIN)

        def assess_some() -> None:
            for claim_id in range(dossier.id, dossier.id + 30):
                db.session.expire_all()
                assess(db.session.get_one(Claim, claim_id), NOW)

        bare = min(seconds(assess_some) for _ in range(5)) / 30
    benchmark.extra_info |= {"ms_a_dossier": 1000 * once, "ratio": once / bare, "growth": once / few}
    assert once / bare < LIMIT
    assert once / few < GROWTH
