"""The status table: every (status, action, role), what is allowed and the words of what is not."""

from __future__ import annotations

import pytest

from bonus.accounts.models import AGENT_ROLES
from bonus.claims.status import ACTIONS, DECIDED, OPEN, STATUSES, allowed, next_status
from bonus.errors import Forbidden, Refusal
from tests.support.words import plain

ROLES = [*AGENT_ROLES, "company", "accountant", "service"]

# (status, action) → the role that may, and what it leads to: written again here, from the regulation.
ALLOWED = {
    ("draft", "file"): ("company", {"filed"}),
    ("draft", "abandon"): ("company", {"abandoned"}),
    ("filed", "abandon"): ("company", {"abandoned"}),
    ("under_review", "abandon"): ("company", {"abandoned"}),
    ("proposed", "abandon"): ("company", {"abandoned"}),
    ("awaiting_documents", "abandon"): ("company", {"abandoned"}),
    ("filed", "ask"): ("reviewer", {"awaiting_documents"}),
    ("under_review", "ask"): ("reviewer", {"awaiting_documents"}),
    ("awaiting_documents", "answer"): ("company", {"under_review"}),
    ("awaiting_documents", "expire"): ("service", {"under_review"}),
    ("filed", "review"): ("reviewer", {"under_review"}),
    ("filed", "propose"): ("reviewer", {"proposed"}),
    ("under_review", "propose"): ("reviewer", {"proposed"}),
    ("proposed", "send_back"): ("authorising_officer", {"under_review"}),
    ("proposed", "decide"): (
        "authorising_officer",
        {"granted", "partly_granted", "refused", "pending", "waiting_list"},
    ),
    ("proposed", "concur"): ("reviewer", {"proposed"}),
    ("proposed", "object"): ("reviewer", {"under_review"}),
    ("filed", "decide_by_rule"): ("service", {"granted", "partly_granted", "waiting_list"}),
    ("filed", "lapse"): ("service", {"refused", "partly_granted", "pending"}),
    ("under_review", "lapse"): ("service", {"refused", "partly_granted", "pending"}),
    ("proposed", "lapse"): ("service", {"refused", "partly_granted", "pending"}),
    ("waiting_list", "abandon"): ("company", {"abandoned"}),
    ("waiting_list", "serve"): ("service", {"granted", "partly_granted", "refused", "pending"}),
    ("granted", "revoke"): ("authorising_officer", {"revoked"}),
    ("partly_granted", "revoke"): ("authorising_officer", {"revoked"}),
    ("refused", "reform"): ("authorising_officer", {"granted", "partly_granted", "pending"}),
    ("partly_granted", "reform"): ("authorising_officer", {"granted", "partly_granted"}),
    ("pending", "reform"): ("authorising_officer", {"granted", "partly_granted", "pending"}),
    ("refused", "annul"): ("authorising_officer", {"annulled"}),
    ("partly_granted", "annul"): ("authorising_officer", {"annulled"}),
    ("revoked", "restore"): ("authorising_officer", {"granted", "partly_granted"}),
    ("annulled", "reopen"): ("authorising_officer", {"under_review"}),
    ("pending", "wake"): ("service", {"under_review"}),
    ("partly_granted", "wake"): ("service", {"under_review"}),
}


def test_the_actions_are_these() -> None:
    assert ACTIONS == [
        "abandon",
        "annul",
        "answer",
        "ask",
        "concur",
        "decide",
        "decide_by_rule",
        "expire",
        "file",
        "lapse",
        "object",
        "propose",
        "reform",
        "reopen",
        "restore",
        "review",
        "revoke",
        "send_back",
        "serve",
        "wake",
    ]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_pair_for_every_role(status: str, action: str) -> None:
    role_allowed, results = ALLOWED.get((status, action), (None, set()))
    for role in ROLES:
        roles = frozenset({role})
        assert allowed(status, action, roles) == (role == role_allowed), role
        if role_allowed is None:
            with pytest.raises(Refusal) as refusal:
                next_status(status, action, roles)
            assert (refusal.value.code, refusal.value.status) == ("claim.wrong_status", 409)
            assert f"« {STATUSES[status].lower()} »" in plain(refusal.value.sentence)
        elif role != role_allowed:
            with pytest.raises(Forbidden) as forbidden:
                next_status(status, action, roles, next(iter(results)))
            assert (forbidden.value.code, forbidden.value.status) == ("claim.wrong_role", 403)
        else:
            assert {next_status(status, action, roles, result) for result in results} == results


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_without_a_role_does_anything(action: str) -> None:
    assert not any(allowed(status, action, frozenset()) for status in STATUSES)


def test_one_role_among_several_is_enough() -> None:
    assert next_status("filed", "review", frozenset({"company", "reviewer"})) == "under_review"


def test_what_nobody_knows_is_refused() -> None:
    assert not allowed("filed", "erase", frozenset(ROLES))
    with pytest.raises(Refusal):
        next_status("filed", "erase", frozenset(ROLES))


def test_a_result_the_action_cannot_have_is_a_mistake_of_ours() -> None:
    for result in ("filed", "revoked", None):
        with pytest.raises(ValueError, match="decide cannot lead from proposed"):
            next_status("proposed", "decide", frozenset({"authorising_officer"}), result)
    with pytest.raises(ValueError, match="file cannot lead from draft to granted"):
        next_status("draft", "file", frozenset({"company"}), "granted")


def test_decided_and_open_are_disjoint_and_known() -> None:
    assert not DECIDED & OPEN
    assert STATUSES.keys() >= DECIDED | OPEN


def test_what_was_given_up_is_over_and_what_was_annulled_is_only_reopened() -> None:
    may = {
        status: {action for action in ACTIONS if allowed(status, action, frozenset(ROLES))}
        for status in ("abandoned", "annulled")
    }
    assert may == {"abandoned": set(), "annulled": {"reopen"}}


def test_a_decision_is_undone_by_its_officer_alone_and_its_waiting_lines_by_their_label() -> None:
    others = frozenset(ROLES) - {"service", "authorising_officer"}
    for status in DECIDED | {"revoked"}:
        assert not any(allowed(status, action, others) for action in ACTIONS)
