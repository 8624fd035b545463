"""The status table of undue sums (art. 14): every pair of a status and an action."""

from __future__ import annotations

import pytest

from bonus.errors import Forbidden, Refusal
from bonus.recoveries.status import ACTIONS, OPEN, STATUSES, TABLE, next_status

REVIEWER, OFFICER, COMPANY = "reviewer", "authorising_officer", "company"
ALLOWED = {
    ("draft", "change", REVIEWER): "draft",
    ("draft", "notify", REVIEWER): "notified",
    ("draft", "drop", REVIEWER): "dropped",
    ("draft", "drop", OFFICER): "dropped",
    ("notified", "reply", COMPANY): "replied",
    ("notified", "confirm", OFFICER): "confirmed",
    ("notified", "drop", OFFICER): "dropped",
    ("replied", "confirm", OFFICER): "confirmed",
    ("replied", "drop", OFFICER): "dropped",
}


@pytest.mark.parametrize("role", [REVIEWER, OFFICER, COMPANY, "accounting_officer", "administrator"])
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", STATUSES)
def test_every_pair(status: str, action: str, role: str) -> None:
    expected = ALLOWED.get((status, action, role))
    if expected is not None:
        assert next_status(status, action, frozenset({role})) == expected
        return
    kind = Forbidden if (status, action) in TABLE else Refusal
    with pytest.raises(kind):
        next_status(status, action, frozenset({role}))


def test_no_titre_without_notification() -> None:
    """What is confirmed was notified: no other way leads there, and nothing leaves the end."""
    assert {status for (status, _), (_, result) in TABLE.items() if result == "confirmed"} == {
        "notified",
        "replied",
    }
    assert {status for status, _ in TABLE} == OPEN
