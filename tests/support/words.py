"""Comparing French sentences by their words: which kind of space stands before a colon is tested elsewhere."""

from __future__ import annotations

_SPACES = str.maketrans("\u00a0\u202f", "  ")


def plain(text: object) -> str:
    """A text with ordinary spaces only."""
    return str(text).translate(_SPACES)
