"""A usage or a label named in what was typed (« messagerie secnumcloud »): what a filter would have said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from .search import Filters
from .search_patterns import mistakes_allowed, read


@dataclass(frozen=True)
class Meaning:
    """What was typed, read as filters: ``text`` is what is left of it, ``names`` what was recognised."""

    text: str
    filters: Filters
    names: tuple[str, ...]


def meaning(
    text: str, filters: Filters, usages: Mapping[str, str], labels: Mapping[str, str]
) -> Meaning | None:
    """The usage and the label that the text names, mistakes forgiven; None when it names none, or when the filters
    say them already. ``usages`` and ``labels`` are names by code; a label goes by its code too (NFG)."""
    words = read(text)
    names: list[str] = []
    for kind, known in (("usage", usages), ("label", labels)):
        if getattr(filters, kind):
            continue
        for code, name in known.items():
            left = _without(words, _ways_to_say(kind, code, name))
            if left is not None:
                words = left
                filters = replace(filters, usage=code) if kind == "usage" else replace(filters, label=code)
                names.append(name)
                break
    return Meaning(" ".join(words), filters, tuple(names)) if names else None


def _ways_to_say(kind: str, code: str, name: str) -> list[list[str]]:
    """The name, longest first; of a label its code too, and the first word of it (ANSSI)."""
    if kind == "usage":
        return [read(name)]
    return [read(name), read(code), read(code.partition("_")[0])]


def _without(words: Sequence[str], ways: Sequence[Sequence[str]]) -> list[str] | None:
    """The words but those that say a name, one after the other; None when they do not say it."""
    for way in ways:
        for start in range(len(words) - len(way) + 1):
            if all(map(_same, words[start : start + len(way)], way)):
                return [*words[:start], *words[start + len(way) :]]
    return None


def _same(typed: str, word: str) -> bool:
    return OSA.distance(typed, word, score_cutoff=mistakes_allowed(word)) <= mistakes_allowed(word)
