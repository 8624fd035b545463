"""Sealed facts as they should have been (art. 14): days, proportions, cents. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.money import amount_string, half_up, parse_amount
from bonus.recoveries.findings import told

START = date(2026, 2, 1)


def facts(**line: Any) -> dict[str, Any]:
    whole = {
        "number": 1,
        "net": "10000.00",
        "vat": "2000.00",
        "other_public_aid": "0.00",
        "service_start": START.isoformat(),
        "service_end": date(2027, 1, 31).isoformat(),
        "replaces_foreign": True,
    }
    return {"registry": {"solutions": []}, "claims": [{"invoices": [{"lines": [whole | line]}]}]}


def changed(sealed: dict[str, Any], *found: dict[str, Any], credited: Any = None) -> dict[str, Any]:
    one = told(sealed, [7], [{"line_id": 7, "words": "Dit."} | more for more in found], credited or {}, {})
    (line,) = one.facts["claims"][0]["invoices"][0]["lines"]
    return dict(line)


def ended(on: date) -> dict[str, Any]:
    return {"kind": "ended", "ended_on": on.isoformat()}


def test_the_sealed_facts_are_left_alone() -> None:
    sealed = facts()
    changed(sealed, ended(START))
    assert sealed == facts()


@pytest.mark.parametrize(
    ("end", "last", "net"),
    [
        (date(2027, 1, 31), date(2027, 1, 31), "10000.00"),
        (date(2027, 1, 31), date(2027, 1, 30), "9972.60"),
        (date(2027, 1, 31), START, "27.40"),
        (date(2027, 1, 31), START - timedelta(days=1), "0.00"),
        # Two years paid, the first helped: its last day leaves all, the day before is in proportion.
        (date(2028, 1, 31), date(2027, 1, 31), "10000.00"),
        (date(2028, 1, 31), date(2027, 1, 30), "4986.30"),
    ],
)
def test_days_at_the_bounds(end: date, last: date, net: str) -> None:
    assert changed(facts(service_end=end.isoformat()), ended(last))["net"] == net


@given(
    net=st.integers(1, 10**11),
    vat=st.integers(0, 10**10),
    aid=st.integers(0, 10**10),
    days=st.integers(1, 365),
    served=st.integers(0, 364),
)
def test_amounts_of_art_5_1_are_rounded_once(net: int, vat: int, aid: int, days: int, served: int) -> None:
    """Whether VAT counts or not, what is left is half_up(amount × days served / days paid)."""
    if served >= days or aid > net:
        return
    end = START + timedelta(days=days - 1)
    sealed = facts(
        net=amount_string(net),
        vat=amount_string(vat),
        other_public_aid=amount_string(aid),
        service_end=end.isoformat(),
    )
    line = changed(sealed, ended(START + timedelta(days=served - 1)))
    left, tax, other = (parse_amount(line[name]) for name in ("net", "vat", "other_public_aid"))
    assert left - other == half_up((net - aid) * served, days)
    assert left - other + tax == half_up((net - aid + vat) * served, days)
    assert 0 <= other <= aid


def test_a_service_that_ends_is_of_what_all_else_leaves() -> None:
    line = changed(
        facts(),
        ended(date(2026, 7, 31)),
        {"kind": "retained", "amount": "5000.00"},
        {"kind": "aid", "amount": "1000.00"},
        {"kind": "premium"},
        credited={7: (800_000, 160_000)},
    )
    assert parse_amount(line["net"]) - parse_amount(line["other_public_aid"]) == half_up(400_000 * 181, 365)
    assert line["replaces_foreign"] is False


def test_what_is_retained_is_never_more() -> None:
    assert changed(facts(), {"kind": "retained", "amount": "20000.00"})["net"] == "10000.00"


def test_a_refused_line_leaves_the_facts_and_its_invoice_stays() -> None:
    one = told(facts(), [7], [{"kind": "refused", "line_id": 7, "words": "Faux."}], {}, {})
    assert one.facts["claims"][0]["invoices"] == [{"lines": []}]
    assert (one.line_ids, one.refused) == ([], {7: "Faux."})


def test_what_a_decision_gave_nothing_is_not_asked_again() -> None:
    one = told(facts(), [7], [], {}, {7: 12_345})
    assert one.line_ids == []
    assert one.facts["claims"][0]["decided_base"] == "123.45"
