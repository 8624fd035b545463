"""Credits that a decision no longer holds: back within the budget year, lost after it (arts. 10 and 14)."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.budget.acts import acts_of, lapse_envelopes
from bonus.budget.models import Commitment, CreditRelease
from bonus.budget.releases import recommit, release_credits
from bonus.calendar import PARIS
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from tests.claims.reading import decision_of
from tests.support.books import balance, check_books
from tests.support.waiting import (
    MICRO,
    MID_CAP,
    SME,
    asked_to_serve,
    dossier_of,
    figures_of,
    joined,
    statuses,
)
from tests.support.world import NOW, World, decided, run_jobs, set_envelope

EVE = datetime(2026, 12, 31, 23, 59, tzinfo=PARIS)
NEW_YEAR = datetime(2027, 1, 1, 0, 0, tzinfo=PARIS)


def granted(world: World) -> int:
    """The id of a decision of 4 500.00 to an ``sme``."""
    number = decision_of(decided(world)).id
    db.session.rollback()
    return number


def entered(kind: str) -> list[tuple[int, str]]:
    rows = db.session.scalars(select(LedgerEntry).where(LedgerEntry.kind == kind).order_by(LedgerEntry.id))
    return [(row.amount_cents, row.piece) for row in rows]


def test_within_the_year_they_come_back(any_world: World, any_session: Session) -> None:
    number = granted(any_world)
    authorised = figures_of()[0]
    release_credits(number, 1_500_00, "order:OP-2026-000001", EVE)
    db.session.commit()
    assert figures_of() == (authorised, 3_000_00, 3_000_00)
    assert entered("released") == [(1_500_00, f"decision:{number}")]
    check_books()


def test_after_the_year_they_are_lost(any_world: World, any_session: Session) -> None:
    number = granted(any_world)
    lapse_envelopes(NEW_YEAR)
    release_credits(number, 1_500_00, "titre:TP-2027-000001", NEW_YEAR)
    db.session.commit()
    assert figures_of() == (3_000_00, 3_000_00, 3_000_00)
    assert entered("released_late") == [(1_500_00, f"decision:{number}")]
    assert balance("open", 2026) == 0
    assert [act.kind for act in acts_of(2026)] == ["opening", "lapse", "lapse"]
    check_books()


def test_late_before_the_lapse_has_run(world: World, session: Session) -> None:
    """On 1 January what is released does not come back, whether the night's job has run or not."""
    number = granted(world)
    authorised = figures_of()[0]
    release_credits(number, 1_500_00, "x", NEW_YEAR)
    db.session.commit()
    assert figures_of() == (authorised - 1_500_00, 3_000_00, 3_000_00)
    lapse_envelopes(NEW_YEAR)
    check_books()


def test_asked_not_to_come_back(world: World, session: Session) -> None:
    number = granted(world)
    release_credits(number, 4_500_00, "x", NOW, frees=False)
    db.session.commit()
    assert figures_of() == (50_000_000_00 - 4_500_00, 0, 0)
    check_books()


def test_another_class_leaves_the_small_ones_part(world: World, session: Session) -> None:
    small, other = dossier_of(world, MICRO), dossier_of(world, MID_CAP, other=True)
    joined(world, [small, other])
    release_credits(decision_of(other).id, 3_500_00, "x", NOW)
    db.session.commit()
    assert figures_of()[1:] == (4_500_00, 4_500_00)
    check_books()


def test_one_thing_is_released_once(any_world: World, any_session: Session) -> None:
    number = granted(any_world)
    first = release_credits(number, 1_500_00, "order:1", NOW).id
    db.session.commit()
    assert release_credits(number, 1_500_00, "order:1", NOW).id == first
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(CreditRelease)) == 1
    assert figures_of()[1] == 3_000_00
    with pytest.raises(ValueError, match="something else"):
        release_credits(number, 1_00, "order:1", NOW)
    with pytest.raises(ValueError, match="something else"):
        recommit(number, 1_500_00, "order:1", NOW)
    check_books()


@pytest.mark.parametrize(("amount", "refused"), [(3_000_00, False), (3_000_01, True)])
def test_no_more_than_is_left(world: World, session: Session, amount: int, refused: bool) -> None:
    number = granted(world)
    release_credits(number, 1_500_00, "order:1", NOW)
    if refused:
        with pytest.raises(Refusal, match=r"budget\.too_much"):
            release_credits(number, amount, "order:2", NOW)
        db.session.rollback()
    else:
        release_credits(number, amount, "order:2", NOW)
        db.session.commit()
        assert figures_of()[1:] == (0, 0)
    check_books()


@pytest.mark.parametrize(("amount", "about"), [(0, "x"), (-1, "x"), (1, ""), (1, "x" * 41)])
def test_what_a_release_cannot_be(world: World, session: Session, amount: int, about: str) -> None:
    with pytest.raises(ValueError, match="release"):
        release_credits(granted(world), amount, about, NOW)


