"""A bank no one here wrote (the package ``mock-bank``), as a process of its own for a ``with`` block."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen


@dataclass(frozen=True)
class BankFile:
    """A message the bank put in its mailbox; ``kind`` is the exact version, such as ``pain.002.001.10``."""

    id: int
    kind: str
    account: str
    content: bytes


@dataclass(frozen=True)
class MockBank:
    """Its address; accounts are named by the ``id`` they were opened under."""

    address: str

    def open_account(self, name: str, iban: str, cents: int = 0) -> None:
        """An account held there."""
        account = {"id": name, "name": name, "iban": iban, "bic": "AGRIFRPP", "currency": "EUR"}
        self._json("POST", "/_mock/accounts", {**account, "balance": cents})

    def behave(self, name: str, behaviour: str, **parameters: Any) -> None:
        """How it answers for an account from now on: ``return-later``, ``closed-account``, ``silent``…"""
        self._json("PATCH", f"/_mock/accounts/{name}", {"behaviour": behaviour, "parameters": parameters})

    def pay(self, content: bytes) -> Any:
        """Send a pain.001; what the bank answers at once, refused or not."""
        return json.loads(self._call("POST", "/payments", content, "application/xml"))

    def advance(self, days: int) -> None:
        """Let days go by."""
        self._call("POST", f"/_mock/advance?days={days}")

    def mailbox(self, account: str = "") -> list[BankFile]:
        """Every message so far, the oldest first; of one account when it is named."""
        return [
            BankFile(one["id"], one["type"], one["account"], one["body"].encode())
            for one in self._json("GET", "/_mock/mailbox")
            if account in {"", one["account"]}
        ]

    def payments(self) -> Sequence[dict[str, Any]]:
        """Every payment as the bank has it."""
        found: Sequence[dict[str, Any]] = self._json("GET", "/_mock/payments")
        return found

    def balance(self, name: str) -> int:
        """The balance of an account, in cents."""
        return int(self._json("GET", f"/_mock/accounts/{name}")["balance"])

    def _json(self, method: str, path: str, given: dict[str, Any] | None = None) -> Any:
        return json.loads(self._call(method, path, json.dumps(given).encode() if given else None))

    def _call(
        self, method: str, path: str, data: bytes | None = None, kind: str = "application/json"
    ) -> bytes:
        request = Request(  # noqa: S310 - our own address
            self.address + path, data, {"Content-Type": kind}, method=method
        )
        try:
            with urlopen(request, timeout=60) as answer:  # noqa: S310
                content: bytes = answer.read()
        except HTTPError as error:
            content = error.read()
            error.close()
            if error.code != 422:  # a payment file refused is an answer
                raise AssertionError(f"{method} {path}: {error.code} {content!r}") from None
        return content


@contextmanager
def mock_bank(clock: str = "2026-11-20T09:00") -> Iterator[MockBank]:
    """The bank, its clock at that moment (UTC), until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("mock-bank")
    process = subprocess.Popen([str(program), "--port", str(port), "-q", "--clock", clock])
    try:
        bank = MockBank(f"http://127.0.0.1:{port}")
        until = time.monotonic() + 30
        while not _answers(bank):
            assert process.poll() is None, "the bank did not start"
            assert time.monotonic() < until, "the bank does not answer"
            time.sleep(0.05)
        yield bank
    finally:
        process.kill()
        process.wait()


def _answers(bank: MockBank) -> bool:
    try:
        with urlopen(f"{bank.address}/_mock/health", timeout=5):  # noqa: S310
            return True
    except URLError:
        return False
