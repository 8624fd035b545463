"""The company directory: what is read of an answer, and a real server that is slow, busy, broken or away."""

from __future__ import annotations

import copy
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bonus.adapters.company_directory import (
    EXAMPLES,
    DirectoryAway,
    HttpDirectory,
    Identity,
    LocalDirectory,
    read_directory_url,
)
from bonus.adapters.company_directory.http import MOST_BYTES
from bonus.adapters.company_directory.local import FILE
from bonus.adapters.company_directory.reading import read_answer
from bonus.adapters.einvoice.party import siren_is_valid

SIREN, OTHER, CLOSED, WITHHELD = "910000009", "910001007", "910003003", "910004001"
FOUND = Identity(
    siren=SIREN,
    name="Imprimerie du Pont Fictif",
    naf="18.12Z",
    street="8 RUE DU PONT INVENTÉ",
    postcode="69007",
    town="Lyon",
    siret="91000000900019",
    founded_on=date(2015, 4, 1),
)


def answer(*sirens: str) -> dict[str, Any]:
    whole = json.loads(FILE.read_text(encoding="utf-8"))
    kept = [one for one in whole["results"] if one["siren"] in sirens]
    return {**whole, "results": copy.deepcopy(kept), "total_results": len(kept)}


def changed(siren: str, seat: dict[str, Any] | None = None, **company: Any) -> Identity | None:
    said = answer(siren)
    said["results"][0].update(company)
    said["results"][0]["siege"].update(seat or {})
    return read_answer(said, siren)


# ---------------------------------------------------------------- what is read


def test_a_company_as_registered() -> None:
    assert LocalDirectory().find(SIREN) == FOUND
    assert FOUND.address == "8 RUE DU PONT INVENTÉ, 69007 Lyon"
    assert FOUND.complete
    assert Identity.from_dict(json.loads(json.dumps(FOUND.to_dict()))) == FOUND


def test_a_closed_company_a_public_body_and_one_that_withholds() -> None:
    closed = LocalDirectory().find(CLOSED)
    assert closed is not None
    assert (closed.active, closed.closed_on) == (False, date(2025, 6, 30))
    assert Identity.from_dict(closed.to_dict()) == closed
    town = LocalDirectory().find("910002005")
    assert town is not None
    assert town.public_body
    withheld = LocalDirectory().find(WITHHELD)
    assert withheld is not None
    assert (withheld.partial, withheld.complete, withheld.name) == (True, False, "")


def test_another_siren_is_no_answer() -> None:
    assert LocalDirectory().find("910006006") is None
    assert read_answer(answer(OTHER), SIREN) is None
    assert read_answer(answer(OTHER, SIREN), SIREN) == FOUND
    assert read_answer({"results": []}, SIREN) is None


@pytest.mark.parametrize("siren", [siren for siren, _ in EXAMPLES])
def test_what_one_may_try_can_be_signed_up(siren: str) -> None:
    assert siren_is_valid(siren)
    found = LocalDirectory().find(siren)
    assert found is not None
    assert found.complete
    assert found.active


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        "results",
        {},
        {"results": None},
        {"results": [1]},
        {"results": [{"siren": SIREN}]},
        {"results": [{"siren": SIREN, "siege": None, "nom_complet": "X", "etat_administratif": "A"}]},
        {"results": [{"siren": SIREN, "siege": {}, "nom_complet": "", "etat_administratif": "A"}]},
        {"results": [{"siren": SIREN, "siege": {}, "nom_complet": "X", "etat_administratif": 1}]},
    ],
)
def test_an_answer_of_another_form(said: object) -> None:
    with pytest.raises(DirectoryAway):
        read_answer(said, SIREN)


def test_values_of_another_kind_are_none() -> None:
    found = changed(
        SIREN, {"code_postal": 69007, "siret": "1"}, activite_principale="x", date_fermeture="hier"
    )
    assert found is not None
    assert (found.postcode, found.siret, found.naf, found.closed_on, found.complete) == (
        "",
        "",
        "",
        None,
        False,
    )


def test_what_cannot_be_printed_is_a_space_and_long_words_are_cut() -> None:
    found = changed(SIREN, {"libelle_voie": "A\nB\u202eC"}, nom_raison_sociale="x" * 5_000)
    assert found is not None
    assert found.street == "8 RUE A B C"
    assert len(found.name) == 200


def test_an_address_by_its_box_or_its_place() -> None:
    nothing = {"numero_voie": None, "type_voie": None, "libelle_voie": None}
    place = changed(SIREN, nothing | {"adresse": "LIEU DIT LES PRÉS 69007 LYON"})
    box = changed(
        SIREN, {"distribution_speciale": "CS 10001", "cedex": "69363", "libelle_cedex": "LYON CEDEX 07"}
    )
    assert place is not None
    assert place.street == "LIEU DIT LES PRÉS"
    assert box is not None
    assert box.address == "8 RUE DU PONT INVENTÉ CS 10001, 69363 LYON CEDEX 07"


