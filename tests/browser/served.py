"""What browsers visit: the demonstration as a newcomer starts it, or a world of the tests, on a day of their choice.

``demonstration`` is `flask demo`: real Valkey, real RQ worker, one process of ours. ``house`` is the application in a
thread of this process, on a clock that a test moves; jobs run when the test says so.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from sqlalchemy import select
from werkzeug.serving import make_server

from bonus.accounts.demo_factors import enrol
from bonus.accounts.factor_models import SecondFactor
from bonus.accounts.models import AgentRole, Person
from bonus.demo.children import Child, wait_until
from bonus.extensions import db
from tests.support.application import application
from tests.support.databases import sqlite_copy
from tests.support.world import NOW, World, build_world

P = ParamSpec("P")
T = TypeVar("T")

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
        command += ["--port", str(self.port), "--folder", str(self.folder / "demo"), "--empty"]
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


@dataclass
class House:
    """A world of the tests that answers at an address. Its clock stands still until ``set_clock``."""

    world: World
    address: str
    _other: ThreadPoolExecutor = field(repr=False)

    def do(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``act`` gives in the other thread: Playwright has the event loop of this one, a seal wants its own."""
        return self._other.submit(act, *args, **kwargs).result()

    def within(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same, in an application context of its own."""

        def inside() -> T:
            with self.world.app.app_context():
                return act(*args, **kwargs)

        return self.do(inside)

    def set_clock(self, moment: datetime) -> None:
        """The moment that every page is asked for, from now on."""
        self.world.app.config["CLOCK"] = lambda: moment


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Serve a new world for a block; each of its agents has a telephone (/demonstration/codes)."""
    with application(sqlite_copy(folder), folder, DEMO=True) as app, ThreadPoolExecutor(1) as other:
        world = other.submit(build_world, app).result()
        server = make_server(HOST, 0, app, threaded=True)
        served = House(world, f"http://{HOST}:{server.server_port}", other)
        served.within(_give_telephones)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


def _give_telephones() -> None:
    enrolled = select(SecondFactor.person_id)
    agents = select(Person).where(Person.id.in_(select(AgentRole.person_id)), Person.id.not_in(enrolled))
    for person in db.session.scalars(agents).all():
        enrol(person, NOW)
    db.session.commit()


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
