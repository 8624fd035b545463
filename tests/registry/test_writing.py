"""Facts are written under the registry's lock, in one change that says who and why; what cannot be is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.registry.history import life
from bonus.registry.labels import certifier_named
from bonus.registry.models import Certification, CertificationFact, RegistryChange, RegistryHead
from bonus.registry.rules import Audit
from bonus.registry.writing import FOLLOW, Grant, Source, add_event, change, grant
from tests.support.registry import (
    AUDIT,
    END,
    ENTERED,
    KEEPER,
    LEARNED,
    START,
    certified,
    disown,
    learn,
    offer,
    require_reading,
)
from tests.support.words import plain
from tests.support.world import NOW

from .lives import DAY

MAY_1, JUNE_1, JULY_1 = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
NOBODY_LEFT = (0, 0)


def counts() -> tuple[int, int]:
    """How many facts and changes the database holds."""
    return (
        db.session.scalar(select(func.count()).select_from(CertificationFact)) or 0,
        db.session.scalar(select(func.count()).select_from(RegistryChange)) or 0,
    )


def cover(found: Certification) -> date | None:
    """The last day it holds its place."""
    return found.covers_until


# ---------------------------------------------------------------- grants


def test_a_grant_is_a_fact_with_its_audit(any_session: Session) -> None:
    found = certified(offer())
    any_session.expire_all()
    [fact] = found.facts
    assert (fact.kind, fact.valid_from, fact.valid_until) == ("granted", START, END)
    assert (fact.criteria, fact.audited_on, fact.evidence) == (
        [True, True, True],
        AUDIT.audited_on,
        AUDIT.evidence,
    )
    assert (fact.recorded_at, fact.corrects_id, fact.void, fact.retroactive) == (ENTERED, None, False, False)
    assert (found.certifier.slug, found.recorded_at) == ("bureau-veritas", ENTERED)
    require_reading(found.id)
    assert [(one.starts_on, one.ends_on) for one in found.periods] == [(START, END)]


def test_of_one_day(any_session: Session) -> None:
    found = certified(offer(), MAY_1, MAY_1)
    require_reading(found.id)
    assert found.covers_until == MAY_1


def test_its_reference_is_its_certifiers_own(any_session: Session) -> None:
    solution = offer()
    certified(solution, reference="R-1")
    with pytest.raises(InvalidInput) as caught:
        certified(offer("Autre offre"), reference=" R-1 ")
    assert (caught.value.code, caught.value.field) == ("registry.reference_taken", "reference")
    assert plain(caught.value.sentence) == (
        "La référence R-1 est déjà celle d’une certification de ce certificateur (Coffre-fort numérique)."
    )
    any_session.rollback()
    other = certified(offer("Autre offre"), label="SECNUMCLOUD", reference="R-1")  # another certifier's
    assert other.reference == "R-1"


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("   ", "registry.text_missing"),
        ("x" * 81, "registry.text_too_long"),
        ("R\x001", "registry.text_control"),
    ],
)
def test_a_reference_that_is_none(any_session: Session, reference: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        certified(offer(), reference=reference)
    assert caught.value.code == code
    any_session.rollback()
    assert counts() == NOBODY_LEFT
    assert certified(offer(), reference="x" * 80).reference == "x" * 80


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (START, START - DAY, "registry.dates"),
        (date(1999, 12, 31), END, "registry.implausible_dates"),
        (date(2027, 11, 23), date(2028, 1, 1), "registry.too_far"),
    ],
)
def test_dates_that_cannot_be(session: Session, start: date, end: date, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        certified(offer(), start, end, now=NOW)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("start", "end", "good"),
    [
        (date(2025, 1, 1), START - DAY, True),
        (date(2025, 1, 1), START, False),
        (MAY_1, JUNE_1, False),
        (END, date(2027, 12, 31), False),
        (END + DAY, date(2027, 12, 31), True),
    ],
)
def test_two_of_one_label_never_cover_one_day(
    any_session: Session, start: date, end: date, good: bool
) -> None:
    solution = offer()
    first = certified(solution)
    if good:
        second = certified(solution, start, end)
        require_reading(first.id)
        require_reading(second.id)
        return
    with pytest.raises(InvalidInput) as caught:
        certified(solution, start, end)
    assert (caught.value.code, caught.value.field) == ("registry.overlap", "valid_from")
    assert first.reference in caught.value.sentence
    assert "Numérique France Garanti" in caught.value.sentence


def test_two_certifiers_of_one_label_neither(any_session: Session) -> None:
    solution = offer(axis="workplace")
    certified(solution, label="SFG")  # AFNOR
    granted = Grant("SFG", "BV-1", MAY_1, END)
    with pytest.raises(InvalidInput, match=r"registry\.overlap"), change(LEARNED, NOW) as made:
        grant(solution, certifier_named("bureau-veritas"), granted, made, NOW)


def test_another_label_or_another_offer_may(any_session: Session) -> None:
    solution = offer()
    certified(solution)
    certified(solution, label="SECNUMCLOUD")
    certified(offer("Autre offre"))
    assert any_session.query(Certification).count() == 3


# ---------------------------------------------------------------- events


def test_events_change_the_reading(any_session: Session) -> None:
    found = certified(offer())
    learn(found, "suspended", MAY_1, NOW)
    require_reading(found.id)
    assert [(one.starts_on, one.ends_on) for one in found.periods] == [(START, MAY_1 - DAY)]
    assert found.covers_until == END
    learn(found, "reinstated", JUNE_1, NOW)
    require_reading(found.id)
    assert [(one.starts_on, one.ends_on) for one in found.periods] == [(START, MAY_1 - DAY), (JUNE_1, END)]
    learn(found, "withdrawn", JULY_1, NOW)
    require_reading(found.id)
    assert cover(found) == JULY_1 - DAY
    learn(found, "withdrawn", date(2026, 11, 1), NOW, retroactive=True)
    require_reading(found.id)
    assert cover(found) is None
    assert found.periods == []


def test_a_withdrawn_one_leaves_its_place_from_that_day(any_session: Session) -> None:
    solution = offer()
    first = certified(solution)
    learn(first, "withdrawn", MAY_1, NOW)
    with pytest.raises(InvalidInput, match=r"registry\.overlap"):
        certified(solution, MAY_1 - DAY, END)
    any_session.rollback()
    second = certified(solution, MAY_1, END)
    require_reading(second.id)


def test_a_retroactive_withdrawal_of_one_that_another_followed(any_session: Session) -> None:
    solution = offer()
    first = certified(solution)
    learn(first, "withdrawn", MAY_1, NOW)
    second = certified(solution, MAY_1, END)
    learn(first, "withdrawn", JUNE_1, NOW, retroactive=True)
    third = certified(solution, START, MAY_1 - DAY)
    for one in (first, second, third):
        require_reading(one.id)
    assert first.covers_until is None


@pytest.mark.parametrize(
    ("kind", "on", "code"),
    [
        ("granted", MAY_1, "registry.unknown_event"),
        ("lost", MAY_1, "registry.unknown_event"),
        ("suspended", START - DAY, "registry.outside_validity"),
        ("suspended", date(2026, 11, 23), "registry.future_event"),
        ("reinstated", MAY_1, "registry.not_suspended"),
    ],
)
def test_events_that_cannot_be(any_session: Session, kind: str, on: date, code: str) -> None:
    found = certified(offer())
    before = counts()
    with pytest.raises(InvalidInput) as caught:
        learn(found, kind, on, NOW)
    assert caught.value.code == code
    any_session.rollback()
    assert counts() == before
    require_reading(found.id)


def test_the_day_is_that_of_paris(session: Session) -> None:
    """At 23:30 UTC it is tomorrow in Paris."""
    found = certified(offer())
    late = NOW.replace(hour=23, minute=30)
    learn(found, "suspended", date(2026, 11, 23), late)
    with pytest.raises(InvalidInput, match=r"registry\.future_event"):
        learn(certified(offer("Autre offre")), "suspended", date(2026, 11, 24), late)


@pytest.mark.parametrize("kind", ["suspended", "reinstated"])
def test_only_a_withdrawal_is_retroactive(any_session: Session, kind: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        learn(certified(offer()), kind, MAY_1, NOW, retroactive=True)
    assert (caught.value.code, caught.value.field) == ("registry.retroactive", "retroactive")


def test_told_twice(any_session: Session) -> None:
    found = certified(offer())
    learn(found, "suspended", MAY_1, NOW)
    for on in (MAY_1, JUNE_1):
        with pytest.raises(InvalidInput, match=r"registry\.already_suspended"):
            learn(found, "suspended", on, NOW)
        any_session.rollback()
    learn(found, "reinstated", JUNE_1, NOW)
    with pytest.raises(InvalidInput, match=r"registry\.not_suspended"):
        learn(found, "reinstated", JULY_1, NOW)


def test_learned_in_another_order_than_it_happened(any_session: Session) -> None:
    """The second suspension is known first; nothing that counts must be undone to enter the first."""
    found = certified(offer())
    learn(found, "suspended", JULY_1, NOW)
    learn(found, "suspended", MAY_1, NOW + DAY)
    learn(found, "reinstated", JUNE_1, NOW + 2 * DAY)
    require_reading(found.id)
    assert [(one.starts_on, one.ends_on) for one in found.periods] == [
        (START, MAY_1 - DAY),
        (JUNE_1, JULY_1 - DAY),
    ]


def test_the_reference_of_an_event_is_its_own(any_session: Session) -> None:
    found = certified(offer())

    def tell(kind: str, on: date, reference: str) -> None:
        with change(LEARNED, NOW) as made:
            add_event(found, kind, on, made, NOW, reference=reference)
        db.session.commit()

    tell("suspended", MAY_1, "E-1")
    with pytest.raises(InvalidInput) as caught:
        tell("reinstated", JUNE_1, "E-1")
    assert (caught.value.code, caught.value.field) == ("registry.reference_taken", "reference")
    any_session.rollback()
    with pytest.raises(InvalidInput, match=r"registry\.text_too_long"):
        tell("reinstated", JUNE_1, "x" * 81)
    any_session.rollback()
    tell("reinstated", JUNE_1, "E-2")
    assert [fact.reference for fact in found.facts] == [None, "E-1", "E-2"]


def test_nothing_happens_to_one_that_never_was(any_session: Session) -> None:
    found = certified(offer())
    disown(found.facts[0], NOW)
    with pytest.raises(InvalidInput) as caught:
        learn(found, "suspended", MAY_1, NOW)
    assert caught.value.code == "registry.annulled"
    assert found.reference in caught.value.sentence


def test_nothing_is_known_before_what_it_follows(any_session: Session) -> None:
    """Two wait for the lock; the one whose moment is the later writes first."""
    found = certified(offer())
    learn(found, "suspended", MAY_1, NOW + timedelta(seconds=2))
    second = learn(found, "reinstated", JUNE_1, NOW)
    assert second.recorded_at == NOW + timedelta(seconds=2)
    facts = [fact.plain for fact in found.facts]
    assert life(facts, NOW) == life(facts[:1])
    assert life(facts, second.recorded_at) == life(facts)


# ---------------------------------------------------------------- changes


def test_a_change_says_who_when_and_why_and_asks_for_the_follow_up(any_session: Session) -> None:
    found = certified(offer())
    source = Source("keeper", KEEPER, "  Lettre du 3 mai 2026  ")
    version = any_session.scalars(select(RegistryHead.version)).one()
    with change(source, NOW) as made:
        fact = add_event(found, "suspended", MAY_1, made, NOW)
    any_session.commit()
    assert (made.source, made.recorded_by, made.reason) == ("keeper", KEEPER.label, "Lettre du 3 mai 2026")
    assert (made.recorded_at, made.done_at, made.facts) == (NOW, None, [fact])
    message = any_session.scalars(select(OutboxMessage).where(OutboxMessage.subject_id == made.id)).one()
    assert (message.kind, message.created_at, message.done_at) == (FOLLOW, NOW, None)
    head = any_session.get_one(RegistryHead, 1)
    assert (head.version, head.changed_at) == (version + 1, NOW)


def test_what_the_service_enters_has_no_follow_up(any_session: Session) -> None:
    with change(Source("service", KEEPER), NOW) as made:
        pass
    any_session.commit()
    assert made.done_at == NOW
    assert any_session.query(OutboxMessage).count() == 0


@pytest.mark.parametrize("reason", ["", "          ", "Trop bref"])
def test_a_keeper_gives_a_reason(any_session: Session, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught, change(Source("keeper", KEEPER, reason), NOW):
        pytest.fail("nothing is written")
    assert (caught.value.code, caught.value.field) == ("registry.reason_missing", "reason")
    assert plain(caught.value.sentence) == (
        "Dites pourquoi : la pièce ou la décision sur laquelle vous vous fondez."
    )
    assert any_session.query(RegistryChange).count() == 0


def test_ten_characters_are_one(any_session: Session) -> None:
    with change(Source("keeper", KEEPER, "Dix lettre"), NOW) as made:
        assert made.reason == "Dix lettre"


def test_a_machine_need_not(any_session: Session) -> None:
    bv = certifier_named("bureau-veritas")
    for kind in ("api", "file"):
        with change(Source(kind, KEEPER, certifier=bv), NOW) as made:
            assert made.reason == ""
    any_session.commit()


def test_a_change_that_fails_leaves_nothing(any_session: Session) -> None:
    solution = offer()
    any_session.commit()
    granted = Grant("NFG", "R-1", START, END, Audit())
    second = Grant("NFG", "R-2", END, END, Audit())

    def both() -> None:
        bv = certifier_named("bureau-veritas")
        with change(LEARNED, NOW) as made:
            for one in (granted, second):
                grant(solution, bv, one, made, NOW)

    with pytest.raises(InvalidInput, match=r"registry\.overlap"):
        both()
    any_session.rollback()
    assert counts() == NOBODY_LEFT
    assert any_session.query(OutboxMessage).count() == 0
