"""A correction is one more fact that names the one it corrects: what it does to a life, and to the places around."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.registry.history import State, life
from bonus.registry.models import Certification
from bonus.registry.writing import change, correct
from tests.support.registry import (
    AUDIT,
    END,
    LEARNED,
    START,
    certified,
    disown,
    learn,
    mend,
    offer,
    require_reading,
)
from tests.support.words import plain
from tests.support.world import NOW

from .lives import DAY

MARCH_1, MAY_1, JUNE_1, JULY_1 = date(2026, 3, 1), date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
HOUR = timedelta(hours=1)


def periods(found: Certification) -> list[tuple[date, date]]:
    """The days it counts, once what the database bears was compared with its facts."""
    require_reading(found.id)
    return [(one.starts_on, one.ends_on) for one in found.periods]


def test_the_former_fact_stays_and_the_new_one_names_it(any_session: Session) -> None:
    found = certified(offer())
    first = learn(found, "suspended", MAY_1, NOW)
    second = mend(first, NOW + HOUR, happened_on=JUNE_1)
    assert periods(found) == [(START, JUNE_1 - DAY)]
    assert [(fact.id, fact.happened_on, fact.corrects_id) for fact in found.facts[1:]] == [
        (first.id, MAY_1, None),
        (second.id, JUNE_1, first.id),
    ]
    facts = [fact.plain for fact in found.facts]
    then = life(facts, NOW + HOUR - timedelta(microseconds=1))
    assert then is not None
    assert then.state(MAY_1) == State("suspended", MAY_1)


def test_a_correction_is_corrected_and_only_the_last_can_be(any_session: Session) -> None:
    found = certified(offer())
    first = learn(found, "withdrawn", MAY_1, NOW)
    second = mend(first, NOW + HOUR, happened_on=JUNE_1)
    with pytest.raises(Refusal) as caught:
        mend(first, NOW + 2 * HOUR, happened_on=JULY_1)
    assert caught.value.code == "registry.already_corrected"
    assert plain(caught.value.sentence) == (
        "Ce fait est déjà corrigé : rechargez la page et corrigez le plus récent."
    )
    any_session.rollback()
    with pytest.raises(Refusal, match=r"registry\.already_corrected"):
        disown(first, NOW + 2 * HOUR)
    any_session.rollback()
    mend(second, NOW + 2 * HOUR, happened_on=JULY_1)
    assert periods(found) == [(START, JULY_1 - DAY)]


def test_events_of_one_day_keep_their_order(any_session: Session) -> None:
    """Suspended in the morning, reinstated in the evening; the morning's day was wrong at first."""
    found = certified(offer())
    morning = learn(found, "suspended", MARCH_1, NOW)
    learn(found, "reinstated", MAY_1, NOW)
    mend(morning, NOW + HOUR, happened_on=MAY_1)
    assert periods(found) == [(START, END)]


def test_an_event_is_annulled(any_session: Session) -> None:
    found = certified(offer())
    fact = learn(found, "suspended", MAY_1, NOW)
    annulment = disown(fact, NOW + HOUR)
    assert periods(found) == [(START, END)]
    assert (annulment.void, annulment.corrects_id, annulment.happened_on) == (True, fact.id, MAY_1)
    with pytest.raises(Refusal) as caught:
        disown(annulment, NOW + 2 * HOUR)
    assert caught.value.code == "registry.already_annulled"
    any_session.rollback()
    mend(annulment, NOW + 2 * HOUR)  # the annulment was the mistake
    assert periods(found) == [(START, MAY_1 - DAY)]


def test_not_the_suspension_that_a_reinstatement_ended(any_session: Session) -> None:
    found = certified(offer())
    suspended = learn(found, "suspended", MAY_1, NOW)
    reinstated = learn(found, "reinstated", JUNE_1, NOW)
    with pytest.raises(InvalidInput, match=r"registry\.not_suspended"):
        disown(suspended, NOW)
    any_session.rollback()
    disown(reinstated, NOW)
    disown(suspended, NOW)
    assert periods(found) == [(START, END)]


