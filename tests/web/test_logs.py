"""What a failure writes in the log: never what one person alone may know."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bonus.extensions import db
from bonus.web.public import contest, welcome
from tests.conftest import AppMaker
from tests.support.world import World
from tests.web.visitor import Visitor

SECRET = "7.1790000000.un-secret-que-nul-autre-ne-lit"


def broken(*_: object) -> None:
    raise RuntimeError("broken")


@pytest.mark.parametrize(("path", "place"), [("bienvenue", "<link>"), ("contestation", "<secret>")])
def test_a_secret_link_is_not_logged_with_the_failure(
    make_app: AppMaker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    place: str,
) -> None:
    app = make_app(PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setattr(welcome, "owner_of_link", broken)
    monkeypatch.setattr(contest, "notice_of", broken)
    with caplog.at_level(logging.INFO):
        assert Visitor(app).get(f"/{path}/{SECRET}").status_code == 500
    said = caplog.text
    assert said.count(f"/{path}/{place}") == 2  # the failure, and its reference
    assert "RuntimeError: broken" in said
    assert SECRET not in said


def test_what_the_database_refuses_is_not_quoted(any_world: World) -> None:
    """A link that waits to leave, an IBAN, a name: the failure says the statement alone."""
    with any_world.app.app_context():
        with pytest.raises(DBAPIError) as failure:
            db.session.execute(
                text("INSERT INTO mail_messages (id, secret) VALUES (:id, :secret)"),
                {"id": 1, "secret": SECRET},
            )
        db.session.rollback()
    assert "mail_messages" in str(failure.value)
    # What PostgreSQL itself adds of the row (DETAIL) is its own: only what was sent is ours to hide.
    assert SECRET not in str(failure.value).partition("DETAIL")[0]
