"""A report that is kept: any page of any part of it is read without reading the rest.

One line of JSON that says where everything is, then blocks of lines, each a list of JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

Line = Sequence[Any]


def write_blocks(
    summary: dict[str, Any], parts: Sequence[str], lines: Iterable[tuple[str, Line]], block: int
) -> bytes:
    """A report to be kept: its summary, and the lines of each part (part, line), ``block`` of them in a block."""
    pending: dict[str, list[Line]] = {name: [] for name in parts}
    places: dict[str, list[tuple[int, int]]] = {name: [] for name in parts}
    blocks: list[bytes] = []
    written = 0

    def put(name: str) -> None:
        nonlocal written
        content = json.dumps(pending[name], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        places[name].append((written, len(content)))
        blocks.append(content)
        written += len(content)
        pending[name] = []

    for name, line in lines:
        pending[name].append(line)
        if len(pending[name]) == block:
            put(name)
    for name, rest in pending.items():
        if rest:
            put(name)
    head = {"summary": summary, "places": places}
    return b"".join([json.dumps(head, ensure_ascii=False).encode(), b"\n", *blocks])


class Blocks:
    """A report that was kept. Each question opens its file, and reads what it needs of it."""

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError when it is not there."""
        self._path = path
        with path.open("rb") as file:
            head = json.loads(file.readline())
            self._start = file.tell()
        self.head: dict[str, Any] = head["summary"]
        self._places: dict[str, list[tuple[int, int]]] = head["places"]

    def pages(self, name: str) -> int:
        """How many blocks a part has."""
        return len(self._places[name])

    def lines(self, name: str, page: int) -> list[Any]:
        """The lines of a block (from 1) of a part; none when there is no such block."""
        if not 1 <= page <= self.pages(name):
            return []
        offset, length = self._places[name][page - 1]
        with self._path.open("rb") as file:
            file.seek(self._start + offset)
            found: list[Any] = json.loads(file.read(length))
        return found

    def all_lines(self, name: str) -> Iterator[Any]:
        """Every line of a part, a block at a time."""
        for page in range(1, self.pages(name) + 1):
            yield from self.lines(name, page)
