"""Looking at the processes of this machine (Linux)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for yet does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def with_variable(name: str, value: str) -> set[int]:
    """The processes that were started with an environment variable set so, their children included."""
    wanted, found = f"{name}={value}".encode(), set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if wanted in variables and is_alive(int(folder.name)):
            found.add(int(folder.name))
    return found


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether a condition comes true in that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def none_alive(pids: Iterable[int]) -> bool:
    return not any(is_alive(pid) for pid in pids)
