"""The cases a lawyer reads: tests/cases/*.yaml, one notion a file."""

from __future__ import annotations

import pytest

from bonus.regulation import evaluate, load_parameters, sentences

from .cases import FOLDER, Case, load_cases

CASES = load_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    outcome = evaluate(case.facts, load_parameters(), trace=True)
    claims = outcome["claims"]
    lines = [line for claim in claims for line in claim["lines"]]
    assert len(lines) == len(case.due)
    years = {entry["fiscal_year_end"]: entry for entry in outcome["tax"]}
    told_of = [
        *zip(lines, case.due, strict=True),
        *((years[due["fiscal_year_end"]], due) for due in case.tax),
    ]
    for line, told in told_of:
        due = {key: value for key, value in told.items() if key != "sentence"}
        sentence = told.get("sentence")
        assert {key: line[key] for key in due} == due
        if sentence is not None:
            assert sentence in [
                said.replace("\u00a0", " ").replace("\u202f", " ") for said in sentences(line["trace"])
            ]
    if case.outcomes is not None:
        assert [claim["outcome"] for claim in claims] == case.outcomes


def test_every_file_holds_cases() -> None:
    files = {path.stem for path in FOLDER.glob("*.yaml")}
    assert files
    assert {case.name.split(" : ")[0] for case in CASES} == files
