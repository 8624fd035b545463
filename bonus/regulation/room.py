"""What is left to a single undertaking under art. 7 on a day, and what counts: read from the rules themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from bonus.regulation import de_minimis
from bonus.regulation.facts import read_facts
from bonus.regulation.values import Parameters, from_day, to_day


@dataclass(frozen=True)
class Counted:
    """One aid of the window, in cents: ``source`` is ``grants`` or ``other_aids``, ``row`` its place there, those of
    the beneficiaries standing before those of ``prior``."""

    source: str
    row: int
    recipient: str
    granted_on: date
    amount: int


@dataclass(frozen=True)
class Room:
    """The window of art. 7 that ends ``on`` a day, both ends counted; ceiling and what is left in cents."""

    window_start: date
    on: date
    ceiling: int
    left: int
    counted: tuple[Counted, ...]

    @property
    def used(self) -> int:
        """What counts, in cents; more than the ceiling when other aids alone have passed it."""
        return sum(aid.amount for aid in self.counted)


def de_minimis_room(facts: Mapping[str, Any], siren: str, on: date, parameters: Parameters) -> Room | None:
    """The room of one beneficiary of the facts (in the form of ``evaluate``, their claims left aside) on a grant date.

    None where art. 7 sets no limit: a public body, or a legal basis that is not de minimis on that day.
    Raises InvalidFacts.
    """
    portfolio = read_facts({**facts, "claims": []}, parameters)
    buyer, day = portfolio.beneficiaries.siren.index(siren), np.array([to_day(on)], dtype=np.int64)
    if portfolio.beneficiaries.public_body[buyer] or not parameters.de_minimis.at(day)[0]:
        return None
    aids, sources = de_minimis.aids_and_sources(portfolio, parameters)
    undertaking = int(portfolio.undertaking[portfolio.beneficiaries.party[buyer]])
    start = int(de_minimis.window_start(day, parameters)[0])
    ceiling = int(parameters.column("de_minimis.ceiling").at(day)[0])
    within = (aids.undertaking == undertaking) & (aids.granted_on >= start) & (aids.granted_on <= day[0])
    grants = len(portfolio.prior.amount)
    parties = np.concatenate((portfolio.prior.beneficiary, portfolio.other_aids.party))
    return Room(
        window_start=from_day(start),
        on=on,
        ceiling=ceiling,
        left=de_minimis.Windows(aids).of(undertaking).room(int(day[0]), start, ceiling),
        counted=tuple(
            Counted(
                source="grants" if source < grants else "other_aids",
                row=source if source < grants else source - grants,
                recipient=portfolio.parties[int(parties[source])],
                granted_on=from_day(int(aids.granted_on[place])),
                amount=int(aids.amount[place]),
            )
            for place in np.flatnonzero(within).tolist()
            for source in (int(sources[place]),)
        ),
    )
