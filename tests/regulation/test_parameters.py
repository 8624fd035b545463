"""The dated values: which applies on which day, and every fault of a file named with its key and reason."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bonus.regulation import Parameters, from_content, load_parameters
from bonus.regulation.loader import FOLDER
from bonus.regulation.values import to_day

from .support import replace


def test_the_text_of_2026() -> None:
    law, on = load_parameters(), date(2026, 3, 10)
    rates = [law.integer(f"axis.{axis}.rate", on) for axis in law.codes("axis")]
    assert dict(zip(law.codes("axis"), rates, strict=True)) == {
        "ai": 3000,
        "data": 2500,
        "cloud": 3000,
        "workplace": 2500,
        "low_code": 2000,
        "cybersecurity": 3500,
        "quantum": 4000,
    }
    assert law.codes("size") == ("micro", "sme", "mid_cap", "large", "public")
    assert [law.integer(f"size.{size}.bonus", on) for size in law.codes("size")] == [1500, 1000, 0, -1000, 0]
    ceilings = [law.integer(f"size.{size}.annual_ceiling", on) for size in law.codes("size")]
    assert ceilings == [5_000_000, 15_000_000, 25_000_000, 30_000_000, 30_000_000]
    assert law.integer("ceiling.solution", on) == 6_000_000
    assert law.integer("spend.minimum_claim", on) == 50_000
    assert law.on("period.start", on).value == date(2026, 1, 1)
    assert law.on("period.end", on).value is None
    assert law.on("beneficiary.excluded_naf_divisions", on).value == ("01", "03")
    assert law.integer("budget.sme_reserve", on) == 4000
    assert law.on("budget.sme_reserve_until", on).value == "09-30"
    assert {law.integer(key, on) for key in ("examination.decision_months", "appeal.months")} == {2}
    days = ("examination.completion_days", "payment.days", "reservation.days")
    assert {law.integer(key, on) for key in days} == {30}


def test_every_value_says_where_it_comes_from_and_is_shown_in_french() -> None:
    law = load_parameters()
    for parameter in law.table.values():
        assert parameter.article.startswith("art. ")
        assert parameter.name
        assert parameter.notion
        assert all(version.model for version in parameter.versions)
    assert law.name_of("size", "sme").short == "PME"
    assert law.name_of("axis", "quantum").name == "Quantique"
    assert law.name_of("label", "MAISON").name == "MAISON"


def test_only_whole_numbers_are_integers() -> None:
    with pytest.raises(TypeError, match="not an integer"):
        load_parameters().integer("period.start", date(2026, 3, 10))


def test_the_default_is_read_once_and_its_version_holds() -> None:
    law = load_parameters()
    assert load_parameters() is law
    assert law.version == load_parameters(FOLDER).version
    assert law.version == hashlib.sha256(law.content.encode()).hexdigest()


def test_parameters_come_back_from_their_stored_content() -> None:
    law = load_parameters()
    again = from_content(law.content)
    assert again.version == law.version
    assert again.table == law.table
    assert again.names == law.names


@pytest.mark.parametrize("content", ["{}", "[1]", '[["a"]]'])
def test_a_text_that_is_no_content_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="not the content"):
        from_content(content)


def test_the_version_changes_with_any_value_and_not_with_a_comment(folder: Path) -> None:
    shipped = load_parameters().version
    replace(folder, "payment.yaml", "notion:", "# un commentaire\nnotion:")
    assert load_parameters(folder).version == shipped
    replace(folder, "payment.yaml", "value: 30", "value: 31")
    assert load_parameters(folder).version != shipped


def test_versions_stand_side_by_side_by_date(folder: Path) -> None:
    replace(
        folder,
        "axes.yaml",
        "versions: [{from: 2026-01-01, value: 3000}]",
        "versions:\n      - {from: 2027-07-01, value: 3200}\n"
        "      - {from: 2026-01-01, until: 2027-06-30, value: 3000}\n",
    )
    law = load_parameters(folder)
    first, second = law["axis.ai.rate"].versions
    assert (first.value, second.value) == (3000, 3200)
    for on, expected in (
        (date(2025, 12, 31), 3000),  # before the first version: that version
        (date(2026, 1, 1), 3000),
        (date(2027, 6, 30), 3000),
        (date(2027, 7, 1), 3200),
        (date(2050, 1, 1), 3200),
    ):
        assert law.integer("axis.ai.rate", on) == expected
        ai = law.codes("axis").index("ai")
        assert law.grid("axis", "rate").at(np.array([to_day(on)]), np.array([ai])).tolist() == [expected]


def test_parameters_cannot_be_changed_once_read() -> None:
    law: Parameters = load_parameters()
    with pytest.raises(TypeError):
        law.table["payment.days"] = law["appeal.months"]  # type: ignore[index]
