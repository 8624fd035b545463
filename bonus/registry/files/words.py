"""The words of a file that name something known: a label, an axis, an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bonus.tables.cells import Cell, Unreadable, Wrong, quoted
from bonus.tables.columns import fold

from .model import EVENTS, LabelRule

_NBSP = "\u00a0"
_LISTED = 30
_EVENT_WORDS = {
    **dict.fromkeys(("suspended", "suspension", "suspendu", "suspendue"), "suspended"),
    **dict.fromkeys(
        ("reinstated", "reinstatement", "retablissement", "retabli", "retablie"),
        "reinstated",
    ),
    **dict.fromkeys(("withdrawn", "withdrawal", "retrait", "retire", "retiree"), "withdrawn"),
}


def label_reader(labels: Mapping[str, LabelRule]) -> Callable[[Cell], LabelRule | Wrong]:
    """Read a label by its code or its name; one that another certifier grants is refused."""
    known = _by_word({code: label.name for code, label in labels.items()})
    own = sorted(code for code, label in labels.items() if label.mine)
    others = sorted(code for code, label in labels.items() if not label.mine)

    def read(cell: Cell) -> LabelRule | Wrong:
        code = _find(cell, known)
        if isinstance(code, Wrong):
            return code
        if code is None:
            return Wrong(
                "label.unknown",
                f"Le label {quoted(cell)} n’existe pas. Labels connus{_NBSP}: {_list([*own, *others])}.",
            )
        label = labels[code]
        if not label.mine:
            advice = f"utilisez l’un des vôtres ({_list(own)})" if own else "retirez cette ligne"
            return Wrong(
                "label.not_yours",
                f"Le label {quoted(cell)} n’est pas l’un des vôtres{_NBSP}: {advice}.",
            )
        return label

    return read


def axis_reader(axes: Mapping[str, str]) -> Callable[[Cell], str | Wrong]:
    """Read an axis by its code or its French name."""
    known = _by_word(axes)
    names = _list([f"{code} ({name})" for code, name in axes.items()])

    def read(cell: Cell) -> str | Wrong:
        return _find(cell, known) or Wrong(
            "axis.unknown", f"L’axe {quoted(cell)} n’existe pas. Axes connus{_NBSP}: {names}."
        )

    return read


def event_reader() -> Callable[[Cell], str | Wrong]:
    """Read an event by its French word or its code."""
    names = ", ".join(f"«{_NBSP}{word}{_NBSP}»" for word in EVENTS.values())

    def read(cell: Cell) -> str | Wrong:
        return _find(cell, _EVENT_WORDS) or Wrong(
            "event.unknown",
            f"L’événement {quoted(cell)} n’existe pas{_NBSP}: écrivez {names}, ou videz la cellule.",
        )

    return read


def _find(cell: Cell, known: Mapping[str, str]) -> str | Wrong | None:
    if isinstance(cell, Unreadable):
        return cell.wrong
    if not isinstance(cell, str):
        return None
    return known.get(cell) or known.get(fold(cell))


def _by_word(names: Mapping[str, str]) -> dict[str, str]:
    """Codes as they are, by folded code, and by folded name; a word that names two of them names none."""
    found: dict[str, str] = {}
    shared = {""}  # what is left of a name without any letter
    for code, name in names.items():
        for word in {fold(code), fold(name)}:
            if found.setdefault(word, code) != code:
                shared.add(word)
    return {word: code for word, code in found.items() if word not in shared} | {code: code for code in names}


def _list(words: list[str]) -> str:
    shown = ", ".join(words[:_LISTED])
    return f"{shown}…" if len(words) > _LISTED else shown or "aucun"