def test_a_reinstatement_and_the_suspension_after_it_never_were(any_session: Session) -> None:
    """Annulled one after the other: in between it stays suspended, so nobody is paid by mistake."""
    found = certified(offer())
    learn(found, "suspended", MARCH_1, NOW)
    reinstated = learn(found, "reinstated", MAY_1, NOW)
    again = learn(found, "suspended", JUNE_1, NOW)
    learn(found, "reinstated", JULY_1, NOW)
    disown(reinstated, NOW)
    assert periods(found) == [(START, MARCH_1 - DAY), (JULY_1, END)]
    disown(again, NOW)
    assert periods(found) == [(START, MARCH_1 - DAY), (JULY_1, END)]


def test_the_dates_of_a_grant(any_session: Session) -> None:
    found = certified(offer())
    mend(found.facts[0], NOW, valid_from=MARCH_1, valid_until=JULY_1)
    assert periods(found) == [(MARCH_1, JULY_1)]
    assert (found.valid_from, found.valid_until) == (MARCH_1, JULY_1)
    assert (found.facts[1].criteria, found.facts[1].evidence) == ([True, True, True], AUDIT.evidence)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"valid_from": MAY_1 + DAY}, "registry.outside_validity"),
        ({"valid_until": MAY_1 - DAY}, "registry.outside_validity"),
        ({"valid_until": START - DAY}, "registry.dates"),
        ({"valid_until": date(2101, 1, 1)}, "registry.implausible_dates"),
    ],
)
def test_no_event_is_left_outside(any_session: Session, values: dict[str, Any], code: str) -> None:
    found = certified(offer())
    learn(found, "suspended", MAY_1, NOW)
    with pytest.raises(InvalidInput, match=code.replace(".", r"\.")):
        mend(found.facts[0], NOW, **values)
    any_session.rollback()
    assert periods(found) == [(START, MAY_1 - DAY)]
    mend(found.facts[0], NOW, valid_from=MAY_1, valid_until=MAY_1)
    assert periods(found) == []


@pytest.mark.parametrize(("end", "good"), [(JUNE_1 - DAY, True), (JUNE_1, False)])
def test_nor_does_a_grant_grow_over_its_neighbour(any_session: Session, end: date, good: bool) -> None:
    solution = offer()
    first = certified(solution, START, MAY_1)
    second = certified(solution, JUNE_1, END)
    if good:
        mend(first.facts[0], NOW, valid_until=end)
        assert periods(first) == [(START, end)]
    else:
        with pytest.raises(InvalidInput) as caught:
            mend(first.facts[0], NOW, valid_until=end)
        assert caught.value.code == "registry.overlap"
        assert second.reference in caught.value.sentence
        any_session.rollback()
        assert periods(first) == [(START, MAY_1)]


def test_a_withdrawal_whose_place_another_took(any_session: Session) -> None:
    """It can be neither annulled, nor put later, nor said not to be retroactive any more."""
    solution = offer()
    first = certified(solution)
    withdrawal = learn(first, "withdrawn", MAY_1, NOW)
    second = certified(solution, MAY_1, END, now=NOW)
    for act in (lambda: disown(withdrawal, NOW), lambda: mend(withdrawal, NOW, happened_on=MAY_1 + DAY)):
        with pytest.raises(InvalidInput) as caught:
            act()
        assert caught.value.code == "registry.overlap"
        assert second.reference in caught.value.sentence
        any_session.rollback()
    mend(withdrawal, NOW, happened_on=MAY_1 - DAY)
    assert periods(first) == [(START, MAY_1 - 2 * DAY)]
    fraud = mend(first.facts[-1], NOW, retroactive=True)
    third = certified(solution, START, MAY_1 - DAY, now=NOW)
    with pytest.raises(InvalidInput) as caught:
        mend(fraud, NOW, retroactive=False)
    assert third.reference in caught.value.sentence
    any_session.rollback()
    # What took the place goes first.
    disown(third.facts[0], NOW)
    mend(fraud, NOW, retroactive=False)
    assert periods(first) == [(START, MAY_1 - 2 * DAY)]
    assert periods(second) == [(MAY_1, END)]


