"""How the pages write figures, dates and identifiers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from bonus.siren import spaced_siren
from bonus.web import filters

NBSP, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2026, 11, 22), "22 novembre 2026"),
        (date(2026, 3, 1), "1er mars 2026"),
        (date(2028, 2, 29), "29 février 2028"),
        # Half past eleven at night in London is already tomorrow in Paris.
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "1er janvier 2027"),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), "1er juillet 2026"),
        (datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC), "30 juin 2026"),
    ],
)
def test_date_in_a_text(value: date, written: str) -> None:
    assert filters.long_date(value) == written


def test_date_in_a_table() -> None:
    assert filters.short_date(date(2026, 3, 1)) == "01/03/2026"
    assert filters.short_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "01/01/2027"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 11, 22, 13, 5, tzinfo=UTC), f"22 novembre 2026 à 14{NBSP}h{NBSP}05"),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), f"2 juillet 2026 à 0{NBSP}h{NBSP}00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), f"25 octobre 2026 à 2{NBSP}h{NBSP}30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), f"25 octobre 2026 à 2{NBSP}h{NBSP}30"),
        (
            datetime(2026, 11, 22, 9, 0, tzinfo=timezone(timedelta(hours=-5))),
            f"22 novembre 2026 à 15{NBSP}h{NBSP}00",
        ),
    ],
)
def test_moment_on_paris_clocks(value: datetime, written: str) -> None:
    assert filters.datetime_paris(value) == written


@pytest.mark.parametrize("write", [filters.long_date, filters.short_date, filters.datetime_paris])
def test_a_moment_without_zone_is_refused(write: object) -> None:
    with pytest.raises(ValueError, match="zone"):
        write(datetime(2026, 11, 22))  # type: ignore[operator]  # noqa: DTZ001


def test_iban_as_on_paper() -> None:
    assert filters.iban("fr76 3000-6000011234567890189") == f"{NBSP}".join(
        ["FR76", "3000", "6000", "0112", "3456", "7890", "189"]
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("732829320", f"732{NBSP}829{NBSP}320"),
        ("732 829 320", f"732{NBSP}829{NBSP}320"),
        ("73282932000074", f"732{NBSP}829{NBSP}320{NBSP}00074"),
        ("DE136695976", "DE136695976"),
        ("732829321", "732829321"),
        ("", ""),
    ],
)
def test_siren_and_siret_in_groups_else_untouched(value: str, written: str) -> None:
    assert spaced_siren(value) == written


@given(st.text(max_size=30))
def test_no_identifier_breaks_a_page(text: str) -> None:
    assert spaced_siren(text).replace(NBSP, "") in (
        text.replace(NBSP, ""),
        "".join(c for c in text if c.isdigit()),
    )
    filters.iban(text)


def test_in_a_template(app: Flask) -> None:
    with app.test_request_context():
        written = render_template_string(
            "{{ 1234567 | euros }} {{ 3050 | rate }} {{ day | date }} {{ day | short_date }}",
            day=date(2026, 11, 1),
        )
    assert written == f"12{NARROW}345,67{NBSP}€ 30,5{NBSP}% 1er novembre 2026 01/11/2026"
