"""The reasons of a refusal by silence: a month to give them, and the appeal's limit runs from then (CRPA L232-4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.letters import content_of
from bonus.claims.notice_models import Notice
from bonus.claims.notification import appeal_until, record_opening
from bonus.claims.reasons_requests import (
    ask_reasons,
    give_reasons,
    may_ask_reasons,
    open_count,
    open_requests,
)
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from tests.claims.reading import claim_of, decision_of
from tests.support.letters import letter_of
from tests.support.requests import at
from tests.support.silence import SILENT, refused_by_silence
from tests.support.words import plain
from tests.support.world import World, decided, run_jobs

DAY = timedelta(days=1)
LAST = date(2026, 7, 13)
"""Two clear months from 11 May end on 12 July, a Sunday."""
WHY = "Le label de la solution était suspendu à la date de la facture (art. 4)."


def test_asked_then_given(any_world: World, any_session: Session) -> None:
    dossier = refused_by_silence(any_world)
    request = ask_reasons(dossier.id, any_world.owner, at(date(2026, 5, 31)))
    assert (request.due_on, open_count()) == (date(2026, 6, 30), 1), "a month, and June has thirty days"
    assert [one.decision.claim.number for one in open_requests()] == [dossier.number]
    give_reasons(dossier.id, WHY, any_world.reviewer, at(date(2026, 6, 15)))
    assert (request.reasons, open_count()) == (WHY, 0)
    run_jobs(any_world, at(date(2026, 6, 15)))
    said = plain("\n".join(block.text for block in content_of(letter_of(dossier, "reasons")).blocks))
    for expected in (
        WHY,
        "demandé les motifs le 31 mai 2026",
        "Recours contentieux",
        any_world.reviewer.name,
    ):
        assert expected in said
    assert db.session.scalars(select(Notice).where(Notice.kind == "reasons")).one().claim_id == dossier.id
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reasons.given")).one()
    assert entry.facts == {"reasons": WHY, "late": False}


def test_the_appeal_runs_again_from_their_notification(world: World, session: Session) -> None:
    dossier = refused_by_silence(world)
    decision = decision_of(dossier)
    assert appeal_until(decision, SILENT) == LAST
    ask_reasons(dossier.id, world.owner, at(LAST))
    assert appeal_until(decision, LAST + 60 * DAY) is None, "as long as they are owed"
    given = date(2026, 9, 1)
    give_reasons(dossier.id, WHY, world.reviewer, at(given))
    assert appeal_until(decision, given) is None, "given, not opened"
    record_opening(claim_of(dossier), world.owner, at(given + 2 * DAY))
    assert appeal_until(decision, given + 2 * DAY) == date(2026, 11, 4)


def test_within_the_time_to_appeal(world: World, session: Session) -> None:
    dossier = refused_by_silence(world)
    assert may_ask_reasons(claim_of(dossier), LAST)
    assert not may_ask_reasons(claim_of(dossier), LAST + DAY)
    with pytest.raises(Refusal) as refusal:
        ask_reasons(dossier.id, world.owner, at(LAST + DAY))
    assert "13 juillet 2026" in plain(refusal.value.sentence)
    db.session.rollback()
    ask_reasons(dossier.id, world.owner, at(LAST))
    assert not may_ask_reasons(claim_of(dossier), LAST)
    with pytest.raises(Refusal) as refusal:
        ask_reasons(dossier.id, world.owner, at(LAST))
    assert refusal.value.code == "reasons.asked"


def test_what_is_refused(world: World, session: Session) -> None:
    silent, said = refused_by_silence(world), decided(world)
    with pytest.raises(NotFound):  # its reasons are in the decision
        ask_reasons(said.id, world.owner, at(SILENT))
    db.session.rollback()
    with pytest.raises(NotFound):  # nobody asked
        give_reasons(silent.id, WHY, world.reviewer, at(SILENT))
    db.session.rollback()
    with pytest.raises(Forbidden):
        ask_reasons(silent.id, world.reviewer, at(SILENT))
    db.session.rollback()
    ask_reasons(silent.id, world.owner, at(SILENT))
    for reasons, actor, error in (
        ("Non.", world.reviewer, InvalidInput),
        (WHY, world.officer, Forbidden),
        (WHY, world.owner, Forbidden),
    ):
        with pytest.raises(error):
            give_reasons(silent.id, reasons, actor, at(SILENT))
        db.session.rollback()
    give_reasons(silent.id, WHY, world.reviewer, at(SILENT + 90 * DAY))
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reasons.given")).one()
    assert entry.facts["late"] is True
    with pytest.raises(Refusal):
        give_reasons(silent.id, WHY, world.reviewer, at(SILENT + 90 * DAY))


def test_the_letter_of_silence_says_how_to_ask(world: World, session: Session) -> None:
    dossier = refused_by_silence(world)
    run_jobs(world, at(SILENT))
    letter = letter_of(dossier)
    said = plain("\n".join(block.text for block in content_of(letter).blocks))
    assert letter.kind == "silence"
    assert "ce refus est né le 11 mai 2026" in said
    assert "L232-4" in said
