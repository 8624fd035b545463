"""Two things timed in turn, A B A B…, so that a machine that slows down slows both."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any


def seconds(act: Callable[[], Any]) -> float:
    """How long one call takes."""
    start = perf_counter()
    act()
    return perf_counter() - start


def interleaved_ratio(ours: Callable[[], Any], bare: Callable[[], Any], rounds: int) -> float:
    """The median, over pairs of calls made one after the other, of our time by the bare time."""
    ours(), bare()  # what is loaded once is loaded before
    return median(seconds(ours) / seconds(bare) for _ in range(rounds))
