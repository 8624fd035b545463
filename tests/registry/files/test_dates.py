"""Days of a row: how they are written, the day before, the day itself, the day after."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bonus.registry.files import FileRules

from .samples import PLAIN, RULES, as_csv, fault_of, faults_of, read, row_of

SUSPENDED = PLAIN | {"evenement": "suspension", "evenement_le": "2026-05-01"}


@pytest.mark.parametrize("value", ["2026-03-01", "01/03/2026", "1/3/2026", " 2026-03-01 "])
def test_ways_to_write_a_day(value: str) -> None:
    assert row_of(PLAIN | {"valable_du": value}).valid_from == date(2026, 3, 1)


@pytest.mark.parametrize(
    "value",
    [
        "2026",
        "01/03/26",
        "2026/03/01",
        "01-03-2026",
        "20260301",
        "1er mars 2026",
        "46082",
        "２０２６-03-01",
        "2026-03-01T00:00:00",
        "oui",
    ],
)
def test_what_is_no_day(value: str) -> None:
    fault = fault_of(PLAIN | {"valable_du": value})
    assert (fault.column, fault.code) == ("valable_du", "date.unreadable")
    assert f"«\u00a0{value}\u00a0»" in fault.reason


@pytest.mark.parametrize(
    "value", ["2026-02-29", "30/02/2026", "2026-13-01", "31/04/2026", "0000-01-01", "00/01/2026"]
)
def test_days_that_no_calendar_has(value: str) -> None:
    fault = fault_of(PLAIN | {"valable_du": value})
    assert (fault.column, fault.code) == ("valable_du", "date.impossible")
    assert f"«\u00a0{value}\u00a0»" in fault.reason


def test_the_29th_of_february() -> None:
    assert row_of(PLAIN | {"valable_au": "29/02/2028"}).valid_until == date(2028, 2, 29)


@pytest.mark.parametrize("title", ["valable_du", "valable_au", "audit_le", "evenement_le"])
@pytest.mark.parametrize("value", ["1999-12-31", "2101-01-01", "9999-12-31", "0001-01-01"])
def test_years_that_cannot_be(title: str, value: str) -> None:
    assert (title, "date.range") in faults_of(SUSPENDED | {title: value})


def test_the_first_and_the_last_day_possible() -> None:
    found = row_of(PLAIN | {"valable_du": "2000-01-01", "valable_au": "2100-12-31", "audit_le": "2000-01-01"})
    assert (found.valid_from, found.valid_until) == (date(2000, 1, 1), date(2100, 12, 31))


def test_a_validity_of_one_day() -> None:
    found = row_of(PLAIN | {"valable_au": "2026-03-01"})
    assert found.valid_from == found.valid_until
    fault = fault_of(PLAIN | {"valable_au": "2026-02-28"})
    assert (fault.column, fault.code) == ("valable_au", "dates.order")
    assert fault.reason == (
        "La certification finit le 28/02/2026, avant de commencer le 01/03/2026\u00a0: corrigez l’une des deux dates."
    )


def test_a_validity_begins_within_a_year() -> None:
    assert row_of(PLAIN | {"valable_du": "2027-11-22"}).valid_from == date(2027, 11, 22)
    fault = fault_of(PLAIN | {"valable_du": "2027-11-23"})
    assert (fault.column, fault.code) == ("valable_du", "date.too_far")
    assert "23/11/2027" in fault.reason


def test_a_year_after_the_29th_of_february() -> None:
    rules = FileRules(RULES.labels, RULES.axes, date(2024, 2, 29))
    begins = PLAIN | {"valable_du": "2025-02-28"}
    assert read(as_csv([begins]), rules).faults == []
    assert fault_of(begins | {"valable_du": "2025-03-01"}, rules).code == "date.too_far"


@pytest.mark.parametrize("title", ["audit_le", "evenement_le"])
def test_what_happened_is_not_in_the_future(title: str) -> None:
    row_of(SUSPENDED | {title: "22/11/2026"})
    fault = fault_of(SUSPENDED | {title: "23/11/2026"})
    assert (fault.column, fault.code) == (title, "date.future")
    assert "23/11/2026, dans le futur" in fault.reason


# ---------------------------------------------------------------- events


@pytest.mark.parametrize(
    ("words", "event"),
    [
        (("suspension", "Suspendue", "suspended"), "suspended"),
        (("rétablissement", "RETABLISSEMENT", "reinstatement", "Reinstated", "rétabli"), "reinstated"),
        (("retrait", "Retirée", "withdrawn", "withdrawal"), "withdrawn"),
    ],
)
def test_the_words_of_events(words: tuple[str, ...], event: str) -> None:
    for word in words:
        found = row_of(SUSPENDED | {"evenement": word})
        assert (found.event, found.event_on, found.retroactive) == (event, date(2026, 5, 1), False)


def test_an_unknown_event() -> None:
    fault = fault_of(SUSPENDED | {"evenement": "pause"})
    assert (fault.column, fault.code) == ("evenement", "event.unknown")
    assert "«\u00a0pause\u00a0»" in fault.reason
    assert "«\u00a0suspension\u00a0», «\u00a0rétablissement\u00a0», «\u00a0retrait\u00a0»" in fault.reason


def test_an_unknown_retroactive_event_has_one_fault() -> None:
    assert faults_of(SUSPENDED | {"evenement": "pause", "retroactif": "oui"}) == [
        ("evenement", "event.unknown")
    ]


def test_an_event_has_a_day_and_a_day_an_event() -> None:
    fault = fault_of(PLAIN | {"evenement": "retrait"})
    assert (fault.column, fault.code) == ("evenement_le", "event.undated")
    assert "«\u00a0retrait\u00a0»" in fault.reason
    fault = fault_of(PLAIN | {"evenement_le": "2026-05-01"})
    assert (fault.column, fault.code) == ("evenement", "event.missing")
    assert "«\u00a02026-05-01\u00a0»" in fault.reason


@pytest.mark.parametrize("event", ["suspension", "rétablissement", "retrait"])
def test_an_event_is_within_the_validity(event: str) -> None:
    row = PLAIN | {"valable_du": "2026-03-01", "valable_au": "2026-09-30", "evenement": event}
    for good in ("2026-03-01", "2026-09-30"):
        assert row_of(row | {"evenement_le": good}).event_on == date.fromisoformat(good)
    for bad in ("2026-02-28", "2026-10-01"):
        fault = fault_of(row | {"evenement_le": bad})
        assert (fault.column, fault.code) == ("evenement_le", "event.outside")
        assert f"«\u00a0{event}\u00a0»" in fault.reason
        assert "(du 01/03/2026 au 30/09/2026)" in fault.reason


def test_a_retroactive_withdrawal_holds_whatever_its_day() -> None:
    row = PLAIN | {"valable_au": "2026-09-30", "evenement": "retrait", "retroactif": "oui"}
    for day in ("2026-02-28", "2026-10-01", "2026-11-22"):
        assert row_of(row | {"evenement_le": day}).retroactive is True
    assert fault_of(row | {"evenement_le": "2026-11-23"}).code == "date.future"


@pytest.mark.parametrize("row", [PLAIN, SUSPENDED, SUSPENDED | {"evenement": "rétablissement"}])
def test_only_a_withdrawal_is_retroactive(row: dict[str, Any]) -> None:
    fault = fault_of(row | {"retroactif": "vrai"})
    assert (fault.column, fault.code) == ("retroactif", "retroactive")
    assert "«\u00a0vrai\u00a0»" in fault.reason
    assert row_of(row | {"retroactif": "non"}).retroactive is False


@pytest.mark.parametrize(
    ("value", "retroactive"),
    [
        *((word, True) for word in ("oui", "OUI", "true", "1", "vrai", "True")),
        *((word, False) for word in ("non", "false", "0", "faux", "", "FAUX")),
    ],
)
def test_ways_to_say_yes_or_no(value: str, retroactive: bool) -> None:
    row = SUSPENDED | {"evenement": "retrait", "retroactif": value}
    assert row_of(row).retroactive is retroactive


def test_retroactive_is_neither_yes_nor_no() -> None:
    fault = fault_of(SUSPENDED | {"evenement": "retrait", "retroactif": "x"})
    assert (fault.column, fault.code) == ("retroactif", "flag")


def test_a_wrong_validity_says_nothing_of_its_event() -> None:
    assert faults_of(SUSPENDED | {"valable_au": "2026-01-01"}) == [("valable_au", "dates.order")]
    assert faults_of(SUSPENDED | {"valable_du": "?"}) == [("valable_du", "date.unreadable")]
