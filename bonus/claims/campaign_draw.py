"""Drawing the dossiers of a campaign of controls: a pure function of the seed, the population and the layers (art. 14).

Anyone who has the seed and the list finds the same sample: in each layer, the dossiers whose SHA-256 of "seed:number"
comes first. The order of the list changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bonus.errors import InvalidInput
from bonus.money import BP_UNIT, format_rate
from bonus.regulation.wording import french, grouped

_SIZE = re.compile(r"(\d{1,6})")
_RATE = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?%")
_LAYER = re.compile(r"(\d{1,4})(?:(\+)|-(\d{1,4}))?:(.+)")

Listed = tuple[str, int]
"""A dossier of the population: its number and its risk weight."""


@dataclass(frozen=True)
class Layer:
    """Dossiers whose weight is from ``least`` to ``most`` (None: or more): ``size`` of them are drawn, or ``rate_bp``
    of them, rounded up; all when there are fewer."""

    least: int
    most: int | None
    size: int | None = None
    rate_bp: int | None = None

    def holds(self, weight: int) -> bool:
        """Whether a dossier of that weight is in it."""
        return self.least <= weight and (self.most is None or weight <= self.most)

    def count(self, population: int) -> int:
        """How many are drawn of so many."""
        if self.rate_bp is not None:
            return min(population, -(-population * self.rate_bp // BP_UNIT))
        return min(population, self.size or 0)

    @property
    def words(self) -> str:
        """Which dossiers it holds, in French."""
        if self.most is None:
            return f"Poids {self.least} ou plus"
        return f"Poids {self.least}" if self.least == self.most else f"Poids {self.least} à {self.most}"

    @property
    def asked(self) -> str:
        """How many are drawn, as it was asked for."""
        return format_rate(self.rate_bp) if self.rate_bp is not None else grouped(self.size or 0)

    def as_json(self) -> dict[str, int | None]:
        """Plain data, that ``Layer(**data)`` reads back."""
        return {"least": self.least, "most": self.most, "size": self.size, "rate_bp": self.rate_bp}


@dataclass(frozen=True)
class DrawnLayer:
    """What a layer held, and the numbers drawn, in the order of the draw."""

    layer: Layer
    population: int
    numbers: tuple[str, ...]


def draw(seed: str, population: Iterable[Listed], layers: Sequence[Layer]) -> list[DrawnLayer]:
    """The sample, layer by layer. A dossier that no layer holds is not drawn."""
    held: list[list[str]] = [[] for _ in layers]
    for number, weight in set(population):
        for place, layer in enumerate(layers):
            if layer.holds(weight):
                held[place].append(number)
                break
    return [
        DrawnLayer(
            layer,
            len(numbers),
            tuple(sorted(numbers, key=lambda number: _place(seed, number))[: layer.count(len(numbers))]),
        )
        for layer, numbers in zip(layers, held, strict=True)
    ]


def population_sha256(population: Iterable[Listed]) -> str:
    """The hash of a population: lines "number;weight", sorted, each ended by a line feed."""
    lines = sorted(f"{number};{weight}\n" for number, weight in set(population))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_count(text: str, least: int, most: int | None, field: str) -> Layer:
    """A layer from what a person types: "20" dossiers, or "5 %" of them. Raises InvalidInput."""
    bare = "".join(text.split())
    if size := _SIZE.fullmatch(bare):
        return Layer(least, most, size=int(size[1]))
    if rate := _RATE.fullmatch(bare):
        bp = int(rate[1]) * 100 + int((rate[2] or "0").ljust(2, "0"))
        if bp <= BP_UNIT:
            return Layer(least, most, rate_bp=bp)
    raise InvalidInput(
        "campaign.count",
        french("Écrivez un nombre de dossiers (20), ou une part d’entre eux (5 %)."),
        field=field,
    )


def read_layers(text: str) -> list[Layer]:
    """Layers as a command takes them: "0:5%,1-2:10%,3+:20". Raises InvalidInput."""
    layers = []
    for part in text.split(","):
        found = _LAYER.fullmatch(part.strip())
        if found is None:
            raise InvalidInput("campaign.layers", french("Écrivez les strates ainsi : 0:5%,1-2:10%,3+:20."))
        least = int(found[1])
        most = None if found[2] else int(found[3] or least)
        layers.append(read_count(found[4], least, most, "layers"))
    return layers


def _place(seed: str, number: str) -> str:
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()
