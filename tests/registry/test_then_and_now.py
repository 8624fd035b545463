"""A certification on the day of an invoice and today: each state, what changed, what was learned since."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bonus.registry.history import Fact
from bonus.registry.then_and_now import ThenAndNow, state_in_words, then_and_now
from tests.support.words import plain

RECORDED, LATER = datetime(2026, 1, 2, 9, tzinfo=UTC), datetime(2026, 11, 1, 9, tzinfo=UTC)
INVOICE, TODAY = date(2026, 10, 15), date(2026, 11, 22)
EVENING = datetime(2026, 10, 15, 21, 59, 59, tzinfo=UTC)
GRANT = Fact(1, "granted", RECORDED, valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31))


def seen(*facts: Fact, grant: Fact = GRANT) -> ThenAndNow:
    found = then_and_now([grant, *facts], INVOICE, TODAY, EVENING)
    assert found is not None
    return found


def event(kind: str, on: date, recorded: datetime = RECORDED, *, retroactive: bool = False) -> Fact:
    return Fact(2, kind, recorded, happened_on=on, retroactive=retroactive)


def test_nothing_happened() -> None:
    found = seen()
    assert (found.then.code, found.now.code, found.events) == ("in_force", "in_force", [])
    assert not found.changed
    assert not found.learned_later


@pytest.mark.parametrize(
    ("fact", "then", "now", "changed", "learned"),
    [
        (event("suspended", date(2026, 10, 15)), "suspended", "suspended", False, False),  # the very day
        (event("suspended", date(2026, 10, 16)), "in_force", "suspended", True, False),  # the morrow
        (event("withdrawn", date(2026, 10, 16), LATER), "in_force", "withdrawn", True, False),
        (event("suspended", date(2026, 10, 15), LATER), "suspended", "suspended", False, True),
        (
            event("withdrawn", date(2026, 11, 1), LATER, retroactive=True),
            "never_counted",
            "never_counted",
            False,
            True,
        ),
        (event("suspended", date(2026, 11, 23)), "in_force", "in_force", False, False),  # still to come
    ],
)
def test_what_changed_and_what_was_learned(
    fact: Fact, then: str, now: str, changed: bool, learned: bool
) -> None:
    found = seen(fact)
    assert (found.then.code, found.now.code) == (then, now)
    assert (found.changed, found.learned_later) == (changed, learned)


def test_one_not_yet_in_the_registry_that_day_is_no_correction() -> None:
    found = seen(grant=Fact(1, "granted", LATER, valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31)))
    assert found.believed is None
    assert not found.learned_later


def test_one_entered_by_mistake_is_none() -> None:
    void = Fact(2, "granted", LATER, corrects_id=1, void=True)
    assert then_and_now([GRANT, void], INVOICE, TODAY, EVENING) is None


def test_in_words() -> None:
    found = seen(event("suspended", date(2026, 10, 16)))
    assert plain(state_in_words(found.then, found.known)) == "En vigueur"
    assert plain(state_in_words(found.now, found.known)) == "Suspendue depuis le 16 octobre 2026"
    assert [plain(one) for one in found.events] == ["suspendue le 16 octobre 2026"]
    fraud = seen(event("withdrawn", date(2026, 11, 1), LATER, retroactive=True))
    assert plain(state_in_words(fraud.now, fraud.known)).endswith("réputée n’avoir jamais compté")
    ended = seen(
        grant=Fact(1, "granted", RECORDED, valid_from=date(2026, 1, 1), valid_until=date(2026, 10, 14))
    )
    assert plain(state_in_words(ended.then, ended.known)) == "Expirée (valable jusqu’au 14 octobre 2026)"
    to_come = seen(
        grant=Fact(1, "granted", RECORDED, valid_from=date(2026, 10, 16), valid_until=date(2027, 1, 1))
    )
    assert (
        plain(state_in_words(to_come.then, to_come.known))
        == "Pas encore valable (à partir du 16 octobre 2026)"
    )
