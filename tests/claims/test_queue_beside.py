"""What stands beside the queues of dossiers: appeals, what is owed after a decision, the fast lane; whose, and the
first day. And what a rule is to decide is in no queue of agents."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from bonus.claims.appeal_examining import propose_answer, take_appeal
from bonus.claims.cards_rebuild import rebuild
from bonus.claims.lane import take_out
from bonus.claims.lane_decisions import ask_for_decisions
from bonus.claims.neighbours import neighbours_of
from bonus.claims.queue import held, queue_page
from bonus.claims.queue_beside import Beside, beside
from bonus.claims.queue_filters import Filters
from bonus.claims.revocations import open_revocation
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from tests.support.appeals import REASONS, appealed, refused_in_part
from tests.support.cards import kept_cards
from tests.support.lane import DUE, at, in_lane, known, opened
from tests.support.world import NOW, ON, World, decided, run_jobs

REVIEWER, OFFICER = frozenset({"reviewer"}), frozenset({"authorising_officer"})


def test_nothing_awaits_in_an_empty_service(any_world: World, any_session: Session) -> None:
    assert beside(1, REVIEWER) == {
        "recours": Beside(0),
        "motifs-et-retraits": Beside(0),
        "voie-rapide": Beside(0),
    }
    assert beside(1, frozenset({"accounting_officer"}))["paiements"] == Beside(0)


def test_an_appeal_awaits_its_examiner_then_the_officers(any_world: World, any_session: Session) -> None:
    world = any_world
    reference = appealed(world, refused_in_part(world))
    examiner, other = world.other_reviewer.person_id, world.reviewer.person_id
    due = date(2027, 1, 22)
    assert beside(examiner, REVIEWER)["recours"] == Beside(1, 0, due)
    take_appeal(reference, world.other_reviewer, NOW)
    assert beside(examiner, REVIEWER)["recours"] == Beside(1, 1, due)
    assert beside(other, REVIEWER)["recours"] == Beside(1, 0, due)
    assert beside(world.officer.person_id, OFFICER)["recours"] == Beside(1, 0, due)
    propose_answer(reference, "confirm", REASONS, {}, world.other_reviewer, NOW)
    assert beside(examiner, REVIEWER)["recours"] == Beside(1, 0, due)
    assert beside(world.officer.person_id, OFFICER)["recours"] == Beside(1, 1, due)


@pytest.mark.parametrize(("ground", "first"), [("unlawful", date(2027, 3, 22)), ("fraud", None)])
def test_the_first_day_of_a_withdrawal_is_its_last_one(
    ground: str, first: date | None, world: World, session: Session
) -> None:
    dossier = decided(world)
    open_revocation(
        dossier.id, ground, "Le contrôle montre que le service n’a pas été rendu.", world.reviewer, NOW
    )
    assert beside(None, REVIEWER)["motifs-et-retraits"] == Beside(1, 0, first)


def test_one_query_whatever_there_is(world: World, session: Session) -> None:
    asked: list[str] = []
    listen = lambda _c, _k, statement, *_: asked.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listen)
    beside(1, REVIEWER | OFFICER | {"accounting_officer"})
    event.remove(db.engine, "before_cursor_execute", listen)
    assert len([one for one in asked if not one.startswith("BEGIN")]) == 1


def test_what_a_rule_is_to_decide_nobody_has_to_check(any_world: World) -> None:
    world = any_world
    opened(world)
    before = known(world)
    dossier = in_lane(world)
    with world.app.app_context():
        assert [row.number for row in queue_page("a-verifier", ON).rows] == [before.number]
        assert held(None)["a-verifier"].total == 1
        assert beside(None, REVIEWER)["voie-rapide"] == Beside(1, 0, DUE)
        around = neighbours_of(before.id, "a-verifier", Filters(), ON, me=world.reviewer.person_id)
        assert (around.previous, around.next) == (None, None)
        kept = kept_cards()
        rebuild(lambda _done: None)
        assert kept_cards() == kept
        take_out(dossier.id, "Le montant ne ressemble pas aux précédents.", world.reviewer, NOW)
        assert beside(None, REVIEWER)["voie-rapide"].total == 0
        assert held(None)["a-proposer"].total == 1
        assert [row.number for row in queue_page("a-proposer", ON).rows] == [dossier.number]


def test_one_that_the_rule_could_not_decide_is_to_check(any_world: World) -> None:
    world = any_world
    opened(world)
    known(world)
    dossier = in_lane(world)
    with world.app.app_context():
        ask_for_decisions(at(DUE))
        db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.kind == "lane_decide", OutboxMessage.subject_id == dossier.id)
            .values(attempts=5, last_error="ArithmeticError: no such figure")
        )
        db.session.commit()
        assert beside(None, REVIEWER)["voie-rapide"].total == 1
        ask_for_decisions(at(DUE + timedelta(days=1)))
        assert beside(None, REVIEWER)["voie-rapide"].total == 0
        assert dossier.number in [row.number for row in queue_page("a-verifier", ON).rows]
    run_jobs(world, at(DUE + timedelta(days=1)))
    with world.app.app_context():
        assert [row.number for row in queue_page("decides", ON).rows] == [dossier.number]
