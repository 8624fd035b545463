"""JSON without its surprises: a key written twice is remembered, no number becomes too large to print."""

from __future__ import annotations

import json
from typing import Any

# Every whole number of the form is far below; a longer one is kept as no number at all, and refused where it stands.
_DIGITS = 18


class JsonError(Exception):
    """The text is not JSON; ``reason`` says why, in French."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Fields(dict[str, Any]):
    """An object; ``repeated``: the keys written more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated: list[str] = []
        if len(self) != len(pairs):
            keys = [key for key, _ in pairs]
            self.repeated = [key for key in self if keys.count(key) > 1]


def read_json(content: bytes) -> Any:
    """Read one JSON document in UTF-8. Raises JsonError. NaN and its kin are left as they are: no field of
    the form accepts them."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise JsonError(f"le texte n’est pas en UTF-8 (octet {error.start})") from error
    try:
        return json.loads(text, object_pairs_hook=Fields, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise JsonError(f"ce n’est pas du JSON (ligne {error.lineno}, colonne {error.colno})") from error
    except RecursionError as error:
        raise JsonError("les objets sont imbriqués trop profondément") from error


class TooLong:
    """Stands in the place of a number that is too long."""


def _whole(text: str) -> int | TooLong:
    return int(text) if len(text) <= _DIGITS else TooLong()
