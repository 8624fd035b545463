"""An envelope is opened and changed by a signed act alone, never below what is committed (art. 10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.budget.acts import acts_of, amend_envelope, lapse_envelopes, open_envelope
from bonus.budget.models import Envelope
from bonus.budget.serving import serve
from bonus.calendar import PARIS
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from tests.support.books import balance, check_books
from tests.support.ledger import without_guards
from tests.support.waiting import MICRO, dossier_of, figures_of, joined
from tests.support.world import NOW, ON, World, decided, set_envelope

IN_2027 = datetime(2027, 3, 1, 9, tzinfo=UTC)
EVE = datetime(2026, 12, 31, 23, 59, tzinfo=PARIS)
NEW_YEAR = datetime(2027, 1, 1, 0, 0, tzinfo=PARIS)


def entries(kind: str) -> list[tuple[int, int]]:
    rows = db.session.scalars(select(LedgerEntry).where(LedgerEntry.kind == kind).order_by(LedgerEntry.id))
    return [(row.year, row.amount_cents) for row in rows]


def last_audit() -> AuditEntry:
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_a_fresh_demonstration_proves(any_world: World, any_session: Session) -> None:
    assert entries("authorised") == [(2026, 50_000_000_00), (2027, 50_000_000_00)]
    check_books()


def test_opening(any_world: World, any_session: Session) -> None:
    open_envelope(2028, 1_000_00, "  Loi n° 2027-1  ", date(2027, 2, 1), any_world.officer, IN_2027)
    [act] = acts_of(2028)
    assert (act.kind, act.delta_cents, act.reference) == ("opening", 1_000_00, "Loi n° 2027-1")
    assert (act.signed_on, act.recorded_by_id) == (date(2027, 2, 1), any_world.officer.person_id)
    assert balance("open", 2028) == 1_000_00
    assert (last_audit().action, last_audit().subject) == ("budget.opened", "envelope:2028")
    check_books()


def test_opened_once(any_world: World, any_session: Session) -> None:
    with pytest.raises(Refusal, match=r"budget\.already_open"):
        open_envelope(2026, 1_00, "Arrêté 2", ON, any_world.officer, NOW)


@pytest.mark.parametrize(("year", "code"), [(2025, "budget.year"), (2029, "budget.year")])
def test_a_year_far_away(world: World, session: Session, year: int, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        open_envelope(year, 1_00, "Arrêté 2", ON, world.officer, NOW)


def test_amending_up_and_down(any_world: World, any_session: Session) -> None:
    amend_envelope(2026, 1_000_00, "Décret d’avance 1", ON, any_world.officer, NOW)
    amend_envelope(2026, -3_000_00, "Arrêté d’annulation 1", ON, any_world.officer, NOW)
    assert figures_of()[0] == 50_000_000_00 - 2_000_00
    assert entries("reduced") == [(2026, 3_000_00)]
    assert [act.kind for act in acts_of(2026)] == ["opening", "amendment", "amendment"]
    check_books()


@pytest.mark.parametrize(("left", "refused"), [(-1, True), (0, False), (1, False)])
def test_never_below_what_is_committed(world: World, session: Session, left: int, refused: bool) -> None:
    decided(world)
    authorised, committed, _ = figures_of()
    delta = committed + left - authorised
    if refused:
        with pytest.raises(Refusal, match="below_committed"):
            amend_envelope(2026, delta, "Arrêté d’annulation 1", ON, world.officer, NOW)
        db.session.rollback()
        assert figures_of()[0] == authorised
    else:
        amend_envelope(2026, delta, "Arrêté d’annulation 1", ON, world.officer, NOW)
        assert figures_of()[0] == committed + left
    check_books()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"delta": 0}, "budget.amount"),
        ({"delta": 10**14 + 1}, "budget.amount"),
        ({"reference": " a "}, "budget.reference"),
        ({"reference": "x" * 121}, "budget.reference"),
        ({"signed_on": ON + timedelta(days=1)}, "budget.signed_on"),
        ({"year": 2030}, "budget.not_open"),
        ({"now": NEW_YEAR}, "budget.year_over"),
    ],
)
def test_what_an_act_cannot_be(world: World, session: Session, changed: dict[str, Any], code: str) -> None:
    told: dict[str, Any] = {
        "year": 2026,
        "delta": 1_00,
        "reference": "Arrêté 9",
        "signed_on": ON,
        "now": NOW,
    } | changed
    with pytest.raises(Refusal) as refusal:
        amend_envelope(
            told["year"], told["delta"], told["reference"], told["signed_on"], world.officer, told["now"]
        )
    assert refusal.value.code == code


def test_an_act_is_entered_once(world: World, session: Session) -> None:
    amend_envelope(2026, 1_00, "Décret 1", ON, world.officer, NOW)
    with pytest.raises(Refusal, match="reference_used"):
        amend_envelope(2026, 1_00, " Décret  1", ON, world.officer, NOW)


def test_only_an_authorising_officer(world: World, session: Session) -> None:
    for someone in (world.accounting_officer, world.administrator, world.reviewer, world.owner):
        with pytest.raises(Refusal, match="wrong_role"):
            amend_envelope(2026, 1_00, "Décret 1", ON, someone, NOW)
        with pytest.raises(Refusal, match="wrong_role"):
            open_envelope(2027, 1_00, "Décret 1", ON, someone, NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE envelope_acts SET delta_cents = 0 WHERE kind = 'amendment'",
        "UPDATE envelope_acts SET delta_cents = -1 WHERE kind = 'opening'",
        "UPDATE envelope_acts SET kind = 'opening' WHERE kind = 'amendment'",
        "UPDATE envelope_acts SET kind = 'gift'",
        "UPDATE envelope_acts SET reference = '  '",
    ],
)
def test_the_database_refuses(any_world: World, any_session: Session, statement: str) -> None:
    set_envelope(any_world, 100)
    without_guards()
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(text(statement))


# ---------------------------------------------------------------- 31 December


def test_on_31_december_nothing_lapses_yet(world: World, session: Session) -> None:
    assert lapse_envelopes(EVE) == 0
    assert entries("lapsed") == []


def test_what_is_not_committed_lapses(any_world: World, any_session: Session) -> None:
    decided(any_world)
    authorised, committed, _ = figures_of()
    assert lapse_envelopes(NEW_YEAR) == 1
    assert lapse_envelopes(NEW_YEAR) == 0
    assert figures_of() == (committed, committed, committed)
    assert entries("lapsed") == [(2026, authorised - committed)]
    assert (acts_of(2026)[-1].kind, acts_of(2026)[-1].signed_on) == ("lapse", date(2026, 12, 31))
    assert figures_of(2027) == (50_000_000_00, 0, 0)
    check_books()


def test_the_list_opens_the_next_envelope(world: World, session: Session) -> None:
    """What waited on 31 December is first in January, and granted then."""
    set_envelope(world, 0)
    waiting = dossier_of(world, MICRO)
    joined(world, [waiting])
    lapse_envelopes(NEW_YEAR)
    assert serve(EVE) == 0
    assert serve(NEW_YEAR) == 1
    assert figures_of(2027)[1:] == (4_500_00, 4_500_00)
    assert db.session.get_one(Envelope, 2026).committed_cents == 0
    check_books()
