"""The acknowledgement of receipt says all that CRPA R112-5 and art. 11 want said."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bonus.claims.acknowledgement import AcknowledgementContent, long_date
from tests.adapters.document_samples import acknowledgement


def words(content: AcknowledgementContent) -> str:
    return " ".join(" ".join((section.title, *section.paragraphs)) for section in content.sections)


def test_the_deadline_is_written_where_silence_is_explained() -> None:
    assert long_date(date(2027, 1, 22)) in words(acknowledgement())


@pytest.mark.parametrize(
    "said",
    ["silence vaut rejet", "L231-4", "L114-5", "suspendu", "deux mois francs", "gracieux", "contentieux",
     "tribunal administratif", "L311-3-1", "une seule fois"],
)  # fmt: skip
def test_what_the_law_wants_said(said: str) -> None:
    assert said in words(acknowledgement())


def test_the_filing_time_is_told_in_paris() -> None:
    """23:30 UTC on 30 June is already 1 July for the company."""
    content = acknowledgement(
        filed_at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC), decision_due=date(2026, 9, 1)
    )
    assert content.filed_at.isoformat() == "2026-07-01T01:30:00+02:00"


def test_it_survives_json() -> None:
    content = acknowledgement(3, expected_bonus_cents=123_456)
    assert AcknowledgementContent.from_dict(json.loads(json.dumps(content.to_dict()))) == content
    assert content.total_net_cents == 300_003


@pytest.mark.parametrize(
    "changes",
    [
        {"filed_at": datetime(2026, 11, 22, 9, 5)},  # noqa: DTZ001 - a naive time is the point
        {"invoices": []},
        {"decision_due": date(2026, 11, 22)},
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"time zone|invoice|deadline"):
        acknowledgement(**changes)


def test_dates_are_never_cut_at_the_end_of_a_line() -> None:
    assert long_date(date(2026, 3, 1)) == "1er\u00a0mars\u00a02026"
