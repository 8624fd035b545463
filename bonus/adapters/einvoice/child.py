"""What each process that opens strangers' files does: give up what it does not need, then answer until the end.

Loaded by its path in those processes (see ``worker``): imports nothing of ours.
"""

from __future__ import annotations

import json
import resource
import struct
from collections.abc import Callable
from typing import Any, BinaryIO

CPU_SECONDS = 20


def limit(memory_bytes: int, *, reserved: bool = False) -> None:
    """Bound the memory of this process, in bytes; it may write no file, and leaves none when it ends.

    ``reserved``: for a runtime that reserves addresses it never uses, the bound is on what it writes to.
    """
    kind = resource.RLIMIT_DATA if reserved else resource.RLIMIT_AS
    resource.setrlimit(kind, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(requests: BinaryIO, answers: BinaryIO, answer: Callable[[bytes, bytes], dict[str, Any]]) -> None:
    """Answer until the requests end: one byte of kind, eight of length, the file; then eight of length, JSON."""
    while header := requests.read(9):
        kind, size = header[:1], struct.unpack(">Q", header[1:])[0]
        data = requests.read(size)
        used = resource.getrusage(resource.RUSAGE_SELF)
        # Against the day the parent dies first: without it nobody would stop a file that never ends.
        allowed = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))
        body = json.dumps(answer(kind, data)).encode("ascii")
        answers.write(struct.pack(">Q", len(body)) + body)
        answers.flush()
