"""Every time limit of art. 11, from a file that a lawyer can read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bonus.calendar import (
    answer_deadline,
    appeal_answer_deadline,
    appeal_deadline,
    decision_deadline,
    pending_until,
    reasons_deadline,
    revocation_until,
    silence_day,
    start_of_day,
)
from bonus.regulation import load_parameters
from tests.support.words import plain

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "delais" / "examen.yaml").read_text())["cas"]

LIMITS: dict[str, tuple[Callable[..., date], str]] = {
    "réponse": (answer_deadline, "examination.completion_days"),
    "recours": (appeal_deadline, "appeal.months"),
    "réponse au recours": (appeal_answer_deadline, "appeal.decision_months"),
    "attente": (pending_until, "examination.pending_months"),
    "motifs": (reasons_deadline, "examination.reasons_months"),
    "retrait": (revocation_until, "revocation.unlawful_months"),
}


@pytest.mark.parametrize("case", CASES, ids=[plain(case["phrase"]) for case in CASES])
def test_the_case(case: dict[str, Any]) -> None:
    start, expected, law = case["départ"], case["dû"], load_parameters()
    match case["délai"]:
        case "décision":
            assert decision_deadline(start, case["suspension"]) == expected
        case "silence":
            assert silence_day(start) == expected
        case "minuit":
            assert start_of_day(start) == datetime.fromisoformat(expected)
        case name:
            limit, parameter = LIMITS[name]
            assert limit(start) == expected
            # The length by default is that of the parameter.
            assert limit(start, law.integer(parameter, start)) == expected


def test_each_limit_has_its_cases() -> None:
    assert {case["délai"] for case in CASES} == {*LIMITS, "décision", "silence", "minuit"}
