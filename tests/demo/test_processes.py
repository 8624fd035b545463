"""The demonstration's own processes: they work, they keep their data, and nothing of them is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from bonus.demo.children import PROJECT, SOCKET_PATH_BYTES, Child, answers, socket_folder, valkey, wait_until
from bonus.demo.processes import EmbeddedServices
from bonus.errors import Refusal
from bonus.jobs.health import health
from bonus.jobs.queue import connect
from tests.conftest import AppMaker
from tests.support.processes import eventually, none_alive, with_variable
from tests.support.rows import message, posted, refusal
from tests.support.world import SEAL_PASSPHRASE, seal_key

pytestmark = pytest.mark.slow  # real processes, a second or more each

ENVIRONMENT = {
    "SECRET_KEY": "a secret that only the tests know, and long enough",
    "TESTING": "true",
}

# A program that starts the services as `flask demo` does, says their process ids, and waits.
PROGRAM = """
import json, sys, time
from pathlib import Path
from bonus.demo.processes import EmbeddedServices
with EmbeddedServices(Path(sys.argv[1]), json.loads(sys.argv[2])) as services:
    print(json.dumps(list(services.pids().values())), flush=True)
    time.sleep(120)
"""


@pytest.fixture
def environment(app: Flask) -> dict[str, str]:
    """What the programs need to run on the database of ``app``: a worker has a seal."""
    settings = {name: app.config[name] for name in ("DATABASE_URL", "DATA_FOLDER")}
    seal = {"SEAL_KEY_FILE": str(seal_key()), "SEAL_KEY_PASSPHRASE": SEAL_PASSPHRASE}
    return ENVIRONMENT | settings | seal


def test_a_job_goes_through_and_nothing_is_left_at_the_end(
    app: Flask, environment: dict[str, str], make_app: AppMaker, tmp_path: Path
) -> None:
    message_id = posted(app, "pay", refusal(app))
    with EmbeddedServices(tmp_path / "demo", environment) as services:
        pids = services.pids()
        assert set(pids) == {"valkey", "relay", "worker"}
        assert eventually(lambda: message(app, message_id).done_at is not None)
        with make_app(app.config["DATABASE_URL"], REDIS_URL=services.redis_url).app_context():
            assert health() == {"database": "ok", "queue": "ok", "worker": "ok"}
    assert none_alive(pids.values())


def test_a_second_start_finds_the_data_of_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        with (
            EmbeddedServices(tmp_path, {}, worker=False, relay=False) as services,
            connect(services.redis_url) as redis,
        ):
            runs = redis.incr("runs")
            assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert runs == 2


def test_without_worker(environment: dict[str, str], tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path, environment, worker=False) as services:
        assert set(services.pids()) == {"valkey", "relay"}


@pytest.fixture
def program(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], set[int]]]:
    """The program above, its services started, and every process that comes from it."""
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "demo"), json.dumps(environment)],
        env=os.environ | {"BONUS_TEST_MARK": mark},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        said = set(json.loads(process.stdout.readline()))
        # Itself, Valkey, the relay, the worker and its scheduler, which starts a moment after the worker answers;
        # one more whenever the worker is at a job of the day.
        assert eventually(lambda: len(with_variable("BONUS_TEST_MARK", mark) | said) >= 5)
        yield process, with_variable("BONUS_TEST_MARK", mark) | said
        if process.poll() is None:
            process.kill()
    assert eventually(lambda: not with_variable("BONUS_TEST_MARK", mark))


def test_killed_it_leaves_nothing_running(program: tuple[subprocess.Popen[str], set[int]]) -> None:
    process, pids = program
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert eventually(lambda: none_alive(pids))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)])
def test_asked_to_stop_it_ends_all_first(
    program: tuple[subprocess.Popen[str], set[int]], number: signal.Signals, status: int
) -> None:
    process, pids = program
    process.send_signal(number)
    assert process.wait(30) == status
    assert none_alive(pids - {process.pid})


def test_an_exception_ends_all(tmp_path: Path) -> None:
    pids: set[int] = set()

    def interrupted() -> None:
        with EmbeddedServices(tmp_path, {}, worker=False, relay=False) as services:
            pids.update(services.pids().values())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(pids) == 1
    assert none_alive(pids)


def test_what_was_killed_is_started_again(tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path, {}, worker=False, relay=False) as services:
        first = services.pids()["valkey"]
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: services.pids().get("valkey", first) != first)
        assert eventually(lambda: answers(services.redis_url))


def test_a_folder_serves_one_demonstration_at_a_time(tmp_path: Path) -> None:
    with EmbeddedServices(tmp_path, {}, worker=False, relay=False) as services:
        with pytest.raises(Refusal, match=r"demo\.already_running") as refused:
            EmbeddedServices(tmp_path, {}).start()
        assert str(tmp_path) in refused.value.sentence
        assert set(services.pids()) == {"valkey"}  # the first is not disturbed


def test_a_place_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match=r"demo\.folder_not_writable"):
        EmbeddedServices(tmp_path / "file" / "demo", {}).start()


def test_a_program_that_does_not_start_says_why_and_all_is_ended(tmp_path: Path) -> None:
    services = EmbeddedServices(tmp_path, {"SECRET_KEY": "", "TESTING": "false"})
    with pytest.raises(Refusal, match=r"demo\.not_started") as refused:
        services.start()
    assert "SECRET_KEY is not set." in refused.value.sentence
    assert services.pids() == {}


def test_a_server_left_over_is_ended_and_its_data_kept(tmp_path: Path) -> None:
    leftover = valkey(tmp_path, tmp_path / "valkey.sock")
    leftover.start()
    url = f"unix://{tmp_path}/valkey.sock"
    wait_until((tmp_path / "valkey.sock").exists, leftover)
    with connect(url) as redis:
        redis.set("kept", "yes")
    with EmbeddedServices(tmp_path, {}, worker=False, relay=False) as services:
        assert not leftover.is_running()
        with connect(services.redis_url) as redis:
            assert redis.get("kept") == b"yes"


def test_a_deep_folder_has_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    with EmbeddedServices(deep, {}, worker=False, relay=False) as services:
        place = Path(services.redis_url.removeprefix("unix://")).parent
        assert place != deep
        assert place.stat().st_mode & 0o077 == 0  # for this user alone
    assert not place.exists()


@pytest.mark.parametrize(("extra", "temporary"), [(0, False), (1, True)])
def test_the_socket_stays_in_the_folder_up_to_the_last_byte_allowed(extra: int, temporary: bool) -> None:
    room = SOCKET_PATH_BYTES - len("/é/valkey.sock".encode()) + extra
    folder = Path("/é") / ("d" * (room - 1))
    place, is_temporary = socket_folder(folder)
    assert is_temporary is temporary
    if is_temporary:
        place.rmdir()
    else:
        assert place == folder


def test_the_last_words_of_a_program_that_said_nothing(tmp_path: Path) -> None:
    child = Child("silent", [sys.executable, "-c", "pass"], tmp_path, os.environ)
    assert child.last_words() == "aucun message"
    child.start()
    with pytest.raises(Refusal, match="silent n’a pas démarré : aucun message"):
        wait_until(lambda: False, child)
    child.kill()
