"""The grounds on which an examiner may refuse a line or reduce it (art. 11): dated data, an article and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bonus.regulation.schema import GROUNDS
from bonus.regulation.values import Parameters

REFUSE, REDUCE = "refuse", "reduce"


@dataclass(frozen=True)
class Ground:
    """A stable ``code``, its ``article`` ("art. 5.1"), a short French ``name`` to choose it by, and the ``wording``
    that a decision states: a sentence without its full stop."""

    code: str
    article: str
    name: str
    wording: str


def grounds_on(day: date, law: Parameters, use: str | None = None) -> list[Ground]:
    """The grounds an examiner may choose on a civil day, in the order of the parameters; ``use``: those that may found
    a refusal (``REFUSE``) or a reduction (``REDUCE``) only."""
    found = []
    for code in law.codes(GROUNDS):
        parameter = law[f"{GROUNDS}.{code}.use"]
        if parameter.versions[0].effective_from > day:
            continue
        allowed = parameter.on(day).value
        if allowed == "any" or (allowed != "never" and use in (None, allowed)):
            name = law.name_of(GROUNDS, code).name
            found.append(Ground(code, parameter.article, name, parameter.name))
    return found
