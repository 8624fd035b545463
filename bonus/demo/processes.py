"""The demonstration's own Valkey, worker and relay: started together, watched, and ended whatever happens.

Each child is in a session of its own, so that Ctrl-C reaches us alone and we end them in order; and each is
tied to this process by the kernel (Linux), so that even ``kill -9`` leaves none behind. Elsewhere, a
server left over is found by its socket and ended at the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Self

from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from rq.serializers import JSONSerializer

from bonus.errors import Refusal
from bonus.jobs.queue import connect, queue
from bonus.jobs.relay import alive_key

from .children import STOP_SECONDS, Child, answers, socket_folder, valkey, wait_until

WATCH_SECONDS = 1.0
RESTARTS = 5


class EmbeddedServices:
    """Valkey, and unless told otherwise a relay and a worker, running for a ``with`` block.

    ``folder`` holds data and logs; a second start finds the data of the first. ``environment`` is what the
    worker and the relay need (DATABASE_URL, SECRET_KEY, …); REDIS_URL is added to it. Start it from a thread
    that lasts. Raises Refusal (French sentence) when the folder is in use or something does not start.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], *, worker: bool = True, relay: bool = True
    ) -> None:
        self.folder = folder.absolute()
        self._environment = dict(environment)
        self._with_worker = worker
        self._with_relay = relay
        self._children: list[Child] = []
        self._lock: IO[str] | None = None
        self._ending = threading.Event()
        self._watching: threading.Thread | None = None
        self._changing = threading.Lock()
        self._socket: Path | None = None
        self._temporary: Path | None = None
        self._previous_handler: Any = None
        self.redis_url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start all, and return once each answers."""
        self._ending.clear()
        self._take_folder()
        self._end_by_sigterm()
        try:
            self._start_valkey()
            self._start_programs()
        except BaseException:
            self.stop()
            raise
        self._watching = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watching.start()

    def stop(self) -> None:
        """End all that was started, the queue last; a second Ctrl-C meanwhile ends them at once."""
        self._ending.set()
        try:
            if self._watching is not None:
                self._watching.join()
                self._watching = None
            for child in reversed(self._children):
                child.stop()
        finally:
            for child in self._children:
                child.kill()
            self._children.clear()
            if self._temporary is not None and self._socket is not None:
                self._socket.unlink(missing_ok=True)
                self._temporary.rmdir()
                self._temporary = None
            if self._previous_handler is not None:
                signal.signal(signal.SIGTERM, self._previous_handler)
                self._previous_handler = None
            if self._lock is not None:
                self._lock.close()
                self._lock = None

    def pids(self) -> dict[str, int]:
        """The process id of each child that runs."""
        with self._changing:
            return {child.name: child.pid for child in self._children if child.is_running()}

    def _take_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = (self.folder / "lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            assert self._lock is not None
            self._lock.close()
            self._lock = None
            raise Refusal(
                "demo.already_running",
                f"Une démonstration tourne déjà dans {self.folder} : arrêtez-la d’abord.",
            ) from None
        except OSError as error:
            raise Refusal(
                "demo.folder_not_writable", f"Le dossier {self.folder} ne peut pas être créé ou écrit."
            ) from error

    def _end_by_sigterm(self) -> None:
        """Let SIGTERM end this process through ``stop``, as Ctrl-C does."""
        if threading.current_thread() is threading.main_thread():

            def leave(number: int, _frame: FrameType | None) -> None:
                raise SystemExit(128 + number)

            self._previous_handler = signal.signal(signal.SIGTERM, leave)

    def _start_valkey(self) -> None:
        place, temporary = socket_folder(self.folder)
        self._temporary = place if temporary else None
        self._socket = place / "valkey.sock"
        self.redis_url = f"unix://{self._socket}"
        if answers(self.redis_url):
            _end_leftover(self.redis_url)
        child = valkey(self.folder, self._socket)
        self._begin(child)
        wait_until(lambda: answers(self.redis_url), child)

    def _start_programs(self) -> None:
        environment = os.environ | self._environment | {"REDIS_URL": self.redis_url, "PYTHONUNBUFFERED": "1"}
        flask = [sys.executable, "-m", "flask", "--app", "app"]
        relay = Child("relay", [*flask, "relay"], self.folder, environment)
        worker = Child("worker", [*flask, "worker"], self.folder, environment)
        if self._with_relay:
            self._begin(relay)
        if self._with_worker:
            self._begin(worker)
        with connect(self.redis_url) as redis:
            if self._with_relay:
                wait_until(lambda: bool(redis.exists(alive_key(relay.pid))), relay)
            if self._with_worker:
                wait_until(lambda: worker.pid in _worker_pids(redis), worker)

    def _begin(self, child: Child) -> None:
        self._children.append(child)
        child.start()

    def _watch(self) -> None:
        """Start again what ended by itself, a few times."""
        while not self._ending.wait(WATCH_SECONDS):
            for child in self._children:
                if not child.is_running() and child.restarts < RESTARTS:
                    with self._changing:
                        child.restarts += 1
                        child.start()


def _worker_pids(redis: Redis) -> set[int | None]:
    return {worker.pid for worker in Worker.all(queue=queue(redis), serializer=JSONSerializer)}


def _end_leftover(url: str) -> None:
    """End a server that outlived the demonstration that started it (its data is on disk)."""
    with connect(url) as redis, contextlib.suppress(RedisError):
        redis.shutdown()
    end = time.monotonic() + STOP_SECONDS
    while answers(url):
        if time.monotonic() > end:
            raise Refusal(
                "demo.leftover",
                f"Un ancien serveur répond encore à {url} : arrêtez-le d’abord.",
            )
        time.sleep(0.05)
