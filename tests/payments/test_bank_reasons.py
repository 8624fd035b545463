"""The bank's reasons, in French: whole, dated, and no company is told what is not its doing."""

from __future__ import annotations

from datetime import date

import pytest

from bonus.payments.bank_reasons import FAULTS, bank_reason, known_codes
from bonus.payments.kept_reasons import KEPT

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("AC01", "account"),
        ("AC04", "account"),
        ("AC06", "account"),
        ("BE01", "account"),
        ("RC01", "account"),
        ("AM04", "us"),
        ("FF01", "us"),
        ("MD07", "person"),
        ("MS03", "person"),
        ("RR04", "person"),
        ("DUPL", "person"),
        ("ED05", "bank"),
    ],
)
def test_whose_fault(code: str, fault: str) -> None:
    assert bank_reason(code, DAY).fault == fault


def test_every_code_is_said_in_whole_sentences() -> None:
    assert len(known_codes()) > 50
    for code in known_codes():
        found = bank_reason(code, DAY)
        assert found.code == code
        assert found.fault in FAULTS
        assert (found.fault == "account") == bool(found.company)
        for sentence in (found.agent, found.company):
            assert not sentence or (sentence[0].isupper() and sentence.endswith("."))
            assert "'" not in sentence
            assert " :" not in sentence


def test_a_code_is_known_from_its_day() -> None:
    assert bank_reason("AC04", date(2026, 1, 1)).fault == "account"
    assert bank_reason("AC04", date(2025, 12, 31)).fault == "person"


@pytest.mark.parametrize(("code", "said"), [("ZZ99", "ZZ99"), ("", "ne donne pas de motif")])
def test_what_is_not_known_is_for_a_person(code: str, said: str) -> None:
    found = bank_reason(code, DAY)
    assert (found.fault, found.company) == ("person", "")
    assert said in found.agent


def test_what_is_kept_says_what_to_do() -> None:
    for reason in KEPT.values():
        assert reason.title
        assert reason.means.endswith(".")
        assert reason.do.endswith(".")
        assert " :" not in reason.means + reason.do + reason.title
