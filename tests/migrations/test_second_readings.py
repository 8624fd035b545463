"""Revision 0036: what a second reviewer is to read gets its queue, and goes back to what is to be decided."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from bonus.claims.concurrence import concur
from bonus.extensions import db
from tests.claims.test_concurrence import EXACT, large
from tests.support.application import migrate_to
from tests.support.world import NOW, World

CARDS = "SELECT claim_id, queue, sort_on, due_on FROM claim_cards ORDER BY claim_id"
KEYS = "SELECT claim_id, key, queue, sort_on FROM claim_card_keys ORDER BY claim_id, key"
COUNTS = (
    "SELECT queue, reviewer, sum(dossiers) FROM claim_card_counts GROUP BY queue, reviewer "
    "HAVING sum(dossiers) <> 0 ORDER BY queue"
)
MARKS = "SELECT claim_id, second_reading FROM proposals ORDER BY claim_id"
PROPOSERS = "SELECT claim_id, proposer FROM claim_cards ORDER BY claim_id"


def asked(query: str) -> list[tuple[object, ...]]:
    found = [tuple(row) for row in db.session.execute(text(query))]
    db.session.rollback()
    return found


def test_down_and_up_again(any_world: World, any_session: Session) -> None:
    unread, read = large(any_world), large(any_world)
    large(any_world, EXACT)
    concur(read.id, any_world.other_reviewer, NOW)
    every = (CARDS, KEYS, COUNTS, MARKS, PROPOSERS)
    before = [asked(query) for query in every]
    assert [row[1] for row in before[0]] == ["a-relire", "a-decider", "a-decider"]
    any_session.close()
    migrate_to(any_world.app, "0035", down=True)
    assert [row[1] for row in asked(CARDS)] == ["a-decider"] * 3
    assert asked(COUNTS) == [("a-decider", 0, 3)]
    any_session.close()
    migrate_to(any_world.app, "0036")
    assert [asked(query) for query in every] == before
    assert asked(PROPOSERS)[0] == (unread.id, any_world.reviewer.person_id)
