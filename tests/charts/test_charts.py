"""Where the parts of a chart stand: pure, so that a wrong height is a wrong number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.charts import Band, Series, columns, lines, rows
from bonus.charts.frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP
from bonus.charts.model import WIDTH
from bonus.charts.scale import every, number, ticks

BASE = HEIGHT - BOTTOM


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (57, [0, 20, 40, 60]),
        (62, [0, 20, 40, 60, 80]),
        (1_000_000, [0, 500_000, 1_000_000]),
    ],
)
def test_round_values(most: int, expected: list[int]) -> None:
    assert ticks(most) == expected


@given(st.integers(0, 10**9))
def test_a_scale_reaches_its_most_and_not_far_beyond(most: int) -> None:
    found = ticks(most)
    assert found[0] == 0
    assert found[-1] >= most > found[-2] or most == 0
    assert 2 <= len(found) <= 5


def test_no_scale_below_zero() -> None:
    with pytest.raises(ValueError, match="zero"):
        ticks(-1)


def test_numbers_are_french() -> None:
    assert number(1_234_567) == "1\u202f234\u202f567"


def test_labels_are_thinned_from_the_last() -> None:
    assert every(12, 4) == [False, False, True] * 4
    assert every(11, 4)[-1]
    assert sum(every(11, 4)) == 4
    assert every(3, 4) == [True] * 3
    assert every(0, 4) == []


def test_columns_are_piled_up_from_the_base() -> None:
    chart = columns(
        "Stock",
        "Deux mois.",
        ["janv.", "févr."],
        [Series("À vérifier", [30, 0], "blue"), Series("À décider", [10, 40], "red")],
    )
    first, second, third = chart.boxes
    assert (first.y + first.height, second.y + second.height) == (BASE, first.y)
    assert first.height == pytest.approx(3 * second.height, abs=0.2)
    assert (third.y, third.y + third.height) == (TOP, BASE)  # 40 of 40
    assert first.x == second.x < third.x
    assert first.x >= LEFT
    assert third.x + third.width <= WIDTH - RIGHT
    assert second.title == "janv., à décider\u00a0: 10"
    assert chart.legend == [("À vérifier", "blue"), ("À décider", "red")]


def test_columns_side_by_side_share_a_base_and_do_not_overlap() -> None:
    chart = columns("t", "d", ["a"], [Series("X", [4], "blue"), Series("Y", [2], "green")], side_by_side=True)
    one, other = chart.boxes
    assert one.x + one.width == pytest.approx(other.x, abs=0.1)
    assert one.y + one.height == other.y + other.height == BASE
    assert one.height == pytest.approx(2 * other.height, abs=0.2)


def test_a_mark_is_on_the_scale_and_in_the_legend() -> None:
    chart = columns("t", "d", ["a"], [Series("X", [10], "blue")], mark=Band(40, 40, "Rythme"))
    (mark,) = [rule for rule in chart.rules if rule.mark]
    assert mark.y1 == mark.y2 == TOP
    assert chart.legend[-1] == ("Rythme", "mark")
    assert chart.boxes[0].y == pytest.approx(BASE - (BASE - TOP) / 4)


def test_a_line_is_broken_where_nothing_is_known() -> None:
    chart = lines(
        "t",
        "d",
        list("abcde"),
        [
            Series("Médiane", [10, 20, None, 30, 40], "blue"),
            Series("Centile", [None, 20, None, None, 9], "red"),
        ],
        band=Band(59, 62, "Délai légal"),
    )
    median, centile = chart.paths
    assert [len(part.split()) for part in median.parts] == [2, 2]
    assert (list(centile.parts), len(centile.dots)) == ([], 2)  # a point alone has no line, and is seen
    assert (median.dashed, centile.dashed) == (False, True)
    assert chart.band is not None
    top, foot = chart.band.y, chart.band.y + chart.band.height
    assert TOP < top < foot < BASE
    assert median.dots[-1].y > foot  # 40 days are under the limit


def test_rows_fill_the_width_for_the_longest() -> None:
    chart = rows(
        "t",
        "d",
        ["À vérifier", "À décider"],
        [Series("Jeunes", [30, 5], "shade-1"), Series("Vieux", [10, 5], "shade-4")],
    )
    young, old, *others = chart.boxes
    assert (young.x, old.x) == (0, young.width)
    assert old.x + old.width == pytest.approx(4 * sum(one.width for one in others), abs=0.2)
    assert [text.text for text in chart.texts if text.strong] == ["40", "10"]
    assert all(box.x + box.width < WIDTH for box in chart.boxes)


def test_zero_everywhere_is_drawn_empty() -> None:
    nothing = [Series("X", [0, 0], "blue"), Series("Y", [0, 0], "red")]
    for chart in (
        columns("t", "d", ["a", "b"], nothing),
        columns("t", "d", ["a", "b"], nothing, side_by_side=True),
        rows("t", "d", ["a", "b"], nothing),
    ):
        assert list(chart.boxes) == []
    assert len(lines("t", "d", ["a", "b"], nothing).paths) == 2
    assert columns("t", "d", [], [Series("X", [], "blue")]).boxes == []
    assert rows("t", "d", [], [Series("X", [], "blue")]).height > 0


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="colour"):
        Series("X", [1], "mauve")
    with pytest.raises(ValueError, match="below zero"):
        Series("X", [-1], "blue")
    for draw in (columns, rows, lines):
        with pytest.raises(ValueError, match="each label"):
            draw("t", "d", ["a", "b"], [Series("X", [1], "blue")])
