"""Who else has a dossier open, in words."""

from __future__ import annotations

from collections.abc import Sequence

from bonus.calendar import PARIS
from bonus.claims.presence import Here
from bonus.money import NBSP


def here_sentence(others: Sequence[Here]) -> str:
    """« Jeanne Martin a aussi ce dossier ouvert, depuis 10 h 05. »; nothing when nobody is there."""
    if not others:
        return ""
    told = [f"{one.name} (depuis {_clock(one)})" for one in others]
    names = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} et {told[-1]}"
    return f"{names} {'a' if len(told) == 1 else 'ont'} aussi ce dossier ouvert."


def _clock(one: Here) -> str:
    local = one.since.astimezone(PARIS)
    return f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}"
