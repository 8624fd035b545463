"""Reading back the letters kept in a Maildir folder, one .eml file each: what the demonstration shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{40}")
_FOLDERS = ("new", "cur")  # a mail reader moves what was read, and adds marks to its name


@dataclass(frozen=True)
class KeptLetter:
    """A letter of the folder: ``name`` calls it; ``data`` is the message as it stands."""

    name: str
    to: str
    subject: str
    at: datetime
    text: str
    data: bytes


def kept_letters(folder: Path, start: int, count: int) -> tuple[list[KeptLetter], int]:
    """Some of the letters, the latest written first, from a rank on; and how many there are."""
    found = sorted(_files(folder, "*"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    return [_read(path) for path in found[start : start + count]], len(found)


def kept_letter(folder: Path, name: str) -> KeptLetter | None:
    """The letter of that name, if there is one."""
    if not _NAME.fullmatch(name):
        return None
    return next((_read(path) for path in _files(folder, f"{name}.eml*")), None)


def _files(folder: Path, pattern: str) -> list[Path]:
    return [path for name in _FOLDERS for path in (folder / name).glob(pattern) if _NAME.match(path.name)]


def _read(path: Path) -> KeptLetter:
    data = path.read_bytes()
    message = BytesParser(policy=policy.default).parsebytes(data)
    return KeptLetter(
        name=path.name[:40],
        to=str(message["To"]),
        subject=str(message["Subject"]),
        at=message["Date"].datetime,
        text=str(message.get_content()),
        data=data,
    )
