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


@contextmanager
def demonstration(folder: Path) -> Iterator[str]:
    """Serve for a block; gives the address, once the web server, the queue and the worker answer."""
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    command = [sys.executable, "-m", "flask", "--app", "app", "demo"]
    command += ["--port", str(port), "--folder", str(folder / "demo")]
    child = Child("demo", command, folder, environment)
    child.start()
    try:
        wait_until(lambda: _is_healthy(port), child, seconds=120)
        yield f"http://{HOST}:{port}"
    finally:
        child.stop()  # it ends its own children before itself
        child.kill()


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
