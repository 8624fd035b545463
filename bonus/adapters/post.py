"""Letters on paper: a folder from which they are printed and posted, one PDF each, with what its envelope says.

A franking service takes them there; a demonstration only shows them. The folder is never served.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .mail import digest

_NAME = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class PostedLetter:
    """A letter of the folder: ``name`` calls it, ``to`` are the lines of its envelope, ``at`` when it was written."""

    name: str
    to: tuple[str, ...]
    at: datetime


class PostFolder:
    """A folder of letters to post. One left twice under one key is one letter."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, key: str, to: Sequence[str], at: datetime, pdf: bytes) -> None:
        """Leave a letter to be posted; ``key`` names it for good. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = digest(key)
        envelope = json.dumps({"to": list(to), "at": at.isoformat()}, ensure_ascii=False)
        # The envelope last: what it names is whole.
        self._write(f"{name}.pdf", pdf)
        self._write(f"{name}.json", envelope.encode())

    def letters(self, start: int, count: int) -> tuple[list[PostedLetter], int]:
        """Some of the letters, the latest written first, from a rank on; and how many there are."""
        names = [path.stem for path in self._folder.glob("*.json") if _NAME.fullmatch(path.stem)]
        found = sorted((self._read(name) for name in names), key=lambda one: (one.at, one.name), reverse=True)
        return found[start : start + count], len(found)

    def pdf(self, name: str) -> bytes | None:
        """The letter of that name, if there is one."""
        path = self._folder / f"{name}.pdf"
        return path.read_bytes() if _NAME.fullmatch(name) and path.is_file() else None

    def _read(self, name: str) -> PostedLetter:
        said = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        return PostedLetter(name, tuple(said["to"]), datetime.fromisoformat(said["at"]))

    def _write(self, name: str, data: bytes) -> None:
        partial = self._folder / f"{name}.partial"
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._folder / name)
