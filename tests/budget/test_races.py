"""Whatever runs at once, and whoever is killed, the sum never passes the envelope (art. 10), and each commitment has
its entries.

Two thousand commitments at the level of the service, then whole decisions, then the job that serves the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from bonus.audit.service import Actor
from bonus.budget.models import Commitment
from bonus.budget.releases import release_credits
from bonus.budget.service import commit_credits, has_room, locked_envelope
from bonus.budget.serving import serve
from bonus.claims.decision import decide
from bonus.claims.models import Claim, Decision
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from bonus.regulation import load_parameters
from tests.support.books import check_books
from tests.support.crew import Crew
from tests.support.waiting import dossier_of, figures_of, joined, waiting_ids
from tests.support.world import NOW, ON, World, filed, proposed, set_envelope

pytestmark = pytest.mark.slow

SIRENS = (
    *("901101105", "901201202", "901301309", "901401406", "901501502", "901601609"),
    *("901701706", "901801803", "901901900", "902002005", "902102102", "902202209"),
)


def amount_of(decision_id: int) -> int:
    """Some amount, always the same: from 1 cent to 89.99."""
    return decision_id * 7919 % 8999 + 1


def size_of(decision_id: int) -> str:
    """``micro`` and ``sme`` two times in three."""
    return ("micro", "sme", "large")[decision_id % 3]


def committing(decision_ids: Sequence[int], releases: bool) -> int:
    """Commit each decision that has room and is not committed yet, one transaction each, as a decision does; now and
    then give back the half of one. How many were committed."""
    law, count = load_parameters(), 0
    for number in decision_ids:
        envelope = locked_envelope(ON.year)
        known = select(Commitment.id).where(Commitment.decision_id == number)
        if db.session.scalars(known).first() is None and has_room(
            envelope, amount_of(number), size_of(number), ON, law
        ):
            assert envelope is not None
            commit_credits(envelope, number, amount_of(number), size_of(number), NOW)
            count += 1
        db.session.commit()
        if releases and number % 10 == 0 and amount_of(number) > 1:
            made = select(Commitment.id).where(Commitment.decision_id == number)
            if db.session.scalars(made).first() is not None:
                release_credits(number, amount_of(number) // 2, "half", NOW)
        db.session.commit()
    return count


def some_decisions(world: World, count: int) -> list[int]:
    """So many decisions to commit, of one dossier: rows and nothing else."""
    dossier = filed(world)
    with world.app.app_context():
        row = {
            "claim_id": dossier.id,
            "decided_at": NOW,
            "decided_on": ON,
            "kind": "rule",
            "outcome": "granted",
            "bonus_cents": 1,
            "reasons": "Essai",
            "facts": {},
            "facts_sha256": "0" * 64,
            "parameters_version": "essai",
            "result": {},
        }
        db.session.execute(insert(Decision), [row | {"rank": rank} for rank in range(1, count + 1)])
        db.session.commit()
        found = list(db.session.scalars(select(Decision.id).order_by(Decision.id)))
        db.session.rollback()
        return found


def sizes(app: Flask) -> tuple[int, int]:
    """How many processes, how many decisions: SQLite has one writer."""
    return (8, 2_000) if app.config["DATABASE_URL"].startswith("postgresql") else (4, 120)


def nothing_is_lost(world: World) -> None:
    """The books are right, and each commitment has its two entries."""
    with world.app.app_context():
        check_books()
        for kind in ("committed", "granted"):
            entered = select(func.count()).select_from(LedgerEntry).where(LedgerEntry.kind == kind)
            assert db.session.scalar(entered) == db.session.query(Commitment).count()
        db.session.rollback()


@pytest.mark.parametrize("releases", [False, True])
def test_a_nearly_empty_envelope(any_world: World, releases: bool) -> None:
    processes, count = sizes(any_world.app)
    ids = some_decisions(any_world, count)
    whole = sum(map(amount_of, ids))
    set_envelope(any_world, whole // 4)  # three in four find it empty
    with Crew(processes) as crew:
        done = crew.race(
            any_world.app,
            committing,
            [(ids[place::processes], releases) for place in range(processes)],
            seconds=300,
        )
    nothing_is_lost(any_world)
    with any_world.app.app_context():
        authorised, committed, _ = figures_of()
        assert sum(done) == db.session.query(Commitment).count() > 0
        assert committed <= authorised
        if not releases:
            largest = max(map(amount_of, ids))
            assert authorised - committed < largest, "nothing of what was open was left to nobody"


def test_killed_in_the_middle(any_world: World) -> None:
    """One is killed (-9) wherever it is; what it did not commit is done again by the next run, nothing twice."""
    processes, count = sizes(any_world.app)
    ids = some_decisions(any_world, count)
    set_envelope(any_world, sum(map(amount_of, ids)) // 2)
    shares = [ids[place::processes] for place in range(processes)]
    with Crew(1) as victim, Crew(processes - 1) as crew:
        victim.kill_during(
            any_world.app,
            committing,
            (shares[0], True),
            lambda: crew.race(
                any_world.app, committing, [(share, True) for share in shares[1:]], seconds=300
            ),
        )
    nothing_is_lost(any_world)
    with any_world.app.app_context():
        committing(shares[0], True)
    nothing_is_lost(any_world)
    with any_world.app.app_context():
        authorised, committed, _ = figures_of()
        assert committed <= authorised


def deciding(claim_ids: Sequence[int], officer: Actor) -> list[str]:
    return [decide(claim_id, "apply", "", officer, NOW).status for claim_id in claim_ids]


def test_whole_decisions(any_world: World) -> None:
    """Twelve companies, credits for five and some left: never a cent more, the rest on the list."""
    dossiers = [proposed(any_world, dossier_of(any_world, siren)) for siren in SIRENS]
    set_envelope(any_world, 5 * 4_500_00 + 4_499_99)
    ids = [dossier.id for dossier in dossiers]
    with Crew(4) as crew:
        results = crew.race(
            any_world.app, deciding, [(ids[place::4], any_world.officer) for place in range(4)]
        )
    statuses = [status for some in results for status in some]
    nothing_is_lost(any_world)
    with any_world.app.app_context():
        # Who is granted depends on who came first; whoever is complete before one that waits may still be.
        assert statuses.count("granted") <= 5
        assert figures_of()[1] == statuses.count("granted") * 4_500_00
        assert len(waiting_ids()) == statuses.count("waiting_list")
        # What those who came later could not take, those complete before them have: the list is served, in order.
        served = serve(NOW)
        assert statuses.count("granted") + served == 5
    nothing_is_lost(any_world)


def serving(_place: int) -> int:
    return serve(NOW)


def waiting_companies(world: World) -> list[int]:
    """Eight that wait, complete one after the other."""
    set_envelope(world, 0)
    dossiers = [
        dossier_of(world, siren, complete=NOW - timedelta(hours=20 - rank))
        for rank, siren in enumerate(SIRENS[:8])
    ]
    joined(world, dossiers)
    return [dossier.id for dossier in dossiers]


def test_the_list_served_by_four_at_once(any_world: World, crew: Crew) -> None:
    ids = waiting_companies(any_world)
    set_envelope(any_world, 5 * 4_500_00)
    done = crew.race(any_world.app, serving, [(place,) for place in range(4)])
    assert sum(done) == 5
    with any_world.app.app_context():
        assert waiting_ids() == ids[5:], "in order, and nobody overtook"
        assert db.session.query(Decision).count() == 5
    nothing_is_lost(any_world)


def test_the_job_killed_in_the_middle(any_world: World) -> None:
    ids = waiting_companies(any_world)
    set_envelope(any_world, 6 * 4_500_00)

    def one_is_done() -> bool:
        with any_world.app.app_context():
            found = db.session.query(Decision).count()
            db.session.rollback()
            return found > 0

    with Crew(1) as crew:
        crew.kill_once(any_world.app, serving, (0,), one_is_done)
    nothing_is_lost(any_world)
    with any_world.app.app_context():
        serve(NOW)
        assert waiting_ids() == ids[6:]
        assert db.session.query(Decision).count() == db.session.query(Commitment).count() == 6
        granted = select(func.count()).select_from(Claim).where(Claim.status == "granted")
        assert db.session.scalar(granted) == 6
    nothing_is_lost(any_world)
