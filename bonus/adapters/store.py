"""Files people sent: looked at by the antivirus, outside static/, under random names, written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from .antivirus import Antivirus

_NAME = re.compile(r"[0-9a-f]{64}")


class DocumentStore:
    """A folder of documents. Several machines share it through one mounted folder.

    Beside a file that the antivirus looked at stands an empty one, with ``.clean`` after its name.
    """

    def __init__(self, folder: Path, antivirus: Antivirus | None = None) -> None:
        self._folder = folder
        self._antivirus = antivirus

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("not a name given by this store")
        return self._folder / name[:2] / name

    def save(self, data: bytes) -> str:
        """Keep a file; returns the random name to read it back with. Raises InvalidInput when it is infected."""
        return self._write(data, clean=self._antivirus is not None and self._antivirus.has_looked(data))

    def keep_ours(self, data: bytes) -> str:
        """Keep a file that the application made; returns the random name to read it back with."""
        return self._write(data, clean=True)

    def _write(self, data: bytes, *, clean: bool) -> str:
        name = secrets.token_hex(32)
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(".partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if clean:
            self._mark(path).touch(mode=0o600)
        partial.rename(path)
        return name

    @staticmethod
    def _mark(path: Path) -> Path:
        return path.with_suffix(".clean")

    def is_scanned(self, name: str) -> bool:
        """Whether the antivirus looked at a file before it was kept."""
        return self._mark(self._path(name)).exists()

    def path(self, name: str) -> Path:
        """Where a file is kept, to read parts of it: it is never written to again."""
        return self._path(name)

    def read(self, name: str) -> bytes:
        """The bytes kept under a name. Raises FileNotFoundError when there are none."""
        return self._path(name).read_bytes()
