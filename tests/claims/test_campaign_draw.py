"""The draw of a campaign: by its seed alone, whatever the order of the list; each layer's size exact."""

from __future__ import annotations

import hashlib
import random

import pytest

from bonus.claims.campaign_draw import Layer, draw, population_sha256, read_count, read_layers
from bonus.errors import InvalidInput

LIST = [(f"BS-2026-{rank:06d}", rank % 5) for rank in range(1, 501)]
LAYERS = [Layer(0, 0, rate_bp=500), Layer(1, 2, size=20), Layer(3, None, size=7)]


def test_the_same_seed_and_list_give_the_same_whatever_the_order() -> None:
    expected = draw("graine", LIST, LAYERS)
    for turn in range(5):
        other = LIST + LIST[:10]
        random.Random(turn).shuffle(other)
        assert draw("graine", other, LAYERS) == expected
    assert draw("autre", LIST, LAYERS) != expected


def test_each_layer_has_its_size_and_its_own() -> None:
    weights = dict(LIST)
    drawn = draw("graine", LIST, LAYERS)
    assert [(one.population, len(one.numbers)) for one in drawn] == [(100, 5), (200, 20), (200, 7)]
    for one, allowed in zip(drawn, ({0}, {1, 2}, {3, 4}), strict=True):
        assert {weights[number] for number in one.numbers} <= allowed
        assert len(set(one.numbers)) == len(one.numbers)


def test_it_is_what_the_page_says_it_is() -> None:
    """Anyone can do it with sha256sum."""
    zero = [number for number, weight in LIST if weight == 0]
    by_hand = sorted(zero, key=lambda number: hashlib.sha256(f"graine:{number}".encode()).hexdigest())[:5]
    assert list(draw("graine", LIST, LAYERS)[0].numbers) == by_hand


@pytest.mark.parametrize(
    ("layer", "population", "count"),
    [
        (Layer(0, 0, rate_bp=500), 0, 0),
        (Layer(0, 0, rate_bp=500), 1, 1),
        (Layer(0, 0, rate_bp=500), 20, 1),
        (Layer(0, 0, rate_bp=500), 21, 2),
        (Layer(0, 0, rate_bp=10_000), 21, 21),
        (Layer(0, 0, rate_bp=0), 21, 0),
        (Layer(0, 0, size=20), 19, 19),
        (Layer(0, 0, size=20), 20, 20),
        (Layer(0, 0, size=20), 21, 20),
    ],
)
def test_how_many_are_drawn(layer: Layer, population: int, count: int) -> None:
    assert layer.count(population) == count


@pytest.mark.parametrize(("weight", "place"), [(0, 0), (1, 1), (2, 1), (3, 2), (99, 2)])
def test_the_edges_of_layers(weight: int, place: int) -> None:
    drawn = draw("g", [("N", weight)], [Layer(0, 0, size=1), Layer(1, 2, size=1), Layer(3, None, size=1)])
    assert [bool(one.numbers) for one in drawn] == [rank == place for rank in range(3)]


def test_the_hash_of_a_list_changes_with_it_and_not_with_its_order() -> None:
    sha256 = population_sha256(LIST)
    assert population_sha256(LIST[::-1]) == sha256
    assert population_sha256(LIST[1:]) != sha256
    assert population_sha256([(LIST[0][0], 9), *LIST[1:]]) != sha256
    assert population_sha256([("A", 1)]) == hashlib.sha256(b"A;1\n").hexdigest()


@pytest.mark.parametrize(
    ("text", "size", "rate_bp"),
    [
        ("20", 20, None),
        (" 5 % ", None, 500),
        ("0,5%", None, 50),
        ("12.25 %", None, 1225),
        ("100%", None, 10_000),
    ],
)
def test_what_one_types(text: str, size: int | None, rate_bp: int | None) -> None:
    assert read_count(text, 0, 0, "none") == Layer(0, 0, size, rate_bp)


@pytest.mark.parametrize("text", ["", "-1", "5 euros", "100,01 %", "1e3", "٣x", "9999999"])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_count(text, 0, 0, "none")
    assert refusal.value.field == "none"


def test_layers_of_the_command() -> None:
    assert read_layers("0:5%, 1-2:20,3+:7") == LAYERS
    for wrong in ("", "0", "0:", "a:1", "1-:2"):
        with pytest.raises(InvalidInput):
            read_layers(wrong)