@pytest.mark.parametrize(
    "company", [{"statut_diffusion": "P"}, {"nom_complet": "[NON-DIFFUSIBLE]"}, {"nom_complet": "M. [ND]"}]
)
def test_a_mask_anywhere_is_partial(company: dict[str, Any]) -> None:
    found = changed(SIREN, **company)
    assert found is not None
    assert found.partial
    assert not found.complete


def test_without_an_activity_nothing_says_that_it_is_not_excluded() -> None:
    found = changed(SIREN, activite_principale=None)
    assert found is not None
    assert not found.complete


def test_a_sole_trader_has_the_name_it_is_found_by() -> None:
    found = changed(SIREN, nom_raison_sociale=None, nom_complet="JEANNE FICTIVE")
    assert found is not None
    assert found.name == "JEANNE FICTIVE"


# ---------------------------------------------------------------- a server


class Server(ThreadingHTTPServer):
    """Answers each request with the next of ``plan``, the last one again and again."""

    daemon_threads = True

    def __init__(self, plan: list[Callable[[BaseHTTPRequestHandler], None]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan, self.asked = plan, list[str]()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        rank = min(len(self.server.asked), len(self.server.plan) - 1)
        self.server.asked.append(self.path)
        try:
            self.server.plan[rank](self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        return


Answer = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    def act(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return act


def good() -> Answer:
    return says(200, json.dumps(answer(SIREN)).encode())


def waits(seconds: float) -> Answer:
    def act(request: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        good()(request)

    return act


def drips(request: BaseHTTPRequestHandler) -> None:
    """Never silent for long, never done."""
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.02)


def hangs_up(request: BaseHTTPRequestHandler) -> None:
    request.connection.shutdown(socket.SHUT_RDWR)
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
        thread.join()


def ask(server: Server, pauses: list[float] | None = None, **options: Any) -> Identity | None:
    kept: list[float] = [] if pauses is None else pauses
    directory = HttpDirectory(f"http://127.0.0.1:{server.server_port}", sleep=kept.append, **options)
    try:
        return directory.find(SIREN)
    finally:
        directory.close()


def test_the_question_and_its_answer() -> None:
    with serving(good()) as server:
        assert ask(server) == FOUND
        assert server.asked == [f"/search?q={SIREN}&page=1&per_page=5"]


@pytest.mark.parametrize("first", [says(503), says(500), says(429), hangs_up])
def test_a_cause_that_passes_is_tried_again(first: Answer) -> None:
    pauses: list[float] = []
    with serving(first, good()) as server:
        assert ask(server, pauses) == FOUND
        assert (len(server.asked), pauses) == (2, [0.3])


def test_busy_says_when_to_come_back() -> None:
    pauses: list[float] = []
    with serving(says(429, Retry_After="2"), good()) as server:
        assert ask(server, pauses) == FOUND
    assert pauses == [2.0]


def test_busy_for_longer_than_a_person_waits() -> None:
    pauses: list[float] = []
    with serving(says(429, Retry_After="60")) as server:
        with pytest.raises(DirectoryAway):
            ask(server, pauses)
        assert (len(server.asked), pauses) == (1, [])


def test_three_tries_and_no_more() -> None:
    with serving(says(503)) as server:
        with pytest.raises(DirectoryAway, match="503"):
            ask(server)
        assert len(server.asked) == 3


@pytest.mark.parametrize(
    "refusal",
    [
        says(400),
        says(403),
        says(404),
        says(302, Location="http://127.0.0.1:1/"),
        says(200, b"<html>"),
        says(200, b'{"results": 1}'),
        says(200, b"[" * 200_000),
        says(200, b" " * (MOST_BYTES + 1)),
    ],
)
def test_what_another_try_would_not_change_is_asked_once(refusal: Answer) -> None:
    with serving(refusal) as server:
        with pytest.raises(DirectoryAway):
            ask(server)
        assert len(server.asked) == 1


def test_a_silent_server_and_one_that_drips() -> None:
    start = time.monotonic()
    with serving(waits(2)) as server, pytest.raises(DirectoryAway):
        ask(server, seconds=0.4, read_seconds=0.1)
    with serving(drips) as server, pytest.raises(DirectoryAway):
        ask(server, seconds=0.3)
    assert time.monotonic() - start < 4


def test_nobody_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pauses: list[float] = []
    with pytest.raises(DirectoryAway):
        HttpDirectory(f"http://127.0.0.1:{port}", sleep=pauses.append).find(SIREN)
    assert pauses == [0.3, 0.9]


@pytest.mark.parametrize(
    "url", ["https://annuaire.example", "https://annuaire.example/v1/", "http://127.0.0.1:80"]
)
def test_an_address_that_can_be_used(url: str) -> None:
    assert read_directory_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://annuaire.example",
        "ftp://annuaire.example",
        "https://",
        "https://u:p@annuaire.example",
        "https://annuaire.example/?a=1",
        "https://annuaire.example:x",
        "https://[",
        "annuaire.example",
    ],
)
def test_an_address_that_cannot(url: str) -> None:
    with pytest.raises(ValueError, match="COMPANY_DIRECTORY_URL"):
        read_directory_url(url)
