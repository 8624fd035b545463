"""A real Valkey for tests, nothing kept on disk."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from bonus.demo.children import Child, answers, socket_folder, valkey, wait_until
from bonus.jobs.queue import connect


class Valkey:
    """A server for a ``with`` block; ``url`` is its address."""

    def __init__(self, folder: Path) -> None:
        self._place, self._temporary = socket_folder(folder)
        self.url = f"unix://{self._place / 'valkey.sock'}"
        self._child: Child = valkey(folder, self._place / "valkey.sock", "--appendonly", "no")

    def __enter__(self) -> Self:
        self._child.start()
        wait_until(lambda: answers(self.url), self._child)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.stop()
        self._child.kill()
        if self._temporary:
            self._place.rmdir()

    def empty(self) -> None:
        """Forget everything."""
        with connect(self.url) as redis:
            redis.flushall()