def test_a_grant_that_never_was_leaves_its_place(any_session: Session) -> None:
    solution = offer()
    first = certified(solution)
    learn(first, "suspended", MAY_1, NOW)
    annulment = disown(first.facts[0], NOW)
    assert periods(first) == []
    assert first.covers_until is None
    second = certified(solution, JUNE_1, END, now=NOW)
    with pytest.raises(InvalidInput, match=r"registry\.overlap"):
        mend(annulment, NOW)
    any_session.rollback()
    mend(annulment, NOW, valid_until=JUNE_1 - DAY)
    assert periods(first) == [(START, MAY_1 - DAY)]  # its events are there again
    assert periods(second) == [(JUNE_1, END)]


def test_what_is_brought_back_must_be_able_to_stand(any_session: Session) -> None:
    found = certified(offer())
    event = learn(found, "suspended", MARCH_1, NOW)
    annulment = disown(found.facts[0], NOW)
    mend(event, NOW, happened_on=date(2025, 3, 1))  # while it is annulled, events are put right one by one
    with pytest.raises(InvalidInput, match=r"registry\.outside_validity"):
        mend(annulment, NOW)
    any_session.rollback()
    mend(annulment, NOW, valid_from=date(2025, 1, 1), valid_until=date(2025, 12, 31))
    assert periods(found) == [(date(2025, 1, 1), date(2025, 2, 28))]


def test_its_reference_says_that_it_was_annulled(any_session: Session) -> None:
    solution = offer()
    first = certified(solution, reference="R-1")
    disown(first.facts[0], NOW)
    with pytest.raises(InvalidInput) as caught:
        certified(solution, reference="R-1")
    assert plain(caught.value.sentence) == (
        "La référence R-1 est déjà celle d’une certification de ce certificateur (Coffre-fort numérique) ; elle a été "
        "annulée : corrigez son annulation."
    )


@pytest.mark.parametrize("values", [{}, {"happened_on": MAY_1}, {"happened_on": MAY_1, "retroactive": False}])
def test_a_correction_changes_something(any_session: Session, values: dict[str, Any]) -> None:
    fact = learn(certified(offer()), "suspended", MAY_1, NOW)
    with pytest.raises(Refusal) as caught:
        mend(fact, NOW, **values)
    assert caught.value.code == "registry.no_change"


def test_of_an_audit_too(any_session: Session) -> None:
    found = certified(offer())
    with pytest.raises(Refusal, match=r"registry\.no_change"):
        mend(found.facts[0], NOW, criteria=(True, True, True), evidence=AUDIT.evidence)
    any_session.rollback()
    fact = mend(found.facts[0], NOW, evidence="RA-2025-119")
    any_session.expire_all()
    assert (fact.evidence, fact.criteria, fact.valid_until) == ("RA-2025-119", [True, True, True], END)


def test_a_suspension_is_not_made_retroactive(any_session: Session) -> None:
    fact = learn(certified(offer()), "suspended", MAY_1, NOW)
    with pytest.raises(InvalidInput, match=r"registry\.retroactive"):
        mend(fact, NOW, retroactive=True)


@pytest.mark.parametrize("name", ["id", "kind", "void", "recorded_at", "corrects_id", "valid_from"])
def test_nothing_else_of_an_event_is_set(session: Session, name: str) -> None:
    fact = learn(certified(offer()), "suspended", MAY_1, NOW)
    with pytest.raises(ValueError, match=name), change(LEARNED, NOW) as made:
        correct(fact, {name: None}, made, NOW)
    db.session.rollback()
