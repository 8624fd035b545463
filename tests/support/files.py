"""What several test processes share: one folder a run, and locks in it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUN_FOLDER_VARIABLE = "BONUS_TEST_RUN_FOLDER"


def run_folder() -> Path:
    """The folder of this run of pytest, the same for all its processes (made and removed by conftest)."""
    return Path(os.environ[RUN_FOLDER_VARIABLE])


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one process of the run at a time into a block."""
    with (run_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
