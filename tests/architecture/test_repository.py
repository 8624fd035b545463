"""What lies at the top, what the README promises, and what must not be written down here."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
TOP_LEVEL = {
    "app.py",
    "pyproject.toml",
    "README.md",
    "bonus",
    "templates",
    "static",
    "migrations",
    "tests",
}
TEXT_SUFFIXES = {"", ".css", ".html", ".ini", ".js", ".mako", ".md", ".py", ".svg", ".yaml", ".yml"}
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text())


def ignored() -> list[str]:
    lines = (PROJECT / ".gitignore").read_text().splitlines()
    return [line.strip().rstrip("/") for line in lines if line.strip() and not line.startswith("#")]


def test_the_top_level_is_this_and_no_more() -> None:
    patterns = ignored()
    found = {
        path.name
        for path in PROJECT.iterdir()
        if not path.name.startswith(".") and not any(fnmatch(path.name, pattern) for pattern in patterns)
    }
    assert found == TOP_LEVEL


def test_the_lock_file_stays_out_of_the_repository() -> None:
    assert "uv.lock" in ignored()


@pytest.mark.parametrize(
    "command",
    ["python3 -m pip install uv && uv run flask demo", "python3 -m pip install uv && uv run pytest"],
)
def test_the_readme_gives_the_command(command: str) -> None:
    assert command in (PROJECT / "README.md").read_text()


def test_ci_runs_the_command_of_the_readme() -> None:
    script = PROJECT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert "python3 -m pip install uv && uv run pytest" in script.read_text()


def test_every_dependency_has_an_exact_version() -> None:
    pinned = {_name(line): line for line in SETTINGS["tool"]["uv"]["constraint-dependencies"]}
    assert all(re.fullmatch(r"[a-z0-9.-]+==[0-9a-z.!+]+", line) for line in pinned.values())
    asked = [*SETTINGS["project"]["dependencies"], *SETTINGS["dependency-groups"]["dev"]]
    assert {_name(line) for line in asked} - pinned.keys() == set()


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement)[0].lower().replace("_", "-")


def text_files() -> list[Path]:
    folders = ("bonus", "templates", "static", "migrations", "tests", ".ci")
    names = ("app.py", "pyproject.toml", "README.md", ".gitignore")
    return [
        *(PROJECT / name for name in names),
        *(
            path
            for folder in folders
            for path in sorted((PROJECT / folder).rglob("*"))
            if path.suffix
            in {
                ".py",
                ".html",
                ".css",
                ".js",
                ".mjs",
                ".json",
                ".yaml",
                ".yml",
                ".ini",
                ".md",
                ".mako",
                ".svg",
                "",
            }
            and path.is_file()
            and not {"__pycache__", "node_modules"} & set(path.parts)
        ),
    ]


def test_no_file_names_a_package_registry_or_a_place_of_one_machine() -> None:
    # Put together here, so as not to be found in this file.
    hosts = ["py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org"]
    places = ["/wor" + "k/", "/roo" + "t/", "/hom" + "e/", "index-" + "url"]
    found = {
        f"{path.relative_to(PROJECT)}: {words}"
        for path in text_files()
        for words in hosts + places
        if words in path.read_text()
    }
    assert found == set()


def test_what_looks_for_those_really_looks() -> None:
    names = {os.fspath(path.relative_to(PROJECT)) for path in text_files()}
    assert {"pyproject.toml", ".ci/run", "bonus/__init__.py", "templates/base.html"} <= names
    assert {f"tests/support/oidc/{name}" for name in ("package-lock.json", ".npmrc", "server.mjs")} <= names
