"""The folder the bank's channel writes into: each file taken once, then moved to ``done`` or ``refused``.

A file that is still being written is left for the next time: it is taken once it has not changed for a while. A file is
moved after it was kept, so that a kill in between has it seen again, and known.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import select

from bonus.adapters.bank_messages import MAX_BYTES
from bonus.adapters.bank_messages.stream import refused
from bonus.adapters.store import DocumentStore
from bonus.audit.service import SERVICE
from bonus.calendar import civil_date
from bonus.errors import Refusal
from bonus.extensions import db

from .answer_models import BankFile
from .answers import apply_file, take_file

INBOX = "bank_inbox"
"""The outbox's message that looks into the folder."""
STILL_SECONDS = 60
DONE, REFUSED = "done", "refused"
_PARTIAL = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
_log = structlog.get_logger()


@dataclass(frozen=True)
class Taken:
    """What one look into the folder came to: files applied, refused, and left for the next time."""

    done: int = 0
    refused: int = 0
    left: int = 0


def take_folder(folder: Path, store: DocumentStore, now: datetime) -> Taken:
    """Take and apply every file of the folder that is whole, the oldest first; commits each.

    Raises OSError when the folder cannot be read: it is tried again.
    """
    done = refusals = left = 0
    for path in _files(folder):
        if not _is_still(path, now):
            left += 1
            continue
        try:
            _take(path, store, now)
        except Refusal as refusal:
            db.session.rollback()
            _move(path, folder.joinpath(REFUSED), now, refusal.sentence)
            _log.warning("bank.file_refused", name=path.name, code=refusal.code)
            refusals += 1
        else:
            _move(path, folder.joinpath(DONE), now)
            done += 1
    return Taken(done, refusals, left)


def _files(folder: Path) -> list[Path]:
    """Its files, not its folders, nor links, nor what is hidden or named as partial."""
    found = [
        path
        for path in folder.iterdir()
        if path.is_file()
        and not path.is_symlink()
        and not path.name.startswith((".", "~"))
        and path.suffix.lower() not in _PARTIAL
    ]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _is_still(path: Path, now: datetime) -> bool:
    """Whether nothing was written to it for a while; an empty one is still to come."""
    state = path.stat()
    return state.st_size > 0 and now.timestamp() - state.st_mtime >= STILL_SECONDS


def _take(path: Path, store: DocumentStore, now: datetime) -> None:
    """Keep a file and apply it; one that was kept before a kill is applied, not refused. Raises Refusal."""
    if path.stat().st_size > MAX_BYTES:
        raise refused("too_large")
    content = path.read_bytes()
    known = db.session.scalars(
        select(BankFile.id).where(
            BankFile.sha256 == hashlib.sha256(content).hexdigest(),
            BankFile.how == "folder",
            BankFile.name == path.name,
        )
    ).one_or_none()
    db.session.rollback()
    file_id = known if known is not None else take_file(content, path.name, "folder", store, SERVICE, now).id
    apply_file(file_id, now)


def _move(path: Path, folder: Path, now: datetime, sentence: str = "") -> None:
    """Put a file away under its day and name, and beside a refused one, why; nothing is ever written over."""
    folder.mkdir(exist_ok=True, mode=0o700)
    base = f"{civil_date(now).isoformat()}-{path.name}"
    target = folder.joinpath(base)
    rank = 1
    while target.exists():
        rank += 1
        target = folder.joinpath(f"{rank}-{base}")
    if sentence:
        target.with_name(f"{target.name}.txt").write_text(f"{sentence}\n", encoding="utf-8")
    path.replace(target)
