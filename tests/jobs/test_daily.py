"""The jobs of each civil day in Paris: once, whichever relays run; made up for when missed; `flask daily`."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bonus import cli_daily, outbox
from bonus.extensions import db
from bonus.jobs import daily, relay, tasks
from bonus.jobs.daily import KINDS, post_day
from bonus.jobs.queue import queue
from bonus.outbox import OutboxMessage
from tests.claims.reading import status_of
from tests.conftest import AppMaker
from tests.support.bills import Item, bill
from tests.support.crew import Crew
from tests.support.ends import announced, ending
from tests.support.processes import eventually
from tests.support.registry import certification_of, learn
from tests.support.words import plain
from tests.support.world import NOW, ON, SUITE, Dossier, World, decided, draft

TODAY, TOMORROW = ON.toordinal(), ON.toordinal() + 1
DAY = timedelta(days=1)
LAST = ON + timedelta(days=90)


def keys(app: Flask) -> list[str]:
    with app.app_context():
        found = list(db.session.scalars(select(OutboxMessage.key).order_by(OutboxMessage.id)))
        db.session.rollback()
        return found


def of_day(ordinal: int) -> list[str]:
    return [
        f"{kind}:{ordinal}"
        for kind in (
            "announce_ends",
            "wake_waiting",
            "remind_deadlines",
            "end_requests",
            "record_silence",
            "warn_due",
            "flag_risks",
            "fast_lane",
            "anchor_audit",
            "tidy_cards",
            "measure_months",
            "lapse_credits",
            "serve_waiting",
        )
    ]


def waiting(world: World) -> Dossier:
    """A decided dossier with a line that waits for its label: twelve months at most."""
    learn(certification_of(SUITE), "suspended", date(2026, 10, 1), NOW - timedelta(days=30))
    files = [
        bill(Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN"), issued_on=date(2026, 10, 15))
    ]
    return decided(world, draft(world, files))


# ---------------------------------------------------------------- once a day


def test_each_has_the_service_that_does_it() -> None:
    assert set(KINDS) <= set(tasks.HANDLERS)


def test_a_day_is_asked_for_once(any_app: Flask) -> None:
    with any_app.app_context():
        for moment in (NOW, NOW, NOW + timedelta(hours=13)):
            post_day(moment)
        assert keys(any_app) == of_day(TODAY)
        post_day(NOW + DAY)
    assert keys(any_app) == of_day(TODAY) + of_day(TOMORROW)


def test_the_day_is_that_of_paris(any_app: Flask) -> None:
    with any_app.app_context():
        post_day(datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC))
        assert keys(any_app) == of_day(TODAY)
        post_day(datetime(2026, 11, 22, 23, 0, tzinfo=UTC))
    assert keys(any_app) == of_day(TODAY) + of_day(TOMORROW)


def test_who_comes_second_at_the_same_moment_finds_it_asked(
    any_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with any_app.app_context():
        post_day(NOW)
        monkeypatch.setattr(outbox, "is_posted", lambda *_: False)  # what it saw before the other wrote
        post_day(NOW)
    assert keys(any_app) == of_day(TODAY)


def test_several_relays_at_once(any_world: World, crew: Crew) -> None:
    crew.race(any_world.app, post_day, [(NOW,)] * 4)
    crew.race(any_world.app, post_day, [(NOW + DAY,), (NOW,), (NOW + DAY,), (NOW,)])
    assert sorted(keys(any_world.app)) == sorted(of_day(TODAY) + of_day(TOMORROW))


# ---------------------------------------------------------------- what they do


def perform_all(app: Flask, now: datetime) -> None:
    with app.app_context():
        ids = list(db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind.in_(KINDS))))
        db.session.rollback()
        for message_id in ids:
            tasks.perform(message_id, now)


def test_they_announce_what_ends_and_wake_what_waited(any_world: World) -> None:
    app = any_world.app
    with app.app_context():
        dossier = waiting(any_world)
        ending("plateforme-de-donnees-souveraine", LAST)
        post_day(NOW)
        perform_all(app, NOW)
        assert announced() == [("plateforme-de-donnees-souveraine", LAST)]
        assert status_of(dossier) == "pending"
        db.session.rollback()
        later = NOW + timedelta(days=366)
        post_day(later)
        perform_all(app, later)
        assert status_of(dossier) == "under_review"
        done = select(OutboxMessage.done_at).where(OutboxMessage.kind.in_(KINDS)).order_by(OutboxMessage.id)
        assert list(db.session.scalars(done)) == [NOW] * len(KINDS) + [later] * len(KINDS)


def test_days_without_a_relay_are_made_up_for(any_world: World) -> None:
    app = any_world.app
    with app.app_context():
        ending(SUITE, LAST)
        later = NOW + timedelta(days=40)  # nobody ran since
        post_day(later)
        perform_all(app, later)
        assert announced() == [(SUITE, LAST)]


# ---------------------------------------------------------------- the relay


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def queueing(request: pytest.FixtureRequest, make_app: AppMaker, redis_url: str) -> Flask:
    url = request.getfixturevalue("pg_url") if request.param == "postgresql" else None
    return make_app(url, REDIS_URL=redis_url)


class Relays:
    """Some relays of this process, for a ``with`` block."""

    def __init__(self, app: Flask, count: int) -> None:
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(app,)) for _ in range(count)]

    def _run(self, app: Flask) -> None:
        with app.app_context():
            relay.relay_forever(self._stop, every=0.02)

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in self._threads)


def test_relays_ask_for_each_day_as_it_begins(queueing: Flask) -> None:
    moments = [datetime(2026, 11, 22, 22, 59, tzinfo=UTC)]
    queueing.config["CLOCK"] = lambda: moments[-1]
    with Relays(queueing, 3):
        assert eventually(lambda: len(keys(queueing)) == len(KINDS))
        moments.append(datetime(2026, 11, 22, 23, 0, tzinfo=UTC))
        assert eventually(lambda: len(keys(queueing)) == 2 * len(KINDS))
        with queueing.app_context():
            assert eventually(
                lambda: set(queue().job_ids) == {key.replace(":", "-") for key in keys(queueing)}
            )
    with Relays(queueing, 1):  # started again the same day
        threading.Event().wait(0.2)
    assert keys(queueing) == of_day(TODAY) + of_day(TOMORROW)


def test_a_database_that_is_away_at_midnight_delays_the_day(
    queueing: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    queueing.config["CLOCK"] = lambda: NOW
    tries: list[datetime] = []

    def away_at_first(now: datetime) -> None:
        tries.append(now)
        if len(tries) < 3:
            raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))
        daily.post_day(now)

    monkeypatch.setattr(relay, "post_day", away_at_first)
    monkeypatch.setattr(relay, "LONGEST_WAIT_SECONDS", 0.05)
    with Relays(queueing, 1):
        assert eventually(lambda: keys(queueing) == of_day(TODAY))
    assert len(tries) == 3


# ---------------------------------------------------------------- flask daily


def run(app: Flask, *arguments: str) -> list[str]:
    result = app.test_cli_runner().invoke(cli_daily.daily, arguments)
    assert result.exit_code == 0, result.output
    return plain(result.output).splitlines()


def test_flask_daily_does_what_is_left_of_the_day_and_says_so(any_world: World) -> None:
    app = any_world.app
    with app.app_context():
        ending(SUITE, LAST)
        draft(any_world, [bill(Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN"))])
        draft(any_world, [bill(issued_on=date(2026, 5, 22))])
    assert run(app)[:9] == [
        "Tâches du 22 novembre 2026 :",
        "- échéances des certifications : 1 échéance annoncée, 0 courriel à un fournisseur, 1 avis à une entreprise.",
        "- lignes en attente d’un label : 0 dossier repris.",
        "- dates limites de dépôt : 1 rappel à une entreprise.",
        "- demandes de pièces : 0 dossier repris sans réponse, 0 rappel à une entreprise.",
        "- délais de décision : 0 recours rejeté par silence, 0 refus né du silence.",
        "- décisions à prendre bientôt : 0 courriel à un instructeur.",
        "- signaux de risque : 0 dossier aux signaux changés.",
        "- voie rapide : 7 graines annoncées, 0 tirage publié, 0 décision par règle demandée.",
    ]
    assert run(app)[:9] == [
        "Tâches du 22 novembre 2026 :",
        "- échéances des certifications : déjà fait.",
        "- lignes en attente d’un label : déjà fait.",
        "- dates limites de dépôt : déjà fait.",
        "- demandes de pièces : déjà fait.",
        "- délais de décision : déjà fait.",
        "- décisions à prendre bientôt : déjà fait.",
        "- signaux de risque : déjà fait.",
        "- voie rapide : déjà fait.",
    ]
    with app.app_context():
        ending("plateforme-de-donnees-souveraine", LAST)
        ending("audit-de-cybersecurite", LAST)
    assert run(app, "--again")[1] == (
        "- échéances des certifications : 2 échéances annoncées, 0 courriel à un fournisseur, 0 avis à une "
        "entreprise."
    )
    with app.app_context():
        messages = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind.in_(KINDS))).all()
        assert [(message.key, message.done_at) for message in messages] == [
            (key, NOW) for key in of_day(TODAY)
        ]


def test_flask_daily_takes_up_what_the_relay_asked_for(world: World) -> None:
    with world.app.app_context():
        waiting(world)
        post_day(NOW)
    later = NOW + timedelta(days=366)
    world.app.config["CLOCK"] = lambda: later
    assert run(world.app)[2] == "- lignes en attente d’un label : 1 dossier repris."
    assert run(world.app)[2] == "- lignes en attente d’un label : déjà fait."


def test_flask_daily_needs_a_safe_configuration(app: Flask) -> None:
    app.config["TESTING"] = False
    result = app.test_cli_runner().invoke(cli_daily.daily)
    assert "MAIL_URL is not set." in str(result.exception)
    assert keys(app) == []
