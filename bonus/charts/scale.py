"""Scales: round steps from zero up, and how numbers are written along them."""

from __future__ import annotations

from bonus.money import NARROW_NBSP

STEPS = 4


def ticks(most: int) -> list[int]:
    """Whole round values from 0 to at least ``most``, four steps or five: 0, 20, 40, 60 for 57; 0 and 1 for nothing.

    Raises ValueError below zero.
    """
    if most < 0:
        raise ValueError("a scale begins at zero")
    power = 1
    while True:
        for unit in (1, 2, 5):
            step = unit * power
            if step * STEPS >= most:
                count = max(1, -(-most // step))
                return [step * rank for rank in range(count + 1)]
        power *= 10


def number(value: int) -> str:
    """A whole number as French writes it: ``12345`` → "12 345"."""
    return f"{value:,}".replace(",", NARROW_NBSP)


def placed(value: float) -> float:
    """A coordinate to a tenth: no drawing shows more."""
    return round(value, 1)


def every(count: int, most: int) -> list[bool]:
    """Which of so many labels are kept where only ``most`` have room: counted from the last, which is kept."""
    step = max(1, -(-count // most))
    return [(count - 1 - rank) % step == 0 for rank in range(count)]
