"""JSON: a list of objects, or ``{"certifications": [...]}``; the keys are the titles of the other formats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from bonus.tables.cells import Cell, Number, Unreadable, Wrong, printable, quoted, stripped
from bonus.tables.columns import fold
from bonus.tables.source import RawRow, Source

from .columns import COLUMNS, CRITERIA
from .model import MAX_ROWS
from .source import refusal

_NBSP = "\u00a0"
# Bounds on what a hostile file makes us build; far above what MAX_ROWS certifications take.
_MAX_OBJECTS, _MAX_VALUES = 6 * MAX_ROWS, 40 * MAX_ROWS
_DECIMALS = re.compile(r"(-?[0-9]+)\.0+")
_MAX_IGNORED = 100
_CERTIFICATIONS, _CRITERIA = "certifications", "criteria"
_CRITERIA_KEYS = {_CRITERIA, "criteres"}


class _Repeated(dict[str, Any]):
    """An object that writes one of its keys twice: ``key``."""

    key = ""


def read_json(data: bytes, encoding: str) -> Source:
    """Read JSON. Raises InvalidInput: not JSON, another form, too deep, too large."""
    text = data.decode(encoding)
    if text.count("{") + text.count("[") > _MAX_OBJECTS or text.count(",") > _MAX_VALUES:
        raise refusal("import.too_many_rows")
    try:
        content = json.loads(
            text, object_pairs_hook=_object, parse_int=Number, parse_float=_number, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise refusal("import.json", f"erreur ligne {error.lineno}, colonne {error.colno}") from error
    except RecursionError as error:
        raise refusal("import.json", "les objets sont imbriqués trop profondément") from error
    ignored: dict[str, None] = {}
    if isinstance(content, dict):
        if isinstance(content, _Repeated):
            raise refusal("import.json", f"la clé {quoted(content.key)} est écrite deux fois")
        named = [key for key in content if fold(key) == _CERTIFICATIONS]
        ignored |= dict.fromkeys(printable(key) for key in list(content)[:_MAX_IGNORED] if key not in named)
        content = content[named[0]] if len(named) == 1 else None
    if not isinstance(content, list):
        raise refusal("import.json_form")
    if len(content) > MAX_ROWS:
        raise refusal("import.too_many_rows")
    return Source("json", _rows(content, ignored), ignored)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _Repeated(pairs)
    seen: set[str] = set()
    repeated.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return repeated


def _number(text: str) -> Number:
    """Numbers stay as they are written: nothing is rounded, nothing computed."""
    whole = _DECIMALS.fullmatch(text)
    return Number(whole[1] if whole else text)


def _constant(name: str) -> Unreadable:
    return Unreadable(Wrong("type", f"{quoted(name)} n’est pas une valeur{_NBSP}: corrigez-la."))


def _rows(content: list[Any], ignored: dict[str, None]) -> Iterator[RawRow]:
    for index, entry in enumerate(content, 1):
        if isinstance(entry, dict):
            yield _row(index, entry, ignored)
        else:
            wrong = Wrong(
                "entry",
                f"Un objet est attendu à cette place, pas {_kind(entry)}{_NBSP}: corrigez cette entrée.",
            )
            yield RawRow(index, {}, {}, ((None, wrong),))


def _row(line: int, entry: Mapping[str, Any], ignored: dict[str, None]) -> RawRow:
    cells: dict[str, Cell] = {}
    titles: dict[str, str] = {}
    wrong: list[tuple[str | None, Wrong]] = []
    criteria: Any = None
    if isinstance(entry, _Repeated):
        wrong.append(_twice(entry.key))
    for key, value in entry.items():
        field = _field(key)
        if field is None:
            if len(ignored) < _MAX_IGNORED:
                ignored[printable(key)] = None
        elif field in titles:
            wrong.append(_twice(key))
        else:
            titles[field] = printable(key)
            if field == _CRITERIA:
                criteria = value
            elif (cell := _cell(value, field)) is not None:
                cells[field] = cell
    if criteria is not None:
        wrong.extend((titles[_CRITERIA], one) for one in _spread(criteria, cells))
        # A fault of one criterion is shown at the list that holds it.
        titles |= {field: titles[_CRITERIA] for field in CRITERIA if field not in titles}
    return RawRow(line, cells, titles, tuple(wrong))


@lru_cache(maxsize=1000)
def _field(key: str) -> str | None:
    return _CRITERIA if fold(key) in _CRITERIA_KEYS else COLUMNS.field_of(key)


def _spread(value: Any, cells: dict[str, Cell]) -> Iterator[Wrong]:
    """Put the criteria of a list each in its cell; say why when that cannot be."""
    if not isinstance(value, list) or len(value) > len(CRITERIA):
        what = f"{len(value)} valeurs" if isinstance(value, list) else _kind(value)
        yield Wrong(
            "type",
            f"Une liste d’au plus {len(CRITERIA)} critères est attendue, pas {what}{_NBSP}: corrigez-la.",
        )
    elif value and not cells.keys().isdisjoint(CRITERIA):
        yield Wrong(
            "type",
            "Les critères sont donnés deux fois, en liste et un par un"
            f"{_NBSP}: gardez l’une des deux écritures ({len(value)} valeurs dans la liste).",
        )
    else:
        for field, one in zip(CRITERIA, value, strict=False):
            cell = _cell(one, field)
            if cell is not None:
                cells[field] = cell


def _cell(value: Any, field: str) -> Cell | None:
    """What a column may read of a value; None when nothing is written."""
    if isinstance(value, Number | bool | Unreadable):
        return value
    if isinstance(value, str):
        return stripped(value) or None
    if field == "aliases" and isinstance(value, list):
        if all(isinstance(name, str) for name in value):
            return tuple(filter(None, map(stripped, value))) or None
        return Unreadable(Wrong("type", f"Une liste de textes est attendue{_NBSP}: corrigez cette liste."))
    if value is None:
        return None
    return Unreadable(
        Wrong("type", f"Une valeur simple est attendue, pas {_kind(value)}{_NBSP}: corrigez-la.")
    )


def _kind(value: Any) -> str:
    match value:
        case list():
            return "une liste"
        case dict():
            return "un objet"
        case None:
            return f"«{_NBSP}null{_NBSP}»"
        case Unreadable():
            return "une constante"
        case _:
            return quoted(value)


def _twice(key: str) -> tuple[str | None, Wrong]:
    return printable(key), Wrong(
        "key.twice", f"La clé {quoted(key)} est écrite deux fois{_NBSP}: n’en gardez qu’une."
    )
