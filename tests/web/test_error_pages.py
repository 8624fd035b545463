"""Errors as pages: a status, a title, what to do next; never a trace of the machine."""

from __future__ import annotations

import logging

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import csrf
from bonus.web.access import PUBLIC, allow
from bonus.web.error_pages import waiting_time
from tests.conftest import AppMaker

SENTENCE = "Ce dossier est déjà déposé : il ne peut plus être changé."


def failing(app: Flask) -> FlaskClient:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    raised: dict[str, Exception] = {
        "refusal": Refusal("x", SENTENCE),
        "invalid": InvalidInput("x", SENTENCE),
        "forbidden": Forbidden("x", SENTENCE),
        "missing": NotFound("x", SENTENCE),
        "bug": RuntimeError("SELECT secret FROM people"),
    }

    @app.get("/fails/<name>")
    @allow(PUBLIC)
    def fails(name: str) -> str:
        if name.isdecimal():
            abort(int(name))
        raise raised[name]

    @app.post("/takes")
    @allow(PUBLIC)
    def takes() -> str:
        return str(len(request.files))

    return app.test_client()


@pytest.fixture
def broken(own_app: Flask) -> FlaskClient:
    return failing(own_app)


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 501, 502, 503]
)
def test_each_status_has_its_page(broken: FlaskClient, status: int) -> None:
    response = broken.get(f"/fails/{status}")
    assert response.status_code == status
    assert response.mimetype == "text/html"
    assert "<h1>" in response.text
    assert 'lang="fr"' in response.text
    assert "Nous contacter" in response.text
    assert "Content-Security-Policy" in response.headers
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("name", "status"), [("refusal", 409), ("invalid", 422), ("forbidden", 403), ("missing", 404)]
)
def test_a_refusal_says_its_sentence(broken: FlaskClient, name: str, status: int) -> None:
    response = broken.get(f"/fails/{name}")
    assert response.status_code == status
    assert SENTENCE in response.text


def test_a_failure_shows_a_reference_that_the_log_knows(
    broken: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = broken.get("/fails/bug")
    assert response.status_code == 500
    assert "SELECT" not in response.text
    assert "RuntimeError" not in response.text
    (reference,) = [r.args[0] for r in caplog.records if r.msg.startswith("Failure")]  # type: ignore[index]
    assert str(reference) in response.text
    assert any(record.exc_info for record in caplog.records)


def test_the_page_of_a_failure_asks_nothing_of_the_database(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is signed in is read from it: asked again, the page itself would fail."""

    def down(_identifier: str) -> None:
        raise OperationalError("select", {}, Exception("down"))

    monkeypatch.setattr(own_app.login_manager, "_user_callback", down)  # type: ignore[attr-defined]
    client = failing(own_app)
    with client.session_transaction() as session:
        session["_user_id"] = "1"
    for path in ("/aide", "/fails/bug", "/entreprise"):
        response = client.get(path)
        assert response.status_code == 500
        assert "Le service a rencontré un problème" in response.text
        assert response.headers["Cache-Control"] == "private, no-store"
        assert "Content-Security-Policy" in response.headers


def test_an_expired_form_says_what_to_do(broken: FlaskClient) -> None:
    response = broken.post("/takes", data={"note": "un long texte"})
    assert response.status_code == 400
    assert "restée ouverte trop longtemps" in response.text
    assert "Copiez vos textes longs" in response.text


def test_too_heavy_says_the_limit(make_app: AppMaker) -> None:
    own_app = make_app()
    client = failing(own_app)
    own_app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    response = client.post(
        "/takes", data=b"x" * (1024 * 1024 + 1), content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 413
    assert "1\u00a0Mo en tout" in response.text


def test_one_text_too_long_is_no_matter_of_files(make_app: AppMaker) -> None:
    own_app = make_app()
    client = failing(own_app)
    own_app.config["MAX_FORM_MEMORY_SIZE"] = 8_000
    response = client.post("/takes", data={"note": "x" * 9_000}, content_type="multipart/form-data")
    assert response.status_code == 413
    assert "Mo en tout" not in response.text


def test_a_form_address_opened_by_hand(broken: FlaskClient) -> None:
    response = broken.get("/takes")
    assert response.status_code == 405
    assert response.headers["Allow"] == "OPTIONS, POST"


def test_too_many_tries_says_when_to_come_back(make_app: AppMaker) -> None:
    from bonus.extensions import limiter

    app = make_app(RATELIMIT_ENABLED=True)

    @app.get("/guarded")
    @limiter.limit("2 per 10 minutes")
    @allow(PUBLIC)
    def guarded() -> str:
        return "in"

    client = app.test_client()
    assert [client.get("/guarded").status_code for _ in range(2)] == [200, 200]
    response = client.get("/guarded")
    assert response.status_code == 429
    assert "Réessayez dans 10 minutes" in response.text
    assert 590 <= int(response.headers["Retry-After"]) <= 600


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "quelques minutes"), (1, "une minute"), (60, "une minute"), (61, "2 minutes"),
        (3540, "59 minutes"), (3541, "une heure"), (3600, "une heure"), (3601, "2 heures"),
        (86_400, "24 heures"),
    ],
)  # fmt: skip
def test_waiting_in_words(seconds: int | None, words: str) -> None:
    assert waiting_time(seconds) == words


def test_a_redirection_is_no_error(client: FlaskClient) -> None:
    assert client.get("/entreprise").status_code == 302


def test_every_form_is_guarded_unless_said(app: Flask) -> None:
    assert csrf._exempt_views == set()
    assert app.config.get("WTF_CSRF_ENABLED", True)
