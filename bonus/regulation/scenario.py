"""``flask evaluate``: from the text of a scenario to its outcome, nothing let through unseen."""

from __future__ import annotations

from typing import Any

from bonus.regulation import strict_form
from bonus.regulation.outcome import evaluate
from bonus.regulation.reader import InvalidFacts
from bonus.regulation.strict_json import JsonError, read_json
from bonus.regulation.values import Parameters


def evaluate_scenario(content: bytes, parameters: Parameters) -> dict[str, Any]:
    """Apply the regulation to a scenario in the strict form and return ``{"claims": […], "tax": […]}``.

    Raises InvalidFacts with every fault and its JSON path.
    """
    try:
        scenario = read_json(content)
    except JsonError as error:
        raise InvalidFacts([("$", error.reason)]) from error
    strict_form.check(scenario, parameters)
    return evaluate(scenario, parameters)
