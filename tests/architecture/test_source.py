"""What no Python file of the service may hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SOURCES = sorted((PROJECT / "bonus").rglob("*.py"))
TESTS = sorted((PROJECT / "tests").rglob("*.py"))

# Where the clock is read: the edges. Everything else is handed the time.
READS_THE_CLOCK = {
    "bonus/clock.py",  # a request, a job
    "bonus/demo/commands.py",  # `flask demo` without --on
    "bonus/demo/serve.py",  # the demonstration begins
    "bonus/jobs/health.py",  # heartbeats are RQ's, in the machine's time
    "bonus/jobs/relay.py",  # what was queued long ago, in the machine's time
}
MONEY = ("money.py", "regulation/", "budget/", "payments/", "claims/", "certificates/", "adapters/sepa.py")


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(), str(path)))


def calls(path: Path) -> Iterator[str]:
    """What a file calls, as written: ``datetime.now(UTC)``."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield ast.unparse(node)


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 50
    assert len(TESTS) > 20


@pytest.mark.parametrize(("paths", "limit"), [(SOURCES, 300), (TESTS, 400)], ids=["bonus", "tests"])
def test_a_file_is_about_one_thing(paths: list[Path], limit: int) -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in paths}
    assert {name: length for name, length in lengths.items() if length > limit} == {}


def test_the_clock_is_read_at_the_edges_alone() -> None:
    readers = {
        name_of(path)
        for path in SOURCES
        for call in calls(path)
        if call.startswith(("datetime.now(", "datetime.datetime.now(", "datetime.utcnow(", "date.today("))
    }
    assert readers == READS_THE_CLOCK


def test_no_moment_is_without_its_zone() -> None:
    naive = {
        f"{name_of(path)}: {call}"
        for path in SOURCES
        for call in calls(path)
        if call.endswith((".now()", ".utcnow()", ".today()", "fromtimestamp()"))
        and call.startswith(("datetime", "date"))
    }
    assert naive == set()


def test_no_amount_meets_a_float() -> None:
    found = set()
    for path in SOURCES:
        if not name_of(path).removeprefix("bonus/").startswith(MONEY):
            continue
        tree = ast.parse(path.read_text())
        refusing = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance"
            for part in ast.walk(node)
        }
        found |= {
            f"{name_of(path)}: {ast.unparse(node)}"
            for node in ast.walk(tree)
            if _meets_a_float(node) and id(node) not in refusing
        }
    assert found == set()


def _meets_a_float(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        # Of a path by the name of a file it is no division.
        return not any(isinstance(p, ast.Constant) and isinstance(p.value, str) for p in ast.walk(node))
    return (
        (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Attribute) and node.attr.startswith("float"))
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    )


@pytest.mark.parametrize("expression", ["float(a)", "a / b", "1.5 * a", "numpy.float64(a)"])
def test_the_rule_on_floats_sees(expression: str) -> None:
    assert any(_meets_a_float(node) for node in ast.walk(ast.parse(expression)))


@pytest.mark.parametrize("expression", ["a // b", "folder / 'parameters'", "a * 15 // 10", "int(a)"])
def test_and_lets_pass(expression: str) -> None:
    assert not any(_meets_a_float(node) for node in ast.walk(ast.parse(expression)))


def test_no_error_is_swallowed_whole() -> None:
    found = set()
    for path in SOURCES:
        for node in nodes(path):
            if not isinstance(node, ast.ExceptHandler):
                continue
            names = {"(bare)"} if node.type is None else {ast.unparse(part) for part in ast.walk(node.type)}
            raises_again = any(isinstance(part, ast.Raise) and part.exc is None for part in ast.walk(node))
            if names & {"(bare)", "Exception", "BaseException"} and not raises_again:
                found.add(f"{name_of(path)}:{node.lineno}")
    assert found == set()


def test_public_functions_say_what_they_do() -> None:
    """Of the services and the law: meaning, units, errors, source."""
    silent = set()
    for path in SOURCES:
        if path.name not in {"service.py", "money.py", "calendar.py"} and "regulation" not in path.parts:
            continue
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            if ast.get_docstring(node) is None:
                silent.add(f"{name_of(path)}: {node.name}")
    assert silent == set()


def test_nothing_is_left_to_do() -> None:
    mark = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
    found = {
        f"{name_of(path)}: {line.strip()}"
        for path in [*SOURCES, *TESTS]
        if path != Path(__file__)
        for line in path.read_text().splitlines()
        if mark.search(line)
    }
    assert found == set()
