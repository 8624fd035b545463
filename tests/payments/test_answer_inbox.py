"""The bank's folder: whole files are taken once, then put away; what is refused says why."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.jobs.bank import post_inbox, take_inbox
from bonus.outbox import OutboxMessage
from bonus.parts import document_store
from bonus.payments import answer_inbox
from bonus.payments.answer_inbox import STILL_SECONDS, Taken, take_folder
from tests.adapters.bank_samples import line, report
from tests.support.answers import debit, entered, last_file, orders, rejection, sent, statuses
from tests.support.world import NOW, World

STILL = timedelta(seconds=STILL_SECONDS)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, content: bytes, *, changed: timedelta = 2 * STILL) -> Path:
    path = folder / name
    path.write_bytes(content)
    at = (NOW - changed).timestamp()
    os.utime(path, (at, at))
    return path


def look(folder: Path) -> Taken:
    return take_folder(folder, document_store(), NOW)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_files_are_taken_the_oldest_first_and_put_away(world: World, session: Session, inbox: Path) -> None:
    sent(world)
    order = orders()[0]
    put(inbox, "b.xml", report(line("ACSP", order.number), file=last_file()), changed=3 * STILL)
    put(inbox, "a.xml", debit(order, message_id="BK-2"))
    assert look(inbox) == Taken(done=2)
    assert statuses() == ["executed"]
    assert names(inbox) == ["done"]
    assert names(inbox / "done") == ["2026-11-22-a.xml", "2026-11-22-b.xml"]
    assert look(inbox) == Taken()


def test_what_is_refused_says_why(world: World, session: Session, inbox: Path) -> None:
    put(inbox, "notes.txt", b"bonjour")
    put(inbox, "bombe.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")
    assert look(inbox) == Taken(refused=2)
    put_away = names(inbox / "refused")
    assert put_away == [
        "2026-11-22-bombe.xml",
        "2026-11-22-bombe.xml.txt",
        "2026-11-22-notes.txt",
        "2026-11-22-notes.txt.txt",
    ]
    said = (inbox / "refused" / "2026-11-22-bombe.xml.txt").read_text()
    assert "entités" in said


def test_the_same_bytes_under_another_name_are_refused(world: World, session: Session, inbox: Path) -> None:
    sent(world)
    content = debit(*orders())
    put(inbox, "a.xml", content)
    look(inbox)
    put(inbox, "b.xml", content)
    assert look(inbox) == Taken(refused=1)
    assert "déjà été reçu" in (inbox / "refused" / "2026-11-22-b.xml.txt").read_text()
    assert entered("executed") == 4_500_00


@pytest.mark.parametrize("name", ["a.xml.part", "a.tmp", ".a.xml", "~a.xml", "a.filepart"])
def test_what_is_named_as_partial_is_left(world: World, session: Session, inbox: Path, name: str) -> None:
    put(inbox, name, b"<Document")
    assert look(inbox) == Taken()
    assert names(inbox) == [name]


def test_what_is_still_written_is_left_until_it_is_still(world: World, session: Session, inbox: Path) -> None:
    sent(world)
    put(inbox, "a.xml", debit(*orders()), changed=STILL - timedelta(seconds=1))
    put(inbox, "empty.xml", b"")
    assert look(inbox) == Taken(left=2)
    assert statuses() == ["sent"]
    put(inbox, "a.xml", debit(*orders()), changed=STILL)
    assert look(inbox) == Taken(done=1, left=1)
    assert statuses() == ["executed"]


def test_links_and_folders_are_not_files(world: World, session: Session, inbox: Path) -> None:
    secret = inbox.parent / "secret.xml"
    secret.write_bytes(b"<x/>")
    (inbox / "link.xml").symlink_to(secret)
    (inbox / "folder.xml").mkdir()
    assert look(inbox) == Taken()


def test_two_files_of_one_name_are_both_kept(world: World, session: Session, inbox: Path) -> None:
    sent(world)
    put(inbox, "a.xml", report(line("ACSP", orders()[0].number), file=last_file()))
    look(inbox)
    put(inbox, "a.xml", rejection(orders()[0], message_id="BK-2"))
    assert look(inbox) == Taken(done=1)
    assert names(inbox / "done") == ["2-2026-11-22-a.xml", "2026-11-22-a.xml"]


def test_killed_once_it_was_kept_it_is_applied_the_next_time(
    world: World, session: Session, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(world)
    put(inbox, "a.xml", debit(*orders()))

    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(answer_inbox, "apply_file", killed)
        with pytest.raises(KeyboardInterrupt):
            look(inbox)
    db.session.rollback()
    assert statuses() == ["sent"]
    assert look(inbox) == Taken(done=1)
    assert (statuses(), entered("executed")) == (["executed"], 4_500_00)


def test_a_relay_asks_every_ten_minutes(world: World, session: Session, inbox: Path) -> None:
    def asked() -> int:
        return db.session.query(OutboxMessage).filter_by(kind="bank_inbox").count()

    world.app.config["BANK_INBOX"] = ""
    post_inbox(NOW)
    take_inbox(0, NOW)
    assert asked() == 0
    world.app.config["BANK_INBOX"] = str(inbox)
    try:
        post_inbox(NOW)
        post_inbox(NOW + timedelta(seconds=599))
        assert asked() == 1
        post_inbox(NOW + timedelta(seconds=600))
        assert asked() == 2
        sent(world)
        put(inbox, "a.xml", debit(*orders()))
        take_inbox(0, NOW)
        assert statuses() == ["executed"]
    finally:
        world.app.config["BANK_INBOX"] = ""
