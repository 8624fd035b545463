"""Real processes that act at the same moment on one database.

``crew.race(app, act, arguments)`` runs ``act(*one)`` in one process for each of ``arguments``, each in an
application of its own, all let go together once every one of them is ready.

They come from a fork server: an interpreter of its own that imported the application once and never had a
connection. Spawned one by one, each would spend three seconds on imports.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flask import Flask
from sqlalchemy import text

from bonus.errors import Refusal
from bonus.extensions import db

from .application import application

SECONDS = 60
_KEPT = ("SEAL_KEY_FILE", "SEAL_KEY_PASSPHRASE")
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    [
        "tests.support.world",
        *(f"bonus.web.{part}" for part in ("public", "company", "agent", "accountant", "admin")),
    ]
)


@dataclass(frozen=True)
class Refused:
    """What an act that was refused comes back as."""

    code: str
    sentence: str


@dataclass(frozen=True)
class _Task:
    act: Callable[..., Any]
    arguments: Sequence[Any]
    database_url: str
    data_folder: str
    settings: dict[str, Any]


def _serve(pipe: Connection) -> None:
    """The life of one process: a task, "ready", the signal to go, its result; then the next."""
    while (task := pipe.recv()) is not None:
        try:
            result = _perform(task, pipe)
        except BaseException:  # noqa: BLE001 - the parent raises it again: no process ends in silence
            pipe.send((False, traceback.format_exc()))
        else:
            pipe.send((True, result))
    os._exit(0)  # nothing to tidy up: a second saved a process


def _perform(task: _Task, pipe: Connection) -> Any:
    with application(task.database_url, Path(task.data_folder), **task.settings) as app, app.app_context():
        db.session.execute(text("SELECT 1"))  # connected before the race begins
        db.session.rollback()
        pipe.send((True, "ready"))
        pipe.recv()
        try:
            return task.act(*task.arguments)
        except Refusal as refusal:
            return Refused(refusal.code, refusal.sentence)


class Crew:
    """Some processes, for a ``with`` block."""

    def __init__(self, size: int) -> None:
        self._members = []
        for _ in range(size):
            ours, theirs = _context.Pipe()
            process = _context.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._members.append((process, ours))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process, pipe in self._members:
            if process.is_alive():
                pipe.send(None)
        for process, pipe in self._members:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()
            pipe.close()

    def race(
        self,
        app: Flask,
        act: Callable[..., Any],
        arguments: Sequence[Sequence[Any]],
        *,
        seconds: float = SECONDS,
    ) -> list[Any]:
        """What each act returned, in the order of ``arguments``; a refused one comes back as ``Refused``. Each has
        so many seconds."""
        pipes = self._start(app, act, arguments)
        return [_answer(pipe, seconds) for pipe in pipes]

    def kill_during(
        self, app: Flask, act: Callable[..., Any], arguments: Sequence[Any], during: Callable[[], Any]
    ) -> Any:
        """What ``during`` returns, run while one process is at its act; that one is killed (-9) meanwhile."""
        self._start(app, act, [arguments])
        process, _ = self._members[0]
        assert process.pid is not None
        timer = threading.Timer(0.6, os.kill, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            return during()
        finally:
            timer.join()
            process.join()

    def kill_once(
        self, app: Flask, act: Callable[..., Any], arguments: Sequence[Any], seen: Callable[[], bool]
    ) -> None:
        """Run one act and kill its process (-9) as soon as ``seen()``; it must be seen within a minute."""
        self._start(app, act, [arguments])
        process, _ = self._members[0]
        assert process.pid is not None
        until = time.monotonic() + SECONDS
        while not seen():
            if time.monotonic() > until:
                raise AssertionError("what was waited for never came")
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.join()

    def _start(
        self, app: Flask, act: Callable[..., Any], arguments: Sequence[Sequence[Any]]
    ) -> list[Connection]:
        assert len(arguments) <= len(self._members), "one process an act"
        pipes = [pipe for _, pipe in self._members[: len(arguments)]]
        settings = {name: app.config[name] for name in _KEPT}
        for pipe, one in zip(pipes, arguments, strict=True):
            pipe.send(_Task(act, one, app.config["DATABASE_URL"], app.config["DATA_FOLDER"], settings))
        for pipe in pipes:
            assert _answer(pipe) == "ready"
        for pipe in pipes:
            pipe.send("go")
        return pipes


def _answer(pipe: Connection, seconds: float = SECONDS) -> Any:
    if not pipe.poll(seconds):
        raise AssertionError(f"a process has not answered within {seconds} seconds: they wait for each other")
    good, answer = pipe.recv()
    if not good:
        raise AssertionError(f"a process failed:\n{answer}")
    return answer
