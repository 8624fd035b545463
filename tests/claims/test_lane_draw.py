"""The draw of the fast lane (art. 12): anyone does it again; hashes before, seeds after, by the clocks of Paris."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta
from unittest import mock

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from bonus.audit.models import AuditEntry
from bonus.claims.lane_draw import check_seed, is_drawn, list_hash, seed_hash
from bonus.claims.lane_models import DrawSeed
from bonus.claims.lane_seeds import DAYS_AHEAD, all_days, close_books, prepare_seeds, seed_for
from bonus.extensions import db
from tests.support.lane import EVE, entry, in_lane, known, opened, ready
from tests.support.world import NOW, ON, World, filed

SEED = "0123456789abcdef" * 4
NUMBERS = [f"BS-2026-{rank:06d}" for rank in range(1, 4001)]


def by_hand(seed: str, number: str) -> bool:
    """The page's own words, written a second time."""
    mark = hmac.new(seed.encode(), number.encode(), hashlib.sha256).hexdigest()
    return int(mark, 16) * 10_000 < 500 * 2**256


def test_anyone_draws_the_same() -> None:
    assert [number for number in NUMBERS if is_drawn(SEED, number, 500)] == [
        number for number in NUMBERS if by_hand(SEED, number)
    ]


@settings(derandomize=True, max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_about_the_share_is_drawn(seed: bytes) -> None:
    """4 000 numbers at 5 %: 200, give or take five standard deviations (69); the same seeds each time."""
    drawn = sum(is_drawn(seed.hex(), number, 500) for number in NUMBERS)
    assert 200 - 69 <= drawn <= 200 + 69


def test_none_and_all() -> None:
    assert not any(is_drawn(SEED, number, 0) for number in NUMBERS[:100])
    assert all(is_drawn(SEED, number, 10_000) for number in NUMBERS[:100])


@pytest.mark.parametrize("bad", ["", "abc", "g" * 64, "a" * 63, "a" * 65])
def test_what_is_no_seed(bad: str) -> None:
    with pytest.raises(ValueError, match="64"):
        check_seed(bad)


def test_the_list_is_pinned_whatever_its_order() -> None:
    assert list_hash(["b", "a"]) == hashlib.sha256(b"a\nb\n").hexdigest()


# ---------------------------------------------------------------- hashes before, seeds after


def days(app: Flask, now: datetime) -> dict[date, tuple[str, str | None]]:
    with app.app_context():
        found = {one.day: (one.sha256, one.seed) for one in all_days(now)}
        db.session.rollback()
        return found


def test_announced_ahead_never_for_the_day_itself(any_world: World) -> None:
    with any_world.app.app_context():
        assert prepare_seeds(NOW) == DAYS_AHEAD
        assert prepare_seeds(NOW) == 0
        assert seed_for(ON) is None  # nothing was announced for today
        assert seed_for(ON + timedelta(days=1)) is not None
        assert seed_for(ON + timedelta(days=DAYS_AHEAD + 1)) is None
        announced = db.session.scalars(
            select(AuditEntry.facts).where(AuditEntry.action == "lane.seed_announced")
        ).all()
        assert [set(facts) for facts in announced] == [{"sha256"}] * DAYS_AHEAD
        db.session.rollback()


def test_a_seed_made_on_its_own_day_opens_nothing(world: World) -> None:
    """As someone would enter it by hand: the hash was not public the day before."""
    opened(world, seed=SEED)
    with world.app.app_context():
        row = db.session.get_one(DrawSeed, ON)
        row.made_at = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)  # midnight in Paris: it is the 22nd
        assert seed_for(ON) is None
        row.made_at = datetime(2026, 11, 21, 22, 59, tzinfo=UTC)
        assert seed_for(ON) is not None
        db.session.rollback()


def test_the_seed_is_public_at_midnight_in_paris(world: World) -> None:
    opened(world, seed=SEED)
    before, after = datetime(2026, 11, 22, 22, 59, tzinfo=UTC), datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert days(world.app, before)[ON] == (seed_hash(SEED), None)
    assert days(world.app, after)[ON] == (seed_hash(SEED), SEED)


