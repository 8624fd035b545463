"""The embedded register: a file to which lines are only added, one JSON object each.

A line is whole or it is not there: what a kill left of one is cut off by the next who writes. A lock of the file keeps
processes apart, and keys are looked for under it, so that what is told twice is written once.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from threading import Lock
from typing import IO, Any

from .model import Correction, NewAid, RegisteredAid, RegisterRefusal

_DAYS = ("granted_on", "corrected_on")
ENTERED, CORRECTED = "entered", "corrected"


class LocalRegister:
    """The register of one file. It remembers what it read, and reads on from there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._lines: list[dict[str, Any]] = []
        self._references: dict[str, str] = {}
        self._aids: dict[
            str, dict[str, RegisteredAid]
        ] = {}  # by beneficiary and reference: read before each grant
        self._beneficiaries: dict[str, str] = {}  # by reference
        self._one_at_a_time = Lock()

    def enter(self, aid: NewAid) -> str:
        """See ``DeMinimisRegister``. Never away."""
        return self._add(ENTERED, aid.key, asdict(aid), "DM")

    def correct(self, correction: Correction) -> str:
        """See ``DeMinimisRegister``. Refused when it corrects nothing that is there."""
        with self._open() as file:
            self._catch_up(file)
        if correction.corrects not in self._beneficiaries:
            raise RegisterRefusal(
                "register.unknown", f"Le registre central ne connaît pas l’inscription {correction.corrects}."
            )
        return self._add(CORRECTED, correction.key, asdict(correction), "DMC")

    def aids_of(self, beneficiaries: Collection[str], since: date) -> list[RegisteredAid]:
        """See ``DeMinimisRegister``. Never away."""
        if not self._path.exists():
            return []
        with self._open() as file:
            self._catch_up(file)
            known = [aid for one in sorted(set(beneficiaries)) for aid in self._aids.get(one, {}).values()]
        left = [aid for aid in known if aid.amount_cents and aid.granted_on >= since]
        return sorted(left, key=lambda aid: (aid.granted_on, aid.reference))

    def lines(self) -> list[dict[str, Any]]:
        """Every line of the file, the oldest first: what the demonstration shows."""
        if not self._path.exists():
            return []
        with self._open() as file:
            self._catch_up(file)
        return list(self._lines)

    def _add(self, kind: str, key: str, told: dict[str, Any], series: str) -> str:
        with self._open() as file:
            self._catch_up(file)
            if key in self._references:
                return self._references[key]
            reference = f"{series}-{len(self._lines) + 1:08d}"
            days = {name: told[name].isoformat() for name in _DAYS if name in told}
            line = {"kind": kind, "reference": reference, **told, **days}
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            self._catch_up(file)
        return reference

    def _catch_up(self, file: IO[bytes]) -> None:
        """Read what was added since, by whoever; what is left of a line that was never whole is cut off."""
        file.seek(self._read)
        for line in file:
            if not line.endswith(b"\n"):
                file.truncate(self._read)
                break
            told = json.loads(line)
            self._lines.append(told)
            self._references[told["key"]] = told["reference"]
            self._know(told)
            self._read += len(line)
        file.seek(0, os.SEEK_END)

    def _know(self, line: dict[str, Any]) -> None:
        if line["kind"] == ENTERED:
            self._beneficiaries[line["reference"]] = line["beneficiary"]
            aid = _aid(line, line["amount_cents"], date.fromisoformat(line["granted_on"]))
            self._aids.setdefault(aid.beneficiary, {})[aid.reference] = aid
        elif (beneficiary := self._beneficiaries.get(line["corrects"])) is not None:
            of_theirs = self._aids[beneficiary]
            of_theirs[line["corrects"]] = replace(
                of_theirs[line["corrects"]], amount_cents=line["amount_cents"]
            )

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._one_at_a_time, self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _aid(line: dict[str, Any], cents: int, granted_on: date) -> RegisteredAid:
    named = {name: line[name] for name in ("reference", "beneficiary", "authority", "instrument")}
    return RegisteredAid(amount_cents=cents, granted_on=granted_on, **named)
