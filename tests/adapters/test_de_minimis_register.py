"""The central register of de minimis aids: our file, and a real server that is slow, busy, broken or away."""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bonus.adapters.de_minimis_register import (
    Correction,
    DeMinimisRegister,
    HttpRegister,
    LocalRegister,
    NewAid,
    RegisterAway,
    RegisteredAid,
    RegisterRefusal,
    read_register_url,
)
from bonus.adapters.de_minimis_register.http import MOST_BYTES

DAY = date(2026, 11, 22)
AID = NewAid("BS-2026-000001:1:grant", "732829320", "Entreprise", 4_500_00, DAY, "Service", "grant", "62.01Z")
OTHER = replace(AID, key="BS-2026-000002:1:grant", beneficiary="552100554", amount_cents=1)


def corrected(reference: str, cents: int, key: str = "c") -> Correction:
    return Correction(key, reference, cents, DAY, "Indu remboursé.")


# ---------------------------------------------------------------- a server of the form we ask for


class Server(ThreadingHTTPServer):
    """Keeps what it is told, in memory; first gives each of ``plan`` in turn, in place of an answer."""

    daemon_threads = True

    def __init__(self, plan: list[Callable[[BaseHTTPRequestHandler], None]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan, self.asked = plan, list[tuple[str, str, str | None, str | None]]()
        self.kept: dict[str, tuple[str, dict[str, Any]]] = {}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def told(self, key: str, what: dict[str, Any]) -> tuple[int, str]:
        with self.lock:
            if key in self.kept:
                return 200, self.kept[key][0]
            reference = f"EU/{len(self.kept) + 1}"
            self.kept[key] = (reference, what)
            return 201, reference


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._planned():
            status, reference = self._server.told(
                self.headers["Idempotency-Key"], {"path": self.path, **body}
            )
            self._say(status, {"reference": reference})

    def do_GET(self) -> None:
        if not self._planned():
            fields = ("beneficiary", "amount_cents", "granted_on", "authority", "instrument")
            aids = [
                {"reference": reference, **{name: aid[name] for name in fields}}
                for reference, aid in self._server.kept.values()
            ]
            self._say(200, {"aids": aids})

    @property
    def _server(self) -> Server:
        assert isinstance(self.server, Server)
        return self.server

    def _planned(self) -> bool:
        key, token = self.headers.get("Idempotency-Key"), self.headers.get("Authorization")
        self._server.asked.append((self.command, self.path, key, token))
        if not self._server.plan:
            return False
        try:
            self._server.plan.pop(0)(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        return True

    def _say(self, status: int, what: dict[str, Any]) -> None:
        says(status, json.dumps(what).encode())(self)

    def log_message(self, *_: Any) -> None:
        return


Answer = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, body: bytes = b"") -> Answer:
    def act(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return act


def waits(request: BaseHTTPRequestHandler) -> None:
    time.sleep(0.6)
    says(201, b'{"reference": "late"}')(request)


def drips(request: BaseHTTPRequestHandler) -> None:
    """Never silent for long, never done."""
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    for _ in range(60):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.02)


def hangs_up(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True


@contextmanager
def serving(*plan: Answer) -> Iterator[Server]:
    server = Server(list(plan))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def asking(server: Server, **settings: Any) -> Iterator[HttpRegister]:
    register = HttpRegister(server.url, **settings)
    try:
        yield register
    finally:
        register.close()


# ---------------------------------------------------------------- what both do


@pytest.fixture(params=["file", "server"])
def register(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DeMinimisRegister]:
    if request.param == "file":
        yield LocalRegister(tmp_path / "folder" / "register.jsonl")
        return
    with serving() as server, asking(server) as found:
        yield found


def test_told_twice_it_is_entered_once(register: DeMinimisRegister) -> None:
    first = register.enter(AID)
    assert register.enter(AID) == first
    assert register.enter(OTHER) != first
    found = register.aids_of([AID.beneficiary], DAY)
    assert found == [RegisteredAid(first, AID.beneficiary, 4_500_00, DAY, "Service", "grant")]


def test_a_correction_told_twice_is_made_once(register: DeMinimisRegister) -> None:
    reference = register.enter(AID)
    assert register.correct(corrected(reference, 1)) == register.correct(corrected(reference, 1))


def test_the_aids_of_these_and_since_that_day_alone(register: DeMinimisRegister) -> None:
    register.enter(replace(AID, key="old", granted_on=date(2023, 11, 21)))
    edge = register.enter(replace(AID, key="edge", granted_on=date(2023, 11, 22)))
    register.enter(OTHER)
    found = register.aids_of([AID.beneficiary, "900000000"], date(2023, 11, 22))
    assert [aid.reference for aid in found] == [edge]
    assert register.aids_of([], DAY) == []


# ---------------------------------------------------------------- the file


def test_the_file_has_a_line_an_act_and_is_only_added_to(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"
    register = LocalRegister(path)
    reference = register.enter(AID)
    first = path.read_bytes()
    register.correct(corrected(reference, 0))
    assert path.read_bytes().startswith(first)
    assert [json.loads(line)["kind"] for line in path.read_text().splitlines()] == ["entered", "corrected"]
    assert register.aids_of([AID.beneficiary], DAY) == [], "nothing is left of it"
    assert LocalRegister(path).lines() == register.lines()


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert LocalRegister(tmp_path / "none.jsonl").lines() == []


def test_a_line_that_was_never_whole_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"
    LocalRegister(path).enter(AID)
    whole = path.read_bytes()
    for length in (1, 30, len(whole) - 1):
        path.write_bytes(whole + whole[:length])
        register = LocalRegister(path)
        assert register.enter(AID) == json.loads(whole)["reference"]
        register.enter(OTHER)
        assert [line["key"] for line in register.lines()] == [AID.key, OTHER.key]


def test_what_corrects_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegisterRefusal, match="ne connaît pas"):
        LocalRegister(tmp_path / "register.jsonl").correct(corrected("DM-1", 0))


def _enter_many(path: str, first: int) -> None:
    register = LocalRegister(Path(path))
    for number in range(first, first + 200):
        register.enter(replace(AID, key=f"k{number}"))


@pytest.mark.slow
def test_several_processes_killed_and_begun_again_write_each_line_once(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"
    context = multiprocessing.get_context("forkserver")
    for last in (False, False, True):
        # Two at the same keys, one at others.
        processes = [context.Process(target=_enter_many, args=(str(path), first)) for first in (0, 0, 100)]
        for process in processes:
            process.start()
        if not last:
            before = len(LocalRegister(path).lines())
            while len(LocalRegister(path).lines()) < before + 40:
                time.sleep(0.005)
            for process in processes:  # one that has already ended is left as it is
                process.kill()
        for process in processes:
            process.join(60)
    keys = [line["key"] for line in LocalRegister(path).lines()]
    assert sorted(keys) == sorted(f"k{number}" for number in range(300))


# ---------------------------------------------------------------- the server


def test_an_act_bears_its_key_and_who_we_are() -> None:
    with serving() as server, asking(server, token="secret") as register:
        reference = register.enter(AID)
        register.correct(corrected(reference, 7))
    assert server.asked == [
        ("POST", "/aides", AID.key, "Bearer secret"),
        ("POST", "/aides/EU%2F1/corrections", "c", "Bearer secret"),
    ]
    _, told = server.kept[AID.key]
    assert (told["beneficiary"], told["amount_cents"], told["granted_on"]) == (
        "732829320",
        450000,
        "2026-11-22",
    )
    assert (told["activity"], told["regulation"]) == ("62.01Z", "(UE) 2023/2831")


@pytest.mark.parametrize(
    "answer",
    [
        *(says(status) for status in (500, 502, 503, 408, 425, 429, 301)),
        hangs_up,
        says(200, b"<html>"),
        says(201, b"[]"),
        says(201, b"{}"),
        says(201, b'{"reference": ""}'),
        says(201, b'{"reference": 7}'),
        says(201, b'{"reference": "' + b"x" * 81 + b'"}'),
        says(200, b" " * (MOST_BYTES + 1)),
    ],
)
def test_what_is_no_answer_is_away_and_tried_later(answer: Answer) -> None:
    with serving(answer) as server, asking(server) as register:
        with pytest.raises(RegisterAway):
            register.enter(AID)
        assert register.enter(AID) == "EU/1"


@pytest.mark.parametrize("answer", [waits, drips])
def test_a_server_too_slow_is_away(answer: Answer) -> None:
    with serving(answer) as server, asking(server, seconds=0.3, read_seconds=0.2) as register:
        began = time.monotonic()
        with pytest.raises(RegisterAway):
            register.enter(AID)
        assert time.monotonic() - began < 3


def test_nobody_there_is_away() -> None:
    with serving() as server:
        url = server.url
    with pytest.raises(RegisterAway):
        HttpRegister(url).enter(AID)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says(422, b'{"message": "SIREN inconnu"}'), "SIREN inconnu"),
        (says(400, b"<html>"), "réponse 400"),
        (says(403), "réponse 403"),
    ],
)
def test_a_refusal_says_why_and_is_not_tried_again(answer: Answer, said: str) -> None:
    with serving(answer) as server, asking(server) as register:
        with pytest.raises(RegisterRefusal, match=said):
            register.enter(AID)
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"aids": 7}',
        b'{"aids": [{}]}',
        (
            b'{"aids": [{"reference": "r", "beneficiary": "732829320", "amount_cents": 1.5, "granted_on": "2026-11-22",'
            b' "authority": "a", "instrument": "grant"}]}'
        ),
        (
            b'{"aids": [{"reference": "r", "beneficiary": "732829320", "amount_cents": 1, "granted_on": "hier",'
            b' "authority": "a", "instrument": "grant"}]}'
        ),
    ],
)
def test_aids_of_another_form_are_no_answer(body: bytes) -> None:
    with serving(says(200, body)) as server, asking(server) as register, pytest.raises(RegisterAway):
        register.aids_of([AID.beneficiary], DAY)


@pytest.mark.parametrize(
    "url", ["", "http://registre.example", "https://a@b", "https://h/?q=1", "ftp://x", "https://"]
)
def test_an_address_that_is_not_taken(url: str) -> None:
    with pytest.raises(ValueError, match="DE_MINIMIS_REGISTER_URL"):
        read_register_url(url)


def test_an_address_that_is() -> None:
    assert read_register_url("https://registre.example/v1/") == "https://registre.example/v1"
    assert read_register_url("http://localhost:8000") == "http://localhost:8000"
