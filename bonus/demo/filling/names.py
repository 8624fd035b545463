"""Companies that do not exist but could: names, towns, figures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_TRADES = (
    "Atelier", "Boulangerie", "Cabinet", "Clinique", "Conserverie", "Électricité", "Fonderie", "Garage", "Imprimerie",
    "Laboratoire", "Librairie", "Logistique", "Maison", "Mécanique", "Menuiserie", "Minoterie", "Négoce", "Optique",
    "Papeterie", "Pharmacie", "Plasturgie", "Scierie", "Tissages", "Transports", "Verrerie", "Vignobles",
)  # fmt: skip
_SYLLABLES = (
    "bar", "bel", "ber", "bon", "bri", "car", "cha", "cor", "dau", "del", "dou", "fau", "fer", "fon", "gar", "ger",
    "gri", "jou", "lam", "lau", "lec", "mar", "mau", "mer", "mon", "nau", "par", "per", "pon", "rai", "ren", "ric",
    "rou", "sau", "sor", "tar", "tou", "val", "ver", "vil",
)  # fmt: skip
_ENDS = ("ard", "aud", "eau", "elle", "ert", "et", "eux", "ier", "in", "on", "ot", "oux")
_FORMS = ("SAS", "SARL", "SA", "& Fils", "EURL", "SCOP")
_TOWNS = (
    ("75011", "Paris", 17), ("92100", "Boulogne-Billancourt", 9), ("93200", "Saint-Denis", 5), ("69003", "Lyon", 11),
    ("38000", "Grenoble", 4), ("13002", "Marseille", 7), ("06000", "Nice", 4), ("31000", "Toulouse", 6),
    ("34000", "Montpellier", 4), ("33000", "Bordeaux", 6), ("87000", "Limoges", 2), ("59000", "Lille", 6),
    ("80000", "Amiens", 2), ("44000", "Nantes", 6), ("49000", "Angers", 2), ("35000", "Rennes", 5),
    ("29200", "Brest", 2), ("67000", "Strasbourg", 4), ("54000", "Nancy", 2), ("76000", "Rouen", 3),
    ("14000", "Caen", 2), ("45000", "Orléans", 2), ("37000", "Tours", 2),
    ("21000", "Dijon", 2), ("25000", "Besançon", 1),
    ("20000", "Ajaccio", 1), ("97400", "Saint-Denis", 1), ("97200", "Fort-de-France", 1),
    ("97110", "Pointe-à-Pitre", 1),
)  # fmt: skip
# Share in a hundred, headcount and turnover (euros) from … to: micro, sme, mid-cap, large; then public bodies.
_KINDS = ((60, 1, 9, 60_000, 1_900_000), (29, 12, 240, 2_500_000, 45_000_000),
          (6, 260, 4_500, 60_000_000, 1_200_000_000), (2, 5_500, 90_000, 1_600_000_000, 20_000_000_000),
          (3, 20, 3_000, 1_000_000, 90_000_000))  # fmt: skip
PUBLIC = len(_KINDS) - 1


def shares(draw: np.random.Generator, weights: list[int], count: int) -> Ints:
    """So many places drawn by weights."""
    bounds = np.cumsum(weights)
    return np.searchsorted(bounds, draw.integers(0, int(bounds[-1]), count), side="right").astype(np.int64)


def sirens(first: int, count: int) -> list[str]:
    """The SIRENs (Luhn) whose eight first digits follow each other from ``first``."""
    bodies = np.arange(first, first + count, dtype=np.int64)
    total = np.zeros(count, dtype=np.int64)
    for place in range(8):
        digit = bodies // 10 ** (7 - place) % 10
        doubled = digit * 2 if place % 2 else digit
        total += doubled // 10 + doubled % 10
    return [
        f"{body:08d}{key}"
        for body, key in zip(bodies.tolist(), ((10 - total % 10) % 10).tolist(), strict=True)
    ]


def company_names(draw: np.random.Generator, count: int) -> list[str]:
    """Names such as « Menuiserie Barbelard SAS »."""
    parts = (_TRADES, _SYLLABLES, _SYLLABLES, _ENDS, _FORMS)
    picked = [draw.integers(0, len(part), count).tolist() for part in parts]
    return [
        f"{_TRADES[a]} {(_SYLLABLES[b] + _SYLLABLES[c] + _ENDS[d]).title()} {_FORMS[e]}"
        for a, b, c, d, e in zip(*picked, strict=True)
    ]


def towns(draw: np.random.Generator, count: int) -> list[tuple[str, str]]:
    """Postcodes and towns, by about what lives there."""
    picked = shares(draw, [weight for _, _, weight in _TOWNS], count)
    return [_TOWNS[place][:2] for place in picked.tolist()]


def figures(draw: np.random.Generator, count: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Kinds (``PUBLIC`` the last), headcounts, turnovers and balance sheets in cents."""
    kinds = shares(draw, [kind[0] for kind in _KINDS], count)
    low = np.array([kind[1:] for kind in _KINDS], dtype=np.int64)[kinds]
    headcounts = low[:, 0] + (draw.random(count) ** 3 * (low[:, 1] - low[:, 0])).astype(np.int64)
    turnovers = (low[:, 2] + (draw.random(count) ** 3 * (low[:, 3] - low[:, 2])).astype(np.int64)) * 100
    return kinds, headcounts, turnovers, turnovers * 3 // 5
