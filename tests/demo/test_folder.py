"""The demonstration's folder and port: taken before anything is made, and refused in one sentence."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bonus.demo.folder import DATABASE, MARK, open_folder, settings_of
from bonus.demo.words import why
from bonus.errors import Refusal
from tests.support.databases import sqlite_copy

from .runs import Call, Run

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that someone listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


@pytest.fixture
def free() -> str:
    """A port that nobody listened at a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


@pytest.fixture
def demonstration(tmp_path: Path) -> Path:
    """The folder of an earlier demonstration, with things in it."""
    folder = tmp_path / "demo"
    with open_folder(folder, fresh=False):
        settings_of(folder, "http://127.0.0.1:5000", NOW)
    (folder / "services").mkdir()
    (folder / "services" / "appendonly").write_text("data")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def check_sentence(run: Run, said: str) -> None:
    """Status 2 and one sentence on stderr, after at most the steps that went well."""
    assert run.status == 2
    assert said in run.errors
    assert run.errors.count("\n") == 1
    assert run.errors.endswith(".\n")
    assert "Le service répond" not in run.said


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_a_taken_port_is_refused_before_anything_is_made(
    fresh: list[str], taken: str, command: Call, tmp_path: Path
) -> None:
    run = command("--port", taken, "--folder", tmp_path / "demo", *fresh)
    check_sentence(run, f"Le port {taken} est déjà pris sur cette machine")
    assert not (tmp_path / "demo").exists()


def test_a_taken_port_empties_no_folder(taken: str, command: Call, demonstration: Path) -> None:
    before = contents(demonstration)
    check_sentence(command("--port", taken, "--folder", demonstration, "--fresh"), "déjà pris")
    assert contents(demonstration) == before


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_a_folder_in_use_is_left_to_the_one_that_runs_in_it(
    fresh: list[str], free: str, command: Call, demonstration: Path
) -> None:
    before = contents(demonstration)
    with open_folder(demonstration, fresh=False):
        run = command("--port", free, "--folder", demonstration, *fresh)
    check_sentence(run, f"Une démonstration tourne déjà dans {demonstration}")
    assert run.said == run.errors
    assert contents(demonstration) == before


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_what_is_not_a_demonstration_is_not_touched(
    fresh: list[str], free: str, command: Call, tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    run = command("--port", free, "--folder", tmp_path, *fresh)
    check_sentence(run, "contient autre chose qu’une démonstration")
    assert contents(tmp_path) == {"thesis.txt": b"three years of work"}


@pytest.mark.parametrize("below", ["", "demo"])
def test_a_file_in_the_way_is_refused(below: str, free: str, command: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    run = command("--port", free, "--folder", tmp_path / "file" / below)
    check_sentence(run, "ne peut pas être écrit (un élément de son chemin n’est pas un dossier)")
    assert contents(tmp_path) == {"file": b"mine"}


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*arguments: object, **named: object) -> None:
        raise PermissionError(
            13, "denied"
        )  # what the system answers; those who run tests as root never see it

    monkeypatch.setattr(Path, "mkdir", denied)
    refused = pytest.raises(Refusal, match=r"demo\.folder: .*ne peut pas être écrit \(l’accès est refusé\)")
    with refused, open_folder(tmp_path / "demo", fresh=False):
        pytest.fail("it was opened")


@pytest.mark.parametrize("version", ["9999", "abcd"])
def test_a_database_of_a_newer_version_is_refused_as_it_is(
    version: str, free: str, command: Call, demonstration: Path, tmp_path: Path
) -> None:
    Path(sqlite_copy(tmp_path).removeprefix("sqlite:///")).rename(demonstration / DATABASE)
    with sqlite3.connect(demonstration / DATABASE) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (version,))
    database.close()
    before = contents(demonstration)
    run = command("--port", free, "--folder", demonstration)
    check_sentence(run, f"d’une version plus récente du logiciel ({version})")
    assert "--fresh" in run.errors
    after = contents(demonstration)
    assert {name for name in after if "sqlite" not in name} == {
        name for name in before if "sqlite" not in name
    }
    with sqlite3.connect(demonstration / DATABASE) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(version,)]
    database.close()


def test_a_damaged_database_is_refused(free: str, command: Call, demonstration: Path) -> None:
    (demonstration / DATABASE).write_bytes(b"not a database, but long enough to be looked at as one" * 100)
    check_sentence(
        command("--port", free, "--folder", demonstration), "est abîmée : recommencez avec --fresh"
    )


def test_fresh_removes_everything_but_the_mark(demonstration: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    (demonstration / "link").symlink_to(outside)
    with open_folder(demonstration, fresh=True):
        assert [path.name for path in demonstration.iterdir()] == [MARK]
    assert (outside / "file").exists()


def test_secrets_are_made_once_for_their_owner_alone(demonstration: Path) -> None:
    first = settings_of(demonstration, "http://127.0.0.1:5000", NOW)
    again = settings_of(demonstration, "http://127.0.0.1:5001", NOW)
    for name in ("SECRET_KEY", "SEAL_KEY_PASSPHRASE", "SEAL_KEY_FILE", "DATABASE_URL"):
        assert first[name] == again[name]
    assert len(first["SECRET_KEY"]) >= 64
    for name in ("secret", "phrase-du-cachet", "cachet.p12"):
        assert (demonstration / name).stat().st_mode & 0o077 == 0


def test_an_error_of_the_system_has_its_number_when_it_has_no_words() -> None:
    assert why(OSError(28, "No space left on device")) == "erreur système 28"
