"""Runs of the headless demonstration, and what all of them are looked at for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import xmlschema
from lxml import etree

from bonus.demo.children import PROJECT
from bonus.money import parse_amount
from tests.support.files import alone, run_folder

NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
ARTICLE = re.compile(r"art\. \d+(\.\d+)?")
GRANTED = ["certificate.pdf", "claim.json", "decision.json", "payment.xml"]
COMMAND = (sys.executable, "-m", "flask", "--app", "app", "demo")


@dataclass(frozen=True)
class Run:
    """What a run printed (both streams, and what went to stderr), its exit status, the folder of its results."""

    status: int
    said: str
    errors: str
    out: Path

    def names(self) -> list[str]:
        """The files it left, in order."""
        return sorted(path.name for path in self.out.iterdir())

    def json(self, name: str) -> dict[str, Any]:
        """One of its JSON files."""
        content: dict[str, Any] = json.loads((self.out / name).read_text(encoding="utf-8"))
        return content

    def line(self, start: str) -> str:
        """The only line with this text."""
        [found] = [line for line in self.said.splitlines() if start in line]
        return found


Call = Callable[..., Run]
Play = Callable[..., Run]


def environment() -> dict[str, str]:
    """That of a newcomer: compiled files are written, so a start takes its normal time."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def in_a_process(out: Path, *arguments: str | Path) -> Run:
    """`flask demo --headless --out …` in a process of its own."""
    done = subprocess.run(
        [*COMMAND, "--headless", "--out", out, *arguments],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr, done.stderr, out)


def once(name: str, make: Callable[[Path], Run]) -> Run:
    """A run that all processes of pytest share: the first that asks makes it, in a folder of that name."""
    folder = run_folder() / f"demo-{name}"
    record = folder / "run.json"
    with alone(f"demo-{name}"):
        if not record.exists():
            folder.mkdir(exist_ok=True)
            run = make(folder)
            record.write_text(json.dumps([run.status, run.said, run.errors, str(run.out)]))
    status, said, errors, out = json.loads(record.read_text())
    return Run(status, said, errors, Path(out))


def written(folder: Path, *bills: tuple[str, bytes]) -> list[Path]:
    """The bills as files."""
    folder.mkdir(exist_ok=True)
    for name, content in bills:
        (folder / name).write_bytes(content)
    return [folder / name for name, _ in bills]


def transfers(payment: Path) -> int:
    """The sum of a payment file in cents, once its schema and its control sums are checked."""
    schema = files("sepaxml") / "schemas/pain.001.001.09.xsd"
    xmlschema.XMLSchema(schema.read_text()).validate(payment)
    document = etree.fromstring(payment.read_bytes())
    paid = [parse_amount(str(node.text)) for node in document.iterfind(".//p:InstdAmt", NAMESPACE)]
    sums = {parse_amount(str(node.text)) for node in document.iterfind(".//p:CtrlSum", NAMESPACE)}
    assert sums == {sum(paid)}
    return sum(paid)


def check_refused(run: Run, suffix: str = "") -> dict[str, Any]:
    """The decision, which grants nothing and says why."""
    decision = run.json(f"decision{suffix}.json")
    assert (decision["outcome"], decision["bonus"]) == ("refused", "0.00")
    for line in decision["lines"]:
        assert line["status"] == "refused"
        assert ARTICLE.fullmatch(line["article"])
        assert line["steps"][-1]["article"] == line["article"]
        assert f"({line['article']})" in decision["reasons"]
    assert not (run.out / f"payment{suffix}.xml").exists()
    assert not (run.out / f"certificate{suffix}.pdf").exists()
    return decision
