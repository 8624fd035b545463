"""Random plays of the money, with the proofs of the accounts as invariants (see ``machine``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.money_ground import Ground, money_ground

from .machine import Money
from .machine_bank import MoneyAndBank

HOUSE = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    # A play that fails is said step by step; to shorten it would take an hour.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    print_blob=True,
)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with money_ground(tmp_path_factory.mktemp("money")) as made:
        yield made


def played(ground: Ground, machine: type[Money], examples: int, steps: int) -> Counter[str]:
    """Play so many times so many steps at most; what was done in all, refusals and deaths apart."""
    done: Counter[str] = Counter()

    class Play(machine):  # type: ignore[misc, valid-type]
        def teardown(self) -> None:
            done.update(self.done)
            super().teardown()

    Play.ground = ground
    run_state_machine_as_test(
        Play, settings=settings(HOUSE, max_examples=examples, stateful_step_count=steps)
    )
    return done


def test_a_few_plays(ground: Ground) -> None:
    done = played(ground, MoneyAndBank, examples=4, steps=25)
    assert done.total() > 0


@pytest.mark.slow
def test_thousands_of_steps(ground: Ground) -> None:
    done = played(ground, MoneyAndBank, examples=50, steps=60)
    assert done.total() > 1_000, done.total()
    expected = (
        "decide apply",
        "jobs",
        "batch",
        "batch taken further",
        "answer",
        "reopened",
        "released",
        "month",
    )
    for act in expected:
        assert done[act] > 0, done
    assert any(name.endswith("killed") for name in done), done
