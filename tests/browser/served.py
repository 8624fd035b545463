"""The demonstration as a newcomer starts it, `flask demo`: real Valkey, real RQ worker, one process of ours."""

from __future__ import annotations

import http.client
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bonus.demo.children import Child, wait_until

HOST = "127.0.0.1"
# What the shell of whoever runs the tests may hold must not reach the demonstration.
_OURS = ("BONUS_", "DATABASE_", "FLASK_", "REDIS_", "SEAL_", "SECRET_", "PYTEST_")


class Demonstration:
    """One that can be killed and started again on what it had, at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        self.address = f"http://{HOST}:{self.port}"
        self._child: Child | None = None

    def start(self) -> None:
        """Serve; comes back once the web server, the queue and the worker answer."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        command = [sys.executable, "-m", "flask", "--app", "app", "demo"]
        command += ["--port", str(self.port), "--folder", str(self.folder / "demo")]
        self._child = Child("demo", command, self.folder, environment)
        self._child.start()
        wait_until(lambda: _is_healthy(self.port), self._child, seconds=120)

    def kill(self) -> None:
        """End it in the middle of whatever it does (SIGKILL)."""
        assert self._child is not None
        self._child.kill()

    def stop(self) -> None:
        """End it as one asks it to: its own children before itself."""
        if self._child is not None:
            self._child.stop()
            self._child.kill()


@contextmanager
def demonstration(folder: Path) -> Iterator[str]:
    """Serve for a block; gives the address."""
    served = Demonstration(folder)
    try:
        served.start()
        yield served.address
    finally:
        served.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_healthy(port: int) -> bool:
    with closing(http.client.HTTPConnection(HOST, port, timeout=10)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
