"""A long life at random, on both databases: whatever was taken or refused, what is kept is what the facts say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import combinations
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bonus.errors import Refusal
from bonus.extensions import db
from bonus.registry.history import life
from bonus.registry.models import Certification, CertificationFact, RegistryChange, RegistryHead, Solution
from tests.support.registry import certified, disown, learn, mend, offer, require_reading
from tests.support.world import NOW

from .lives import DAY

FIRST = date(2026, 6, 1)
STEPS = 120


class Walk:
    """What chance does next: ``step`` returns what it did, or the code of its refusal."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.now = NOW
        self.solutions = [offer(name).id for name in ("Une offre", "Une autre")]
        db.session.commit()

    def step(self, number: int) -> str:
        # Some come with a moment a little earlier than the last one's.
        self.now += timedelta(seconds=self.chance.randint(-2, 9))
        acts: list[Callable[[int], str]] = [
            self._grant,
            *[self._event] * 6,
            self._mend,
            self._mend,
            self._disown,
        ]
        try:
            return self.chance.choice(acts)(number)
        except Refusal as refusal:
            db.session.rollback()
            return refusal.code

    def _day(self) -> date:
        return FIRST + self.chance.randint(0, 20) * DAY

    def _grant(self, number: int) -> str:
        start, end = sorted((self._day(), self._day()))
        solution = db.session.get_one(Solution, self.chance.choice(self.solutions))
        label = self.chance.choice(["NFG", "NFG", "SECNUMCLOUD"])
        certified(solution, start, end, label=label, reference=f"R-{number}", now=self.now)
        return "granted"

    def _event(self, _number: int) -> str:
        found = self.chance.choice(db.session.scalars(select(Certification).order_by(Certification.id)).all())
        kind = self.chance.choice([*["suspended"] * 4, *["reinstated"] * 5, "withdrawn"])
        retroactive = kind == "withdrawn" and self.chance.random() < 0.3
        within = found.valid_from + self.chance.randint(0, (found.valid_until - found.valid_from).days) * DAY
        on = within if self.chance.random() < 0.8 else self._day()
        learn(found, kind, on, self.now, retroactive=retroactive)
        return kind

    def _fact(self) -> CertificationFact:
        facts = db.session.scalars(select(CertificationFact).order_by(CertificationFact.id)).all()
        corrected = {fact.corrects_id for fact in facts}
        standing = [fact for fact in facts if fact.id not in corrected]
        return self.chance.choice(standing if self.chance.random() < 0.8 else facts)

    def _mend(self, _number: int) -> str:
        fact = self._fact()
        if fact.kind == "granted":
            start, end = sorted((self._day(), self._day()))
            mend(fact, self.now, valid_from=start, valid_until=end)
        else:
            mend(fact, self.now, happened_on=self._day())
        return "mended"

    def _disown(self, _number: int) -> str:
        disown(self._fact(), self.now)
        return "disowned"


@pytest.mark.parametrize("seed", [0, 2, 5])  # these meet every refusal named below
def test_a_walk(any_session: Session, seed: int) -> None:
    walk = Walk(Random(seed))
    certified(db.session.get_one(Solution, walk.solutions[0]), FIRST, FIRST + 20 * DAY)
    done: Counter[str] = Counter()
    told: dict[tuple[int, datetime], object] = {}
    for number in range(STEPS):
        outcome = walk.step(number)
        done[outcome] += 1
        if "." in outcome:
            continue  # refused: nothing was written, the next one that is looks at it all
        require_no_overlap(any_session)
        for found in any_session.scalars(select(Certification)):
            require_reading(found.id)
            facts = [fact.plain for fact in found.facts]
            recorded = [fact.recorded_at for fact in facts]
            assert recorded == sorted(recorded)
            # What was known at a moment that is past is known of it for ever.
            for moment in (one - timedelta(microseconds=1) for one in recorded):
                known = life(facts, moment)
                assert told.setdefault((found.id, moment), known) == known
    assert {"granted", "suspended", "reinstated", "withdrawn", "mended", "disowned"} <= done.keys()
    assert {"registry.overlap", "registry.outside_validity", "registry.already_corrected"} <= done.keys()
    changes = any_session.query(RegistryChange).count()
    assert changes == sum(count for code, count in done.items() if "." not in code) + 1
    # The two solutions and their supplier were writes too.
    assert any_session.scalars(select(RegistryHead.version)).one() == changes + 3


def require_no_overlap(session: Session) -> None:
    """Two certifications of one label never cover one day of one solution."""
    rows = session.execute(
        text(
            "SELECT solution_id, label, valid_from, covers_until FROM certifications WHERE covers_until IS NOT NULL"
        )
    ).all()
    for one, other in combinations(rows, 2):
        if one[:2] == other[:2]:
            assert str(one[3]) < str(other[2]) or str(other[3]) < str(one[2])
