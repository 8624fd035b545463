"""One step of a trace, and the writer that knows the columns a step speaks of.

A step is a plain JSON-able dict: article, code, sentence (French), parameter (key or None), value,
effective_from, inputs, result. It is sealed with the decision; letters and pages read it and compute
nothing again (CRPA L311-3-1, R311-3-1-2: data used, parameters, operations).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from bonus.money import amount_string
from bonus.regulation import de_minimis
from bonus.regulation.ceilings import grant_order
from bonus.regulation.columns import NONE, Int, Portfolio
from bonus.regulation.evaluation import Outcome
from bonus.regulation.values import Parameters, from_day
from bonus.regulation.wording import french

Step = dict[str, Any]


@dataclass(frozen=True)
class Words:
    """What a rule says: the sentence, the data it used, and the parameter it read (None without one).

    ``on`` is the day that parameter is read on when it is not the invoice date.
    """

    sentence: str
    inputs: dict[str, Any]
    parameter: str | None = None
    on: date | None = None


@dataclass(frozen=True)
class DeMinimis:
    """Art. 7 over the eligible lines: what each is held to, and the cents that counted before it; ``place``:
    where a line stands among them."""

    limits: de_minimis.Limits
    before: Int
    place: Int


@dataclass(frozen=True)
class Writer:
    """Writes the steps of the lines of one evaluation."""

    portfolio: Portfolio
    outcome: Outcome
    parameters: Parameters

    def step(self, row: int, code: str, article: str, words: Words, result: object) -> Step:
        """The step ``code`` of a line; ``result`` is what the operation gave (JSON-able)."""
        return self.step_on(words.on or self.issued_on(row), code, article, words, result)

    def step_on(self, on: date, code: str, article: str, words: Words, result: object) -> Step:
        """The same for what is no line: its parameter is read ``on`` that day."""
        return step_on(self.parameters, on, code, article, words, result)

    def issued_on(self, row: int) -> date:
        """The invoice date of a line."""
        return from_day(int(self.outcome.workings.issued_on[row]))

    def filed_on(self, row: int) -> date:
        """The filing date of a line's claim."""
        return from_day(int(self.portfolio.claims.filed_on[self.portfolio.lines.claim[row]]))

    def buyer(self, row: int) -> int:
        """The row of a line's beneficiary."""
        return int(self.portfolio.lines.beneficiary[row])

    def axis(self, row: int) -> str:
        """The axis of a line's solution, which the registry knows."""
        solution = int(self.portfolio.lines.solution[row])
        return self.parameters.codes("axis")[int(self.portfolio.registry.axis[solution])]

    def size(self, row: int) -> str:
        """The size category of a line's beneficiary on the invoice date."""
        return self.parameters.codes("size")[int(self.outcome.workings.category[row])]

    @cached_property
    def de_minimis(self) -> DeMinimis:
        """What the explanations of art. 7 need, worked out once for all the lines explained."""
        work = self.outcome.workings
        before = de_minimis.granted_before(
            work.limits,
            grant_order(self.portfolio, work.eligible),
            self.outcome.bonus[work.eligible],
            work.aids,
        )
        place = np.full(len(self.outcome.status), NONE, dtype=np.int64)
        place[work.eligible] = np.arange(len(work.eligible))
        return DeMinimis(work.limits, before, place)

    @cached_property
    def _members(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for party, number in enumerate(self.portfolio.undertaking.tolist()):
            found.setdefault(number, []).append(self.portfolio.parties[party])
        return found

    def undertaking(self, row: int) -> list[str]:
        """The members of the single undertaking of a line's beneficiary, absent ones included."""
        party = int(self.portfolio.beneficiaries.party[self.buyer(row)])
        return self._members[int(self.portfolio.undertaking[party])]

    def label_name(self, certification: int) -> str:
        """The French name of the label of a certification."""
        return self.parameters.name_of("label", self.portfolio.registry.label_names[certification]).short


def step_on(parameters: Parameters, on: date, code: str, article: str, words: Words, result: object) -> Step:
    """The step ``code`` of what is no line; its parameter is read ``on`` that day."""
    value, effective_from = None, None
    if words.parameter is not None:
        version = parameters.on(words.parameter, on)
        value = _plain(version.value, parameters[words.parameter].unit)
        effective_from = version.effective_from.isoformat()
    return {
        "article": article,
        "code": code,
        "sentence": french(words.sentence),
        "parameter": words.parameter,
        "value": value,
        "effective_from": effective_from,
        "inputs": words.inputs,
        "result": result,
    }


def _plain(value: object, unit: str) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and unit == "eur":
        return amount_string(value)
    return list(value) if isinstance(value, tuple) else value
