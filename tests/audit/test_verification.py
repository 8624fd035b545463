"""Whatever someone does to the log in SQL is found, all of it, with its kind and its place."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bonus.audit import verification
from bonus.audit.models import AuditEntry, AuditHead
from bonus.audit.service import SERVICE, entry_hash, record
from bonus.audit.verification import Anchor, Walk, head_anchor
from bonus.extensions import db
from tests.support.words import plain
from tests.support.world import NOW


@pytest.fixture
def ids(any_session: Session) -> list[int]:
    """Eight entries, in a database whose guards were taken away by hand."""
    entries = [
        record("test.done", f"thing:{rank}", SERVICE, NOW + timedelta(seconds=rank), rank=rank, é="œuvre")
        for rank in range(8)
    ]
    db.session.commit()
    if db.session.get_bind().dialect.name == "sqlite":
        sql("DROP TRIGGER audit_entries_no_update")
        sql("DROP TRIGGER audit_entries_no_delete")
    else:
        sql("DROP TRIGGER audit_entries_guard ON audit_entries")
    return [entry.id for entry in entries]


def sql(statement: str, **values: object) -> None:
    db.session.execute(text(statement), values)
    db.session.commit()


def found(anchor: Anchor | None = None) -> list[tuple[str, int | None]]:
    faults = list(Walk(anchor, release=True))
    assert all(fault.sentence.endswith(".") for fault in faults)
    return [(fault.kind, fault.entry_id) for fault in faults]


def entry(entry_id: int) -> AuditEntry:
    db.session.expire_all()
    return db.session.get_one(AuditEntry, entry_id)


def rehash(entry_id: int) -> None:
    """Give an entry the hash of what it says now, as someone who knows how it is made would."""
    one = entry(entry_id)
    new = entry_hash(one.previous_hash, one.at, one.actor, one.action, one.subject, one.address, one.facts)
    sql("UPDATE audit_entries SET hash = :new WHERE id = :id", new=new, id=entry_id)


def test_a_whole_log_has_none(ids: list[int]) -> None:
    walk = Walk()
    assert list(walk) == []
    assert (walk.count, walk.last_hash) == (8, entry(ids[-1]).hash)


def test_each_of_several_changes_is_found(ids: list[int]) -> None:
    sql("UPDATE audit_entries SET actor = 'x' WHERE id = :id", id=ids[1])
    sql("UPDATE audit_entries SET address = '' WHERE id = :id", id=ids[4])
    sql("UPDATE audit_entries SET hash = :h WHERE id = :id", h="f" * 64, id=ids[7])
    assert found() == [("changed", ids[1]), ("changed", ids[4]), ("changed", ids[7])]


def test_a_link_written_over(ids: list[int]) -> None:
    sql("UPDATE audit_entries SET previous_hash = :h WHERE id = :id", h="e" * 64, id=ids[3])
    faults = list(Walk())
    assert [plain(fault.sentence) for fault in faults] == [
        f"Entrée n° {ids[3]} : son renvoi à la précédente a été modifié."
    ]


def test_a_change_hashed_again_breaks_the_next(ids: list[int]) -> None:
    sql("UPDATE audit_entries SET subject = 'thing:99' WHERE id = :id", id=ids[3])
    rehash(ids[3])
    assert found() == [("removed", ids[4])]


@pytest.mark.parametrize("rank", [0, 3, 6])
def test_a_removal_shows_at_the_next(ids: list[int], rank: int) -> None:
    sql("DELETE FROM audit_entries WHERE id = :id", id=ids[rank])
    assert found() == [("removed", ids[rank + 1]), ("head", None)]


def test_a_removal_and_a_change_beside_it_are_both_found(ids: list[int]) -> None:
    sql("DELETE FROM audit_entries WHERE id = :id", id=ids[2])
    sql("UPDATE audit_entries SET actor = 'x' WHERE id = :id", id=ids[3])
    sql("UPDATE audit_head SET entries = entries - 1")
    assert found() == [("removed", ids[3]), ("changed", ids[3])]


def test_two_entries_exchanged(ids: list[int]) -> None:
    for old, new in ((ids[2], 900), (ids[3], ids[2]), (900, ids[3])):
        sql("UPDATE audit_entries SET id = :new WHERE id = :old", old=old, new=new)
    assert found() == [("moved", ids[2]), ("added", ids[3]), ("added", ids[4])]


def test_the_first_put_last(ids: list[int]) -> None:
    sql("UPDATE audit_entries SET id = 900 WHERE id = :id", id=ids[0])
    assert ("moved", ids[1]) in found()
    assert ("moved", 900) in found()


def test_contents_exchanged_in_place(ids: list[int]) -> None:
    """Number and hashes stay, what they say is swapped."""
    one, other = json.dumps(entry(ids[2]).facts), json.dumps(entry(ids[5]).facts)
    for entry_id, facts in ((ids[2], other), (ids[5], one)):
        sql("UPDATE audit_entries SET facts = :facts WHERE id = :id", facts=facts, id=entry_id)
    assert found() == [("changed", ids[2]), ("changed", ids[5])]


def forge(entry_id: int, previous: str) -> str:
    """An entry that never was, well hashed on ``previous``; returns its hash."""
    sha256 = entry_hash(previous, NOW, "x", "y", "z", None, {})
    db.session.add(
        AuditEntry(
            id=entry_id,
            at=NOW,
            actor="x",
            action="y",
            subject="z",
            facts={},
            previous_hash=previous,
            hash=sha256,
        )
    )
    db.session.commit()
    return sha256


def test_an_entry_slipped_between_two(ids: list[int]) -> None:
    sql("UPDATE audit_entries SET id = id + 100 WHERE id > :id", id=ids[4])
    forge(ids[4] + 50, "a" * 64)
    assert found() == [("removed", ids[4] + 50), ("added", ids[5] + 100), ("head", None)]


def test_an_entry_added_after_the_last(ids: list[int]) -> None:
    forge(ids[-1] + 1, entry(ids[-1]).hash)
    faults = list(Walk())
    (fault,) = faults
    assert plain(fault.sentence) == (
        "La tête du journal annonce 8 entrées, il en compte 9 : des entrées ont été ajoutées après "
        f"l’entrée n° {ids[-1]}, ou la tête du journal modifiée."
    )


def test_the_end_cut_off(ids: list[int]) -> None:
    sql("DELETE FROM audit_entries WHERE id > :id", id=ids[4])
    faults = list(Walk())
    assert [plain(fault.sentence) for fault in faults] == [
        "La tête du journal annonce 8 entrées, il en compte 5 : la fin du journal a été retirée, ou sa tête modifiée."
    ]


def test_everything_removed(ids: list[int]) -> None:
    sql("DELETE FROM audit_entries")
    assert found() == [("head", None)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_head SET entries = 7",
        "UPDATE audit_head SET entries = 9",
        "UPDATE audit_head SET last_hash = replace(last_hash, substr(last_hash, 1, 1), 'z')",
        "UPDATE audit_head SET last_hash = (SELECT min(hash) FROM audit_entries WHERE subject = 'thing:2')",
        "DELETE FROM audit_head",
    ],
)
def test_the_head_changed(ids: list[int], statement: str) -> None:
    sql(statement)
    assert found() == [("head", None)]


def test_the_end_cut_off_with_the_head_needs_an_anchor(ids: list[int]) -> None:
    anchor = head_anchor()
    assert anchor is not None
    assert Anchor.read(str(anchor)) == anchor
    sql("DELETE FROM audit_entries WHERE id > :id", id=ids[4])
    sql("UPDATE audit_head SET entries = 5, last_hash = :h", h=entry(ids[4]).hash)
    assert found() == []
    assert found(anchor) == [("anchor", None)]


def test_a_chain_written_anew_needs_an_anchor(ids: list[int]) -> None:
    anchor = head_anchor()
    sql("UPDATE audit_entries SET actor = 'x' WHERE id = :id", id=ids[5])
    for before, entry_id in pairwise(ids[4:]):
        sql("UPDATE audit_entries SET previous_hash = :h WHERE id = :id", h=entry(before).hash, id=entry_id)
        rehash(entry_id)
    sql("UPDATE audit_head SET last_hash = :h", h=entry(ids[-1]).hash)
    assert found() == []
    assert found(anchor) == [("anchor", ids[-1])]
    assert found(Anchor(entry(ids[4]).hash, 5)) == []  # what comes before the change is as it was


def test_entries_written_since_an_anchor_are_no_fault(ids: list[int]) -> None:
    anchor = head_anchor()
    record("test.done", "thing:later", SERVICE, NOW)
    db.session.commit()
    assert found(anchor) == []


def test_what_cannot_be_read_any_more_hides_nothing(ids: list[int]) -> None:
    """Facts that are no longer JSON's, a day that does not exist: the others are still looked at."""
    if db.session.get_bind().dialect.name == "sqlite":
        sql("UPDATE audit_entries SET facts = '{' WHERE id = :id", id=ids[1])
        sql("UPDATE audit_entries SET actor = CAST(x'ff' AS TEXT) WHERE id = :id", id=ids[2])
        sql("UPDATE audit_entries SET at = 'hier' WHERE id = :id", id=ids[3])
    else:
        sql("UPDATE audit_entries SET facts = '[]' WHERE id = :id", id=ids[1])
        sql(
            "UPDATE audit_entries SET facts = :facts WHERE id = :id",
            facts='{"rank": 1, "rank": 2}',
            id=ids[2],
        )
        sql("UPDATE audit_entries SET at = 'infinity' WHERE id = :id", id=ids[3])
    sql("UPDATE audit_entries SET action = 'x' WHERE id = :id", id=ids[6])
    faults = found()
    assert [entry_id for _, entry_id in faults] == [ids[1], ids[2], ids[3], ids[6]]
    assert {kind for kind, _ in faults} <= {"unreadable", "changed"}


