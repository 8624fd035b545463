"""Cents, basis points and the one rounding function."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.money import (
    allocate,
    amount_string,
    format_euros,
    format_rate,
    from_decimal,
    half_up,
    parse_amount,
)

CENTS = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (0, 10_000, 0),
        (4_999, 10_000, 0),
        (5_000, 10_000, 1),
        (-4_999, 10_000, 0),
        (-5_000, 10_000, -1),
        (-15_000, 10_000, -2),
        (14_999, 10_000, 1),
        (15_000, 10_000, 2),
        (1, 3, 0),
        (2, 3, 1),
        (1, 2, 1),
        (7, 1, 7),
    ],
)
def test_a_half_goes_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert half_up(numerator, denominator) == expected
    assert half_up(np.array([numerator]), denominator).tolist() == [expected]


@given(CENTS, st.integers(1, 10**6))
def test_half_up_is_that_of_decimal(numerator: int, denominator: int) -> None:
    exact = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("1.000000000001"))
    expected = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert half_up(numerator, denominator) == expected


@given(st.lists(CENTS, max_size=20), st.integers(1, 10**6))
def test_half_up_is_the_same_on_columns(numerators: list[int], denominator: int) -> None:
    column = half_up(np.array(numerators, dtype=np.int64), denominator)
    assert column.dtype == np.int64
    assert column.tolist() == [half_up(number, denominator) for number in numerators]


@pytest.mark.parametrize("denominator", [0, -1])
def test_half_up_wants_a_positive_denominator(denominator: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        half_up(1, denominator)


@given(CENTS)
def test_an_amount_is_read_back_as_it_was_written(cents: int) -> None:
    assert parse_amount(amount_string(cents)) == cents


@pytest.mark.parametrize(
    ("cents", "text"),
    [(0, "0.00"), (1, "0.01"), (-1, "-0.01"), (100, "1.00"), (123_456, "1234.56"), (-123_456, "-1234.56")],
)
def test_amount_string(cents: int, text: str) -> None:
    assert amount_string(cents) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.0",
        "1.000",
        ".50",
        "1,00",
        "1 000.00",
        "+1.00",
        "--1.00",
        "1e3",
        "NaN",
        "Infinity",
        "1.00 ",
        " 1.00",
        "1.00\n",
        "١.٠٠",
        "12345678901234567.00",
    ],
)
def test_any_other_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        parse_amount(text)


@pytest.mark.parametrize(
    ("value", "cents"), [("12.34", 1234), ("12", 1200), ("-0.5", -50), ("1E+2", 10_000), ("12.3400", 1234)]
)
def test_from_decimal(value: str, cents: int) -> None:
    assert from_decimal(Decimal(value)) == cents


@pytest.mark.parametrize(
    ("value", "match"), [("0.005", "more than two"), ("NaN", "not a number"), ("Infinity", "not a")]
)
def test_from_decimal_refuses_what_is_not_whole_cents(value: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        from_decimal(Decimal(value))


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "0,00 €"),
        (1, "0,01 €"),
        (99_999, "999,99 €"),
        (100_000, "1 000,00 €"),
        (1_234_567, "12 345,67 €"),
        (-1_234_567, "-12 345,67 €"),
        (123_456_789_012, "1 234 567 890,12 €"),
    ],
)
def test_format_euros(cents: int, text: str) -> None:
    written = format_euros(cents)
    assert written.replace("\u202f", " ").replace("\u00a0", " ") == text
    assert " " not in written


@pytest.mark.parametrize(
    ("bp", "text"),
    [
        (0, "0 %"),
        (1, "0,01 %"),
        (50, "0,5 %"),
        (3000, "30 %"),
        (3050, "30,5 %"),
        (3055, "30,55 %"),
        (-1000, "-10 %"),
    ],
)
def test_format_rate(bp: int, text: str) -> None:
    assert format_rate(bp) == text.replace(" ", "\u00a0")


@given(CENTS, st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any))
def test_shares_sum_to_the_whole_and_keep_its_sign(total: int, weights: list[int]) -> None:
    shares = allocate(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert share * total >= 0
        # Never a cent away from the exact share.
        assert abs(share * sum(weights) - total * weight) < sum(weights)


def test_the_cents_left_over_go_to_the_largest_remainders_then_to_the_first() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(200, [1, 1, 1]) == [67, 67, 66]
    assert allocate(10, [1, 2, 1]) == [3, 5, 2]
    assert allocate(-100, [1, 1, 1]) == [-34, -33, -33]
    assert allocate(1, [0, 1]) == [0, 1]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [2, -1]])
def test_weights_are_not_negative_nor_all_zero(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)
