"""Random plays of the money, with the proofs of the accounts as invariants (see ``machine``)."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.money_ground import Ground, money_ground

from .machine import Money
from .machine_bank import MoneyAndBank
from .machine_undue import MoneyAndUndue

HOUSE = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    # A play that fails is said step by step; to shorten it would take an hour.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    print_blob=True,
)

ACTS = 2_000
"""How many are played, whatever is drawn."""
EXPECTED = (
    *(
        "decide apply",
        "jobs",
        "batch",
        "batch taken further",
        "paid",
        "answer",
        "file of the bank",
        "reopened",
    ),
    *("revoke", "month", "undue, credit_note", "undue, contract_ended", "confirm", "repaid", "offset"),
    *("titre, cancel", "titre, waive"),
)
"""What is done many times over in so many acts."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with money_ground(tmp_path_factory.mktemp("money")) as made:
        yield made


def played(
    ground: Ground, machine: type[Money], examples: int, steps: int, start: int | None = None
) -> Counter[str]:
    """Play so many times so many steps at most; what was done in all, refusals and deaths apart."""
    done: Counter[str] = Counter()

    class Play(machine):  # type: ignore[misc, valid-type]
        def teardown(self) -> None:
            done.update(self.done)
            super().teardown()

    Play.ground = ground
    # The same start gives the same plays.
    run_state_machine_as_test(
        Play if start is None else seed(start)(Play),
        settings=settings(HOUSE, max_examples=examples, stateful_step_count=steps),
    )
    return done


def test_a_few_plays(ground: Ground) -> None:
    done = played(ground, MoneyAndBank, examples=2, steps=25)
    assert done.total() > 0


@pytest.mark.slow
def test_thousands_of_steps(ground: Ground) -> None:
    """Acts are counted as they end: done, refused or killed. On CI the same ones each time, elsewhere others."""
    done: Counter[str] = Counter()
    start = 0 if os.environ.get("CI") == "true" else random.randrange(10**9)
    # What is seldom drawn gets more plays before it is said to be missing.
    while done.total() < ACTS or (done.total() < 4 * ACTS and not all(done[act] for act in EXPECTED)):
        done += played(ground, MoneyAndUndue, examples=5, steps=120, start=start)
        start += 1
    missing = [act for act in EXPECTED if not done[act]]
    assert not missing, f"{missing} of {sorted(done.items(), key=lambda pair: -pair[1])}"
    killed = sum(count for name, count in done.items() if name.endswith("killed"))
    refused = sum(count for name, count in done.items() if ": " in name)
    assert 0 < killed < done.total() / 4
    assert refused < done.total() / 2, f"{sorted(done.items(), key=lambda pair: -pair[1])}"
