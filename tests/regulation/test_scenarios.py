"""The portfolios of ../shared/scenarios, whose outcome two other readings of the regulation agree on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bonus.regulation import evaluate, load_parameters

FOLDER = Path(__file__).parents[2].parent / "shared" / "scenarios"
PORTFOLIOS = sorted(path for path in FOLDER.glob("*.json") if not path.name.endswith(".expected.json"))


@pytest.mark.skipif(
    not PORTFOLIOS, reason="the scenarios are kept beside the project, not in it: ../shared/scenarios"
)
@pytest.mark.parametrize("path", PORTFOLIOS or [Path("absent")], ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    facts = json.loads(path.read_text("utf-8"))
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    # As texts: the order of the fields and of the entries counts too.
    assert json.dumps(evaluate(facts, load_parameters())) == json.dumps(expected)
