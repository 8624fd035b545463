"""The other names of an offer, as a cell gives them."""

from __future__ import annotations

from bonus.tables.cells import Cell, Wrong, quoted, stripped, text_reader

from .model import MAX_ALIASES, NAME_LENGTH

_NBSP = "\u00a0"
_read_name = text_reader(NAME_LENGTH)


def read_aliases(cell: Cell) -> tuple[str, ...] | Wrong:
    """Other names of an offer: a text with ``|`` between them, or JSON's list."""
    names: dict[str, None] = {}
    for part in cell if isinstance(cell, tuple) else cell.split("|") if isinstance(cell, str) else (cell,):
        name = _read_name(stripped(part) if isinstance(part, str) else part)
        if isinstance(name, Wrong):
            return name
        if name:
            names[name] = None
    if len(names) > MAX_ALIASES:
        return Wrong(
            "aliases.too_many",
            f"{len(names)} autres noms sont donnés, {MAX_ALIASES} au plus sont possibles{_NBSP}: "
            f"gardez ceux que portent les factures ({quoted(next(iter(names)))}…).",
        )
    return tuple(names)
