"""Why banks reject or return transfers, in French: dated data, read once, refused when it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bonus.regulation.wording import french

ACCOUNT, BANK, US, PERSON = "account", "bank", "us", "person"
FAULTS = {
    ACCOUNT: "Le compte du bénéficiaire",
    BANK: "La banque",
    US: "Notre fichier ou notre compte",
    PERSON: "À examiner",
}
_FILE = Path(__file__).with_suffix(".yaml")
_KEYS = {"from", "fault", "agent", "company"}


@dataclass(frozen=True)
class BankReason:
    """A code as read on a day. ``agent`` says what it is and what to do; ``company`` is empty when there is nothing
    the company can do; ``fault`` is ACCOUNT, BANK, US or PERSON."""

    code: str
    fault: str
    agent: str
    company: str = ""


def bank_reason(code: str, on: date) -> BankReason:
    """What a code means that day. A code that is not known, or none at all, is for a person to ask the bank about."""
    versions = _codes().get(code, ())
    known = [reason for since, reason in versions if since <= on]
    if known:
        return known[-1]
    said = (
        f"Le motif {code} n’est pas de ceux que le service connaît"
        if code
        else "La banque ne donne pas de motif"
    )
    return BankReason(code, PERSON, french(f"{said} : demandez-le-lui avant toute reprise."))


def known_codes() -> tuple[str, ...]:
    """Every code of the table, sorted."""
    return tuple(sorted(_codes()))


@cache
def _codes() -> dict[str, tuple[tuple[date, BankReason], ...]]:
    table = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {code: _versions(code, given) for code, given in table["codes"].items()}


def _versions(code: str, given: list[dict[str, Any]]) -> tuple[tuple[date, BankReason], ...]:
    """The versions of a code, the oldest first. Raises ValueError, naming the code, for what is not as it must be."""
    found = []
    for one in given:
        since, fault = one.get("from"), one.get("fault")
        if set(one) - _KEYS or not isinstance(since, date) or fault not in FAULTS or not one.get("agent"):
            raise ValueError(f"{_FILE.name}: {code}: a version has from, fault, agent and maybe company")
        if (fault == ACCOUNT) != bool(one.get("company")):
            raise ValueError(
                f"{_FILE.name}: {code}: a company is told when its account is at fault, and only then"
            )
        found.append((since, BankReason(code, fault, french(one["agent"]), french(one.get("company", "")))))
    days = [since for since, _ in found]
    if days != sorted(set(days)):
        raise ValueError(
            f"{_FILE.name}: {code}: versions go from the oldest to the latest, each with its day"
        )
    return tuple(found)