def test_nobody_reads_a_seed_before_its_day_is_past(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither the pages, nor the files, nor the logs, nor the database as it is kept."""
    opened(world, seed=SEED)
    known(world)
    in_lane(world)
    client = world.app.test_client()
    for address in ("/tirage", "/tirage.json", "/tirage.csv"):
        page = client.get(address).get_data(as_text=True)
        assert seed_hash(SEED) in page
        assert SEED not in page
    out, err = capfd.readouterr()
    assert SEED not in out + err
    with world.app.app_context():
        rows = db.session.execute(text("SELECT * FROM draw_seeds")).all()
        assert SEED not in repr(rows)
        row = db.session.get_one(DrawSeed, ON)
        assert SEED not in repr(row) + repr(seed_for(ON))
        entries = db.session.scalars(select(AuditEntry.facts)).all()
        assert SEED not in repr(entries)
        db.session.rollback()


def test_published_for_good_with_what_was_drawn(any_world: World) -> None:
    opened(any_world, seed=SEED)
    known(any_world)
    with mock.patch("bonus.claims.lane.is_drawn", return_value=True):
        drawn = filed(any_world, ready(any_world))
    kept = filed(any_world, ready(any_world, 1_100_00))
    assert (entry(any_world, drawn).state, entry(any_world, kept).state) == ("drawn", "waiting")
    assert entry(any_world, drawn).notices == []
    later = NOW + timedelta(days=2)
    for now in (NOW + timedelta(days=1), later, later):  # on the fly, then written down, then read
        with any_world.app.app_context():
            close_books(now)
            (day,) = [one for one in all_days(now) if one.day == ON]
            assert (day.submitted, day.drawn) == (2, (drawn.number,))
            assert day.list_sha256 == list_hash([str(drawn.number), str(kept.number)])
            db.session.rollback()
    with any_world.app.app_context():
        facts = db.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "lane.draw_published"))
        assert [one["drawn"] for one in facts if one["seed"] == SEED] == [[drawn.number]]
        db.session.rollback()


def test_another_secret_closes_the_lane_rather_than_draw_in_silence(world: World) -> None:
    opened(world, seed=SEED)
    world.app.config["SECRET_KEY"] = "another secret of the service, for tests"
    world.app.extensions.pop("bonus.seed_safe", None)
    with world.app.app_context():
        assert seed_for(ON) is None
        assert close_books(NOW + timedelta(days=5)) == 0
        db.session.rollback()
    page = world.app.test_client().get("/tirage").get_data(as_text=True)
    assert seed_hash(SEED) in page


def test_the_files_say_what_the_page_says(world: World) -> None:
    opened(world, seed=SEED, now=EVE - timedelta(days=1))  # of the day before today
    client = world.app.test_client()
    rows = json.loads(client.get("/tirage.json").get_data(as_text=True))["jours"]
    assert rows[0]["graine"] == SEED
    assert rows[0]["numeros_tires"] == []
    assert {row["graine"] for row in rows[1:]} == {None}
    table = client.get("/tirage.csv").get_data(as_text=True).splitlines()
    assert len(table) == 1 + len(rows)
    assert SEED in table[1]


def test_the_page_before_the_first_draw(world: World) -> None:
    page = world.app.test_client().get("/tirage").get_data(as_text=True)
    assert "Aucun tirage annoncé" in page


# ---------------------------------------------------------------- flask lane draw


def command(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["lane", "draw", *arguments])


def test_the_command(app: Flask) -> None:
    drawn = next(number for number in NUMBERS if by_hand(SEED, number))
    spared = next(number for number in NUMBERS if not by_hand(SEED, number))
    result = command(app, "--seed", SEED.upper(), "--share", "500", drawn, spared)
    assert result.exit_code == 0
    said = result.output.replace("\u00a0", " ")
    assert seed_hash(SEED) in said
    assert f"{drawn} : tiré au sort" in said
    assert f"{spared} : non tiré" in said
    assert "1 sur 2, pour une part de 5 %" in said


@pytest.mark.parametrize(
    "arguments", [("--seed", "abc", "BS-1"), ("--seed", SEED, "numéro"), ("--seed", SEED)]
)
def test_the_command_misused(app: Flask, arguments: tuple[str, ...]) -> None:
    assert command(app, *arguments).exit_code == 2
