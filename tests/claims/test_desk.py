"""Agents side by side on a dossier: who has it open, what others did meanwhile, notes, neighbours, readings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bonus.audit.models import AuditEntry
from bonus.claims.desk_models import InternalNote, Presence
from bonus.claims.examination import propose, send_back, start_review
from bonus.claims.meanwhile import DID, mark_of, news_since, require_as_shown, sentence_of
from bonus.claims.models import Claim
from bonus.claims.notes import notes_of, write_note
from bonus.claims.others import MOST, other_dossiers
from bonus.claims.presence import SILENCE, Here, enter, leave, others_here, stay
from bonus.claims.readings import note_looked_at, note_original_taken
from bonus.claims.status import ACTIONS
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from tests.support.bills import bill
from tests.support.words import plain
from tests.support.world import NOW, Dossier, World, decided, draft, filed, proposed

MINE, THEIRS = "mine_mine_mine_mine_mi", "other_other_other_othe"


@pytest.fixture
def dossier(world: World) -> Iterator[Dossier]:
    found = filed(world)
    with world.app.app_context():
        yield found


def people(world: World) -> tuple[int, int]:
    assert world.reviewer.person_id
    assert world.other_reviewer.person_id
    return world.reviewer.person_id, world.other_reviewer.person_id


# ---------------------------------------------------------------- who has it open


def test_the_second_is_told_who_has_it_open_and_since_when(world: World, dossier: Dossier) -> None:
    me, other = people(world)
    enter(dossier.id, other, THEIRS, NOW - timedelta(minutes=2))
    enter(dossier.id, me, MINE, NOW)
    assert others_here(dossier.id, me, NOW) == [Here(world.other_reviewer.name, NOW - timedelta(minutes=2))]
    assert others_here(dossier.id, other, NOW) == [Here(world.reviewer.name, NOW)]
    assert others_here(dossier.id + 1, me, NOW) == []


def test_one_is_there_since_the_first_page_and_gone_after_a_silence(world: World, dossier: Dossier) -> None:
    me, other = people(world)
    enter(dossier.id, other, THEIRS, NOW)
    enter(dossier.id, other, THEIRS, NOW + SILENCE)  # heard of at the last moment
    assert others_here(dossier.id, me, NOW + SILENCE) == [Here(world.other_reviewer.name, NOW)]
    assert others_here(dossier.id, me, NOW + 2 * SILENCE)
    assert not others_here(dossier.id, me, NOW + 2 * SILENCE + timedelta(seconds=1))
    # Heard of again afterwards, they have come back.
    back = NOW + 2 * SILENCE + timedelta(seconds=1)
    stay(dossier.id, other, THEIRS, back)
    assert others_here(dossier.id, me, back) == [Here(world.other_reviewer.name, back)]


def test_a_page_that_stays_open_is_heard_of(world: World, dossier: Dossier) -> None:
    me, other = people(world)
    enter(dossier.id, other, THEIRS, NOW)
    for minutes in (4, 8, 12):
        stay(dossier.id, other, THEIRS, NOW + timedelta(minutes=minutes))
    assert others_here(dossier.id, me, NOW + timedelta(minutes=12)) == [Here(world.other_reviewer.name, NOW)]


def test_leaving_is_leaving_unless_the_dossier_was_opened_again(world: World, dossier: Dossier) -> None:
    me, other = people(world)
    enter(dossier.id, other, THEIRS, NOW)
    enter(dossier.id, other, MINE, NOW)  # loaded again: the first page says that it closes afterwards
    leave(dossier.id, other, THEIRS)
    assert others_here(dossier.id, me, NOW)
    leave(dossier.id, other, MINE)
    assert not others_here(dossier.id, me, NOW)


def test_who_left_without_a_word_makes_room(world: World, dossier: Dossier) -> None:
    me, other = people(world)
    enter(dossier.id, other, THEIRS, NOW - SILENCE - timedelta(seconds=1))
    enter(dossier.id, me, MINE, NOW)
    assert db.session.scalars(select(Presence.person_id)).all() == [me]


# ---------------------------------------------------------------- what others did


def test_one_is_told_who_did_what_and_when(world: World, dossier: Dossier) -> None:
    mark = mark_of(dossier.id)
    require_as_shown(dossier.id, mark, world.reviewer)
    db.session.rollback()
    start_review(dossier.id, world.other_reviewer, NOW)
    propose(dossier.id, "apply", "", world.other_reviewer, NOW + timedelta(minutes=5))
    told = plain(sentence_of(news_since(dossier.id, mark, world.reviewer)))
    name = world.other_reviewer.name
    assert told == (
        f"{name} a commencé à instruire le dossier (22 novembre 2026 à 10 h 00) ; "
        f"{name} a proposé une décision (22 novembre 2026 à 10 h 05)"
    )
    with pytest.raises(Refusal) as refusal:
        require_as_shown(dossier.id, mark, world.reviewer)
    assert refusal.value.code == "claim.meanwhile"
    assert plain(refusal.value.sentence).startswith(f"Entre-temps, {told}. Rien de votre demande")
    db.session.rollback()
    # Shown the new state, one may act on it.
    require_as_shown(dossier.id, mark_of(dossier.id), world.reviewer)


def test_ones_own_acts_are_no_news(world: World, dossier: Dossier) -> None:
    mark = mark_of(dossier.id)
    start_review(dossier.id, world.reviewer, NOW)
    require_as_shown(dossier.id, mark, world.reviewer)


@pytest.mark.parametrize("mark", ["", "x", "-1", "1; DROP TABLE claims", "9" * 30])
def test_what_is_no_mark_says_nothing(world: World, dossier: Dossier, mark: str) -> None:
    assert not news_since(dossier.id, mark, world.reviewer)


def test_every_action_has_its_words() -> None:
    assert set(DID) == set(ACTIONS)


# ---------------------------------------------------------------- notes


def test_notes_are_kept_the_latest_first_and_the_log_does_not_say_them(
    world: World, dossier: Dossier
) -> None:
    claim = db.session.get_one(Claim, dossier.id)
    write_note(claim, "  Un doute. ", world.reviewer, NOW)
    write_note(claim, "Levé.", world.officer, NOW + timedelta(hours=1))
    assert [(note.text, note.person.name) for note in notes_of(claim.id)] == [
        ("Levé.", world.officer.name),
        ("Un doute.", world.reviewer.name),
    ]
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.note_written")).all()
    assert len(entries) == 2
    assert all("doute" not in str(entry.facts) for entry in entries)


@pytest.mark.parametrize(("text", "code"), [(" \n ", "note.empty"), ("x" * 5001, "note.too_long")])
def test_a_note_says_something_and_not_too_much(world: World, dossier: Dossier, text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        write_note(db.session.get_one(Claim, dossier.id), text, world.reviewer, NOW)
    assert refusal.value.code == code
    assert db.session.scalar(select(func.count()).select_from(InternalNote)) == 0


def test_only_who_examines_writes_notes(world: World, dossier: Dossier) -> None:
    for actor in (world.owner, world.accounting_officer, world.administrator):
        with pytest.raises(Forbidden):
            write_note(db.session.get_one(Claim, dossier.id), "Non.", actor, NOW)


# ---------------------------------------------------------------- readings


def test_pictures_are_written_once_a_civil_day_and_the_original_each_time(
    world: World, dossier: Dossier
) -> None:
    claim = db.session.get_one(Claim, dossier.id)
    (document,) = claim.documents
    midnight = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # in Paris, the first of the 23rd
    for now in (NOW, NOW + timedelta(hours=1), midnight - timedelta(seconds=1), midnight):
        note_looked_at(claim, document, world.reviewer, now)
        db.session.commit()
    note_looked_at(claim, document, world.officer, NOW + timedelta(hours=2))
    for _ in range(2):
        note_original_taken(claim, document, world.reviewer, NOW)
    db.session.commit()
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.document_read")).all()
    assert [(entry.actor, "original" in entry.facts) for entry in entries] == [
        (world.reviewer.label, False),
        (world.reviewer.label, False),
        (world.officer.label, False),
        (world.reviewer.label, True),
        (world.reviewer.label, True),
    ]


# ---------------------------------------------------------------- beside it


def test_the_companys_last_ten_others_and_how_many_there_are(world: World) -> None:
    done, this = decided(world), filed(world)
    many = [filed(world, draft(world, [bill(number=f"N-{rank}")])) for rank in range(MOST)]
    draft(world)
    with world.app.app_context():
        found, total = other_dossiers(db.session.get_one(Claim, this.id))
        assert (len(found), total) == (MOST, MOST + 1)
        assert [one.number for one in found] == [one.number for one in reversed(many)]
        (first, *_), _ = other_dossiers(db.session.get_one(Claim, many[-1].id))
        assert (first.net_cents, first.bonus_cents, first.status) == (10_000_00, None, "filed")
        others, _ = other_dossiers(db.session.get_one(Claim, many[0].id))
        assert done.number not in {one.number for one in others}


def test_sent_back_is_news_to_the_reviewer(world: World) -> None:
    ready = proposed(world)
    with world.app.app_context():
        mark = mark_of(ready.id)
        send_back(ready.id, "La preuve de paiement est à revoir (art. 11).", world.officer, NOW)
        (change,) = news_since(ready.id, mark, world.reviewer)
        assert change.action == "send_back"