def test_nothing_committed_nothing_released(world: World, session: Session) -> None:
    refused = decided(world, outcome="refuse", reasons="La facture n’est pas acquittée (art. 9).")
    number = decision_of(refused).id
    for act in (release_credits, recommit):
        with pytest.raises(NotFound):
            act(number, 1, "x", NOW)


def test_what_is_restored(any_world: World, any_session: Session) -> None:
    number = granted(any_world)
    release_credits(number, 4_500_00, "revocation:1", NOW)
    for _ in range(2):
        recommit(number, 4_500_00, "appeal:1", NOW)
        db.session.commit()
    assert figures_of()[1:] == (4_500_00, 4_500_00)
    with pytest.raises(Refusal, match="not_released"):
        recommit(number, 1, "appeal:2", NOW)
    db.session.rollback()
    check_books()


def test_what_is_restored_needs_room(world: World, session: Session) -> None:
    number = granted(world)
    release_credits(number, 4_500_00, "revocation:1", NOW)
    db.session.commit()
    set_envelope(world, 4_499_99)
    with pytest.raises(Refusal, match=r"budget\.no_credits"):
        recommit(number, 4_500_00, "appeal:1", NOW)
    db.session.rollback()
    set_envelope(world, 4_500_00)
    recommit(number, 4_500_00, "appeal:1", NOW)
    db.session.commit()
    check_books()


def test_what_is_restored_the_year_after(world: World, session: Session) -> None:
    """What was lost late stands again with the credits it took along; what had come back in the year is gone."""
    number = granted(world)
    release_credits(number, 1_500_00, "order:1", EVE)
    db.session.commit()
    lapse_envelopes(NEW_YEAR)
    release_credits(number, 1_000_00, "titre:1", NEW_YEAR)
    db.session.commit()
    with pytest.raises(Refusal, match="year_over"):
        recommit(number, 1_000_01, "appeal:1", NEW_YEAR)
    db.session.rollback()
    recommit(number, 1_000_00, "appeal:1", NEW_YEAR)
    db.session.commit()
    assert figures_of() == (3_000_00, 3_000_00, 3_000_00)
    check_books()


def test_credits_that_come_back_serve_who_waits(any_world: World, any_session: Session) -> None:
    set_envelope(any_world, 4_500_00)
    first, second = dossier_of(any_world, MICRO), dossier_of(any_world, SME)
    joined(any_world, [first, second])
    assert statuses([first, second]) == ["granted", "waiting_list"]
    release = release_credits(decision_of(first).id, 4_500_00, "order:1", NOW).id
    db.session.commit()
    assert asked_to_serve() == [f"serve_waiting:1:{release}"]
    run_jobs(any_world)
    assert statuses([first, second]) == ["granted", "granted"]
    check_books()


def test_what_is_lost_serves_nobody(world: World, session: Session) -> None:
    set_envelope(world, 4_500_00)
    first, second = dossier_of(world, MICRO), dossier_of(world, SME)
    joined(world, [first, second])
    release_credits(decision_of(first).id, 4_500_00, "order:1", NEW_YEAR)
    db.session.commit()
    assert asked_to_serve() == []


def test_the_database_holds_it(any_world: World, any_session: Session) -> None:
    granted(any_world)
    for statement in (
        "UPDATE commitments SET released_cents = -1",
        "UPDATE commitments SET released_cents = amount_cents + 1",
    ):
        with pytest.raises(IntegrityError, match="released"), db.session.begin_nested():
            db.session.execute(text(statement))
    assert db.session.scalars(select(Commitment)).one().released_cents == 0


@pytest.mark.parametrize("other", [True, False])
def test_what_is_restored_leaves_the_part_of_small_ones_until_the_end_of_september(
    world: World, session: Session, other: bool
) -> None:
    """Art. 10: open to the others until 30 September, E − C − max(0, R − S). R is 40 % of E."""
    dossier = dossier_of(world, MID_CAP if other else MICRO, other=other)
    number = decision_of(decided(world, dossier)).id
    cents = db.session.scalars(select(Commitment.amount_cents)).one()
    db.session.rollback()
    release_credits(number, cents, "order:1", NOW)
    db.session.commit()
    enough = 5_833_33 if other else cents  # less 40 % of it, 2 333.33: 3 500.00
    last, next_day = datetime(2026, 9, 30, 12, tzinfo=PARIS), datetime(2026, 10, 1, 12, tzinfo=PARIS)
    set_envelope(world, enough - 1)
    with pytest.raises(Refusal, match=r"budget\.no_credits"):
        recommit(number, cents, "appeal:1", last)
    db.session.rollback()
    if other:  # one queue, and nothing reserved
        recommit(number, cents, "appeal:1", next_day)
        db.session.rollback()
    set_envelope(world, enough)
    recommit(number, cents, "appeal:1", last)
    db.session.commit()
    check_books()
