"""Two things timed in turn, A B A B…, so that a machine that slows down slows both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

Clock = Callable[[], float]


def seconds(act: Callable[[], Any], clock: Clock = perf_counter) -> float:
    """How long one call takes, by that clock."""
    start = clock()
    act()
    return clock() - start


def interleaved_ratio(
    ours: Callable[[], Any], bare: Callable[[], Any], rounds: int, clock: Clock = perf_counter
) -> float:
    """The median, over pairs of calls made one after the other, of our time by the bare time."""
    ours(), bare()  # what is loaded once is loaded before
    return median(seconds(ours, clock) / seconds(bare, clock) for _ in range(rounds))


def processor_clock(*children: int) -> Clock:
    """The processor time of this process and of others (their ids): what else runs at the same time is not in it.

    Where the system does not tell it to the nanosecond (it does under Linux), plain time.
    """
    folders = [Path(f"/proc/{child}/task") for child in children]
    if not all(any(tasks.glob("*/schedstat")) for tasks in folders):
        return perf_counter

    def clock() -> float:
        spent = sum(
            int(task.read_text().split()[0]) for tasks in folders for task in tasks.glob("*/schedstat")
        )
        return process_time() + spent / 1e9

    return clock
