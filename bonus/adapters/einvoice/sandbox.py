"""Processes that read strangers' files, so that a hostile one costs a process and not the service.

pypdf is written in Python and cannot be interrupted: only another process gives a bound to the time and
the memory that a file may take. One is started at the first file (half a second, once) and kept; a file
then costs a millisecond more than without it. A file that takes too long ends the process that reads it.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any, cast

WORKER = Path(__file__).with_name("worker.py")
TIMEOUT_SECONDS = 10.0
STARTING_SECONDS = 30.0
MAX_ANSWER_BYTES = 64_000_000
MAX_IDLE = 2


class ReaderError(Exception):
    """The process ended (crash, memory) or was ended before it answered; ``late`` tells which."""

    def __init__(self, *, late: bool) -> None:
        super().__init__("too long" if late else "ended")
        self.late = late


class Reader:
    """One process of a script such as ``worker.py``, reading one file at a time."""

    def __init__(self, script: Path = WORKER) -> None:
        path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        self._process = subprocess.Popen(  # noqa: S603  our own script, by its full path
            # -P: the folder of the script does not hide modules of the same names.
            [sys.executable, "-P", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Nothing of our environment: it holds the keys of the service.
            env={"PYTHONPATH": path, "PYTHONWARNINGS": "ignore"},
            # Ctrl-C in a terminal is for the service; this one ends with its standard input.
            start_new_session=True,
        )
        self._requests = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        self._fresh = True

    def ask(self, kind: bytes, data: bytes, timeout: float) -> dict[str, Any]:
        """Have one file read. Raises ReaderError; the reader is then closed."""
        deadline = time.monotonic() + timeout + (STARTING_SECONDS if self._fresh else 0.0)
        answered = False
        try:
            self._requests.write(kind + struct.pack(">Q", len(data)) + data)
            self._requests.flush()
            size = struct.unpack(">Q", self._receive(8, deadline))[0]
            if size > MAX_ANSWER_BYTES:
                raise ReaderError(late=False)
            answer: dict[str, Any] = json.loads(self._receive(size, deadline))
            answered = True
        except (OSError, ValueError) as error:
            raise ReaderError(late=False) from error
        finally:
            if not answered:
                self.close()
        self._fresh = False
        return answer

    def _receive(self, size: int, deadline: float) -> bytes:
        descriptor = self._answers.fileno()
        received = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while len(received) < size:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise ReaderError(late=True)
                chunk = os.read(descriptor, min(size - len(received), 1 << 20))
                if not chunk:
                    raise ReaderError(late=False)
                received += chunk
        return bytes(received)

    def is_alive(self) -> bool:
        """Say whether the process still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process and wait for it. Safe to call twice."""
        self._process.kill()
        self._process.wait()
        for stream in (self._requests, self._answers):
            with contextlib.suppress(OSError):  # what was not yet written has no reader any more
                stream.close()


class ReaderPool:
    """Readers kept between files; as many at work as there are threads asking. ``script`` is what they run."""

    def __init__(self, script: Path = WORKER) -> None:
        self._script = script
        self._lock = threading.Lock()
        self._idle: list[Reader] = []
        self._inherited: list[Reader] = []

    def ask(self, kind: bytes, data: bytes, timeout: float = TIMEOUT_SECONDS) -> dict[str, Any]:
        """Have one file read by a reader of this process. Raises ReaderError."""
        reader = self._take()
        answer = reader.ask(kind, data, timeout)
        with self._lock:
            keep = len(self._idle) < MAX_IDLE
            if keep:
                self._idle.append(reader)
        if not keep:
            reader.close()
        return answer

    def _take(self) -> Reader:
        with self._lock:
            while self._idle:
                reader = self._idle.pop()
                if reader.is_alive():
                    return reader
                reader.close()  # ended while idle, by the system or its administrator
        return Reader(self._script)

    def close(self) -> None:
        """End the idle readers of this process."""
        with self._lock:
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.close()

    def forget(self) -> None:
        """In a process just forked (web server, job): the parent's readers are not ours to use nor to end."""
        self._lock = threading.Lock()
        self._inherited, self._idle = self._idle, []


POOL = ReaderPool()
atexit.register(POOL.close)
os.register_at_fork(after_in_child=POOL.forget)
