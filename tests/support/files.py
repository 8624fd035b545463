"""What several test processes share: one folder a run, and locks in it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUN_FOLDER_VARIABLE = "BONUS_TEST_RUN_FOLDER"

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
ROOM = 4 * 1024**3


def place_of_the_run() -> Path | None:
    """Where the folder of a run is made: in memory where 4 GiB of it are free, else where temporary files go.

    A run makes and drops a thousand PostgreSQL databases of 15 MB. On a disk that is busy each takes a second, which
    is most of such a test; in memory a twentieth of that. What is there at any moment is some 300 MB.
    """
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        room = shutil.disk_usage(MEMORY).free
    except OSError:
        return None
    available = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)
    return MEMORY if min(room, available) >= ROOM and os.access(MEMORY, os.W_OK | os.X_OK) else None


def run_folder() -> Path:
    """The folder of this run of pytest, the same for all its processes (made and removed by conftest)."""
    return Path(os.environ[RUN_FOLDER_VARIABLE])


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one process of the run at a time into a block."""
    with (run_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
