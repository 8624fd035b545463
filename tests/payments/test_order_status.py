"""The table of a payment order's statuses: each pair, who may, and where it leads (arts. 12 and 13)."""

from __future__ import annotations

import pytest

from bonus.errors import Forbidden, Refusal
from bonus.payments.order_status import ORDER_STATUSES, TABLE, next_status

OFFICER, SERVICE = "accounting_officer", "service"
ACTIONS = sorted({action for _, action in TABLE})
# What the articles allow, written from them; all the rest is refused.
BOTH, PERSON = {OFFICER, SERVICE}, {OFFICER}
ALLOWED: dict[str, dict[str, tuple[set[str], set[str]]]] = {
    "to_pay": {
        "hold": (BOTH, {"held"}),
        "batch": (PERSON, {"in_batch"}),
        "cancel": (BOTH, {"cancelled"}),
        "offset": (BOTH, {"offset"}),
        "offset_part": (PERSON, {"to_pay"}),
    },
    "to_pay_again": {
        "hold": (BOTH, {"held"}),
        "batch": (PERSON, {"in_batch"}),
        "cancel": (BOTH, {"cancelled"}),
        "offset": (BOTH, {"offset"}),
        "offset_part": (PERSON, {"to_pay_again"}),
    },
    "held": {
        "hold": (BOTH, {"held"}),
        "free": (BOTH, {"to_pay", "to_pay_again"}),
        "cancel": (BOTH, {"cancelled"}),
        "offset": (BOTH, {"offset"}),
        "offset_part": (PERSON, {"held"}),
    },
    "in_batch": {
        "hold": (BOTH, {"in_batch"}),
        "unbatch": (PERSON, {"to_pay", "to_pay_again", "held"}),
        "send": (PERSON, {"sent"}),
    },
    "sent": {"execute": (BOTH, {"executed"}), "reject": (BOTH, {"rejected"})},
    "executed": {"return": (BOTH, {"returned"})},
    "rejected": {
        "hold": (BOTH, {"rejected"}),
        "reopen": (BOTH, {"to_pay_again", "held"}),
        "cancel": (BOTH, {"cancelled"}),
        "offset": (BOTH, {"offset"}),
    },
    "returned": {
        "hold": (BOTH, {"returned"}),
        "reopen": (BOTH, {"to_pay_again", "held"}),
        "cancel": (BOTH, {"cancelled"}),
        "offset": (BOTH, {"offset"}),
    },
    "cancelled": {},
    "offset": {},
}


def test_every_status_is_said() -> None:
    assert ALLOWED.keys() == ORDER_STATUSES.keys()


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", ORDER_STATUSES)
def test_each_pair(status: str, action: str) -> None:
    allowed = ALLOWED[status].get(action)
    if allowed is None:
        with pytest.raises(Refusal, match="n’est plus possible"):
            next_status(status, action, {OFFICER, SERVICE})
        return
    roles, results = allowed
    for role in (OFFICER, SERVICE):
        for result in results:
            if role in roles:
                assert next_status(status, action, {role}, result) == result
            else:
                with pytest.raises(Forbidden):
                    next_status(status, action, {role}, result)
    with pytest.raises(Forbidden):
        next_status(status, action, {"reviewer", "authorising_officer", "registry_keeper", "company"})


def test_where_several_are_possible_none_is_guessed() -> None:
    with pytest.raises(ValueError, match="free cannot lead from held to None"):
        next_status("held", "free", {OFFICER})


def test_what_the_bank_has_is_never_sent_again_by_itself() -> None:
    """No action of the service alone leads from a refused order to a batch."""
    assert all(OFFICER in TABLE[status, "batch"].roles for status, action in TABLE if action == "batch")
    assert all(SERVICE not in TABLE[pair].roles for pair in TABLE if pair[1] in ("batch", "send"))
