"""`flask demo` as someone types it: in a process of its own, or in this one where that proves as much."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner

from bonus.demo.commands import demo
from bonus.jobs import tasks

from .runs import Call, Play, Run


@pytest.fixture(scope="session")
def command() -> Call:
    """``command(*arguments, out=…, charset=…)``: the click command in this process, which is left as it was."""
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    log, bound = structlog.get_config(), list(tasks._bound)

    def call(*arguments: str | Path, out: Path = Path(), charset: str = "utf-8") -> Run:
        try:
            result = CliRunner(charset=charset).invoke(demo, [str(argument) for argument in arguments])
        finally:
            kept = {number: signal.getsignal(number) for number in signals}
            structlog.configure(**log)
            tasks._bound[:] = bound
            for number, handler in signals.items():
                signal.signal(number, handler)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception  # its user would have seen a traceback
        if "--headless" in arguments:
            assert kept == signals, "Ctrl-C must stop what follows too"
        return Run(result.exit_code, result.output, result.stderr, out)

    return call


@pytest.fixture(scope="session")
def play(command: Call) -> Play:
    """``play(out, *arguments)``: the headless demonstration in this process."""

    def run(out: Path, *arguments: str | Path) -> Run:
        return command("--headless", "--out", out, *arguments, out=out)

    return run