def test_the_same_facts_written_otherwise(ids: list[int]) -> None:
    written = json.dumps(entry(ids[2]).facts, separators=(",", ":"))
    sql("UPDATE audit_entries SET facts = :facts WHERE id = :id", facts=written, id=ids[2])
    assert found() == [("changed", ids[2])]


def test_by_batches_as_at_once(ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    sql("UPDATE audit_entries SET actor = 'x' WHERE id = :id", id=ids[2])
    sql("DELETE FROM audit_entries WHERE id = :id", id=ids[5])
    at_once = found()
    monkeypatch.setattr(verification, "BATCH", 2)
    assert found() == at_once != []


def test_what_is_written_meanwhile_is_no_fault(ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry committed after the last one was read, before the head is."""
    walk = Walk(release=True)
    read = walk._rows
    written: list[AuditEntry] = []

    def rows() -> list[verification._Read]:
        found_rows = read()
        if not found_rows and not written:
            written.append(record("test.done", "thing:meanwhile", SERVICE, NOW))
            db.session.commit()
        return found_rows

    monkeypatch.setattr(walk, "_rows", rows)
    assert list(walk) == []
    assert walk.count == 9


# ---------------------------------------------------------------- the command


@pytest.fixture
def audited(own_app: Flask) -> Flask:
    with own_app.app_context():
        for rank in range(5):
            record("test.done", f"thing:{rank}", SERVICE, NOW, rank=rank)
        db.session.commit()
    return own_app


def test_the_command_says_that_all_is_whole(audited: Flask) -> None:
    result = audited.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 0, result.output
    assert "5 entrées lues" in plain(result.output)
    assert "aucune anomalie" in result.output
    noted = result.output.strip().rsplit(" ", 1)[-1].rsplit("\u00a0", 1)[-1]
    again = audited.test_cli_runner().invoke(args=["audit", "anchor"])
    assert again.output.strip() == noted
    kept = audited.test_cli_runner().invoke(args=["audit", "verify", "--anchor", noted])
    assert kept.exit_code == 0, kept.output


def test_the_command_lists_faults_up_to_a_bound(audited: Flask) -> None:
    with audited.app_context():
        sql("DROP TRIGGER audit_entries_no_update")
        sql("UPDATE audit_entries SET actor = 'x'")
        first = db.session.scalar(select(func.min(AuditEntry.id)))
        db.session.rollback()
    result = audited.test_cli_runner().invoke(args=["audit", "verify", "--most", "2"])
    assert result.exit_code == 1
    said = plain(result.output)
    assert f"[entrée modifiée] Entrée n° {first} : son contenu a été modifié." in said
    assert said.count("[entrée modifiée]") == 2
    assert "… et 3 de plus." in said
    assert "5 anomalies." in said


@pytest.mark.parametrize(
    "anchor", ["", "abc", f"{'0' * 64}", f"{'0' * 64}:0", f"{'g' * 64}:3", f"{'0' * 64}:x"]
)
def test_an_anchor_is_read_strictly(audited: Flask, anchor: str) -> None:
    result = audited.test_cli_runner().invoke(args=["audit", "verify", "--anchor", anchor])
    assert result.exit_code == 2


def test_an_empty_log_has_no_anchor(own_app: Flask) -> None:
    with own_app.app_context():
        assert db.session.get_one(AuditHead, 1).entries == 0
        db.session.rollback()
    assert own_app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0
    assert own_app.test_cli_runner().invoke(args=["audit", "anchor"]).exit_code == 1
