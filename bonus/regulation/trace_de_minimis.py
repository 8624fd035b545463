"""The step of art. 7: what the single undertaking had received, and what was left under the ceiling."""

from __future__ import annotations

from typing import Any

from bonus.calendar import format_date
from bonus.money import amount_string, format_euros
from bonus.regulation.columns import NONE
from bonus.regulation.steps import Step, Words, Writer
from bonus.regulation.values import from_day


def steps(writer: Writer, row: int, asked: int) -> list[Step]:
    """The check of a line that asks ``asked`` cents after art. 6: passed, or cut to what was left.

    None for a public body, nor when the scheme rests on another legal basis on the grant date.
    """
    limited, place = writer.de_minimis.limits, int(writer.de_minimis.place[row])
    if limited.undertaking[place] == NONE:
        return []
    granted_on, start = from_day(int(limited.granted_on[place])), from_day(int(limited.window_start[place]))
    before, ceiling = int(writer.de_minimis.before[place]), int(limited.ceiling[place])
    left, cut = max(0, ceiling - before), int(writer.outcome.de_minimis_cut[row])
    told = (
        f"Aides de minimis accordées à l’entreprise unique du {format_date(start)} au "
        f"{format_date(granted_on)} : {format_euros(before)} avant cette ligne, pour un plafond de "
        f"{format_euros(ceiling)}"
    )
    inputs: dict[str, Any] = {
        "members": writer.undertaking(row),
        "window_start": start.isoformat(),
        "granted_on": granted_on.isoformat(),
        "granted_before": amount_string(before),
        "asked": amount_string(asked),
        "left": amount_string(left),
    }
    if not cut:
        words = Words(f"{told} (art. 7).", inputs, "de_minimis.ceiling", granted_on)
        return [writer.step(row, "de_minimis.checked", "art. 7", words, result=True)]
    found = f"il restait {format_euros(left)}" if left else "il ne restait rien"
    words = Words(
        f"{told} : {found}. Le bonus est réduit de {format_euros(cut)} (art. 7).",
        inputs,
        "de_minimis.ceiling",
        granted_on,
    )
    return [writer.step(row, "art7.de_minimis", "art. 7", words, amount_string(cut))]
