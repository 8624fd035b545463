"""`flask demo` in a browser's reach: it starts all, says it, stops all, and finds its data again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

import pytest

from bonus.demo.cast import CAST, PASSWORD
from bonus.demo.children import PROJECT
from bonus.demo.folder import DATABASE
from bonus.demo.invoices import BUYER
from tests.support.processes import eventually, is_alive

from .runs import COMMAND, Call, environment

pytestmark = pytest.mark.slow  # real processes, a second or more each

SECONDS = 240
"""How long a start or a stop may take on a machine that is busy elsewhere."""

SEEDING = "Données de référence"
SERVICES = "Démarrage de la file"
READY = "Ctrl-C arrête tout."
STOPPED = "Tout est arrêté."


class Demonstration:
    """A `flask demo` in a process of its own."""

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._output = folder.with_suffix(".log").open("w+b")
        self.process = subprocess.Popen(
            [*COMMAND, "--port", str(port), "--folder", folder, *options],
            cwd=PROJECT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._output.close()
        assert eventually(lambda: not tied_to(self.folder)), (
            "its children end with it, even when it is killed"
        )

    @property
    def said(self) -> str:
        """All that it printed until now, on both streams."""
        return Path(self._output.name).read_text(encoding="utf-8")

    def wait_for(self, line: str) -> None:
        """Wait until it prints a line that starts so."""
        came = eventually(lambda: f"\n{line}" in f"\n{self.said}" or self.process.poll() is not None, SECONDS)
        assert came, self.said
        assert f"\n{line}" in f"\n{self.said}", self.said

    def end(self, number: signal.Signals) -> None:
        """Send a signal, and check that all of it ends in good order."""
        self.process.send_signal(number)
        assert self.process.wait(SECONDS) == 0, self.said
        assert eventually(lambda: not tied_to(self.folder)), self.said
        assert self.said.splitlines()[-1].startswith(STOPPED)
        assert "Traceback" not in self.said
        assert "Error" not in self.said


def tied_to(folder: Path) -> list[str]:
    """The command lines of the processes that have a folder in their command line or environment."""
    found = []
    for place in Path("/proc").iterdir():
        if not place.name.isdecimal() or int(place.name) == os.getpid():
            continue
        try:
            command = (place / "cmdline").read_bytes()
            whole = command + (place / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if os.fsencode(folder) in whole and is_alive(int(place.name)):
            found.append(command.replace(b"\0", b" ").decode())
    return found


def free_port() -> int:
    """A port that nobody listened at a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    """The demonstration's own database, looked at from outside."""
    with closing(sqlite3.connect(folder / DATABASE, timeout=30)) as connection, connection:
        yield connection


def name_of_the_company(folder: Path) -> str:
    with database(folder) as connection:
        [(name,)] = connection.execute("SELECT name FROM companies WHERE siren = ?", (BUYER.siren,))
        return str(name)


def get(demonstration: Demonstration, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", demonstration.port, timeout=SECONDS)
    with closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def check_welcome(demonstration: Demonstration) -> None:
    """What a newcomer reads: the address, one sign-in per role, the invoices to drop, where mails are."""
    said = demonstration.said
    assert said.index("Base de données") < said.index(SERVICES) < said.index(demonstration.url)
    assert f"Le service répond sur {demonstration.url}\n" in said
    assert PASSWORD in said
    assert len(CAST) == 10
    for member in CAST:
        [line] = [line for line in said.splitlines() if member.email in line]
        assert member.role in line
    assert f"{demonstration.url}/demonstration/courriels" in said
    assert get(demonstration, "/demonstration/courriels")[0] == 200
    samples = demonstration.folder / "factures"
    assert str(samples) in said
    assert sorted(path.suffix for path in samples.iterdir()) == [".pdf", ".pdf", ".xml"]


def test_it_starts_stops_finds_its_data_and_starts_over(command: Call, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with Demonstration(folder, free_port()) as killed:
        killed.wait_for(SEEDING)
        killed.process.kill()
    seeded = (folder / DATABASE).exists()  # only if we came late: a database is complete, or is not there

    with Demonstration(folder, free_port()) as first:
        first.wait_for(READY)
        check_welcome(first)
        assert (SEEDING in first.said) is not seeded
        assert name_of_the_company(folder) == BUYER.name
        status, health = get(first, "/healthz")
        state = json.loads(health)
        assert state.pop("failed_jobs") <= 1  # the entry in the register that is refused, to look at
        assert (status, state) == (200, {"database": "ok", "queue": "ok", "worker": "ok"})
        assert get(first, "/")[0] == 200
        assert len(tied_to(folder)) >= 4  # the web server, Valkey, the relay, the worker
        with database(folder) as connection:
            connection.execute("UPDATE companies SET name = 'Rebaptisée' WHERE siren = ?", (BUYER.siren,))
        check_that_it_is_alone(first, command)
        first.end(signal.SIGINT)

    with Demonstration(folder, free_port()) as second:
        second.wait_for(READY)
        assert "Données de la démonstration précédente retrouvées." in second.said
        assert SEEDING not in second.said
        assert name_of_the_company(folder) == "Rebaptisée"
        second.end(signal.SIGTERM)

    with Demonstration(folder, free_port(), "--fresh") as over:
        over.wait_for(SERVICES)
        assert name_of_the_company(folder) == BUYER.name
        over.end(signal.SIGINT)  # in the middle of a start


def check_that_it_is_alone(running: Demonstration, command: Call) -> None:
    """Neither its folder nor its port is taken from it, and it goes on."""
    for more in ([], ["--fresh"]):
        other = command("--port", str(free_port()), "--folder", running.folder, *more)
        assert other.status == 2
        assert other.said == f"Une démonstration tourne déjà dans {running.folder} : arrêtez-la d’abord.\n"
        elsewhere = running.folder.with_name("elsewhere")
        refused = command("--port", str(running.port), "--folder", elsewhere, *more)
        assert refused.errors.startswith(f"Le port {running.port} est déjà pris")
        assert not elsewhere.exists()
    assert name_of_the_company(running.folder) == "Rebaptisée"
    assert get(running, "/healthz")[0] == 200


def test_a_service_that_does_not_start_is_said_and_all_is_stopped(tmp_path: Path) -> None:
    """The folder's own Valkey data is unreadable: the sentence names the log, nothing stays."""
    folder = tmp_path / "demo"
    broken = folder / "services" / "appendonlydir"
    broken.mkdir(parents=True)
    (broken / "appendonly.aof.manifest").write_text("not a manifest\n")
    (folder / "demonstration-bonus-souverainete").touch()
    with Demonstration(folder, free_port()) as stopped:
        assert stopped.process.wait(SECONDS) == 2
        last = stopped.said.splitlines()[-1]
        assert last.startswith("valkey n’a pas démarré")
        assert str(folder / "services" / "valkey.log") in last
        assert eventually(lambda: not tied_to(folder))
        assert "Traceback" not in stopped.said
