"""What someone typed in the catalogue, as patterns: substrings of a solution's text with a space on each side.

``" cloud"`` is a word that begins so, ``" cloud "`` that very word, ``"cloud"`` letters inside a word. SQLite,
PostgreSQL and Python all understand a substring the same way, and so find the same solutions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from rapidfuzz.distance import OSA
from sqlalchemy import column, or_, select, table

from bonus.extensions import db

from .service import fold

LONGEST_TYPED = 200
"""Of what is typed, the characters that are read."""
MAX_WORDS = 8
NEAR_WORDS = 8
"""How many words of the registry one mistyped word may stand for."""

_LITTLE = frozenset(
    re.findall(r"\w+", "a au aux avec d dans de des du en et l la le les ou par pour sans sur un une")
)
_INSIDE = 5  # letters from which a word is also looked for inside others (« sécurité » in « cybersécurité »)
_FRENCH_VAT = re.compile(r"fr[0-9a-z]{2}(\d{9})")
_VAT = re.compile(r"[a-z]{2}\d{8,12}")
_WORDS = table("search_words", column("word"), column("head"), column("tail"), column("length"))

Group = tuple[str, ...]
"""The patterns of which one is enough."""


def padded(text: str) -> str:
    """A folded text as patterns are looked for in it."""
    return f" {text} "


def found(groups: Iterable[Group], text: str) -> bool:
    """Whether a padded text has a pattern of each group."""
    return all(any(pattern in text for pattern in group) for group in groups)


def read(typed: str) -> list[str]:
    """The words to look for in what was typed, folded; [] when there is none.

    A SIREN, a SIRET or a VAT number written in groups is one word; little words (« de », « pour ») are left out
    unless there are no others.
    """
    folded = fold(typed[:LONGEST_TYPED])
    number = _identifier(folded.replace(" ", ""))
    if number:
        return [number]
    words = folded.split()
    return list(dict.fromkeys([word for word in words if word not in _LITTLE] or words))[:MAX_WORDS]


def _identifier(compact: str) -> str | None:
    if compact.isdigit() and len(compact) in {9, 14}:
        return compact[:9]
    french = _FRENCH_VAT.fullmatch(compact)
    if french:
        return french[1]
    return compact if _VAT.fullmatch(compact) else None


def exact(word: str) -> Group:
    """What begins with the word, in the singular or the plural; one letter is a word of its own."""
    if len(word) == 1:
        return (f" {word} ",)
    stem = word[:-1] if len(word) > 4 and word[-1] in "sx" else word
    return (f" {stem}",)


def near(word: str) -> Group:
    """What the word may stand for besides: letters inside a word, words of the registry that differ by a mistake,
    two of its words written as one."""
    inside = (word,) if len(word) >= _INSIDE else ()
    if not word.isalpha() or not mistakes_allowed(word):
        return inside
    return (
        *inside,
        *map(padded, _mistyped(word)),
        *(f" {first} {second}" for first, second in _parted(word)),
    )


def mistakes_allowed(word: str) -> int:
    """How many mistakes a word may have and be recognised: one from four letters on, two from eight."""
    return 2 if len(word) >= 8 else 1 if len(word) >= 4 else 0


def _mistyped(word: str) -> list[str]:
    """Words of the registry a mistake or two away, the nearest first.

    A mistake is a letter added, left out, changed, or two swapped. Two letters at the beginning, or two at the
    end, must be right: that is what the words are found by.
    """
    allowed = mistakes_allowed(word)
    ends = or_(_WORDS.c.head == word[:2], _WORDS.c.tail == word[-2:])
    query = select(_WORDS.c.word).where(
        ends, _WORDS.c.length.between(len(word) - allowed, len(word) + allowed)
    )
    distances = (
        (OSA.distance(word, other, score_cutoff=allowed), other) for other in db.session.scalars(query)
    )
    near_ones = sorted(pair for pair in distances if 0 < pair[0] <= allowed)
    return [other for _, other in near_ones[:NEAR_WORDS]]


def _parted(word: str) -> list[tuple[str, str]]:
    """The two words of the registry that, written as one, make this word."""
    pairs = [(word[:place], word[place:]) for place in range(3, len(word) - 2)]
    parts = {part for pair in pairs for part in pair}
    known = set(db.session.scalars(select(_WORDS.c.word).where(_WORDS.c.word.in_(parts)))) if parts else set()
    return [pair for pair in pairs if known.issuperset(pair)]


def spelled(pattern: str, texts: Iterable[str]) -> str:
    """How people write the folded words of a pattern, taken from the texts it was found in."""
    wanted = pattern.split()
    for text in texts:
        words: list[str] = re.findall(r"[^\W_]+", text)
        if len(wanted) == 1:
            same = [word for word in words if fold(word) == wanted[0]]
        else:
            same = [f"{a} {b}" for a, b in pairwise(words) if fold(f"{a} {b}").startswith(pattern.strip())]
        if same:
            return same[0].lower()
    return pattern.strip()
