"""The grounds an examiner may use: dated data, each with its article, none where the law has said « never »."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from bonus.regulation import REDUCE, REFUSE, ParametersError, from_content, grounds_on, load_parameters
from tests.regulation.support import replace

DAY = date(2026, 11, 22)
ARTICLE = re.compile(r"art\. \d+(\.\d+)?")


def test_each_has_its_article_and_its_words() -> None:
    grounds = grounds_on(DAY, load_parameters())
    assert len({ground.code for ground in grounds}) == len(grounds) >= 10
    for ground in grounds:
        assert ARTICLE.fullmatch(ground.article)
        assert ground.name
        assert not ground.wording.endswith("."), "the article follows it in the sentence"
        assert len(ground.wording) <= 300, "what a proposal keeps of it"


def test_one_use_or_the_other_or_both() -> None:
    law = load_parameters()
    refuses = {ground.code for ground in grounds_on(DAY, law, REFUSE)}
    reduces = {ground.code for ground in grounds_on(DAY, law, REDUCE)}
    assert refuses | reduces == {ground.code for ground in grounds_on(DAY, law)}
    assert "part_not_eligible" in reduces - refuses
    assert "intra_group" in refuses - reduces
    assert "not_paid" in refuses & reduces


def test_a_ground_ends_on_its_day(folder: Path) -> None:
    value = "versions: [{from: 2026-01-01, value: refuse}]"
    ended = "versions: [{from: 2026-01-01, value: refuse}, {from: 2026-12-01, value: never}]"
    replace(folder, "grounds.yaml", value, ended)  # the first: not_the_certified_solution
    law = load_parameters(folder)
    for day, offered in ((date(2026, 11, 30), True), (date(2026, 12, 1), False)):
        codes = {ground.code for ground in grounds_on(day, law, REFUSE)}
        assert ("not_the_certified_solution" in codes) == offered


def test_a_ground_begins_on_its_day(folder: Path) -> None:
    replace(folder, "grounds.yaml", "from: 2026-01-01, value: refuse", "from: 2026-12-01, value: refuse")
    law = load_parameters(folder)
    for day, offered in ((date(2026, 11, 30), False), (date(2026, 12, 1), True)):
        assert ("not_the_certified_solution" in {one.code for one in grounds_on(day, law)}) == offered


def test_a_use_nobody_knows_is_a_fault(folder: Path) -> None:
    replace(folder, "grounds.yaml", "value: refuse", "value: maybe")
    with pytest.raises(ParametersError, match=r"ground\.not_the_certified_solution\.use"):
        load_parameters(folder)


def test_a_text_kept_before_there_were_grounds_is_still_read() -> None:
    """A decision of that day is applied again under it: it has neither grounds nor a threshold."""
    files = [(name, data) for name, data in json.loads(load_parameters().content) if name != "grounds.yaml"]
    for name, data in files:
        if name == "examination.yaml":
            del data["parameters"]["examination.concurrence_threshold"]
    law = from_content(json.dumps(files))
    assert grounds_on(DAY, law) == []
    assert "examination.concurrence_threshold" not in law.table
